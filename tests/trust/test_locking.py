"""Two flexmigrate in one repository: one waits for the other, or says who is in its way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from flexmigrate import locking, state
from flexmigrate.errors import UserError
from flexmigrate.writing import write_all
from tests.trust import trees

HOLDER = """
import sys, time
from pathlib import Path
from flexmigrate import locking, state
with locking.hold(state.home_of(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    trees.build(tmp_path / "root")
    return tmp_path / "root"


def holder(root: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_who_is_in_the_way_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = trees.look(root)
    process = holder(root)
    try:
        monkeypatch.setattr(locking, "WAIT_SECONDS", 0.2)
        with pytest.raises(UserError, match=f"process {process.pid} on .*, since ") as refusal:
            write_all(root, trees.writes(root))
        assert refusal.value.code == 4
        assert trees.look(root) == before
    finally:
        end(process)


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_lock_whose_owner_was_killed_locks_nothing(root: Path) -> None:
    process = holder(root)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    lock = state.home_of(root).state / "lock"
    assert json.loads(lock.read_text())["pid"] == process.pid, "it was left behind"
    started = time.monotonic()
    assert write_all(root, trees.writes(root)) == []
    assert time.monotonic() - started < 5


def test_one_waits_for_the_other(root: Path) -> None:
    process = holder(root)
    timer = threading.Timer(0.5, process.kill)
    timer.start()
    try:
        assert write_all(root, trees.writes(root)) == []
    finally:
        timer.join()
        end(process)


def test_repositories_do_not_wait_for_each_other(root: Path, tmp_path: Path) -> None:
    trees.build(tmp_path / "other")
    with locking.hold(state.home_of(root)):
        assert write_all(tmp_path / "other", trees.writes(tmp_path / "other")) == []


def test_an_owner_that_cannot_be_read_still_locks(root: Path) -> None:
    home = state.home_of(root)
    with locking.hold(home):
        (home.state / "lock").write_text("\x1b[31m not JSON")
        with pytest.raises(UserError, match="its owner is unknown"), locking.hold(home, wait=0):
            pass
