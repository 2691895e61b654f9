"""The names of a module that a web server could serve."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from flexmigrate.documents.python import PythonSource
from flexmigrate.documents.python_names import dotted_name
from flexmigrate.documents.spans import Span


class Interface(StrEnum):
    """How a server talks to an application."""

    WSGI = "wsgi"
    ASGI = "asgi"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Application:
    """A name of the module that a server could serve; `framework` is empty where only the name suggests it."""

    name: str
    framework: str
    interface: Interface
    line: int
    span: Span


_APPLICATIONS = {
    "flask.Flask": Interface.WSGI,
    "dash.Dash": Interface.WSGI,
    "django.core.wsgi.get_wsgi_application": Interface.WSGI,
    "django.core.handlers.wsgi.WSGIHandler": Interface.WSGI,
    "django.core.asgi.get_asgi_application": Interface.ASGI,
    "channels.routing.ProtocolTypeRouter": Interface.ASGI,
    "bottle.Bottle": Interface.WSGI,
    "bottle.default_app": Interface.WSGI,
    "bottle.app": Interface.WSGI,
    "falcon.API": Interface.WSGI,
    "falcon.App": Interface.WSGI,
    "falcon.asgi.App": Interface.ASGI,
    "webapp2.WSGIApplication": Interface.WSGI,
    "web.application": Interface.WSGI,
    "cherrypy.Application": Interface.WSGI,
    "cherrypy.tree.mount": Interface.WSGI,
    "connexion.App": Interface.WSGI,
    "connexion.FlaskApp": Interface.WSGI,
    "connexion.AsyncApp": Interface.ASGI,
    "tornado.wsgi.WSGIAdapter": Interface.WSGI,
    "tornado.wsgi.WSGIApplication": Interface.WSGI,
    "tornado.web.Application": Interface.UNKNOWN,
    "aiohttp.web.Application": Interface.UNKNOWN,
    "fastapi.FastAPI": Interface.ASGI,
    "fastapi.applications.FastAPI": Interface.ASGI,
    "starlette.applications.Starlette": Interface.ASGI,
    "quart.Quart": Interface.ASGI,
    "litestar.Litestar": Interface.ASGI,
    "sanic.Sanic": Interface.ASGI,
    "socketio.WSGIApp": Interface.WSGI,
    "socketio.ASGIApp": Interface.ASGI,
    "endpoints.api_server": Interface.WSGI,
}
_USUAL_NAMES = frozenset(("app", "application", "api", "server", "wsgi"))


def applications(source: PythonSource) -> tuple[Application, ...]:
    """The names of the module that a server could serve, in order; the last of a name counts."""
    bound = source.bindings
    found: list[Application] = []
    for node in top_level(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in _USUAL_NAMES:
            interface = _by_arguments(node)
            if interface is not Interface.UNKNOWN:
                found.append(Application(node.name, "", interface, node.lineno, source.span(node)))
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        called = dotted_name(node.value.func, bound) if isinstance(node.value, ast.Call) else None
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if not isinstance(target, ast.Name):
                continue
            if called in _APPLICATIONS:
                framework = called.partition(".")[0]
                found.append(Application(target.id, framework, _APPLICATIONS[called], node.lineno, source.span(node)))
            elif isinstance(node.value, ast.Call) and target.id in _USUAL_NAMES:
                found.append(Application(target.id, "", Interface.UNKNOWN, node.lineno, source.span(node)))
    return tuple(found)


def _by_arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Interface:
    names = [argument.arg for argument in node.args.args]
    if isinstance(node, ast.AsyncFunctionDef):
        return Interface.ASGI if names == ["scope", "receive", "send"] else Interface.UNKNOWN
    return Interface.WSGI if len(names) == 2 and names[1] == "start_response" else Interface.UNKNOWN


def top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run on import, those in `if`, `try` and `with` included, `if __name__ == …` left out."""
    pending: list[ast.stmt] = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        yield node
        inner: list[ast.stmt] = []
        if isinstance(node, ast.If) and not _is_main_test(node.test):
            inner = [*node.body, *node.orelse]
        elif isinstance(node, ast.Try | ast.TryStar):
            inner = [*node.body, *(s for handler in node.handlers for s in handler.body), *node.orelse, *node.finalbody]
        elif isinstance(node, ast.With):
            inner = list(node.body)
        pending.extend(reversed(inner))


def _is_main_test(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
