"""Write `MIGRATION.md`: the move as a list of steps with their commands.

Moving a service takes more than two files: an image to build, secrets to store, accounts and callers to let in, traffic
to move, a way back. The guide has the steps in their order, what is still open, the verdict for every key, and what
behaves differently. It is written from the same mapping as service.yaml and from what the other rules say of the
service as planned, so it waits until service.yaml is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.cloud_run._emit import Draft, propose
from flexmigrate_rules.cloud_run._findings import open_findings
from flexmigrate_rules.cloud_run._guide import guide
from flexmigrate_rules.cloud_run._layout import path_of
from flexmigrate_rules.cloud_run._mapping import mapped
from flexmigrate_rules.cloud_run._service.config import Config

NAME = "cloud-run-migration-guide"


def check(service: Service, context: Context) -> Iterator[Finding]:
    path = path_of(service, "MIGRATION.md")
    wanted = path_of(service, "service.yaml")
    if not service.repository.exists(wanted):
        # In a whole run service.yaml comes in the first pass, and this is never seen.
        message = f"{path} is written once {wanted} is there"
        yield Finding(
            message, service.config, hint="let the rule cloud-run-service-yaml run too", severity=Severity.INFO
        )
        return
    text = guide(Config(service, context), mapped(service, context), open_findings(service, context, NAME))
    draft = Draft(path, text, f"{path}: the steps of the move, what is open, and the verdict for every key")
    yield from filter(None, (propose(service, context, draft, follow=True),))


_CONFIG = "runtime: python\nenv: flex\nentrypoint: python main.py\n"
RULE = Rule(
    check=check,
    summary="MIGRATION.md has the steps of the move",
    severity=Severity.WARNING,
    fix=FixClass.SAFE,
    source="https://docs.cloud.google.com/appengine/migration-center/run/migrate-app-engine-flexible-to-run",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before={"app.yaml": _CONFIG},
        after={"app.yaml": _CONFIG},
        says="MIGRATION.md is written once service.yaml is there",
        platform=Platform.CLOUD_RUN,
    ),
)
