"""Require the library behind gunicorn's worker class.

`gunicorn -k gevent` needs gevent, `-k eventlet` eventlet, `-k uvicorn.workers.UvicornWorker` uvicorn: gunicorn itself
brings none of them, and without it the service dies at its start. `gunicorn[gevent]` counts. A class that the chosen
gunicorn does not have, or that does not work with it, is the matter of gunicorn-incompatible; only classes that left
gunicorn long ago are told here.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.requirements._requirements import Wanted, add, wanted, with_rewrites
from flexmigrate_rules.web_server._entrypoint import start
from flexmigrate_rules.web_server._gunicorn import gunicorns

# Distributions that require the library of a worker class.
_BRINGS = {
    "gevent": (
        "gevent-websocket",
        "flask-sockets",
        "geventhttpclient",
        "locust",
        "locustio",
        "grequests",
        "psycogreen",
    ),
    "eventlet": ("nova", "oslo-service"),
    "tornado": ("bokeh", "flower", "distributed", "jupyter", "notebook", "streamlit", "jupyter-server", "panel"),
    "uvicorn": ("uvicorn-worker", "fastapi-cli", "gradio", "google-adk", "mcp", "chromadb", "prefect"),
    "uvicorn-worker": (),
}
_EXTRAS = {"uvicorn": ("standard", "all", "uvicorn")}
_MODULES = {
    "uvicorn": "uvicorn",
    "uvicorn_worker": "uvicorn-worker",
    "aiohttp": "aiohttp",
    "meinheld": "meinheld",
    "geventwebsocket": "gevent-websocket",
    "flask_sockets": "flask-sockets",
    "sanic": "sanic",
    "egg:meinheld#gunicorn_worker": "meinheld",
}


def check(service: Service, context: Context) -> Iterator[Finding]:
    found = wanted(service, context)
    if found is None or found.opaque or ("gunicorn" not in found and service.runtime == "custom"):
        return
    for settings in gunicorns(service, start(service)):
        written = settings.worker_class
        if written is None:
            continue
        server = settings.started.server
        place = settings.assigned("worker_class") if server is not None and server.worker_class is None else None
        path, offset = (
            (settings.file, place.span.start)
            if place is not None and settings.file is not None
            else (settings.started.written.path, settings.started.written.offset)
        )
        worker = settings.worker
        package = worker if worker in _BRINGS else _MODULES.get(written.partition(".")[0], _MODULES.get(written, ""))
        if written in ("gaiohttp", "gunicorn.workers.gaiohttp.AiohttpWorker"):
            yield Finding(
                "the worker class gaiohttp left gunicorn with version 20",
                path,
                offset,
                hint="use aiohttp.GunicornWebWorker from aiohttp",
                severity=Severity.WARNING,
                fix=FixClass.MANUAL,
                key="gaiohttp",
            )
            continue
        if not package or _brought(found, package):
            continue
        yield with_rewrites(
            Finding(
                f"gunicorn is started with the worker class {written}, and no requirement brings {package}",
                path,
                offset,
                key=f"worker:{package}",
            ),
            [add(service, found, package, found.first("gunicorn"))],
            f"add {package} to {found.path}",
        )


def _brought(found: Wanted, package: str) -> bool:
    if package in found or any(other in found for other in _BRINGS.get(package, ())):
        return True
    for name, effective in found.effective.items():
        for entry in effective.requirements:
            if package in entry.extras and name == "gunicorn":
                return True
            if name != "gunicorn" and set(entry.extras) & {package, *_EXTRAS.get(package, ())}:
                return True
    return False


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT -k gevent main:app\n"
RULE = Rule(
    check=check,
    summary="gunicorn's worker class needs a library that no requirement brings",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://docs.gunicorn.org/en/stable/settings.html#worker-class",
    example=Example(
        before={"app.yaml": _APP, "requirements.txt": "Flask==3.0.3\ngunicorn==23.0.0\n"},
        after={"app.yaml": _APP, "requirements.txt": "Flask==3.0.3\ngunicorn==23.0.0\ngevent\n"},
        says="the worker class gevent, and no requirement brings gevent",
    ),
)
