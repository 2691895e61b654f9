"""Requirements that need a key, a variable or a folder that the build lacks are told; nobody's secret is."""

from __future__ import annotations

import pytest

from flexmigrate.model import Severity
from flexmigrate.testing import check_quiet, check_reported, findings, plan

RULE = "private-dependency"
APP = {"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn main:app\n"}

PUBLIC = "pypi" + ".org"

QUIET = {
    "nothing": "",
    "names": "Flask==3.0.3\nsix\n",
    "the usual index": f"--index-url https://{PUBLIC}/simple\nsix\n",
    "Artifact Registry": "--extra-index-url https://europe-python.pkg.dev/project/repository/simple\nsix\n",
    "a public repository": "git+https://github.com/pallets/flask.git@3.0.3#egg=flask\n",
    "an archive": "https://github.com/pallets/flask/archive/3.0.3.tar.gz\n",
    "its own folder": "-e .\n./vendor/lib\n./wheels/lib-1.0-py3-none-any.whl\n",
    "for another Python": "git+ssh://git@example.com/a.git#egg=a ; python_version < '3'\n",
}


@pytest.mark.parametrize("requirements", QUIET.values(), ids=QUIET)
def test_quiet(requirements: str) -> None:
    check_quiet(RULE, {**APP, "requirements.txt": requirements})


def test_a_variable_that_the_build_is_given() -> None:
    config = APP["app.yaml"] + "build_env_variables:\n  TOKEN: x\n"
    text = "git+https://${TOKEN}@github.com/a/b.git#egg=b\n"
    check_quiet(RULE, {"app.yaml": config, "requirements.txt": text})


REPORTED = {
    "ssh": ("git+ssh://git@example.com/team/lib.git#egg=lib\n", "lib is fetched by ssh"),
    "ssh without a scheme": ("-e git@example.com:team/lib.git#egg=lib\n", "fetched by ssh"),
    "a variable": ("git+https://${TOKEN}@github.com/a/b.git#egg=b\n", "the URL of b holds the variable TOKEN"),
    "a variable in an index": (
        "--index-url https://${USER}:${KEY}@example.com/simple\nsix\n",
        "holds the variable USER",
    ),
    "a neighbour": ("-e ../lib\n", "is taken from ../lib outside the service's folder"),
    "a path of a machine": ("file:///home/me/lib.whl\n", "outside the service's folder"),
}


@pytest.mark.parametrize(("requirements", "says"), REPORTED.values(), ids=REPORTED)
def test_reported(requirements: str, says: str) -> None:
    (found,) = check_reported(RULE, {**APP, "requirements.txt": requirements}, says)
    assert found.severity is Severity.WARNING


def test_an_index_of_ones_own_is_only_mentioned() -> None:
    (found,) = check_reported(
        RULE, {**APP, "requirements.txt": "--index-url https://index.example.com/simple\nsix\n"}, "index.example.com"
    )
    assert found.severity is Severity.INFO


def test_no_credentials_in_any_message() -> None:
    text = (
        "--extra-index-url https://me:secret@index.example.com/simple\n"
        "git+https://me:secret@git.example.com/a.git#egg=a\nfile:///secret/place\n"
    )
    assert "secret" not in repr(findings(plan({**APP, "requirements.txt": text}, RULE)))
