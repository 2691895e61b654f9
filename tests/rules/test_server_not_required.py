"""The server that the start command names is required, or gets required where one answer is right."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import check_quiet, check_reported, check_rewritten

RULE = "server-not-required"
HEAD = "runtime: python\nenv: flex\n"


def app(command: str, requirements: str = "Flask==3.0.3\n") -> dict[str, str | bytes]:
    return {"app.yaml": HEAD + f"entrypoint: {command}\n", "requirements.txt": requirements}


QUIET: dict[str, dict[str, str | bytes]] = {
    "gunicorn is there": app("gunicorn main:app", "gunicorn\n"),
    "gunicorn in an include": {**app("gunicorn main:app", "-r b.txt\n"), "b.txt": "Gunicorn==23.0.0\n"},
    "waitress is there": app("waitress-serve --port=$PORT main:app", "waitress==3.0.0\n"),
    "uvicorn by an extra": app("uvicorn main:app --port $PORT", "fastapi[standard]\n"),
    "uvicorn by its worker": app("uvicorn main:app --port $PORT", "uvicorn-worker\n"),
    "daphne by channels": app("daphne -p $PORT main:app", "channels==3.0.5\n"),
    "flask by an extension": app("flask run -p $PORT", "Flask-Login\n"),
    "python runs a file": app("python main.py"),
    "a repository may bring it": app("waitress-serve main:app", "git+https://github.com/a/b.git#egg=b\n"),
    "the folder itself may bring it": app("waitress-serve main:app", "-e .\n"),
    "an include that is not there": app("waitress-serve main:app", "-r missing.txt\n"),
    "a command that cannot be told": app("$SERVER main:app"),
    "no requirements at all": {"app.yaml": HEAD + "entrypoint: uwsgi --http :$PORT\n"},
    "an image of its own": {
        "app.yaml": "runtime: custom\nenv: flex\n",
        "Dockerfile": "FROM python:3.12\nRUN pip install waitress -r requirements.txt\nCMD waitress-serve main:app\n",
        "requirements.txt": "Flask\n",
    },
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


REWRITTEN = {
    "waitress": ("waitress-serve --port=$PORT main:app", "waitress"),
    "uwsgi": ("uwsgi --http-socket :$PORT -w main:app", "uwsgi"),
    "uvicorn": ("uvicorn main:app --host 0.0.0.0 --port $PORT", "uvicorn"),
    "hypercorn": ("hypercorn -b 0.0.0.0:$PORT main:app", "hypercorn"),
    "daphne": ("daphne -b 0.0.0.0 -p $PORT main:app", "daphne"),
    "as a module": ("python -m uvicorn main:app --host 0.0.0.0 --port $PORT", "uvicorn"),
    "what the build would add anyway": ("gunicorn -b :$PORT main:app", "gunicorn==22.0.0"),
}


@pytest.mark.parametrize(("command", "line"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(command: str, line: str) -> None:
    files = app(command)
    check_rewritten(RULE, files, {"requirements.txt": f"Flask==3.0.3\n{line}\n"}, unsafe=False)


def test_gunicorn_is_no_error_where_the_build_adds_it() -> None:
    files = app("gunicorn -b :$PORT main:app", "Flask --hash=sha256:" + "0" * 64 + "\n")
    (found,) = check_reported(RULE, files, "the build adds gunicorn==22.0.0")
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("config", "platform"),
    [(HEAD + "build_env_variables:\n  GOOGLE_ENTRYPOINT: gunicorn main:app\n", Platform.FLEX)],
    ids=["a build variable"],
)
def test_gunicorn_is_an_error_where_nobody_adds_it(config: str, platform: Platform) -> None:
    files = {"app.yaml": config, "requirements.txt": "Flask\n"}
    found = check_rewritten(RULE, files, {"requirements.txt": "Flask\ngunicorn\n"}, platform=platform)
    assert found[0].severity is Severity.ERROR
