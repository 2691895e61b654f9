"""Fails or kills every file operation of apply, undo and recovery in turn, the way SQLite is tested.

By default a sample of the points is tried, another one for each kind of failure; FLEXMIGRATE_CRASH_POINTS=all tries
every one, also the real SIGKILLs of a child process. The counts are printed with `pytest -rP`.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from flexmigrate import git, recovery, state, undoing
from flexmigrate.errors import UserError
from flexmigrate.model import Skipped
from flexmigrate.writing import write_all
from tests.trust import faults, trees
from tests.trust.faults import Hit, Killed
from tests.trust.trees import SERVICES, Snapshot

EVERYTHING = os.environ.get("FLEXMIGRATE_CRASH_POINTS") == "all"
KINDS: dict[str, Callable[[int], Hit]] = {
    "ENOSPC once": lambda at: faults.fail_once(errno.ENOSPC, at),
    "EIO once": lambda at: faults.fail_once(errno.EIO, at),
    "EACCES once": lambda at: faults.fail_once(errno.EACCES, at),
    "ENOSPC from there on": lambda at: faults.fail_from(errno.ENOSPC, at),
    "EIO from there on": lambda at: faults.fail_from(errno.EIO, at),
    "EACCES from there on": lambda at: faults.fail_from(errno.EACCES, at),
    "kill": faults.die,
}


class Stage:
    """A tree that is put back to its beginning before each point."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch, applied: bool = False) -> None:
        self.template = directory / "template"
        self.root = directory / "root"
        self.directory = directory
        self.monkeypatch = monkeypatch
        self.count = 0
        trees.build(self.template)
        self.old = trees.look(self.template)
        self.fresh()
        assert not write_all(self.root, trees.writes(self.template))
        self.new = trees.look(self.root)

    def fresh(self) -> None:
        self.count += 1
        trees.copy(self.template, self.root)
        self.monkeypatch.setenv("XDG_STATE_HOME", str(self.directory / f"state{self.count}"))

    def apply(self) -> list[Skipped]:
        return write_all(self.root, trees.writes(self.template))

    def undo(self) -> bool:
        try:
            found = undoing.newest(state.homes_of(self.root), self.root)
        except OSError as error:
            # As the command does: nothing has been touched yet.
            raise UserError(str(error)) from error
        return found is not None and bool(undoing.undo(found)[0].written)

    def recover(self) -> list[str]:
        told: list[str] = []
        recovery.put_right(self.root, told.append, asked=True)
        return told

    def whole(self) -> set[str]:
        """The services that are written; the others must be as before, and nothing else may lie about."""
        now = trees.look(self.root)
        written: set[str] = set()
        for service in SERVICES:
            seen = trees.part(now, service)
            if seen == trees.part(self.new, service):
                written.add(service)
            else:
                assert seen == trees.part(self.old, service), f"{service} is neither old nor new"
        assert set(now) <= set(self.old) | set(self.new), "something was left behind"
        return written

    def torn(self) -> list[str]:
        """Files that hold neither their old nor their new bytes."""
        now = trees.look(self.root)
        return [
            path
            for path, value in now.items()
            if value is not None
            and not Path(path).name.startswith(".flexmigrate-")
            and value[0] not in {known[0] for known in (self.old.get(path), self.new.get(path)) if known}
        ]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    # Thousands of applies: neither the disk nor git has to be asked each time. The test with real processes asks both.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(git, "run", lambda *arguments, **options: None)
    return Stage(tmp_path, monkeypatch)


def suffer(hit: Hit, action: Callable[[], object]) -> tuple[object, BaseException | None, int]:
    """Run the action under fire; only what a person would be told, or death, may come out."""
    with faults.watched(hit) as seen:
        try:
            return action(), None, len(seen)
        except (UserError, Killed) as error:
            return None, error, len(seen)


