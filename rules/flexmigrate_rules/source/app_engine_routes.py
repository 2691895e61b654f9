"""Find handlers of `/_ah/…`, which only App Engine calls.

The old health check asked `/_ah/health`, and App Engine may call `/_ah/start`, `/_ah/stop` and `/_ah/warmup`. Cloud Run
calls none of them: it asks the paths of the probes in service.yaml, and an instance learns of its end by SIGTERM. Such
handlers do no harm, but what they do is no longer done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule

_ROUTE = re.compile(r"^\^?/?_ah/([\w/]+)")
_INSTEAD = {
    "health": "the probes in service.yaml decide which path is asked",
    "start": "do it when the program starts",
    "stop": "handle SIGTERM, which comes 10 seconds before the end",
    "warmup": "do it when the program starts, or in the path of the startup probe",
    "mail": "no mail comes in; a mail provider can call a path of yours",
    "background": "use Cloud Tasks or a Cloud Run job",
    "queue/deferred": "Cloud Tasks calls the path that a task names",
}


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.source._run_reading import files

    asked = {service.value(block, "path") for block in ("liveness_check", "readiness_check")}
    for file, reading in files(service, b"_ah/"):
        for text in reading.texts:
            found = _ROUTE.match(text.value)
            if found is None or f"/_ah/{found[1]}" in asked:
                continue
            route = found[1].strip("/")
            yield Finding(
                f"nobody calls /_ah/{route} on Cloud Run",
                file.path,
                text.offset,
                hint=next((hint for name, hint in _INSTEAD.items() if route.startswith(name)), ""),
                key=f"{route}@{text.offset}",
            )


_EXAMPLE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
    "main.py": "@app.route('/_ah/warmup')\ndef warmup():\n    return ''\n",
}

RULE = Rule(
    check=check,
    summary="handlers of /_ah/…, which only App Engine calls",
    severity=Severity.INFO,
    fix=FixClass.MANUAL,
    source="https://docs.cloud.google.com/run/docs/configuring/healthchecks",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(before=_EXAMPLE, after=_EXAMPLE, says="nobody calls /_ah/warmup", platform=Platform.CLOUD_RUN),
)
