"""Handlers that only App Engine calls are named; what a probe asks is not."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import check_quiet, check_reported
from tests.rules.source_files import CONFIG, service

RULE = "app-engine-routes"
RUN = Platform.CLOUD_RUN
HEALTH = "@app.route('/_ah/health')\ndef health():\n    return ''\n"
QUIET = {
    "other routes": service("@app.route('/health')\ndef x(): pass\nx_ah = '/x_ah/y'\n"),
    "a comment": service("# /_ah/health\n"),
    "tests": service("", tests__test_a="client.get('/_ah/health')\n"),
    "asked by a probe": {**service(HEALTH), "app.yaml": CONFIG + "liveness_check:\n  path: /_ah/health\n"},
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, platform=RUN)


def test_quiet_on_flex() -> None:
    check_quiet(RULE, service(HEALTH))


@pytest.mark.parametrize(
    ("text", "route"),
    [
        (HEALTH, "/_ah/health"),
        ("urls = [path('_ah/warmup', warm)]\n", "/_ah/warmup"),
        ("urls = [url(r'^_ah/start$', warm)]\n", "/_ah/start"),
        ("@app.post('/_ah/queue/deferred')\ndef x(): pass\n", "/_ah/queue/deferred"),
    ],
)
def test_loud(text: str, route: str) -> None:
    (found,) = check_reported(RULE, service(text), f"nobody calls {route}", platform=RUN)
    assert found.severity is Severity.INFO
    assert found.hint
