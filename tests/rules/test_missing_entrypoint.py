"""A service without `entrypoint` is told so, and gets the one that its source shows."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import check_quiet, check_reported, check_rewritten

RULE = "missing-entrypoint"
HEAD = "runtime: python\nenv: flex\n"
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n"
MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\n'

QUIET: dict[str, dict[str, str | bytes]] = {
    "an entrypoint": {"app.yaml": HEAD + "entrypoint: gunicorn main:app\n"},
    "an entrypoint of several lines": {"app.yaml": HEAD + "entrypoint: >\n  gunicorn\n  main:app\n"},
    "an entrypoint from a template": {"app.yaml": HEAD + "entrypoint: {{ run }}\n"},
    "a Procfile": {"app.yaml": HEAD, "Procfile": "web: gunicorn main:app\n", "main.py": FLASK},
    "a build variable": {"app.yaml": HEAD + "build_env_variables:\n  GOOGLE_ENTRYPOINT: python main.py\n"},
    "custom runtime": {"app.yaml": "runtime: custom\nenv: flex\n", "Dockerfile": "FROM python:3.12\n"},
    "runtime from a template": {"app.yaml": "runtime: {{ runtime }}\nenv: flex\n"},
    "standard environment": {"app.yaml": "runtime: python312\n", "main.py": FLASK},
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": HEAD, "main.py": FLASK}, platform=Platform.CLOUD_RUN)


REPORTED: dict[str, tuple[dict[str, str | bytes], str]] = {
    "no source": ({"app.yaml": HEAD}, "for example `entrypoint: gunicorn -b :$PORT main:app`"),
    "a script": ({"app.yaml": HEAD, "main.py": "print('app')\n"}, "write what starts the service"),
    "Python 2": ({"app.yaml": HEAD, "main.py": "from flask import Flask\nprint 'a'\n"}, "write what starts"),
    "two applications": (
        {"app.yaml": HEAD, "main.py": FLASK, "app.py": FLASK},
        "`entrypoint: gunicorn -b :$PORT main:app`, `entrypoint: gunicorn -b :$PORT app:app`",
    ),
    "ASGI without a server": ({"app.yaml": HEAD, "main.py": FASTAPI}, "write what starts"),
    "Dash without its server": (
        {"app.yaml": HEAD, "app.py": "import dash\napp = dash.Dash(__name__)\n"},
        "write what starts",
    ),
    "tornado": ({"app.yaml": HEAD, "main.py": "import tornado.web\napp = tornado.web.Application()\n"}, "write what"),
    "a call that tells nothing": ({"app.yaml": HEAD, "main.py": "from x import make\napp = make()\n"}, "write what"),
    "an application of the tests": ({"app.yaml": HEAD, "tests/main.py": FLASK}, "write what starts"),
    "a Procfile that is of no use": ({"app.yaml": HEAD, "Procfile": "worker: x\n"}, "write what starts"),
    "settings that are not there": ({"app.yaml": HEAD, "manage.py": MANAGE}, "write what starts"),
    "a file that is no text": ({"app.yaml": HEAD, "main.py": "app = '\u00e9'".encode("latin-1")}, "write what starts"),
}


@pytest.mark.parametrize(("files", "hints"), REPORTED.values(), ids=REPORTED)
def test_reported(files: dict[str, str | bytes], hints: str) -> None:
    (found,) = check_reported(RULE, files, "no `entrypoint`")
    assert hints in found.hint


PROPOSED: dict[str, tuple[dict[str, str | bytes], str]] = {
    "Flask in main.py": ({"main.py": FLASK}, "gunicorn -b :$PORT main:app"),
    "Flask in app.py": ({"app.py": FLASK}, "gunicorn -b :$PORT app:app"),
    "another name": ({"main.py": FLASK.replace("app =", "site =")}, "gunicorn -b :$PORT main:site"),
    "an application and its wrapper": (
        {"main.py": FLASK + "from werkzeug import wsgi\nserver = wsgi.Middleware(app)\n"},
        "gunicorn -b :$PORT main:app",
    ),
    "a plain function": ({"main.py": "def app(environ, start_response): ...\n"}, "gunicorn -b :$PORT main:app"),
    "a factory beside Flask": (
        {"main.py": "from web import create_app\napp = create_app()\n", "requirements.txt": "Flask==3.0\n"},
        "gunicorn -b :$PORT main:app",
    ),
    "ASGI with its server": (
        {"main.py": FASTAPI, "requirements.txt": "fastapi\nuvicorn==0.30\n"},
        "uvicorn main:app --host 0.0.0.0 --port $PORT",
    ),
    "ASGI with everything": (
        {"main.py": FASTAPI, "requirements.txt": "fastapi[standard]\n"},
        "uvicorn main:app --host 0.0.0.0 --port $PORT",
    ),
    "Dash": (
        {"app.py": "import dash\napp = dash.Dash(__name__)\nserver = app.server\n"},
        "gunicorn -b :$PORT app:server",
    ),
    "Django": (
        {"manage.py": MANAGE, "site1/settings.py": "WSGI_APPLICATION = 'site1.wsgi.application'\n"},
        "gunicorn -b :$PORT site1.wsgi:application",
    ),
    "Django with a package of settings": (
        {
            "manage.py": MANAGE,
            "site1/settings/__init__.py": "from .base import *\n",
            "site1/wsgi.py": "application = 1\n",
        },
        "gunicorn -b :$PORT site1.wsgi:application",
    ),
    "Django of old": (
        {
            "manage.py": MANAGE.replace("site1.settings", "settings"),
            "wsgi.py": "import django.core.wsgi as w\napplication = w.get_wsgi_application()\n",
        },
        "gunicorn -b :$PORT wsgi:application",
    ),
}


@pytest.mark.parametrize(("source", "command"), PROPOSED.values(), ids=PROPOSED)
def test_proposed(source: dict[str, str | bytes], command: str) -> None:
    files = {"app.yaml": HEAD, **source}
    check_rewritten(RULE, files, {"app.yaml": HEAD + f"entrypoint: {command}\n"})
    (found,) = check_reported(RULE, files, "would start nothing", unsafe=False)
    assert f"--unsafe-fixes writes `entrypoint: {command}`" in found.hint


PLACES = {
    "behind env": (HEAD + "\nresources:\n  cpu: 1\n", HEAD + "entrypoint: RUN\n\nresources:\n  cpu: 1\n"),
    "behind vm": (
        "runtime: python\nvm: true\nservice: a\n",
        "runtime: python\nvm: true\nentrypoint: RUN\nservice: a\n",
    ),
    "behind env first": ("env: flex\nruntime: python\n", "env: flex\nentrypoint: RUN\nruntime: python\n"),
    "an empty key": (HEAD + "entrypoint:\nservice: a\n", HEAD + "entrypoint: RUN\nservice: a\n"),
    "quotes elsewhere": (HEAD + "service: 'a'\n", HEAD + "entrypoint: RUN\nservice: 'a'\n"),
    "no final newline": (HEAD.rstrip("\n"), HEAD + "entrypoint: RUN"),
    "Windows line ends": (HEAD.replace("\n", "\r\n"), (HEAD + "entrypoint: RUN\n").replace("\n", "\r\n")),
    "flow mapping": ("{runtime: python, env: flex}\n", '{runtime: python, env: flex, entrypoint: "RUN"}\n'),
}


@pytest.mark.parametrize(("text", "expected"), PLACES.values(), ids=PLACES)
def test_place(text: str, expected: str) -> None:
    wanted = expected.replace("RUN", "gunicorn -b :$PORT main:app")
    check_rewritten(RULE, {"app.yaml": text, "main.py": FLASK}, {"app.yaml": wanted})


def test_the_source_directory_is_the_config_files() -> None:
    files = {"web/app.yaml": HEAD, "web/main.py": FLASK, "app.py": FLASK}
    check_rewritten(RULE, files, {"web/app.yaml": HEAD + "entrypoint: gunicorn -b :$PORT main:app\n"})
