"""What looks like a secret and what does not; and that no value is repeated anywhere."""

from __future__ import annotations

import json

import pytest

from flexmigrate.model import Status
from flexmigrate.reports.json import as_data
from flexmigrate.testing import findings
from flexmigrate_rules.cloud_run._secrets import looks_secret, secret_id
from tests.cloud_run.cases import app, planned

RANDOM = "kQ9x2LmZ7vRt4WbY8nHc"
PLAIN = [
    ("DEBUG", "true"),
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "None"),
    ("TOKEN_TTL", "3600"),
    ("PASSWORD_FILE", "/run/secrets/x"),
    ("SECRET_NAME", "db-password"),
    ("API_KEY_HEADER", "X-Key"),
    ("KEY", "name"),
    ("SORT_KEY", "created"),
    ("PASSENGER_COUNT", "4"),
    ("COMPASS", "north"),
    ("DB_PASSWORD", "projects/p/secrets/db/versions/1"),
    ("BUCKET", "my-project-eu-west-uploads-2024-archive"),
    ("URL", "https://example.com/aB3dE5gH7jK9mN1pQ3s"),
    ("DATABASE_URL", "postgres://user@/db?host=/cloudsql/p:r:i"),
    ("HOST", "db.example.com"),
    ("GREETING", "good morning to all of you out there"),
    ("COMMIT", "v1.2.3-rc4"),
    ("TENANT", "123e4567-e89b-12d3-a456-426614174000"),
    ("MODULE", "mysite.settings.production.europe"),
]
SECRET = [
    ("DB_PASSWORD", "x", "name"),
    ("dbPassword", "x1", "name"),
    ("MYSQL_PWD", "x1", "name"),
    ("SECRET_KEY", "dev", "name"),
    ("SLACK_TOKEN", "x1", "name"),
    ("STRIPE_API_KEY", "x1", "name"),
    ("APIKEY", "x1", "name"),
    ("JWT_SIGNING_KEY", "x1", "name"),
    ("SENTRY_DSN", "x1", "name"),
    ("PAYMENTS", "sk_live_0123456789ab", "known kind"),
    ("MAPS", "AIza" + "B" * 35, "known kind"),
    ("URL", "mysql://root:hunter2@host/db", "password in it"),
    ("CERT", "-----BEGIN RSA PRIVATE KEY-----\nx\n", "private key"),
    ("FLAVOUR", RANDOM, "random"),
    ("DIGEST", "9f86d081884c7d659a2feaa0c55ad015", "random"),
]


@pytest.mark.parametrize(("name", "value"), PLAIN)
def test_is_no_secret(name: str, value: str) -> None:
    assert looks_secret(name, value) == ""


@pytest.mark.parametrize(("name", "value", "reason"), SECRET)
def test_is_a_secret(name: str, value: str, reason: str) -> None:
    found = looks_secret(name, value)
    assert reason in found
    assert value not in found or len(value) < 3


def test_the_value_is_nowhere() -> None:
    made = planned(app(f"env_variables:\n  A_TOKEN: {RANDOM}\n  B: {RANDOM}x\n  C: sk_live_{RANDOM}\n"))
    assert RANDOM not in json.dumps(as_data(made))
    assert sum(one.rule == "cloud-run-secrets" for one in findings(made)) == 3
    guide = next(change.after for change in made.changes if change.path == "MIGRATION.md")
    assert "gcloud secrets create default-A_TOKEN" in guide


def test_a_comment_takes_it_back() -> None:
    made = planned(app(f"env_variables:\n  A: {RANDOM}  # flexmigrate: ignore[cloud-run-secrets]\n"))
    assert not [one for one in findings(made) if one.status is Status.OPEN]


def test_the_name_in_secret_manager() -> None:
    assert secret_id("web", "A.B") == "web-A_B"
