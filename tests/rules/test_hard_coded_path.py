"""Paths of the legacy image are told where they are used, and look-alikes are not."""

from __future__ import annotations

import pytest

from flexmigrate.model import FixClass, Platform, Severity
from flexmigrate.testing import check_quiet, check_reported, findings, plan

RULE = "hard-coded-path"
HEAD = "runtime: python\nenv: flex\n"
CUSTOM = "runtime: custom\nenv: flex\n"
LEGACY = "FROM gcr.io/google-appengine/python\nRUN virtualenv /env\nADD . /app/\nCMD /env/bin/gunicorn main:app\n"

QUIET = {
    "a command without a directory": {"app.yaml": HEAD + "entrypoint: gunicorn -b :$PORT main:app\n"},
    "/usr/bin/env": {
        "app.yaml": HEAD + "entrypoint: /usr/bin/env python main.py\n",
        "run.py": "#!/usr/bin/env python\n",
    },
    "an own virtual environment": {"run.sh": "./env/bin/python x\nvenv/env/bin/python x\n$HOME/env/bin/pip x\n"},
    "a deeper path": {"run.sh": "cd /srv/home/vmagent/app\n/usr/opt/python3.6/bin/x\ncd /srv/app\n"},
    "routes in the source": {"main.py": '@route("/app")\ndef app(): return redirect("/app/login")\n'},
    "a prefix of URLs": {"app.yaml": HEAD + "entrypoint: uvicorn main:app --root-path /app\n"},
    "a variable that is no path": {"app.yaml": HEAD + "env_variables:\n  LOGIN: /app/login\n  BASE_URL: /app\n"},
    "a word that goes on": {"run.sh": "cd /application\ncd /app-data\ncd /opt/python3x\n"},
    "a module": {"app.yaml": HEAD + "entrypoint: gunicorn app/app:app\n"},
    "an address": {"run.sh": "curl http://localhost:8080/app\ncurl https://x.io/env/bin/y\n"},
    "a comment": {"run.sh": "# /env/bin/python\n", "main.py": "# was in /home/vmagent/app\n"},
    "a file of another kind": {"notes.md": "/env/bin/python\n", "data.json": '"/home/vmagent/app"\n'},
    "a Dockerfile of another service": {"docker/Dockerfile": "CMD /env/bin/gunicorn\n"},
    "a custom runtime of its own": {
        "app.yaml": CUSTOM,
        "Dockerfile": "FROM python:3.12\nCMD /env/bin/gunicorn\n",
        "run.sh": "cd /app\n/opt/python3.6/bin/python\n",
    },
    "what a custom runtime makes itself": {"app.yaml": CUSTOM, "Dockerfile": LEGACY},
    "bytes that are no text": {"main.py": b"\xff\xfe/env/bin/\x00"},
}


@pytest.mark.parametrize("files", list(QUIET.values())[:-1], ids=list(QUIET)[:-1])
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, {"app.yaml": HEAD, **files})


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": HEAD + "entrypoint: /env/bin/gunicorn\n"}, platform=Platform.CLOUD_RUN)


REPORTED = {
    "entrypoint": ("app.yaml", HEAD + "entrypoint: /env/bin/gunicorn main:app\n", "`/env/bin/gunicorn`", 3),
    "entrypoint with exec": ("app.yaml", HEAD + "entrypoint: exec /env/bin/python a.py\n", "`/env/bin/python`", 3),
    "folded entrypoint": (
        "app.yaml",
        HEAD + "entrypoint: >\n  cd x &&\n  /opt/python3.6/bin/python a\n",
        "/opt/python3.6",
        5,
    ),
    "working directory": ("app.yaml", HEAD + "entrypoint: gunicorn --chdir /app main:app\n", "`/app`", 3),
    "variable": ("app.yaml", HEAD + "env_variables:\n  PYTHONPATH: /home/vmagent/app/lib\n", "`PYTHONPATH`", 4),
    "variable with a link": ("app.yaml", HEAD + "env_variables:\n  DATA_DIR: /app/data\n", "`DATA_DIR`", 4),
    "build variable": ("app.yaml", HEAD + "build_env_variables:\n  X: /env/bin/pip\n", "`X`", 4),
    "script": ("run.sh", "#!/bin/sh\nexec /env/bin/gunicorn main:app\n", "`/env/bin/gunicorn`", 2),
    "first line of a script": ("run.sh", "#!/env/bin/python\n", "`/env/bin/python`", 1),
    "Procfile": ("Procfile", "web: cd /app && gunicorn main:app\n", "`/app`", 1),
    "supervisor": ("conf/supervisord.conf", "[program:x]\ncommand = /env/bin/celery\n", "`/env/bin/celery`", 2),
    "source": ("pkg/settings.py", 'ROOT = "/home/vmagent/app"\n', "`/home/vmagent/app`", 1),
    "interpreter": ("tool.py", 'run(["/opt/python3.7/bin/python3"])\n', "an interpreter of the legacy image", 1),
}


@pytest.mark.parametrize(("path", "text", "says", "line"), REPORTED.values(), ids=REPORTED)
def test_reported(path: str, text: str, says: str, line: int) -> None:
    (found,) = check_reported(RULE, {"app.yaml": HEAD, path: text}, says)
    assert (found.path, found.line, found.severity, found.fix) == (path, line, Severity.WARNING, FixClass.MANUAL)
    assert found.hint


def test_values_of_variables_are_not_repeated() -> None:
    files = {"app.yaml": HEAD + "env_variables:\n  KEY_FILE: /app/hunter2\n"}
    (found,) = check_reported(RULE, files, "`KEY_FILE`")
    assert "hunter2" not in found.message + found.hint


def test_many_lines_of_a_file_are_one_finding() -> None:
    found = findings(plan({"app.yaml": HEAD, "run.sh": "/env/bin/a\n/env/bin/b\n/env/bin/c\n"}, RULE))
    assert ["here and in 2 more lines" in one.message for one in found] == [True]


def test_a_custom_runtime_loses_what_its_base_image_gave() -> None:
    files = {"app.yaml": CUSTOM, "Dockerfile": LEGACY, "run.sh": "cd /home/vmagent/app\n"}
    (found,) = check_reported(RULE, files, "`/home/vmagent/app`")
    assert found.path == "run.sh"
