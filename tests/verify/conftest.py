"""Every test here has a temporary folder of its own for the scratch copies, and leaves it empty."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flexmigrate.verify.stages import PREFIX
from tests.verify.services import RUNNING, marked

SUPPORTED = ("3.11", "3.12", "3.13", "3.14")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = ""
    if sys.platform != "linux":
        reason = "processes are told apart by /proc"
    elif RUNNING not in SUPPORTED:
        reason = "the running Python is no target"
    for item in items:
        if reason and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for scratch copies; a copy that is still there after a test is a fault."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    deadline = time.monotonic() + 10
    # A tool that a test killed leaves its watchdog a moment's work.
    while marked(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not marked(folder), "a process was left running"
    assert not list(folder.glob(f"{PREFIX}*")), "a scratch copy was left behind"
