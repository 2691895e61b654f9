"""The emitted Dockerfiles build, where there is a Docker engine that can be asked."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from flexmigrate.testing import after
from tests.cloud_run.cases import before, planned

CASES = ("flask", "django_cloud_sql", "asgi_websockets", "worker")


def engine_answers() -> bool:
    """Whether `docker` is there and has an engine behind it."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


@pytest.mark.network
@pytest.mark.parametrize("case", CASES)
def test_the_image_builds(case: str, tmp_path: Path) -> None:
    if not engine_answers():
        pytest.skip("no Docker engine answers here")
    files = before(case)
    for path, text in after(files, planned(files)).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    built = subprocess.run(["docker", "build", "-q", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
