"""Legacy health checks become split ones, with what the user wrote and nothing else."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import check_quiet, check_reported, check_rewritten

RULE = "split-health-checks"
HEAD = "runtime: python\nenv: flex\n"
HANDLER = {"main.py": '@app.get("/_ah/health")\ndef health(): return ""\n'}

QUIET = {
    "no health check": "",
    "split checks already": "liveness_check:\n  path: /live\nreadiness_check:\n  path: /ready\n",
    "only a comment": "# health_check: gone\n",
    "a variable of that name": "env_variables:\n  health_check: x\n",
}


@pytest.mark.parametrize("rest", QUIET.values(), ids=QUIET)
def test_quiet(rest: str) -> None:
    check_quiet(RULE, {"app.yaml": HEAD + rest})


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": HEAD + "health_check:\n  timeout_sec: 4\n"}, platform=Platform.CLOUD_RUN)


REPORTED = {
    "restart threshold out of range": (
        "health_check:\n  check_interval_sec: 5\n  restart_threshold: 60\n",
        "`check_interval_sec: 30` and `failure_threshold: 10` waits as long",
    ),
    "interval zero": ("health_check:\n  check_interval_sec: 0\n", "no whole number"),
    "interval too long": ("health_check:\n  check_interval_sec: 301\n", "outside 1–300"),
    "not a number": ("health_check:\n  timeout_sec: 4s\n", "no whole number"),
    "a template": ("health_check:\n  timeout_sec: {{ timeout }}\n", "cannot be carried over"),
    "given twice": ("health_check:\n  timeout_sec: 4\n  timeout_sec: 5\n", "cannot be carried over"),
    "no mapping": ("health_check: off\n", "no mapping"),
    "an alias": ("x: &a {timeout_sec: 4}\nhealth_check: *a\n", "no mapping"),
}


@pytest.mark.parametrize(("rest", "says"), REPORTED.values(), ids=REPORTED)
def test_reported(rest: str, says: str) -> None:
    check_reported(RULE, {"app.yaml": HEAD + rest}, says)


REWRITTEN = {
    "everything": (
        (
            "health_check:\n  enable_health_check: True\n  check_interval_sec: 5  # often\n  timeout_sec: 4\n"
            "  unhealthy_threshold: 3\n  healthy_threshold: 2\n  restart_threshold: 9\n"
        ),
        (
            "liveness_check:\n  check_interval_sec: 5\n  timeout_sec: 4\n  failure_threshold: 9\n"
            "readiness_check:\n  check_interval_sec: 5  # often\n  timeout_sec: 4\n"
            "  failure_threshold: 3\n  success_threshold: 2\n"
        ),
    ),
    "no final newline": (
        "health_check:\n  timeout_sec: 4\n  restart_threshold: 9",
        "liveness_check:\n  timeout_sec: 4\n  failure_threshold: 9\nreadiness_check:\n  timeout_sec: 4",
    ),
    "only restart threshold": (
        "health_check:\n  restart_threshold: 5\n",
        "liveness_check:\n  failure_threshold: 5\n",
    ),
    "only readiness": (
        "health_check:\n  unhealthy_threshold: 5\n",
        "readiness_check:\n  failure_threshold: 5\n",
    ),
    "host goes to both": (
        "health_check:\n  host: example.com\n",
        "liveness_check:\n  host: example.com\nreadiness_check:\n  host: example.com\n",
    ),
    "switched off": ("health_check:\n  enable_health_check: False\n  timeout_sec: 99999\n", ""),
    "switched off in other words": ("health_check: {enable_health_check: no}\n", ""),
    "on and nothing else": ("health_check:\n  enable_health_check: true\n", ""),
    "empty": ("health_check:\n", ""),
    "split checks exist": (
        "health_check:\n  timeout_sec: 4\nreadiness_check:\n  path: /ready\n",
        "readiness_check:\n  path: /ready\n",
    ),
    "flow style": (
        "health_check: {timeout_sec: 4, enable_health_check: true}\n",
        "liveness_check:\n  timeout_sec: 4\nreadiness_check: {timeout_sec: 4}\n",
    ),
    "Managed VMs name": ("vm_health_check:\n  timeout_sec: 4\n", ""),
}


@pytest.mark.parametrize(("before", "after"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(before: str, after: str) -> None:
    check_rewritten(RULE, {"app.yaml": HEAD + before}, {"app.yaml": HEAD + after})


WITH_PATH = {
    "path into both": (
        "health_check:\n  enable_health_check: True\n  timeout_sec: 4\n",
        (
            "liveness_check:\n  path: /_ah/health\n  timeout_sec: 4\nreadiness_check:\n  path: /_ah/health\n"
            "  timeout_sec: 4\n"
        ),
    ),
    "path and nothing else": (
        "health_check:\n  enable_health_check: True\n",
        "liveness_check:\n  path: /_ah/health\nreadiness_check:\n  path: /_ah/health\n",
    ),
    "path and the restart": (
        "health_check:\n  restart_threshold: 4\n",
        "liveness_check:\n  path: /_ah/health\n  failure_threshold: 4\nreadiness_check:\n  path: /_ah/health\n",
    ),
    "switched off stays off": ("health_check:\n  enable_health_check: off\n", ""),
}


@pytest.mark.parametrize(("before", "after"), WITH_PATH.values(), ids=WITH_PATH)
def test_path_only_where_the_program_knows_it(before: str, after: str) -> None:
    check_rewritten(RULE, {"app.yaml": HEAD + before, **HANDLER}, {"app.yaml": HEAD + after})
