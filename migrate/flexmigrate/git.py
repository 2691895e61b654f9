"""Asks git about a working tree, in a way that runs nothing the repository brings along.

A repository's configuration and attributes can name programs: hooks, monitors, filters, pagers, transports. Only
commands that read the index, trees and names are used here, never one that compares file contents (that would run clean
filters; flexmigrate.dirty compares by itself), and the settings that could still start something are overridden.
"""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

from flexmigrate.errors import UserError

PATIENCE_SECONDS = 120
"""Nothing asked here takes long; but a hostile tree can make git wait for ever, on a pipe in the place of a file."""

_HARMLESS = (
    # Empty, not `false`: to git before 2.36 any other word is a program.
    "-c", "core.fsmonitor=",
    "-c", f"core.hooksPath={os.devnull}",
    "-c", "core.pager=cat",
    "-c", "core.untrackedCache=false",
    "-c", "core.quotePath=false",
    "-c", "core.sshCommand=false",
    "-c", "credential.helper=",
    "-c", "diff.external=",
    "-c", "submodule.recurse=false",
    "-c", "protocol.allow=never",
    "-c", "fetch.recurseSubmodules=false",
)  # fmt: skip
_SETTINGS = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
# A hook that starts flexmigrate hands these down; they would make git speak of another repository.
_ELSEWHERE = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND"),
)


def run(root: Path, *arguments: str, text: bytes | None = None) -> bytes | None:
    """The output of a git command in `root`; None when git is missing, `root` is in no repository, or it fails.

    UserError when git does not answer in time.
    """
    program = _program()
    if program is None:
        return None
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE} | _SETTINGS
    source: dict[str, object] = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
    try:
        finished = subprocess.run(
            [program, "--no-pager", "-C", str(root), *_HARMLESS, *arguments],
            capture_output=True,
            env=environment,
            check=False,
            timeout=PATIENCE_SECONDS,
            **source,  # type: ignore[call-overload]
        )
    except OSError:
        return None
    except subprocess.TimeoutExpired:
        raise UserError(
            f"git did not answer within {PATIENCE_SECONDS} seconds (git {arguments[0]})",
            "a pipe or a device in the place of a file can be the reason",
        ) from None
    return bytes(finished.stdout) if finished.returncode == 0 else None


@functools.cache
def _program() -> str | None:
    """The git on the search path, never one in the current directory (where Windows would look first)."""
    for directory in os.get_exec_path():
        if os.path.isabs(directory):  # noqa: PTH117
            candidate = os.path.join(directory, "git.exe" if os.name == "nt" else "git")  # noqa: PTH118
            if os.path.isfile(candidate) and os.access(candidate, os.X_OK):  # noqa: PTH113
                return candidate
    return None


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
    return output.decode("ascii", "replace").strip() if output else None
