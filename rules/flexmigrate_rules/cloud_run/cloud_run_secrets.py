"""Values that look like secrets belong in Secret Manager.

What stands in app.yaml is in the repository's history and in every copy of it. service.yaml is written with a reference
(`secretKeyRef`) in place of such a value; MIGRATION.md has the commands that store it. A value is judged by the
variable's name and by how random it is, and is repeated nowhere. Where it is no secret, a comment
`# flexmigrate: ignore[cloud-run-secrets]` on its line has it copied like any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.env import secrets


def check(service: Service, context: Context) -> Iterator[Finding]:
    config = Config(service, context)
    for found in secrets(config):
        yield Finding(
            f"{found.variable} looks like a secret: {found.reason}; service.yaml takes it from Secret Manager, "
            f"as {found.secret}",
            service.config,
            config.offset(("env_variables", found.variable)),
            hint="store it as MIGRATION.md says, and change it where it has been in a repository",
            key=found.variable,
        )


_CONFIG = "runtime: python\nenv: flex\nentrypoint: python main.py\nenv_variables:\n  API_TOKEN: kX93vb\n"
RULE = Rule(
    check=check,
    summary="variables that look like secrets come from Secret Manager",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://docs.cloud.google.com/run/docs/configuring/services/secrets",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before={"app.yaml": _CONFIG},
        after={"app.yaml": _CONFIG},
        says="API_TOKEN looks like a secret",
        platform=Platform.CLOUD_RUN,
    ),
)
