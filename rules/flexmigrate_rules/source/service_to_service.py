"""Find addresses of App Engine services (`*.appspot.com`).

A service that moves to Cloud Run gets an address of its own under `run.app`, and the old one keeps leading to App
Engine. Whoever calls it has to be told, and the other way round a service that calls its siblings has to know which of
them moved. Cloud Run also asks callers for an identity unless public access is granted: one service calls another with
an ID token, and its service account needs the role run.invoker there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule

_ADDRESS = re.compile(r"(?:[\w{}%-]+(?:-dot-|\.))*[\w{}%-]+\.appspot\.com")
# Buckets and service accounts keep their names.
_OTHER = re.compile(
    r"@appspot\.|gserviceaccount|storage\.googleapis|^gs://|firebasestorage|^(?!.*-dot-|.*\.r\.)[\w.{}%-]+\.appspot\.com$"
)
_HINT = "use the address that Cloud Run gives it, and an ID token with the role run.invoker where it is not public"


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.source._run_reading import files

    for file, reading in files(service, b"appspot.com"):
        for text in reading.texts:
            found = None if _OTHER.search(text.value) else _ADDRESS.search(text.value)
            if found:
                yield Finding(
                    f"{found[0]} leads to App Engine, also after this service has moved",
                    file.path,
                    text.offset,
                    hint=_HINT,
                    key=f"{found[0]}@{text.offset}",
                )
    block = service.node("env_variables")
    for entry in block.entries if block is not None and block.kind == "mapping" else ():
        value = entry.value.value if entry.value.kind == "scalar" else ""
        if ".appspot.com" in value and not _OTHER.search(value):
            # The value may hold more than an address.
            yield Finding(
                f"the variable `{entry.name}` holds an appspot.com address, which leads to App Engine",
                service.config,
                entry.start,
                hint=_HINT,
                key=f"env {entry.name}",
            )


_EXAMPLE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
    "main.py": "import requests\n\n\ndef prices():\n"
    "    return requests.get('https://prices-dot-shop.ew.r.appspot.com/all').json()\n",
}

RULE = Rule(
    check=check,
    summary="addresses of services on App Engine (appspot.com)",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://docs.cloud.google.com/run/docs/authenticating/service-to-service",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before=_EXAMPLE,
        after=_EXAMPLE,
        says="prices-dot-shop.ew.r.appspot.com leads to App Engine",
        platform=Platform.CLOUD_RUN,
    ),
)
