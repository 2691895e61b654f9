"""Apply as a transaction and undo, through the functions and through the command."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path

import pytest

from flexmigrate import journal, recovery, state, writing
from flexmigrate.cli.undo import undo as command
from flexmigrate.errors import UserError
from flexmigrate.writing import Write, write_all
from tests.trust import faults, trees
from tests.trust.commands import TODAY, flexmigrate

posix = pytest.mark.skipif(os.name == "nt", reason="modes and links")


def apply(root: Path, services: tuple[str, ...] = trees.SERVICES) -> None:
    assert write_all(root, trees.writes(root, services)) == []


def undo(root: Path, force: bool = False) -> int:
    """The command's exit code."""
    import typer

    with pytest.raises(typer.Exit) as ended:
        command(root, force)
    return int(ended.value.exit_code)


@pytest.fixture(params=["git", "no git", "below git", "linked worktree", "submodule"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same tree in every kind of place."""
    if request.param == "below git":
        trees.build(tmp_path / "top" / "deep")
        trees.commit_all(tmp_path / "top")
        return tmp_path / "top" / "deep"
    trees.build(tmp_path / "root")
    if request.param == "no git":
        return tmp_path / "root"
    trees.commit_all(tmp_path / "root")
    if request.param == "linked worktree":
        trees.git(tmp_path / "root", "worktree", "add", "-q", str(tmp_path / "linked"))
        return tmp_path / "linked"
    if request.param == "submodule":
        (tmp_path / "super").mkdir()
        trees.git(tmp_path / "super", "init", "-q")
        url = str(tmp_path / "root")
        trees.git(tmp_path / "super", "-c", "protocol.file.allow=always", "submodule", "add", "-q", url, "sub")
        return tmp_path / "super" / "sub"
    return tmp_path / "root"


def test_undo_is_exact_and_undo_of_undo_too(root: Path) -> None:
    old = trees.look(root)
    apply(root)
    new = trees.look(root)
    assert new != old
    assert undo(root) == 0
    assert trees.look(root) == old
    assert undo(root) == 0
    assert trees.look(root) == new
    assert undo(root) == 0
    assert trees.look(root) == old


def test_the_journal_can_never_be_committed(root: Path, own_state: Path) -> None:
    inside_git = (root / ".git").exists() or (root.parent / ".git").exists()
    before = trees.look(root)
    apply(root)
    home = state.home_of(root)
    runs = list((home.state / "runs").iterdir())
    assert len(runs) == 1
    assert home.state.is_relative_to(own_state) != inside_git
    added = set(trees.look(root)) - set(before)
    assert added
    assert not any("flexmigrate" in name for name in added)
    if inside_git:
        assert "flexmigrate" not in trees.git(root, "status", "--porcelain", "--ignored", "-uall")
        assert not list(own_state.iterdir())


def test_a_killed_apply_is_put_right_wherever_it_was(root: Path) -> None:
    old = trees.look(root)
    with pytest.raises(faults.Killed), faults.watched(die_at_the_third_replace()):
        apply(root)
    assert any(".flexmigrate-" in name for name in trees.look(root))
    told: list[str] = []
    recovery.put_right(root / "front", told.append)
    assert "rolled back" in told[0]
    assert trees.look(root) == old


def die_at_the_third_replace() -> faults.Hit:
    replaced: list[int] = []

    def hit(name: str, number: int) -> None:
        if name == "replace":
            replaced.append(number)
        # One puts the journal in its place; the second is the first file of the first service.
        if len(replaced) >= 3:
            raise faults.Killed

    return hit


@posix
def test_journals_are_private_and_hold_what_they_must(tmp_path: Path) -> None:
    trees.build(tmp_path)
    apply(tmp_path)
    home = state.home_of(tmp_path)
    for directory, _, files in os.walk(home.state):
        assert stat.S_IMODE(Path(directory).stat().st_mode) == 0o700
        for name in files:
            assert stat.S_IMODE(Path(directory, name).stat().st_mode) == 0o600
    (run_id,) = journal.run_ids(home)
    text = (home.state / "runs" / run_id / "journal.json").read_text()
    entry = json.loads(text)["groups"][0]["entries"][0]
    assert entry["path"] == "front/app.yaml"
    assert entry["before"]["mode"] == 0o640
    assert entry["before"]["sha256"] != entry["after"]["sha256"]
    assert json.loads(text)["directories"] == ["api/deploy", "api/deploy/run", "front/deploy", "front/deploy/run"]
    assert "python_version" not in text, "no line of a file stands in the journal itself"


def test_versions_are_recorded(tmp_path: Path) -> None:
    trees.build(tmp_path)
    assert flexmigrate("apply", "--yes", *TODAY, cwd=tmp_path).code in (0, 1)
    home = state.home_of(tmp_path)
    tool = journal.load(home, journal.run_ids(home)[0]).tool
    assert tool["version"]
    assert "flexmigrate_rules" in tool["rules"]


def test_an_edit_since_is_not_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trees.build(tmp_path)
    old = trees.look(tmp_path)
    apply(tmp_path)
    edited = tmp_path / "front" / "app.yaml"
    edited.write_bytes(edited.read_bytes() + b"# mine\n")
    new = trees.look(tmp_path)
    assert undo(tmp_path) == 4
    assert trees.look(tmp_path) == new
    said = capsys.readouterr()
    assert "+# mine" in said.out
    assert "front/app.yaml: was edited since" in said.err
    assert undo(tmp_path, force=True) == 0
    assert trees.look(tmp_path) == old
    assert undo(tmp_path) == 0
    assert trees.look(tmp_path) == new, "the edit is back as well"


def test_files_that_are_gone_or_were_put_back_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trees.build(tmp_path)
    old = trees.look(tmp_path)
    apply(tmp_path)
    (tmp_path / "front" / "Dockerfile").unlink()
    (tmp_path / "api" / "app.yaml").write_bytes(trees.APP.format("api").encode())
    assert undo(tmp_path) == 0
    assert trees.look(tmp_path) == old
    undo(tmp_path)
    (tmp_path / "front" / "app.yaml").unlink()
    capsys.readouterr()
    assert undo(tmp_path) == 4
    assert "front/app.yaml: is gone" in capsys.readouterr().err
    assert undo(tmp_path, force=True) == 0
    assert {path: value for path, value in trees.look(tmp_path).items() if path in old}.keys() == old.keys()


def test_directories_that_hold_something_else_stay(tmp_path: Path) -> None:
    trees.build(tmp_path)
    apply(tmp_path)
    (tmp_path / "front" / "deploy" / "mine.txt").write_bytes(b"x")
    assert undo(tmp_path) == 0
    assert (tmp_path / "front" / "deploy" / "mine.txt").exists()
    assert not (tmp_path / "front" / "deploy" / "run").exists()
    assert not (tmp_path / "api" / "deploy").exists()


def test_undo_of_one_of_two_applies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trees.build(tmp_path)
    trees.commit_all(tmp_path)
    old = trees.look(tmp_path)
    apply(tmp_path, ("front",))
    apply(tmp_path, ("api",))
    assert undo(tmp_path / "front") == 0
    assert trees.part(trees.look(tmp_path), "front") == trees.part(old, "front")
    assert trees.part(trees.look(tmp_path), "api") != trees.part(old, "api")
    assert undo(tmp_path / "api") == 0
    assert trees.look(tmp_path) == old
    apply(tmp_path)
    with pytest.raises(UserError, match="outside"):
        command(tmp_path / "front")


def test_nothing_to_undo_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trees.build(tmp_path)
    assert undo(tmp_path) == 3
    assert "nothing was written here" in capsys.readouterr().err
    with pytest.raises(UserError) as wrong:
        command(tmp_path / "nowhere")
    assert wrong.value.code == 2


def test_an_interrupted_apply_is_what_undo_takes_back_first(tmp_path: Path) -> None:
    trees.build(tmp_path)
    apply(tmp_path, ("api",))
    between = trees.look(tmp_path)
    with pytest.raises(faults.Killed), faults.watched(die_at_the_third_replace()):
        apply(tmp_path, ("front",))
    assert undo(tmp_path) == 0
    assert trees.look(tmp_path) == between, "the apply before it stays"


def test_one_service_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    trees.build(tmp_path)
    writes = trees.writes(tmp_path)
    (tmp_path / "front" / "Dockerfile").write_bytes(b"somebody was faster")
    failures = write_all(tmp_path, writes)
    assert [(failure.path, failure.reason) for failure in failures] == [("front/Dockerfile", writing.MOVED_ON)]
    assert (tmp_path / "front" / "app.yaml").read_bytes() == trees.APP.format("front").encode()
    assert b"migrated" in (tmp_path / "api" / "app.yaml").read_bytes()
    assert len(write_all(tmp_path, writes, strict=True)) == 2


def test_a_file_that_somebody_changes_between_two_renames(tmp_path: Path) -> None:
    trees.build(tmp_path)
    theirs = b"edited by somebody else\n"

    def hit(name: str, number: int) -> None:
        replaced.append(name) if name == "replace" else None
        if len(replaced) == 2 and not changed:
            changed.append((tmp_path / "front" / "requirements.txt").write_bytes(theirs))

    replaced: list[str] = []
    changed: list[int] = []
    (tmp_path / "front" / "requirements.txt").chmod(0o644)
    writes = trees.writes(tmp_path)
    with faults.watched(hit):
        failures = write_all(tmp_path, writes)
    assert failures
    assert failures[0].path == "front/requirements.txt"
    assert (tmp_path / "front" / "requirements.txt").read_bytes() == theirs
    assert (tmp_path / "front" / "app.yaml").read_bytes() == trees.APP.format("front").encode()
    assert not (tmp_path / "front" / "deploy").exists()
    assert b"migrated" in (tmp_path / "api" / "app.yaml").read_bytes()


def test_an_edit_after_the_crash_is_not_lost(tmp_path: Path) -> None:
    trees.build(tmp_path)
    with pytest.raises(faults.Killed), faults.watched(die_at_the_third_replace()):
        apply(tmp_path)
    (tmp_path / "front" / "app.yaml").write_bytes(b"mine\n")
    told: list[str] = []
    recovery.put_right(tmp_path, told.append)
    assert (tmp_path / "front" / "app.yaml").read_bytes() == b"mine\n"
    assert any("front/app.yaml" in line and "left as it is" in line for line in told)
    assert not any(".flexmigrate" in name for name in trees.look(tmp_path))


@posix
def test_two_names_of_one_file_are_written_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"x")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    digest = hashlib.sha256(b"x").hexdigest()
    failures = write_all(tmp_path, [Write("a.yaml", "a.yaml", digest, b"y"), Write("b.yaml", "b.yaml", digest, b"z")])
    assert [failure.path for failure in failures] == ["b.yaml"]
    assert (tmp_path / "a.yaml").read_bytes() == b"y"
    assert (tmp_path / "b.yaml").is_symlink()


@posix
def test_a_link_put_in_the_way_of_undo(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    trees.build(root)
    apply(root)
    (root / "front").rename(outside)
    (root / "front").symlink_to(outside)
    before = trees.look(outside)
    assert undo(root) == 4
    with pytest.raises(UserError, match="symbolic link"):
        command(root, True)
    assert trees.look(outside) == before


@posix
def test_a_forged_journal_reaches_nothing_outside(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    trees.build(root)
    trees.commit_all(root)
    trees.build(outside)
    apply(root)
    home = state.home_of(root)
    (run_id,) = journal.run_ids(home)
    directory = home.state / "runs" / run_id
    honest = json.loads((directory / "journal.json").read_text())
    before = trees.look(outside)
    for path in ("../outside/front/app.yaml", str(outside / "front" / "app.yaml"), ".git/hooks/pre-commit", ""):
        data = json.loads(json.dumps(honest))
        for entry in data["groups"][0]["entries"]:
            entry["path"] = path
        data["directories"] = ["../outside/empty", ".git/hooks"]
        (directory / "journal.json").write_text(json.dumps(data))
        (directory / "finished.json").unlink(missing_ok=True)
        recovery.put_right(root, lambda line: None)
        assert trees.look(outside) == before
        assert not (root / ".git" / "hooks" / "pre-commit").exists()
        assert (root / ".git" / "hooks").exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"schema": "flexmigrate.journal/1"}', "[" * 100_000, "\0"])
def test_a_damaged_journal_is_said(tmp_path: Path, damage: str) -> None:
    trees.build(tmp_path)
    apply(tmp_path)
    home = state.home_of(tmp_path)
    (run_id,) = journal.run_ids(home)
    (home.state / "runs" / run_id / "journal.json").write_text(damage)
    with pytest.raises(UserError, match="damaged"):
        command(tmp_path)


def test_damaged_old_bytes_are_never_written(tmp_path: Path) -> None:
    trees.build(tmp_path)
    apply(tmp_path)
    new = trees.look(tmp_path)
    home = state.home_of(tmp_path)
    (run_id,) = journal.run_ids(home)
    blobs = home.state / "runs" / run_id / "bytes"
    blobs.write_bytes(bytes(blobs.stat().st_size))
    with pytest.raises(UserError, match="nothing was taken back"):
        command(tmp_path, True)
    assert trees.look(tmp_path) == new


def test_a_moved_repository(tmp_path: Path) -> None:
    root, moved = tmp_path / "root", tmp_path / "moved"
    trees.build(root)
    trees.commit_all(root)
    old = trees.look(root)
    with pytest.raises(faults.Killed), faults.watched(die_at_the_third_replace()):
        apply(root)
    root.rename(moved)
    with pytest.raises(UserError, match="interrupted"):
        recovery.put_right(moved, lambda line: None)
    assert undo(moved) == 0
    assert trees.look(moved) == old


def test_old_runs_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT_RUNS", 3)
    trees.build(tmp_path)
    apply(tmp_path)
    for _ in range(5):
        undo(tmp_path)
    home = state.home_of(tmp_path)
    assert len(journal.run_ids(home)) == 3
    assert len(list((home.state / "runs").iterdir())) == 3


@posix
def test_a_state_directory_that_is_a_link_is_refused(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    trees.build(root)
    trees.commit_all(root)
    outside.mkdir()
    (root / ".git" / "flexmigrate").symlink_to(outside)
    with pytest.raises(UserError, match="no directory"):
        apply(root)
    assert not list(outside.iterdir())


def test_plan_writes_nothing_at_all(tmp_path: Path, own_state: Path) -> None:
    trees.build(tmp_path / "root")
    trees.commit_all(tmp_path / "root")
    everything = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert flexmigrate("plan", *TODAY, cwd=tmp_path / "root").code == 0
    assert {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")} == everything
    assert not list(own_state.iterdir())


def test_the_command_tells_what_it_put_right(tmp_path: Path) -> None:
    trees.build(tmp_path)
    old = trees.look(tmp_path)
    with pytest.raises(faults.Killed), faults.watched(die_at_the_third_replace()):
        apply(tmp_path)
    planned = flexmigrate("plan", *TODAY, cwd=tmp_path)
    assert planned.code == 0
    assert "interrupted" in planned.err
    assert "rolled back: front/app.yaml rolled back, 1 not begun" in planned.err
    assert trees.look(tmp_path) == old


def test_stopping_with_the_keyboard_leaves_nothing_half(tmp_path: Path) -> None:
    trees.build(tmp_path)
    old = trees.look(tmp_path)
    pressed: list[int] = []

    def hit(name: str, number: int) -> None:
        if name == "replace":
            pressed.append(number)
            if len(pressed) == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), faults.watched(hit):
        apply(tmp_path)
    assert trees.look(tmp_path) == old
    assert not recovery.put_right(tmp_path, print)
