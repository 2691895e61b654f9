"""Branches, commits and pushes with real repositories: what is made, what is recognised, what is left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bulk.fleets import (
    BROKEN,
    ENVIRONMENT,
    LEGACY,
    OTHER,
    SERVICE,
    apply,
    bare,
    bulk,
    checkout,
    cloned,
    git,
    plan,
    query,
    states,
    write,
)

COUNT = int(os.environ.get("FLEXMIGRATE_REMOTES", "3"))


def test_a_fleet_of_remotes_is_planned_pushed_and_left_alone(tmp_path: Path) -> None:
    """The three that are sabotaged are the only failures, and working on them again is enough."""
    urls = [bare(tmp_path / "remotes" / f"r{number}.git", SERVICE) for number in range(COUNT)]
    urls += [bare(tmp_path / "remotes" / "o.git", OTHER), bare(tmp_path / "remotes" / "broken.git", BROKEN)]
    gone = tmp_path / "remotes" / "gone.git"
    away = tmp_path / "away.git"
    bare(gone, SERVICE)
    gone.rename(away)
    refuses = tmp_path / "remotes" / "r0.git"
    (refuses / "hooks").mkdir(exist_ok=True)
    (refuses / "hooks" / "pre-receive").write_text("#!/bin/sh\necho closed for the holidays >&2\nexit 1\n")
    (refuses / "hooks" / "pre-receive").chmod(0o755)
    (tmp_path / "list").write_text("\n".join([*urls, gone.as_uri()]))
    plan(tmp_path / "c", tmp_path / "list", code=4)
    assert {name for name, state in states(tmp_path / "c").items() if state == "failed"} == {
        "remotes/gone",
        "remotes/broken",
    }
    apply(tmp_path / "c", "--push", code=4)
    failed = {name for name, state in states(tmp_path / "c").items() if state == "failed"}
    assert failed == {"remotes/gone", "remotes/broken", "remotes/r0"}
    assert list(states(tmp_path / "c").values()).count("pushed") == COUNT - 1
    for number in range(1, COUNT):
        shown = git(tmp_path / "remotes" / f"r{number}.git", "log", "--format=%an %s", "main..flexmigrate")
        assert shown == "A U Thor Move App Engine service default to Python 3.14 on ubuntu24\n"
        changed = git(tmp_path / "remotes" / f"r{number}.git", "diff", "--stat", "main", "flexmigrate")
        assert "app.yaml" in changed
        assert "1 file changed" in changed
    before = [git(tmp_path / "remotes" / f"r{number}.git", "rev-parse", "flexmigrate") for number in range(1, COUNT)]
    assert "0 repositories" in apply(tmp_path / "c", "--push").stdout
    plan(tmp_path / "c", code=4)
    assert list(states(tmp_path / "c").values()).count("pushed") == COUNT - 1
    # Repaired, and only they are worked on.
    away.rename(gone)
    (refuses / "hooks" / "pre-receive").unlink()
    seed = tmp_path / "remotes" / "broken.git-seed"
    write(seed, {**SERVICE})
    git(seed, "add", "-A")
    git(seed, "commit", "-qm", "repaired")
    git(seed, "push", "-q", str(tmp_path / "remotes" / "broken.git"), "main")
    # The one that could not be pushed was planned again by the plan above.
    assert "2/2" in bulk("retry", "--jobs", "1", "--campaign", tmp_path / "c").stderr
    apply(tmp_path / "c", "--push")
    assert sorted(states(tmp_path / "c").values()) == ["clean", *["pushed"] * (COUNT + 2)]
    after = [git(tmp_path / "remotes" / f"r{number}.git", "rev-parse", "flexmigrate") for number in range(1, COUNT)]
    assert before == after
    assert not list((tmp_path / "c" / "cache").iterdir())


def test_a_remote_gives_the_plan_of_its_checkout(tmp_path: Path) -> None:
    files = {**SERVICE, "deep/staging.yaml": LEGACY, "deep/Dockerfile": "FROM python:3.6\n", "big/data.bin": "x" * 9999}
    root = cloned(tmp_path / "both", files)
    plan(tmp_path / "local", root)
    plan(tmp_path / "remote", (tmp_path / "both.git").as_uri())
    sql = "SELECT json FROM plans"
    assert query(tmp_path / "local", sql) == query(tmp_path / "remote", sql)
    sql = "SELECT state, commit_sha, changes_digest FROM repositories"
    assert query(tmp_path / "local", sql) == query(tmp_path / "remote", sql)
    clone = next((tmp_path / "remote" / "cache").iterdir())
    blobs = git(clone, "cat-file", "--batch-all-objects", "--batch-check", "--unordered")
    assert " 9999" not in blobs


def test_a_checkout_is_not_disturbed(tmp_path: Path) -> None:
    root = cloned(tmp_path / "work", {**SERVICE, ".gitattributes": "*.yaml filter=evil\n"})
    git(root, "config", "filter.evil.clean", f"touch {tmp_path}/ran; cat")
    git(root, "config", "filter.evil.smudge", f"touch {tmp_path}/ran; cat")
    for hook in ("pre-push", "post-commit", "reference-transaction", "post-index-change"):
        (root / ".git" / "hooks").mkdir(exist_ok=True)
        (root / ".git" / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (root / ".git" / "hooks" / hook).chmod(0o755)
    write(root, {"notes.txt": "mine"})
    git(root, "add", "notes.txt")
    (tmp_path / "ran").unlink(missing_ok=True)
    plan(tmp_path / "c", root)
    before = {path: path.read_bytes() for path in root.iterdir() if path.is_file()}
    index = (root / ".git" / "index").read_bytes()
    apply(tmp_path / "c", "--push")
    assert states(tmp_path / "c") == {"work": "pushed"}
    assert {path: path.read_bytes() for path in root.iterdir() if path.is_file()} == before
    assert (root / ".git" / "index").read_bytes() == index
    assert not (tmp_path / "ran").exists()
    assert git(root, "rev-parse", "flexmigrate") == git(tmp_path / "work.git", "rev-parse", "flexmigrate")
    assert git(root, "diff", "--name-only", "HEAD", "flexmigrate") == "app.yaml\n"


def test_line_ends_and_modes_are_kept(tmp_path: Path) -> None:
    root = cloned(tmp_path / "work", {**SERVICE, "app.yaml": LEGACY.replace("\n", "\r\n")})
    (root / "app.yaml").chmod(0o755)
    git(root, "commit", "-qam", "executable")
    git(root, "config", "core.autocrlf", "input")
    plan(tmp_path / "c", root)
    apply(tmp_path / "c", "--commit", "--branch", "move/it")
    assert states(tmp_path / "c") == {"work": "committed"}
    data = subprocess.run(["git", "-C", root, "cat-file", "blob", "move/it:app.yaml"], capture_output=True, check=True)
    assert data.stdout.count(b"\r\n") == data.stdout.count(b"\n") == 7
    assert git(root, "ls-tree", "move/it", "app.yaml").startswith("100755")


@pytest.mark.parametrize("where", ["here", "there"])
def test_a_branch_that_holds_something_else_stays(tmp_path: Path, where: str) -> None:
    root = cloned(tmp_path / "work", SERVICE)
    git(root, "checkout", "-qb", "flexmigrate")
    git(root, "commit", "-q", "--allow-empty", "-m", "somebody else's")
    other = git(root, "rev-parse", "HEAD")
    if where == "there":
        git(root, "push", "-q", "origin", "flexmigrate")
    git(root, "checkout", "-q", "main")
    if where == "there":
        git(root, "branch", "-D", "flexmigrate")
    plan(tmp_path / "c", root)
    finished = apply(tmp_path / "c", "--push", code=1)
    assert "holds something else" in finished.stdout
    assert git(root if where == "here" else tmp_path / "work.git", "rev-parse", "flexmigrate") == other


def test_the_same_change_made_elsewhere_is_recognised(tmp_path: Path) -> None:
    one = cloned(tmp_path / "one", SERVICE)
    git(tmp_path, "clone", "-q", str(tmp_path / "one.git"), "two")
    for name in ("one", "two"):
        plan(tmp_path / f"c-{name}", tmp_path / name)
        apply(tmp_path / f"c-{name}", "--push", code=0)
    assert states(tmp_path / "c-two") == {"two": "pushed"}
    assert git(one, "rev-parse", "flexmigrate") == git(tmp_path / "one.git", "rev-parse", "flexmigrate")


def test_what_moved_on_is_stale_and_what_was_merged_is_done(tmp_path: Path) -> None:
    root = cloned(tmp_path / "work", SERVICE)
    plan(tmp_path / "c", root)
    git(root, "commit", "-q", "--allow-empty", "-m", "later")
    apply(tmp_path / "c", "--commit", code=1)
    assert states(tmp_path / "c") == {"work": "stale"}
    bulk("retry", "--stale", "--jobs", "1", "--campaign", tmp_path / "c")
    apply(tmp_path / "c", "--commit")
    assert states(tmp_path / "c") == {"work": "committed"}
    git(root, "merge", "-q", "flexmigrate")
    plan(tmp_path / "c")
    assert states(tmp_path / "c") == {"work": "nothing-to-do"}


def test_changes_that_are_not_committed_are_never_published(tmp_path: Path) -> None:
    root = cloned(tmp_path / "work", OTHER)
    write(root, SERVICE)
    plan(tmp_path / "c", root)
    assert states(tmp_path / "c") == {"work": "planned"}
    apply(tmp_path / "c", "--push", code=1)
    assert query(tmp_path / "c", "SELECT state, reason FROM repositories") == [
        ("stale", "moved on since it was planned (planning gives other changes, perhaps for what is not committed)")
    ]


@pytest.mark.parametrize("arguments", [("--commit",), ()])
def test_killed_while_applying_and_resumed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    for number in range(10):
        checkout(tmp_path / "fleet" / str(number), SERVICE)
    plan(tmp_path / "c", tmp_path / "fleet")
    command = [sys.executable, "-c", "from flexmigrate.cli import main; main()", "bulk", "apply", "--yes",
               "--jobs", "1",
               "--campaign", str(tmp_path / "c"), *arguments]  # fmt: skip
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and "planned" in states(tmp_path / "c").values():
        if len(set(states(tmp_path / "c").values())) == 2:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.01)
    process.wait()
    apply(tmp_path / "c", *arguments)
    assert set(states(tmp_path / "c").values()) == {"committed" if arguments else "applied"}
    for number in range(10):
        root = tmp_path / "fleet" / str(number)
        text = git(root, "show", "flexmigrate:app.yaml") if arguments else (root / "app.yaml").read_text()
        assert text.count("runtime_version") == 1
        if arguments:
            assert git(root, "rev-list", "--count", "main..flexmigrate") == "1\n"