def points(action: Callable[[], object], kind: str, sample: int) -> Sequence[int]:
    """The operations of the action to break. To die before an operation that only looks is to die before the next."""
    with faults.watched(lambda name, number: None) as seen:
        action()
    found = [at for at, name in enumerate(seen) if kind != "kill" or name not in faults.LOOKS_ONLY]
    if EVERYTHING:
        return found
    return found[list(KINDS).index(kind) :: max(1, len(found) // sample)]


def check_after(stage: Stage, at: int, kind: str) -> None:
    """What must hold once the next flexmigrate has come along, whatever happened."""
    assert not stage.torn(), (kind, at)
    stage.recover()
    written = stage.whole()
    assert not stage.recover(), "recovery left something to recover"
    assert stage.undo() == bool(written), (kind, at)
    assert trees.look(stage.root) == stage.old, (kind, at)
    if written:
        assert stage.undo()
        assert stage.whole() == written, "undo of undo"


@pytest.mark.parametrize("kind", KINDS)
def test_apply_with_every_operation_failing(stage: Stage, kind: str) -> None:
    stage.fresh()
    tried = points(stage.apply, kind, 12)
    for at in tried:
        stage.fresh()
        failures, raised, _ = suffer(KINDS[kind](at), stage.apply)
        if isinstance(raised, UserError):
            assert trees.look(stage.root) == stage.old, (kind, at, raised.message)
        elif isinstance(failures, list) and not failures:
            assert stage.whole() == set(SERVICES), (kind, at)
        check_after(stage, at, kind)
    print(f"apply, {kind}: {len(tried)} points")


@pytest.mark.parametrize("kind", KINDS)
def test_undo_with_every_operation_failing(stage: Stage, kind: str) -> None:
    stage.fresh()
    stage.apply()
    tried = points(stage.undo, kind, 5)
    for at in tried:
        stage.fresh()
        stage.apply()
        undone, _, _ = suffer(KINDS[kind](at), stage.undo)
        assert not stage.torn(), (kind, at)
        stage.recover()
        now = trees.look(stage.root)
        assert now in (stage.old, stage.new), (kind, at)
        if undone:
            assert now == stage.old, (kind, at)
        if now == stage.new:
            assert stage.undo(), (kind, at)
        assert trees.look(stage.root) == stage.old, (kind, at)
    print(f"undo, {kind}: {len(tried)} points")


def test_recovery_with_every_operation_failing(stage: Stage) -> None:
    stage.fresh()
    tried = 0
    for at in points(stage.apply, "kill", 6)[:: 3 if EVERYTHING else 1]:
        for kind in ("kill", "EIO once", "ENOSPC from there on") if EVERYTHING else ("kill",):
            second = 0
            while True:
                stage.fresh()
                suffer(faults.die(at), stage.apply)
                _, _, seen = suffer(KINDS[kind](second), stage.recover)
                if seen <= second:
                    break
                check_after(stage, at, f"kill, then {kind} at {second}")
                tried += 1
                second += 2 if EVERYTHING else 13
    print(f"recovery: {tried} pairs of points")


# ---------------------------------------------------------------- real processes

WRITER = """
import sys
from pathlib import Path
from tests.trust import faults, trees
from flexmigrate.writing import write_all
template, root, at = sys.argv[1:]
writes = trees.writes(Path(template))
with faults.watched(faults.kill_process(int(at))) as seen:
    write_all(Path(root), writes)
print(len(seen))
"""
COMMAND = """
import sys
from tests.trust import faults
from flexmigrate.cli import main
with faults.watched(faults.kill_process(int(sys.argv.pop(1)))) as seen:
    try:
        main()
    finally:
        print(len(seen), file=sys.stderr)
"""
OPTIONS = ("--python", "3.12", "--today", "2026-11-22", "--yes")


def child(code: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def chosen(total: int, sample: int) -> Iterator[int]:
    yield from range(total) if EVERYTHING else range(total // sample, total, max(1, total // sample))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_real_kill_while_writing_a_git_repository(tmp_path: Path) -> None:
    template, root = tmp_path / "template", tmp_path / "root"
    trees.build(template)
    trees.commit_all(template)
    old = trees.look(template)
    trees.copy(template, root)
    total = int(child(WRITER, str(template), str(root), "-1").stdout)
    new = trees.look(root)
    tried = 0
    for at in chosen(total, 6):
        trees.copy(template, root)
        assert child(WRITER, str(template), str(root), str(at)).returncode == -signal.SIGKILL
        recovery.put_right(root, lambda line: None)
        check_services(trees.look(root), old, new)
        found = undoing.newest(state.homes_of(root), root)
        assert found is None or undoing.undo(found)[0].written
        assert trees.look(root) == old, at
        assert not trees.git(root, "status", "--porcelain"), at
        tried += 1
    print(f"real SIGKILL of a writing process: {tried} of {total} points")


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_real_kill_of_the_command(tmp_path: Path) -> None:
    template, root = tmp_path / "template", tmp_path / "root"
    trees.build(template)
    trees.commit_all(template)
    old = trees.look(template)
    trees.copy(template, root)
    whole = child(COMMAND, "-1", "apply", *OPTIONS, cwd=root)
    assert whole.returncode in (0, 1), whole.stderr
    new = trees.look(root)
    assert new != old
    total = int(whole.stderr.split()[-1])
    tried = 0
    for at in chosen(total, 2):
        trees.copy(template, root)
        assert child(COMMAND, str(at), "apply", *OPTIONS, cwd=root).returncode == -signal.SIGKILL
        found = child(COMMAND, "-1", "plan", "--today", "2026-11-22", cwd=root)
        assert "Traceback" not in found.stderr
        check_services(trees.look(root), old, new)
        undone = child(COMMAND, "-1", "undo", cwd=root)
        assert undone.returncode in (0, 3), undone.stderr
        assert trees.look(root) == old, at
        tried += 1
    print(f"real SIGKILL of the command: {tried} of {total} points")


def check_services(now: Snapshot, old: Snapshot, new: Snapshot) -> None:
    for service in SERVICES:
        assert trees.part(now, service) in (trees.part(old, service), trees.part(new, service)), service
    assert set(now) <= set(old) | set(new)
