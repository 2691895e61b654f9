"""Asks git about a working tree, in a way that runs nothing the repository brings along."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# A repository's own configuration may name programs to run; each of these would be started by the commands used here.
_HARMLESS = (
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.pager=cat",
    "-c", "core.untrackedCache=false",
    "-c", "core.quotePath=false",
    "-c", "diff.external=",
    "-c", "submodule.recurse=false",
    "-c", "protocol.allow=never",
)  # fmt: skip


def run(root: Path, *arguments: str) -> bytes | None:
    """The output of a git command in `root`; None when git is missing, `root` is in no repository, or it fails."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_EXTERNAL_DIFF"):
        environment.pop(name, None)
    try:
        finished = subprocess.run(
            ["git", "-C", str(root), *_HARMLESS, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            check=False,
        )
    except OSError:
        return None
    return finished.stdout if finished.returncode == 0 else None


def list_files(root: Path) -> list[str] | None:
    """Tracked and untracked-but-not-ignored files below `root`; None outside git or in a directory that git ignores."""
    output = run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if output is None or (not output and run(root, "check-ignore", "-q", ".") is not None):
        return None
    names = {os.fsdecode(name) for name in output.split(b"\0") if name}
    return [name for name in names if not name.endswith("/")]


def head(root: Path) -> str | None:
    """The commit that is checked out; None where there is none."""
    output = run(root, "rev-parse", "--verify", "-q", "HEAD")
    return output.decode("ascii").strip() if output else None


def uncommitted(root: Path, paths: tuple[str, ...]) -> tuple[str, ...]:
    """What git could not bring back: tracked files below `root` that were modified, and those of `paths` it never saw.

    Empty outside git.
    """
    output = run(root, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--", ".")
    prefix = run(root, "rev-parse", "--show-prefix")
    if output is None or prefix is None:
        return ()
    below = os.fsdecode(prefix).rstrip("\n")
    found: list[str] = []
    for record in output.split(b"\0"):
        state, name = record[:2], os.fsdecode(record[3:])
        if not name:
            continue
        name = name.removeprefix(below)
        if state != b"??" or name in paths:
            found.append(name)
    return tuple(sorted(found))
