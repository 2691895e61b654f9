"""Finds what a service without `entrypoint` could start, by looking into the few files where people put it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.documents.python import PythonSource, mentions
from flexmigrate.documents.python_applications import Application, Interface, applications
from flexmigrate.documents.python_settings import setting
from flexmigrate.project import Service

_FILES = ("main.py", "app.py", "wsgi.py", "asgi.py")
_NEEDLES = (b"app", b"App", b"api", b"API", b"server", b"wsgi", b"WSGI", b"Flask", b"Bottle")
_USUAL = ("app", "application")
_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE["']\s*[,\]]\s*=?\s*["']([A-Za-z_][\w.]*)["']""")
_REQUIRES_UVICORN = re.compile(r"(?im)^[ \t]*(?:uvicorn\b|fastapi\[[^\]]*(?:standard|all))")
_REQUIRES_FLASK = re.compile(r"(?im)^[ \t]*flask\b")


def commands(service: Service) -> tuple[str, ...]:
    """Commands that would start an application of the service, each once; empty when none was found."""
    found = [*_in_modules(service), *_in_django(service)]
    return tuple(dict.fromkeys(found))


def _in_modules(service: Service) -> Iterator[str]:
    for name in _FILES:
        source = _source(service, name)
        if source is None:
            continue
        for application in _likeliest(applications(source)):
            command = _command(service, source, name.removesuffix(".py"), application)
            if command is not None:
                yield command


def _likeliest(found: tuple[Application, ...]) -> list[Application]:
    """The one with the usual name where a module has several (an app and what it is wrapped in)."""
    last = {application.name: application for application in found}
    usual = [last[name] for name in _USUAL if name in last]
    return usual[:1] or list(last.values())


def _command(service: Service, source: PythonSource, module: str, application: Application) -> str | None:
    requirements = service.text("requirements.txt") or ""
    interface = application.interface
    if interface is Interface.UNKNOWN and not application.framework and _REQUIRES_FLASK.search(requirements):
        # `app = create_app()`: the name alone tells little, with Flask beside it enough for a proposal.
        interface = Interface.WSGI
    if application.framework == "dash":
        # A Dash object is no WSGI application, its `server` is, and gunicorn wants a name for it.
        server = re.search(rf"(?m)^(\w+)[ \t]*=[ \t]*{re.escape(application.name)}\.server\b", source.text)
        return f"gunicorn -b :$PORT {module}:{server[1]}" if server else None
    if interface is Interface.WSGI:
        return f"gunicorn -b :$PORT {module}:{application.name}"
    if interface is Interface.ASGI and _REQUIRES_UVICORN.search(requirements):
        return f"uvicorn {module}:{application.name} --host 0.0.0.0 --port $PORT"
    return None


def _in_django(service: Service) -> Iterator[str]:
    manage = _text(service, "manage.py", b"DJANGO_SETTINGS_MODULE")
    named = _SETTINGS.search(manage) if manage is not None else None
    if named is None:
        return
    package = named[1].replace(".", "/")
    for path in (f"{package}.py", f"{package}/__init__.py"):
        source = _source(service, path, b"WSGI_APPLICATION")
        assigned = setting(source, "WSGI_APPLICATION") if source is not None else None
        if assigned is not None and isinstance(assigned.value, str) and "." in assigned.value:
            module, _, name = assigned.value.rpartition(".")
            yield f"gunicorn -b :$PORT {module}:{name}"
            return
    project = named[1].partition(".")[0]
    if service.data(f"{project}/wsgi.py") is not None:
        yield f"gunicorn -b :$PORT {project}.wsgi:application"


def _source(service: Service, name: str, *needles: bytes) -> PythonSource | None:
    text = _text(service, name, *(needles or _NEEDLES))
    return PythonSource(text, name) if text is not None else None


def _text(service: Service, name: str, *needles: bytes) -> str | None:
    data = service.data(name)
    return service.text(name) if data is not None and mentions(data, *needles) else None
