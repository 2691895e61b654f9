"""Headers of App Engine are told once each, however they are spelled."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import check_quiet, check_reported
from tests.rules.source_files import said, service

RULE = "app-engine-headers"
RUN = Platform.CLOUD_RUN
QUIET = {
    "other headers": service("h.get('X-Forwarded-For')\nh.get('X-CloudScheduler')\n"),
    "the product's name": service("x = 'runs on AppEngine'\nUSER_AGENT = 'AppEngine-Google'\n"),
    "a comment": service("# X-AppEngine-Cron\n"),
    "a docstring": service('"""X-AppEngine-Cron is checked by the caller."""\n'),
    "tests": service("", tests__test_a="client.get('/', headers={'X-AppEngine-Cron': 'true'})\n"),
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, platform=RUN)


def test_quiet_on_flex() -> None:
    check_quiet(RULE, service("h.get('X-AppEngine-Cron')\n"))


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("X-Appengine-Cron", "OIDC"),
        ("X-AppEngine-QueueName", "OIDC"),
        ("HTTP_X_APPENGINE_TASKNAME", "OIDC"),
        ("x-appengine-country", "load balancer"),
        ("X-AppEngine-User-IP", "X-Forwarded-For"),
        ("X-AppEngine-Https", "X-Forwarded-Proto"),
    ],
)
def test_loud(written: str, hint: str) -> None:
    (found,) = check_reported(RULE, service(f"x = headers['{written}']\n"), f"not set {written}", platform=RUN)
    assert hint in found.hint


def test_each_header_once() -> None:
    text = "a = h['X-AppEngine-Cron']\nb = h['x-appengine-cron']\nc = h['X-AppEngine-City']\n"
    assert len(said(RULE, service(text), platform=RUN)) == 2
