"""Find request headers that only App Engine sets.

App Engine adds `X-AppEngine-Country`, `X-AppEngine-Cron`, `X-AppEngine-QueueName` and others, and takes them off
requests from outside, so that a program may trust them. Cloud Run neither adds nor removes them: they are missing, and
anybody can send them. What checked `X-AppEngine-Cron` or `X-AppEngine-QueueName` to admit a request must check the OIDC
token that Cloud Scheduler and Cloud Tasks send along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule

_HEADER = re.compile(r"(?i)(?<![\w-])(?:HTTP_)?X[-_]App-?Engine[-_]([A-Za-z][\w-]*)")
_TRUSTED = frozenset(
    ("cron", "queuename", "taskname", "taskretrycount", "taskexecutioncount", "tasketa", "inbound_appid")
)
_OIDC = "check the OIDC token in Authorization; Cloud Scheduler and Cloud Tasks send one when told to"
_INSTEAD = {
    "https": "X-Forwarded-Proto",
    "user_ip": "X-Forwarded-For",
    "request_log_id": "X-Cloud-Trace-Context or traceparent",
}


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.source._run_reading import files

    for file, reading in files(service, b"ppEngine", b"ppengine", b"PPENGINE"):
        told: set[str] = set()
        for text in reading.texts:
            for match in _HEADER.finditer(text.value):
                name = match[1].replace("-", "_").lower()
                if name not in told:
                    told.add(name)
                    yield _finding(file.path, text.offset, match[0], name)


def _finding(path: str, offset: int, written: str, name: str) -> Finding:
    trusted = name in _TRUSTED
    spoof = "; anybody can send it there, so it admits nobody" if trusted else ", where anybody could send it"
    instead = _INSTEAD.get(name)
    geography = "a load balancer can add custom headers with the client's region" if name in _PLACES else ""
    hint = _OIDC if trusted else f"use {instead}" if instead else geography
    return Finding(f"Cloud Run does not set {written}{spoof}", path, offset, hint=hint, key=name)


_PLACES = frozenset(("country", "region", "city", "citylatlong"))

_EXAMPLE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
    "main.py": "def cron(request):\n    if not request.headers.get('X-AppEngine-Cron'):\n        return 403\n",
}

RULE = Rule(
    check=check,
    summary="request headers that only App Engine sets",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://docs.cloud.google.com/run/docs/triggering/using-scheduler",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(before=_EXAMPLE, after=_EXAMPLE, says="does not set X-AppEngine-Cron", platform=Platform.CLOUD_RUN),
)
