"""A campaign from its sources to where everything stands; interrupted, repeated, over changed repositories."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from tests.bulk.fleets import (
    BROKEN,
    ENVIRONMENT,
    MODERN,
    NEEDS_HUMAN,
    OTHER,
    SERVICE,
    TODAY,
    bulk,
    checkout,
    end_state,
    git,
    plan,
    query,
    states,
    write,
)

KINDS = {
    "legacy": (SERVICE, "planned"),
    "open": (NEEDS_HUMAN, "needs-human"),
    "broken": (BROKEN, "failed"),
    "other": (OTHER, "clean"),
    "modern": ({"app.yaml": MODERN, "main.py": "app = None\n", "requirements.txt": "gunicorn==23.0.0\n"}, ""),
}
ROUNDS = int(os.environ.get("FLEXMIGRATE_KILL_ROUNDS", "1"))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fleet")
    for name, (files, _) in KINDS.items():
        for number in range(2):
            checkout(root / f"{name}-{number}", files)
    return root


def test_every_repository_gets_its_state(fleet: Path, tmp_path: Path) -> None:
    finished = plan(tmp_path / "c", fleet, code=4)
    found = states(tmp_path / "c")
    for name, (_, state) in KINDS.items():
        assert not state or {found[f"{name}-0"], found[f"{name}-1"]} == {state}
    assert "2  not readable as YAML" in finished.stdout
    assert "broken-0, broken-1" in finished.stdout
    assert query(tmp_path / "c", "SELECT count(*) FROM ready")[0][0] == 2
    assert (tmp_path / "c").stat().st_mode & 0o77 == 0
    assert (tmp_path / "c" / "campaign.db").stat().st_mode & 0o77 == 0


def test_the_plan_in_the_campaign_is_the_one_of_plan(fleet: Path, tmp_path: Path) -> None:
    plan(tmp_path / "c", fleet, "--jobs", "1", code=4)
    single = subprocess.run(
        [sys.executable, "-c", "from flexmigrate.cli import main; main()", "plan", ".", "--today", TODAY,
         "--format", "json"],
        cwd=fleet / "legacy-0", env=ENVIRONMENT, capture_output=True, check=True,
    )  # fmt: skip
    row = query(
        tmp_path / "c",
        "SELECT json FROM plans JOIN repositories r ON r.id = repository WHERE r.name = 'legacy-0'",
    )[0]
    assert isinstance(row[0], bytes)
    assert json.loads(zlib.decompress(row[0])) == json.loads(single.stdout)


def test_processes_and_one_process_agree(fleet: Path, tmp_path: Path) -> None:
    plan(tmp_path / "one", fleet, "--jobs", "1", code=4)
    plan(tmp_path / "many", fleet, "--jobs", "3", code=4)
    assert end_state(tmp_path / "one") == end_state(tmp_path / "many")


def test_a_second_run_plans_what_changed_only(tmp_path: Path) -> None:
    for name in "abc":
        checkout(tmp_path / "fleet" / name, SERVICE)
    plan(tmp_path / "c", tmp_path / "fleet")
    before = dict(query(tmp_path / "c", "SELECT name, seconds FROM repositories"))
    write(tmp_path / "fleet" / "b", {"app.yaml": MODERN})
    git(tmp_path / "fleet" / "b", "commit", "-qam", "moved")
    checkout(tmp_path / "fleet" / "d", OTHER)
    finished = plan(tmp_path / "c", tmp_path / "fleet")
    assert "unchanged 2" in finished.stderr
    after = dict(query(tmp_path / "c", "SELECT name, seconds FROM repositories"))
    assert (before["a"], before["c"]) == (after["a"], after["c"])
    assert states(tmp_path / "c") == {"a": "planned", "b": states(tmp_path / "c")["b"], "c": "planned", "d": "clean"}
    assert states(tmp_path / "c")["b"] != "planned"
    finished = plan(tmp_path / "c", "--unsafe-fixes")
    assert "unchanged" not in finished.stderr


def test_limit_goes_on_where_it_ended(tmp_path: Path) -> None:
    for number in range(5):
        checkout(tmp_path / "fleet" / str(number), OTHER)
    for left in (3, 1, 0):
        plan(tmp_path / "c", tmp_path / "fleet", "--limit", "2")
        assert list(states(tmp_path / "c").values()).count("new") == left


def test_retry_works_on_the_failures_only(tmp_path: Path) -> None:
    checkout(tmp_path / "fleet" / "good", SERVICE)
    bad = checkout(tmp_path / "fleet" / "bad", BROKEN)
    plan(tmp_path / "c", tmp_path / "fleet", code=4)
    finished = bulk("retry", "--failed", "--jobs", "1", "--campaign", tmp_path / "c", code=4)
    assert "1/1" in finished.stderr
    write(bad, SERVICE)
    finished = bulk("retry", "--failed", "--jobs", "1", "--campaign", tmp_path / "c")
    assert states(tmp_path / "c") == {"good": "planned", "bad": "planned"}


def test_a_repository_that_went_away_is_a_failure(tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    checkout(tmp_path / "here", OTHER)
    listed.write_text(f"{tmp_path}/here\n{tmp_path}/gone\n")
    finished = plan(tmp_path / "c", listed, code=4)
    assert "there is no such directory" in finished.stdout


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    from flexmigrate.bulk.store import Store

    checkout(tmp_path / "here", OTHER)
    with Store(tmp_path / "c", create=True):
        finished = plan(tmp_path / "c", tmp_path / "here", code=4)
        assert "another flexmigrate is at work" in finished.stderr
        bulk("status", "--campaign", tmp_path / "c")


def test_there_has_to_be_a_campaign_and_something_to_do(tmp_path: Path) -> None:
    for command in ("status", "report", "retry"):
        assert "holds no campaign" in bulk(command, "--campaign", tmp_path / "none", code=2).stderr
    assert not (tmp_path / "none").exists()
    (tmp_path / "list").write_text("\n# nothing\n")
    plan(tmp_path / "c", tmp_path / "list", code=2)
    assert "no rule called" in plan(tmp_path / "d", tmp_path, "--select", "nonsense", code=2).stderr


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_killed_at_any_moment_and_resumed(tmp_path: Path, round_: int) -> None:
    kinds = list(KINDS.values())
    for number in range(30):
        write(tmp_path / "fleet" / str(number), kinds[number % len(kinds)][0])
        (tmp_path / "fleet" / str(number) / ".git").mkdir()
    plan(tmp_path / "whole", tmp_path / "fleet", code=4)
    command = [sys.executable, "-c", "from flexmigrate.cli import main; main()", "bulk", "plan",
               str(tmp_path / "fleet"),
               "--campaign", str(tmp_path / "killed"), "--today", TODAY, "--jobs", "2"]  # fmt: skip
    moments = random.Random(round_ * 7919 + int(os.environ.get("FLEXMIGRATE_SEED", "0")))
    for _ in range(3):
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.3, 3.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
    plan(tmp_path / "killed", tmp_path / "fleet", "--jobs", "2", code=4)
    assert end_state(tmp_path / "killed") == end_state(tmp_path / "whole")
