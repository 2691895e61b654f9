"""The library behind gunicorn's worker class is required."""

from __future__ import annotations

import pytest

from flexmigrate.testing import check_quiet, check_reported, check_rewritten

RULE = "worker-class-dependency"
HEAD = "runtime: python\nenv: flex\n"


def app(options: str, requirements: str) -> dict[str, str | bytes]:
    return {"app.yaml": HEAD + f"entrypoint: gunicorn {options} main:app\n", "requirements.txt": requirements}


QUIET: dict[str, dict[str, str | bytes]] = {
    "the usual worker": app("-b :$PORT", "gunicorn\n"),
    "threads": app("--threads 8", "gunicorn\n"),
    "gevent is there": app("-k gevent", "gunicorn\ngevent==24.2.1\n"),
    "gevent as an extra": app("-k gevent", "gunicorn[gevent]\n"),
    "gevent by something else": app("-k gevent", "gunicorn\nFlask-Sockets\n"),
    "uvicorn by its extra": app("-k uvicorn.workers.UvicornWorker", "gunicorn\nfastapi[standard]\n"),
    "uvicorn with an extra": app("-k uvicorn.workers.UvicornWorker", "gunicorn\nuvicorn[standard]\n"),
    "a class of its own": app("-k main.Worker", "gunicorn\n"),
    "a class from a variable": app("-k $WORKER", "gunicorn\n"),
    "a repository may bring it": app("-k gevent", "gunicorn\ngit+https://github.com/a/b.git#egg=b\n"),
    "settings that are elsewhere": app("-c /etc/gunicorn.py", "gunicorn\n"),
    "settings that decide at run time": {
        **app("", "gunicorn\n"),
        "gunicorn.conf.py": "import os\nworker_class = os.environ['WORKER']\n",
    },
    "another server": {"app.yaml": HEAD + "entrypoint: uwsgi --gevent 100\n", "requirements.txt": "uwsgi\n"},
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


REWRITTEN: dict[str, tuple[dict[str, str | bytes], str]] = {
    "gevent": (app("-k gevent", "gunicorn\nsix\n"), "gunicorn\ngevent\nsix\n"),
    "the long option": (app("--worker-class=eventlet", "gunicorn\n"), "gunicorn\neventlet\n"),
    "uvicorn": (app("-k uvicorn.workers.UvicornWorker", "gunicorn\n"), "gunicorn\nuvicorn\n"),
    "uvicorn-worker": (app("-k uvicorn_worker.UvicornWorker", "gunicorn\n"), "gunicorn\nuvicorn-worker\n"),
    "aiohttp": (app("-k aiohttp.GunicornWebWorker", "gunicorn\n"), "gunicorn\naiohttp\n"),
    "a settings file": (
        {**app("-c conf/g.py", "gunicorn\r\n"), "conf/g.py": "worker_class = 'tornado'\n"},
        "gunicorn\r\ntornado\r\n",
    ),
    "the default of a setting": (
        {**app("", "gunicorn\n"), "gunicorn.conf.py": "import os\nworker_class = os.environ.get('W', 'gevent')\n"},
        "gunicorn\ngevent\n",
    ),
}


@pytest.mark.parametrize(("files", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(files: dict[str, str | bytes], expected: str) -> None:
    check_rewritten(RULE, files, {"requirements.txt": expected})


def test_the_place_is_where_the_class_is_written() -> None:
    files = {**app("", "gunicorn\n"), "gunicorn.conf.py": "bind = ':8080'\nworker_class = 'gevent'\n"}
    (found,) = check_reported(RULE, files, "worker class gevent", unsafe=False)
    assert (found.path, found.line) == ("gunicorn.conf.py", 2)


def test_a_class_that_left() -> None:
    check_reported(RULE, app("-k gaiohttp", "gunicorn==19.9.0\n"), "gaiohttp left gunicorn")
