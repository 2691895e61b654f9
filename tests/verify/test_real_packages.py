"""Services with packages from an index, on every Python found: the example of Google's runtime page, and others.

python -m pytest tests/verify/test_real_packages.py --network
"""

from __future__ import annotations

from pathlib import Path

import pytest

from flexmigrate.proving import interpreters
from flexmigrate.proving.verdicts import Kind, StageName, Verdict, Verification
from flexmigrate.verify import Subject, verify_service
from tests.verify.services import options, planned

pytestmark = pytest.mark.network

APP = "runtime: python\nenv: flex\nentrypoint: {start}\nruntime_config:\n  python_version: 3\n{more}"
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef index():\n    return 'hello'\n"
DJANGO = """\
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY=os.environ["SECRET_KEY"])
urlpatterns = [path("", lambda request: HttpResponse("secure" if request.is_secure() else "plain"))]
application = get_wsgi_application()
"""
FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/')\nasync def index():\n    return {'a': 1}\n"
SOCKETS = (
    FLASK + "\nfrom flask_sock import Sock\n\nsock = Sock(app)\n\n\n@sock.route('/echo')\ndef echo(ws):\n"
    "    while True:\n        ws.send(ws.receive())\n"
)
SCRIPT = FLASK + "\nif __name__ == '__main__':\n    import os\n\n    app.run('0.0.0.0', int(os.environ['PORT']))\n"
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
GUNICORN = "gunicorn -b :$PORT main:app"


def service(folder: Path, main: str, requirements: str, start: str = GUNICORN, more: str = "") -> Path:
    (folder / "app.yaml").write_text(APP.format(start=start, more=more), "utf-8")
    (folder / "requirements.txt").write_text(requirements, "utf-8")
    (folder / "main.py").write_text(main, "utf-8")
    return folder


def tried(root: Path, python: str, *, unsafe: bool = False, as_is: bool = False) -> Verification:
    if interpreters.find(python) is None:
        pytest.skip(f"no Python {python} here")
    plan = planned(root, python=python, unsafe=unsafe)
    one = verify_service(
        Subject(root, "app.yaml", plan), options(interpreter=None, as_is=as_is, timeout=60.0, grace=30.0)
    )
    print(*((stage.name, stage.outcome, round(stage.seconds, 1), stage.detail) for stage in one.stages), sep="\n")
    print(one.cause, one.prediction, one.report, sep="\n")
    return one


@pytest.mark.parametrize("python", SUPPORTED)
def test_the_runtime_page_before(python: str, tmp_path: Path) -> None:
    root = service(tmp_path, FLASK, "Flask==2.0.2\ngunicorn==20.1.0\n")
    one = tried(root, python, as_is=True)
    assert one.verdict is Verdict.FAILED
    assert one.cause is not None
    assert (one.cause.stage, one.cause.kind) == (StageName.START, Kind.SERVICE)
    assert "pkg_resources" in one.cause.line
    assert one.prediction is not None
    assert (one.prediction.path, one.prediction.line) == ("requirements.txt", 2)


@pytest.mark.parametrize("python", SUPPORTED)
def test_the_runtime_page_with_gunicorn_alone_mended(python: str, tmp_path: Path) -> None:
    root = service(tmp_path, FLASK, "Flask==2.0.2\ngunicorn==23.0.0\n")
    one = tried(root, python, as_is=True)
    assert one.verdict is Verdict.FAILED
    assert one.cause is not None
    assert "url_quote" in one.cause.line


@pytest.mark.parametrize("python", SUPPORTED)
def test_the_runtime_page_after_unsafe_fixes(python: str, tmp_path: Path) -> None:
    root = service(tmp_path, FLASK, "Flask==2.0.2\ngunicorn==20.1.0\n")
    assert tried(root, python, unsafe=True).verdict is Verdict.PROVEN


CASES = (
    pytest.param(FLASK, "Flask==3.1.0\ngunicorn==23.0.0\n", GUNICORN, "", id="flask"),
    pytest.param(
        DJANGO,
        "Django>=5,<6\ngunicorn==23.0.0\n",
        "gunicorn -b :$PORT main:application",
        "env_variables:\n  SECRET_KEY: not-to-be-shown\n",
        id="django",
    ),
    pytest.param(
        FASTAPI,
        "fastapi\nuvicorn\ngunicorn==23.0.0\n",
        "gunicorn -b :$PORT -k uvicorn.workers.UvicornWorker main:app",
        "",
        id="fastapi with uvicorn workers",
    ),
    pytest.param(
        SOCKETS, "flask\nflask-sock\ngunicorn\n", "gunicorn -b :$PORT --threads 8 main:app", "", id="websockets"
    ),
    pytest.param(SCRIPT, "flask\n", "python main.py", "", id="python main.py"),
    pytest.param(FLASK, "flask\n", GUNICORN, "", id="gunicorn from the buildpacks"),
)


@pytest.mark.parametrize(("main", "requirements", "start", "more"), CASES)
def test_frameworks_are_proven(main: str, requirements: str, start: str, more: str, tmp_path: Path) -> None:
    one = tried(service(tmp_path, main, requirements, start, more), "3.12", as_is=True)
    assert one.verdict is Verdict.PROVEN
    assert "not-to-be-shown" not in repr(one)


def test_an_inconsistent_set_fails_as_it_does_on_the_platform(tmp_path: Path) -> None:
    # pip refuses to install a contradiction, so only what metadata cannot know at once is left for `pip check`.
    root = service(tmp_path, FLASK, "flask==2.0.2\nwerkzeug==1.0.1\n")
    one = tried(root, "3.12", as_is=True)
    assert one.cause is not None
    assert one.cause.stage is StageName.INSTALL
    assert one.cause.kind is Kind.SERVICE


def test_a_database_that_is_not_here(tmp_path: Path) -> None:
    main = FLASK + (
        "\nimport sqlalchemy\n\nengine = sqlalchemy.create_engine('postgresql+pg8000://a:b@127.0.0.1:1/shop')\nengine.connect()\n"
    )
    one = tried(service(tmp_path, main, "flask\ngunicorn\nsqlalchemy\npg8000\n"), "3.12", as_is=True)
    assert one.verdict is Verdict.HINDERED
    assert one.cause is not None
    assert one.cause.kind in (Kind.DATABASE, Kind.NETWORK)


def test_a_credential_that_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main = FLASK + "\nfrom google.cloud import storage\n\nclient = storage.Client()\n"
    one = tried(service(tmp_path, main, "flask\ngunicorn\ngoogle-cloud-storage\n"), "3.12", as_is=True)
    assert one.verdict is Verdict.HINDERED
    assert one.cause is not None
    assert one.cause.kind is Kind.CREDENTIAL
