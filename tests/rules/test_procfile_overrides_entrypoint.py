"""The Procfile decides what starts on the buildpack runtime: told where that is not what `entrypoint` says."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import check_quiet, check_reported

RULE = "procfile-overrides-entrypoint"
HEAD = "runtime: python\nenv: flex\n"
APP = HEAD + "entrypoint: gunicorn -b :$PORT main:app\n"

QUIET: dict[str, dict[str, str | bytes]] = {
    "no Procfile": {"app.yaml": APP},
    "the same command": {"app.yaml": APP, "Procfile": "web: gunicorn -b :$PORT main:app\n"},
    "other blanks": {"app.yaml": APP, "Procfile": "web:   gunicorn  -b :$PORT main:app   \n"},
    "exec in front": {"app.yaml": APP, "Procfile": "web: exec gunicorn -b :$PORT main:app"},
    "quotes that change nothing": {"app.yaml": APP, "Procfile": "web: gunicorn -b ':$PORT' main:app"},
    "Windows line ends": {"app.yaml": APP, "Procfile": "web: gunicorn -b :$PORT main:app\r\nworker: x\r\n"},
    "the first web counts": {"app.yaml": APP, "Procfile": "web: gunicorn -b :$PORT main:app\nweb: other\n"},
    "folded entrypoint": {
        "app.yaml": HEAD + "entrypoint: >\n  gunicorn -b :$PORT\n  main:app\n",
        "Procfile": "web: gunicorn -b :$PORT main:app\n",
    },
    "no entrypoint": {"app.yaml": HEAD, "Procfile": "web: gunicorn main:app\n"},
    "empty entrypoint": {"app.yaml": HEAD + "entrypoint:\n", "Procfile": "web: gunicorn main:app\n"},
    "entrypoint from a template": {"app.yaml": HEAD + "entrypoint: ${RUN}\n", "Procfile": "web: python main.py\n"},
    "another spelling of the name": {"app.yaml": APP, "procfile": "web: python main.py\n"},
    "a Procfile elsewhere": {"app.yaml": APP, "sub/Procfile": "web: python main.py\n"},
    "a Procfile of honcho's": {"app.yaml": HEAD + "entrypoint: honcho start -f procs\n", "procs": "a: b\n"},
    "not uploaded": {"app.yaml": APP, "Procfile": "web: python main.py\n", ".gcloudignore": ".git\n/Procfile\n"},
    "skipped": {"app.yaml": APP + "skip_files:\n- ^Procfile$\n", "Procfile": "web: python main.py\n"},
    "overridden by a variable": {
        "app.yaml": APP + "build_env_variables:\n  GOOGLE_ENTRYPOINT: python main.py\n",
        "Procfile": "worker: python worker.py\n",
    },
    "custom runtime": {
        "app.yaml": APP.replace("runtime: python", "runtime: custom"),
        "Dockerfile": "FROM python:3.12\n",
        "Procfile": "web: python main.py\n",
    },
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": APP, "Procfile": "web: python main.py\n"}, platform=Platform.CLOUD_RUN)


REPORTED: dict[str, tuple[dict[str, str | bytes], str, int]] = {
    "another command": ({"app.yaml": APP, "Procfile": "# Heroku\nweb: python main.py\n"}, "differs from", 2),
    "another number of workers": (
        {"app.yaml": APP, "Procfile": "worker: x\nweb: gunicorn -w 4 -b :$PORT main:app\n"},
        "differs from `entrypoint` and is started in its place",
        2,
    ),
    "quotes left open": ({"app.yaml": APP, "Procfile": "web: sh -c 'python main.py\n"}, "differs from", 1),
    "honcho loses its processes": (
        {"app.yaml": HEAD + "entrypoint: honcho start\n", "Procfile": "web: gunicorn main:app\nworker: x\n"},
        "differs from",
        1,
    ),
    "no web process": ({"app.yaml": APP, "Procfile": "worker: python worker.py\n"}, "has no `web` process", 1),
    "no web process and no entrypoint": ({"app.yaml": HEAD, "Procfile": "worker: x\n"}, "has no `web` process", 1),
    "no process": ({"app.yaml": APP, "Procfile": "# nothing yet\n"}, "holds no process", 1),
    "an empty file": ({"app.yaml": APP, "Procfile": ""}, "stop the build", 1),
}


@pytest.mark.parametrize(("files", "says", "line"), REPORTED.values(), ids=REPORTED)
def test_reported(files: dict[str, str | bytes], says: str, line: int) -> None:
    (found,) = check_reported(RULE, files, says)
    assert (found.path, found.line) == ("Procfile", line)
    assert found.severity is (Severity.WARNING if "differs" in says else Severity.ERROR)


def test_commands_are_not_repeated() -> None:
    (found,) = check_reported(RULE, {"app.yaml": APP, "Procfile": "web: TOKEN=s3cret run\n"}, "differs from")
    assert "s3cret" not in found.message + found.hint
