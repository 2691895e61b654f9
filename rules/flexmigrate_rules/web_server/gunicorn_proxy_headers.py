"""Let gunicorn believe the load balancer about https.

TLS ends at the load balancer; what reaches gunicorn is plain HTTP with `X-Forwarded-Proto: https`. gunicorn takes that
header into account from 127.0.0.1 only, unless `forwarded_allow_ips` says otherwise; so an application behind it sees
http and builds addresses and redirects with http. Google's own example sets `forwarded_allow_ips = "*"`, which is right
where only the load balancer can reach the instance. In `secure_scheme_headers` the names have to be in upper case: any
other is compared with the upper-cased name of the request's header and never found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.web_server._entrypoint import start
from flexmigrate_rules.web_server._gunicorn import Settings, gunicorns


def check(service: Service, context: Context) -> Iterator[Finding]:
    for settings in gunicorns(service, start(service)):
        if settings.source is not None and settings.file is not None and not settings.unread:
            yield from _headers(settings)
            yield from _trusted(service, settings)


def _headers(settings: Settings) -> Iterator[Finding]:
    assigned = settings.assigned("secure_scheme_headers")
    if assigned is None or not assigned.known or not isinstance(assigned.value, dict):
        return
    wrong = [name for name in assigned.value if name != name.upper()]
    if not wrong:
        return
    assert settings.source is not None
    assert settings.file is not None
    from flexmigrate.documents.python_edits import set_assignment

    upper = assigned.source
    for name in wrong:
        for quote in "'\"":
            upper = upper.replace(f"{quote}{name}{quote}", f"{quote}{name.upper()}{quote}")
    rewrite = set_assignment(settings.source, "secure_scheme_headers", upper)
    good = not rewrite.refusal and ast.literal_eval(upper) == {k.upper(): v for k, v in assigned.value.items()}
    yield Finding(
        f"`secure_scheme_headers` names {wrong[0]}, and gunicorn compares only names in upper case: it is never found",
        settings.file,
        assigned.value_span.start,
        hint="" if good else f"write {wrong[0].upper()}",
        severity=Severity.WARNING,
        key="secure_scheme_headers",
        rewrites=(rewrite,) if good else (),
    )


def _trusted(service: Service, settings: Settings) -> Iterator[Finding]:
    server = settings.started.server
    assert server is not None
    assert settings.source is not None
    assert settings.file is not None
    if server.forwarded_allow_ips is not None or settings.assigned("forwarded_allow_ips") is not None:
        return
    from flexmigrate.documents.python_edits import set_assignment

    headers = settings.assigned("secure_scheme_headers")
    rewrite = set_assignment(settings.source, "forwarded_allow_ips", '"*"')
    yield Finding(
        f"{settings.file} leaves `forwarded_allow_ips` at 127.0.0.1, so gunicorn does not believe the load balancer "
        "that a request came by https" + ("" if headers is None else ", and `secure_scheme_headers` has no effect"),
        settings.file,
        headers.span.start if headers is not None else 0,
        severity=Severity.INFO if headers is None else Severity.WARNING,
        key="forwarded_allow_ips",
        rewrites=() if rewrite.refusal else (rewrite,),
    )


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT -c gunicorn.conf.py main:app\n"
_HEADERS = 'secure_scheme_headers = {"X-APPENGINE-HTTPS": "on"}\n'
RULE = Rule(
    check=check,
    summary="gunicorn does not believe the load balancer that a request came by https",
    severity=Severity.INFO,
    fix=FixClass.UNSAFE,
    source="https://docs.cloud.google.com/appengine/docs/flexible/python/runtime",
    example=Example(
        before={"app.yaml": _APP, "gunicorn.conf.py": _HEADERS},
        after={"app.yaml": _APP, "gunicorn.conf.py": _HEADERS + 'forwarded_allow_ips = "*"\n'},
        says="does not believe the load balancer",
    ),
)
