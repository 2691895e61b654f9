"""Where flexmigrate keeps its journals: never where they could be committed.

In a git checkout that is the git directory of this working tree (linked working trees and submodules have their own);
elsewhere it is a directory of the user's, one for each repository, named after its real path.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flexmigrate import fs, git
from flexmigrate.errors import UserError

_BASE_FILE = "base"


@dataclass(frozen=True, slots=True)
class Home:
    """Where the journals of one repository lie. Their paths start at `base`, which is a real path."""

    base: Path
    state: Path


def home_of(root: Path) -> Home:
    """Where an apply to `root` keeps its journal; nothing is created yet."""
    real_root = root.resolve()
    return _git_home(real_root) or _user_home(real_root)


def homes_of(root: Path) -> tuple[Home, ...]:
    """Every place that may hold a journal about files below `root`, its own first."""
    real_root = root.resolve()
    own = home_of(root)
    found = [own]
    directory = _user_directory()
    if directory is not None:
        found += (_user_home(place) for place in (real_root, *real_root.parents) if _user_home(place).state.is_dir())
        found += _below(directory, real_root)
    return tuple(dict.fromkeys(found))


def prepare(home: Home) -> None:
    """Make the directory of a repository's journals, for this user only; UserError when that is impossible."""
    try:
        missing = [place for place in (home.state, *home.state.parents) if fs.status(place) is None]
        for place in reversed(missing):
            fs.make_directory(place, 0o700)
        found = fs.status(home.state)
        if found is None or not stat.S_ISDIR(found.st_mode):
            raise UserError(f"{home.state} is no directory", "remove it; flexmigrate keeps its journals there")
        if home.state.parent == _user_directory() and fs.status(home.state / _BASE_FILE) is None:
            fs.write_new(home.state / _BASE_FILE, os.fsencode(home.base), 0o600)
    except FileExistsError:
        # Another flexmigrate made it at the same moment.
        return
    except OSError as error:
        raise UserError(
            f"{home.state} cannot be written, and without a journal nothing is: {fs.why(error)}",
            "make it writable, or give another place for it with XDG_STATE_HOME where there is no git",
        ) from error


def _git_home(real_root: Path) -> Home | None:
    # One question for both: the way up holds dots and slashes only, so the first line end is where it ends.
    output = git.run(real_root, "rev-parse", "--show-cdup", "--git-path", "flexmigrate")
    if output is None:
        return None
    up, _, path = os.fsdecode(output).partition("\n")
    base = Path(os.path.normpath(real_root / up))
    # A `core.worktree` that points elsewhere must not make another directory the one that is written.
    if not path or not real_root.is_relative_to(base):
        return None
    return Home(base, Path(os.path.normpath(real_root / path.removesuffix("\n").removesuffix("\r"))))


def _user_home(base: Path) -> Home:
    directory = _user_directory()
    if directory is None:
        raise UserError(
            "there is no place for the journal: this is no git repository, and the home directory is unknown",
            "set XDG_STATE_HOME to a directory of yours",
        )
    return Home(base, directory / hashlib.sha256(os.fsencode(base)).hexdigest()[:40])


def _user_directory() -> Path | None:
    given = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_STATE_HOME")
    if given and Path(given).is_absolute():
        return Path(given) / "flexmigrate"
    try:
        return Path.home() / ".local" / "state" / "flexmigrate"
    except RuntimeError:
        return None


def _below(directory: Path, real_root: Path) -> Iterator[Home]:
    """The homes of directories below `real_root` that were once a root of their own."""
    for name in fs.names(directory):
        try:
            base = Path(os.fsdecode(fs.read(directory / name / _BASE_FILE, 10_000)))
        except OSError:
            continue
        if base != real_root and base.is_relative_to(real_root) and _user_home(base).state.name == name:
            yield Home(base, directory / name)
