"""Which paths may be written: below the root once links are followed, and nowhere that git or the system acts upon."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from pathlib import Path, PureWindowsPath

from flexmigrate import fs
from flexmigrate.project import Unreadable

_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?")


def resolve_inside(real_root: Path, path: str) -> Path:
    """The file that `path` leads to, links followed; Unreadable when that is not below the root."""
    if "\0" in path or Path(path).is_absolute() or PureWindowsPath(path).drive:
        raise Unreadable("not a path below the repository")
    try:
        real = (real_root / path).resolve()
    except (OSError, RuntimeError, ValueError):
        raise Unreadable("a symbolic link that leads nowhere") from None
    if not real.is_relative_to(real_root):
        raise Unreadable("outside the repository")
    return real


def writable(real_root: Path, path: str) -> Path:
    """The file to write for `path`; Unreadable when no flexmigrate ever writes there."""
    check_name(path)
    real = resolve_inside(real_root, path)
    check_name(real.relative_to(real_root).as_posix())
    return real


def unlinked(base: Path, path: str) -> Path:
    """The file at exactly this path; Unreadable when it is no such path or a symbolic link was put in its way."""
    check_name(path)
    target = base / path
    for place in (target, *target.parents):
        if place == base:
            break
        found = fs.status(place)
        if found is not None and stat.S_ISLNK(found.st_mode):
            raise Unreadable("a symbolic link lies where flexmigrate wrote a file or directory")
    return target


def check_name(path: str) -> None:
    """Unreadable for a path that is absolute or climbs, that git keeps for itself, or that means a device somewhere.

    Names are compared the way the most forgiving file systems do: without case, invisible characters, and the dots,
    blanks and streams at the end that Windows drops.
    """
    windows = PureWindowsPath(path)
    if not path or "\0" in path or path.startswith("/") or windows.drive or windows.root:
        raise Unreadable("not a path below the repository")
    for part in path.split("/"):
        if part in ("", ".", ".."):
            raise Unreadable("not a plain path below the repository")
        if _git_keeps(part):
            raise Unreadable("inside a git directory, where nothing is ever written")
        if os.name == "nt" and (_RESERVED.fullmatch(part) or part[-1] in ". " or re.search(r'[:\\<>"|?*]', part)):
            raise Unreadable("a name that Windows keeps for itself")


def _git_keeps(part: str) -> bool:
    visible = "".join(
        character for character in unicodedata.normalize("NFC", part) if unicodedata.category(character) != "Cf"
    )
    names = re.split(r"[:\\]", visible.casefold())
    return any(name.rstrip(". ") in (".git", "git~1") for name in names)
