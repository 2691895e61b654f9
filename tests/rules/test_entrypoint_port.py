"""The server listens on $PORT and on every address, or is made to."""

from __future__ import annotations

import pytest

from flexmigrate.model import Severity
from flexmigrate.testing import check_quiet, check_reported, check_rewritten

RULE = "entrypoint-port"
HEAD = "runtime: python\nenv: flex\n"


def app(command: str) -> dict[str, str | bytes]:
    return {"app.yaml": HEAD + f"entrypoint: {command}\n"}


FLASK = "from flask import Flask\napp = Flask(__name__)\n\nif __name__ == '__main__':\n    app.run(RUN)\n"

QUIET: dict[str, dict[str, str | bytes]] = {
    "no entrypoint": {"app.yaml": HEAD},
    "gunicorn on $PORT": app("gunicorn -b :$PORT main:app"),
    "gunicorn with braces": app("gunicorn -b 0.0.0.0:${PORT:-8080} main:app"),
    "gunicorn on the usual port": app("gunicorn -b :8080 main:app"),
    "gunicorn takes PORT by itself": app("gunicorn main:app"),
    "one of two is right": app("gunicorn -b 127.0.0.1:9000 -b :$PORT main:app"),
    "a socket": app("gunicorn -b unix:/tmp/a.sock main:app"),
    "another variable": app("gunicorn -b :$MY_PORT main:app"),
    "uvicorn told both": app("uvicorn main:app --host 0.0.0.0 --port $PORT"),
    "waitress by its default": app("waitress-serve main:app"),
    "waitress": app("waitress-serve --port=$PORT main:app"),
    "uwsgi": app("uwsgi --http-socket :$PORT -w main:app"),
    "uwsgi with a file": app("uwsgi --ini uwsgi.ini"),
    "daphne": app("daphne -b 0.0.0.0 -p $PORT main:app"),
    "hypercorn": app("hypercorn -b 0.0.0.0:$PORT main:app"),
    "two servers": app("bash -c 'gunicorn -b 127.0.0.1:5000 a:app & uvicorn b:app'"),
    "a proxy in front": app("bash -c 'service nginx start && gunicorn -b 127.0.0.1:5000 main:app'"),
    "something that cannot be told beside it": app("$PROXY & gunicorn -b 127.0.0.1:5000 main:app"),
    "a command that cannot be told": app("$SERVER -b 127.0.0.1:1 main:app"),
    "settings on PORT": {
        **app("gunicorn main:app"),
        "gunicorn.conf.py": "import os\nbind = '127.0.0.1:' + os.environ['PORT']\n",
    },
    "settings on the usual port": {**app("gunicorn main:app"), "gunicorn.conf.py": "bind = '0.0.0.0:8080'\n"},
    "the line has the last word": {
        **app("gunicorn -b :$PORT -c g.py main:app"),
        "g.py": "bind = '127.0.0.1:5000'\n",
    },
    "a file that reads PORT": {
        **app("python main.py"),
        "main.py": FLASK.replace("RUN", "port=int(os.environ['PORT'])"),
    },
    "a file on the usual port": {**app("python main.py"), "main.py": FLASK.replace("RUN", "'0.0.0.0', 8080")},
    "a file with names": {**app("python main.py"), "main.py": FLASK.replace("RUN", "host=HOST, port=NUMBER")},
    "a file of something else": {**app("python main.py"), "main.py": "import server\nserver.run()\n"},
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


REWRITTEN = {
    "gunicorn on loopback": ("gunicorn -b 127.0.0.1:8000 main:app", "gunicorn -b :$PORT main:app"),
    "gunicorn on loopback and $PORT": ("gunicorn -b 127.0.0.1:$PORT main:app", "gunicorn -b :$PORT main:app"),
    "gunicorn on a port of its own": ("gunicorn --bind=0.0.0.0:5000 main:app", "gunicorn --bind=:$PORT main:app"),
    "gunicorn on an address": ("gunicorn -w 2 -b localhost main:app", "gunicorn -w 2 -b :$PORT main:app"),
    "uvicorn told nothing": ("uvicorn main:app", "uvicorn main:app --host 0.0.0.0 --port $PORT"),
    "uvicorn told its port": ("uvicorn main:app --port $PORT", "uvicorn main:app --port $PORT --host 0.0.0.0"),
    "uvicorn told a wrong port": (
        "uvicorn main:app --host 0.0.0.0 --port 8000",
        "uvicorn main:app --host 0.0.0.0 --port $PORT",
    ),
    "uvicorn on loopback": (
        "uvicorn main:app --host 127.0.0.1 --port=80",
        "uvicorn main:app --host 0.0.0.0 --port=$PORT",
    ),
    "waitress on a port of its own": ("waitress-serve --port=5000 main:app", "waitress-serve --port=$PORT main:app"),
    "waitress by listen": ("waitress-serve --listen=127.0.0.1:80 m:a", "waitress-serve --listen=0.0.0.0:$PORT m:a"),
    "daphne told nothing": ("daphne main:app", "daphne main:app -b 0.0.0.0 -p $PORT"),
    "daphne told its port": ("daphne -p $PORT main:app", "daphne -p $PORT main:app -b 0.0.0.0"),
    "hypercorn told nothing": ("hypercorn main:app", "hypercorn main:app --bind 0.0.0.0:$PORT"),
    "flask told nothing": ("flask run", "flask run --host 0.0.0.0 --port $PORT"),
    "django told nothing": ("python manage.py runserver", "python manage.py runserver 0.0.0.0:$PORT"),
    "django told a port": ("python manage.py runserver 8000", "python manage.py runserver 0.0.0.0:$PORT"),
    "uwsgi on a port of its own": ("uwsgi --http-socket :9090 -w m:a", "uwsgi --http-socket :$PORT -w m:a"),
    "a shell within": ("bash -c 'uvicorn m:a'", "bash -c 'uvicorn m:a --host 0.0.0.0 --port $PORT'"),
    "behind another file": ("python setup.py && gunicorn -b :80 m:a", "python setup.py && gunicorn -b :$PORT m:a"),
    "behind another command": (
        "python manage.py migrate && gunicorn -b 127.0.0.1:80 m:a",
        "python manage.py migrate && gunicorn -b :$PORT m:a",
    ),
}


@pytest.mark.parametrize(("before", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(before: str, expected: str) -> None:
    found = check_rewritten(RULE, app(before), {"app.yaml": HEAD + f"entrypoint: {expected}\n"})
    assert [one.severity for one in found] == [Severity.ERROR]


def test_quotes_and_comments_stay() -> None:
    files = {"app.yaml": HEAD + 'entrypoint: "gunicorn -b 127.0.0.1:80 m:a"  # web\n'}
    check_rewritten(RULE, files, {"app.yaml": HEAD + 'entrypoint: "gunicorn -b :$PORT m:a"  # web\n'})


def test_the_file_that_says_it_is_edited() -> None:
    files = {**app("./run.sh"), "run.sh": "#!/bin/sh\n# start\nexec gunicorn -b 127.0.0.1:80 m:a\n"}
    check_rewritten(RULE, files, {"run.sh": "#!/bin/sh\n# start\nexec gunicorn -b :$PORT m:a\n"})


def test_a_procfile() -> None:
    files = {"app.yaml": HEAD, "Procfile": "# all\nweb: gunicorn -b 127.0.0.1:80 m:a\nworker: python w.py\n"}
    check_rewritten(RULE, files, {"Procfile": "# all\nweb: gunicorn -b :$PORT m:a\nworker: python w.py\n"})


def test_a_settings_file() -> None:
    files = {**app("gunicorn m:a"), "gunicorn.conf.py": "import os\nbind = '127.0.0.1:5000'  # here\n"}
    after = "import os\nbind = f\":{os.environ.get('PORT', '8080')}\"  # here\n"
    check_rewritten(RULE, files, {"gunicorn.conf.py": after})


REPORTED: dict[str, tuple[dict[str, str | bytes], str]] = {
    "an image": (
        {
            "app.yaml": "runtime: custom\nenv: flex\n",
            "Dockerfile": 'FROM python:3.12\nCMD ["gunicorn", "-b", "127.0.0.1:80", "main:app"]\n',
        },
        "gunicorn listens on 127.0.0.1:80",
    ),
    "Flask's own server": (
        {**app("python main.py"), "main.py": FLASK.replace("RUN", "debug=True")},
        "main.py lets Flask's own server listen on 127.0.0.1:5000",
    ),
    "Flask's own server on loopback": (
        {**app("python main.py"), "main.py": FLASK.replace("RUN", "host='127.0.0.1', port=8080, debug=True")},
        "listen on 127.0.0.1:8080",
    ),
}


@pytest.mark.parametrize(("files", "says"), REPORTED.values(), ids=REPORTED)
def test_reported(files: dict[str, str | bytes], says: str) -> None:
    (found,) = check_reported(RULE, files, says)
    assert found.hint
