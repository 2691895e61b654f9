"""Write `service.yaml`: everything app.yaml says, in Cloud Run's words.

Cloud Run does not read app.yaml, and Google's own converter drops or misreads a good part of it: the bounds of
scaling (so that a service scales to zero), Cloud SQL, the old health check, forwarded ports. Each value that is no
plain copy carries a comment that names its key and the reason; each key gets a verdict; what has no counterpart is
reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.cloud_run import _examples
from flexmigrate_rules.cloud_run._emit import Draft, propose
from flexmigrate_rules.cloud_run._layout import path_of
from flexmigrate_rules.cloud_run._mapping import mapped
from flexmigrate_rules.cloud_run._service.config import Config


def check(service: Service, context: Context) -> Iterator[Finding]:
    result = mapped(service, context)
    path = path_of(service, "service.yaml")
    draft = Draft(path, result.text, f"{path}: the service in Cloud Run's words", result.notes)
    finding = propose(service, context, draft, follow=service.config in service.repository.overlay)
    if finding is not None:
        yield finding
    config = Config(service, context)
    # Once the file is there no finding proposes it, and the verdicts travel with what is left to say.
    notes = result.notes if finding is None else ()
    for remark in result.remarks:
        yield Finding(
            remark.message,
            service.config,
            config.offset(remark.route),
            hint=remark.hint,
            fix=FixClass.MANUAL,
            severity=remark.severity,
            source=remark.source,
            key=remark.message,
            key_notes=notes,
        )


RULE = Rule(
    check=check,
    summary="app.yaml becomes service.yaml",
    severity=Severity.WARNING,
    fix=FixClass.SAFE,
    source="https://docs.cloud.google.com/run/docs/reference/yaml/v1",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before={"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT -k gevent main:app\n"},
        after=_examples.SERVICE_YAML,
        says="service.yaml: the service in Cloud Run's words",
        platform=Platform.CLOUD_RUN,
    ),
)
