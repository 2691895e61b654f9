"""gunicorn's settings about the load balancer's headers are completed and put in upper case."""

from __future__ import annotations

import pytest

from flexmigrate.model import Severity
from flexmigrate.testing import check_quiet, check_reported, check_rewritten

RULE = "gunicorn-proxy-headers"
APP: dict[str, str | bytes] = {"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -c conf.py main:app\n"}
GOOD = 'forwarded_allow_ips = "*"\nsecure_scheme_headers = {"X-APPENGINE-HTTPS": "on"}\n'

QUIET: dict[str, dict[str, str | bytes]] = {
    "as Google writes it": {**APP, "conf.py": GOOD},
    "only the addresses": {**APP, "conf.py": "forwarded_allow_ips = '*'\n"},
    "no settings file": {"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"},
    "the file is elsewhere": {"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -c /etc/g.py main:app\n"},
    "the line says it": {
        "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn --forwarded-allow-ips=* -c conf.py main:app\n",
        "conf.py": "workers = 2\n",
    },
    "the environment says it": {
        "app.yaml": APP["app.yaml"] + "env_variables:\n  FORWARDED_ALLOW_IPS: '*'\n",  # type: ignore[operator]
        "conf.py": "workers = 2\n",
    },
    "computed headers": {**APP, "conf.py": GOOD.replace('{"X', "make({'X").replace('"}', '"})').replace("'X", '"X')},
    "a file that does not parse": {**APP, "conf.py": "workers = = 2\n"},
    "another server": {
        "app.yaml": "runtime: python\nenv: flex\nentrypoint: uvicorn main:app\n",
        "gunicorn.conf.py": "workers = 2\n",
    },
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


REWRITTEN = {
    "a new last line": ("workers = 2\n", 'workers = 2\nforwarded_allow_ips = "*"\n'),
    "no final newline": ("workers = 2  # two", 'workers = 2  # two\nforwarded_allow_ips = "*"'),
    "lower case": (
        GOOD.replace("X-APPENGINE-HTTPS", "x-appengine-https"),
        GOOD,
    ),
    "mixed case in single quotes": (
        "forwarded_allow_ips = '*'\nsecure_scheme_headers = {'X-Forwarded-Proto': 'https'}  # lb\n",
        "forwarded_allow_ips = '*'\nsecure_scheme_headers = {'X-FORWARDED-PROTO': 'https'}  # lb\n",
    ),
}


@pytest.mark.parametrize(("before", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(before: str, expected: str) -> None:
    check_rewritten(RULE, {**APP, "conf.py": before}, {"conf.py": expected})


def test_the_default_file() -> None:
    files = {
        "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn main:app\n",
        "gunicorn.conf.py": "workers = 2\n",
    }
    (found,) = check_reported(RULE, files, "leaves `forwarded_allow_ips` at 127.0.0.1", unsafe=False)
    assert found.severity is Severity.INFO


def test_headers_without_effect_are_a_warning() -> None:
    files = {**APP, "conf.py": 'secure_scheme_headers = {"X-APPENGINE-HTTPS": "on"}\n'}
    (found,) = check_reported(RULE, files, "has no effect", unsafe=False)
    assert found.severity is Severity.WARNING
