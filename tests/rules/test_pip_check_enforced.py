"""Services that leave the legacy build with many pins are told that contradictions now count."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import check_quiet, check_reported

RULE = "pip-check-enforced"
LEGACY = "runtime: python\nenv: flex\nentrypoint: gunicorn main:app\nruntime_config:\n  python_version: 3\n"
MODERN = LEGACY.replace("python_version: 3", "operating_system: ubuntu22\n  runtime_version: '3.12'")
PINS = "".join(f"package-{letter}==1.0\n" for letter in "abcdefgh")

QUIET: dict[str, dict[str, str | bytes]] = {
    "no requirements": {"app.yaml": LEGACY},
    "a few pins": {"app.yaml": LEGACY, "requirements.txt": "a==1\nb==2\nc\nd\ne\nf\ng\nh\ni\n"},
    "on the modern build already": {"app.yaml": MODERN, "requirements.txt": PINS},
    "an image of its own": {
        "app.yaml": "runtime: custom\nenv: flex\n",
        "Dockerfile": "FROM python:3.12\nRUN pip install -r requirements.txt\n",
        "requirements.txt": PINS,
    },
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": LEGACY, "requirements.txt": PINS}, platform=Platform.CLOUD_RUN)


def test_reported() -> None:
    (found,) = check_reported(RULE, {"app.yaml": LEGACY, "requirements.txt": PINS}, "8 requirements are pinned")
    assert found.severity is Severity.INFO
    assert "pip check" in found.hint
