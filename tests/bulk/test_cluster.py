"""A real Dask scheduler with worker processes on loopback gives what this machine alone gives; also when one is killed.

Skipped where Dask is not installed (`pip install flexmigrate[dask]`).
"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bulk.fleets import BROKEN, ENVIRONMENT, NEEDS_HUMAN, OTHER, SERVICE, bulk, end_state, plan, states, write

pytest.importorskip("distributed")

_WORKERS = 2


@contextmanager
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler's address and its worker processes."""
    file = tmp_path / "scheduler.json"
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> None:
        with (tmp_path / f"{len(started)}.log").open("wb") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "distributed.cli." + words[0], *words[1:], "--scheduler-file", str(file)],
                    env={**ENVIRONMENT, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"},
                    cwd=tmp_path, stdout=log, stderr=log,
                )
            )  # fmt: skip

    try:
        start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        for _ in range(_WORKERS):
            start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path))
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        while time.monotonic() < deadline:
            try:
                yield_address = json.loads(file.read_text())["address"]
                break
            except (OSError, ValueError, KeyError):
                time.sleep(0.1)
        yield yield_address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


def fleet(root: Path, count: int) -> Path:
    kinds = [SERVICE, NEEDS_HUMAN, BROKEN, OTHER]
    for number in range(count):
        (write(root / f"r{number}", kinds[number % 4]) / ".git").mkdir()
    return root


def test_a_cluster_gives_what_one_machine_gives_and_survives_a_killed_worker(tmp_path: Path) -> None:
    made = fleet(tmp_path / "fleet", 48)
    plan(tmp_path / "local", made, "--jobs", "1", code=4)
    with cluster(tmp_path) as (address, workers):

        def kill_one() -> None:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                if (tmp_path / "c" / "campaign.db").exists() and "planned" in states_or_none(tmp_path / "c"):
                    workers[0].send_signal(signal.SIGKILL)
                    return
                time.sleep(0.02)

        killer = threading.Thread(target=kill_one)
        killer.start()
        plan(tmp_path / "c", made, "--dask", address, code=4)
        killer.join()
        workers[0].wait(10)
        assert workers[0].returncode == -signal.SIGKILL
        assert end_state(tmp_path / "c") == end_state(tmp_path / "local")
        assert "unchanged" in plan(tmp_path / "c", "--dask", address, code=4).stderr
    assert len(states(tmp_path / "c")) == 48


def states_or_none(campaign: Path) -> str:
    try:
        return str(states(campaign))
    except sqlite3.Error:
        return ""


def test_no_cluster_is_one_clear_line(tmp_path: Path) -> None:
    finished = bulk("plan", tmp_path, "--campaign", tmp_path / "c", "--dask", "tcp://127.0.0.1:9", code=4)
    assert "there is no Dask scheduler with workers" in finished.stderr
    assert "Traceback" not in finished.stderr
