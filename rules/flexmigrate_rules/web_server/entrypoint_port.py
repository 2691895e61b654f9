"""Make the server listen where App Engine looks for it: on `$PORT`, on every address.

Requests and health checks reach the container from outside, on the port that the variable PORT names (8080 unless
somebody changes that). A server that listens on 127.0.0.1 is reached by nobody, one on another port neither; both start
without a complaint, and the deployment fails minutes later at its health checks. Several servers listen on 127.0.0.1
and a port of their own as long as nobody tells them otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, FixClass, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.web_server._entrypoint import Started, local_path, offset, start
from flexmigrate_rules.web_server._gunicorn import Settings, gunicorns
from flexmigrate_rules.web_server._rebinding import DEFAULTS, LOOPBACK, PORT, appended, rebound

if TYPE_CHECKING:
    from flexmigrate.documents.commands import Bind

_IN_FRONT = frozenset(("nginx", "apache2", "apache2ctl", "httpd", "haproxy", "envoy", "caddy", "traefik", "service"))


def check(service: Service, context: Context) -> Iterator[Finding]:
    begun = start(service)
    # What has to end before the next command starts is no server.
    listening = [one for one in begun.servers() if not (_is_python(one) and one.run.joined in ("&&", ";"))]
    if len(listening) != 1 or begun.unknown or any(one.run.program in _IN_FRONT for one in begun.started):
        # One of several may sit behind another, which is then the one that has to be reached.
        return
    one = listening[0]
    assert one.server is not None
    kind = one.server.server.value
    if kind == "gunicorn":
        yield from _gunicorn(service, gunicorns(service, begun)[0])
    elif kind == "python":
        yield from _python(service, one)
    elif kind == "uwsgi":
        if one.server.config is None and not one.server.notes:
            yield from _binds(service, one)
    else:
        yield from _binds(service, one)


def _is_python(one: Started) -> bool:
    return one.server is not None and one.server.server.value == "python"


def _gunicorn(service: Service, settings: Settings) -> Iterator[Finding]:
    one = settings.started
    assert one.server is not None
    if one.server.binds:
        yield from _binds(service, one)
        return
    if settings.unread:
        return
    assigned = settings.assigned("bind")
    # Without any, gunicorn takes 0.0.0.0:$PORT where PORT is set, and it always is.
    if assigned is None or settings.source is None or settings.file is None:
        return
    if not assigned.known or assigned.environment or assigned.conditional:
        return
    from flexmigrate.documents.binds import address
    from flexmigrate.documents.python_edits import set_assignment
    from flexmigrate.documents.shell import Word
    from flexmigrate.documents.spans import Span

    values = assigned.value if isinstance(assigned.value, tuple) else (assigned.value,)
    binds = [address(Word(value, Span(0, 0))) for value in values if isinstance(value, str)]
    wrong = [what for bind in binds if (what := _wrong(bind, "", "8000"))]
    if not wrong or len(wrong) < len(binds):
        return
    new = (
        "f\":{os.environ.get('PORT', '8080')}\"" if re.search(r"(?m)^import os\b", settings.source.text) else '":8080"'
    )
    yield Finding(
        f"gunicorn's `bind` in {settings.file} is {wrong[0]}, where App Engine does not reach it",
        settings.file,
        assigned.span.start,
        hint=f"write `bind = {new}`",
        key="bind",
        rewrites=_possible(set_assignment(settings.source, "bind", new)),
    )


def _binds(service: Service, one: Started) -> Iterator[Finding]:
    assert one.server is not None
    kind = one.server.server.value
    default = DEFAULTS.get(kind)
    binds = one.server.binds
    if any(bind.socket for bind in binds):
        return
    if one.server.config is not None and not binds:
        return
    if not binds:
        if default is None or not _wrong_place(default.host, default.port) or one.server.notes:
            return
        yield Finding(
            f"{kind} is not told where to listen and takes {default.host}:{default.port}, where App Engine does not "
            "reach it",
            one.written.path,
            one.written.offset,
            hint=f"add `{default.options}` to the start command",
            key="bind",
            rewrites=_possible(appended(service, one, default.options)),
        )
        return
    known = [
        (bind, _wrong(bind, default.host if default else "", default.port if default else "8000")) for bind in binds
    ]
    if any(what is None for _, what in known):
        return
    bind, what = known[0]
    if what is None or len(known) > 1:
        return
    yield Finding(
        f"{kind} listens on {what}, where App Engine does not reach it",
        one.written.path,
        offset(one.written, bind.word),
        hint="let it listen on every address and on $PORT",
        key="bind",
        rewrites=_possible(rebound(service, one, bind, default)),
    )


def _wrong(bind: Bind, host: str, port: str) -> str | None:
    """The place that nobody reaches; None where it can be reached, or cannot be told."""
    here = bind.host or host
    number = PORT if bind.from_port else bind.port or port
    if "$" in here or "$" in number or not number.isdigit():
        return None
    return f"{here or 'every address'}:{number}" if _wrong_place(here, number) else None


def _wrong_place(host: str, port: str) -> bool:
    return host.lower() in LOOPBACK or port != PORT


def _possible(rewrite: Rewrite) -> tuple[Rewrite, ...]:
    return () if rewrite.refusal or not rewrite.edits else (rewrite,)


def _python(service: Service, one: Started) -> Iterator[Finding]:
    """`python main.py`: what its file passes to `run`, where that is spelled out."""
    assert one.server is not None
    path = local_path(service, one.server.app) if one.server.app and not one.server.notes else None
    data = service.repository.data(path) if path else None
    if path is None or data is None or b".run(" not in data or b"PORT" in data:
        return
    text = service.repository.text(path)
    if text is None:
        return
    import ast

    from flexmigrate.documents.python import PythonSource
    from flexmigrate.documents.python_applications import applications

    source = PythonSource(text, path)
    flask = {found.name for found in applications(source) if found.framework == "flask"}
    calls = [
        node
        for node in source.nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "run"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in flask
    ]
    if len(calls) != 1 or any(keyword.arg is None for keyword in calls[0].keywords) or calls[0].args:
        return
    given = {keyword.arg: keyword.value for keyword in calls[0].keywords}
    host, port = given.get("host"), given.get("port")
    if any(node is not None and not isinstance(node, ast.Constant) for node in (host, port)):
        return
    at = (
        str(host.value) if isinstance(host, ast.Constant) and host.value else "127.0.0.1",
        str(port.value) if isinstance(port, ast.Constant) and port.value else "5000",
    )
    if _wrong_place(*at):
        yield Finding(
            f"{path} lets Flask's own server listen on {at[0]}:{at[1]}, where App Engine does not reach it",
            path,
            source.span(calls[0]).start,
            hint="start it with a web server: `gunicorn -b :$PORT main:app`; or listen on 0.0.0.0 and PORT",
            fix=FixClass.MANUAL,
            key="run",
        )


RULE = Rule(
    check=check,
    summary="the server listens on 127.0.0.1 or a port of its own, where App Engine does not reach it",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://docs.cloud.google.com/appengine/docs/flexible/custom-runtimes/build",
    example=Example(
        before={"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b 127.0.0.1:8000 main:app\n"},
        after={"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"},
        says="gunicorn listens on 127.0.0.1:8000",
    ),
)
