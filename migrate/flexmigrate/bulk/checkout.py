"""Looks at a checkout as cheaply as possible and still sees exactly what `flexmigrate plan` sees.

`plan` asks git for the tracked and the not-ignored files. Where the files on disk are exactly those in the index, that
is the answer and git is not started. Where they are more, git is asked only if one of them could be a service.
Anything unusual about the repository sends the question to git as well.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flexmigrate import disk, git
from flexmigrate.bulk.git_index import tracked_names
from flexmigrate.project import Repository, discover_services

_UNUSUAL = re.compile(rb"(?i)\[\s*(?:extensions|include|includeif)\b|\bworktree\b|\bbare\s*=\s*(?:true|yes|on|1)\b")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REF = re.compile(r"ref: (refs/heads/[^\s\0]+)\s*")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A directory as it is now. `content` changes when a file or the commit does; `repository` is None when no file
    can be a service."""

    commit: str | None
    content: str
    repository: Repository | None


def fingerprint(root: Path) -> tuple[str | None, str, dict[str, os.stat_result]]:
    """The commit, a digest over the names, sizes and times of all files, and the files; nothing is read."""
    real = root.resolve()
    commit = _commit(real)
    files = dict(_walk(str(real), ""))
    digest = hashlib.sha256(f"{commit}\0{real}".encode("utf-8", "surrogateescape"))
    for name in sorted(files):
        status = files[name]
        line = f"\0{name}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}\0{status.st_mode}"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return commit, digest.hexdigest(), files


def look(root: Path, commit: str | None, content: str, files: dict[str, os.stat_result]) -> Checkout:
    """The repository to plan, given its fingerprint."""
    real = root.resolve()
    tracked = _tracked(real)
    if tracked is None:
        return Checkout(commit, content, disk.open_repository(root))
    on_disk = Repository(tuple(sorted(files)), functools.partial(disk.read, real))
    if tracked == files.keys():
        return Checkout(commit, content, on_disk)
    # More files than git gives an answer for can only hold more services, never fewer.
    found = discover_services(on_disk)
    if not (found.services or found.bystanders or found.skipped):
        return Checkout(commit, content, None)
    return Checkout(commit, content, disk.open_repository(root))


def _walk(directory: str, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        entries = list(os.scandir(directory))
    except OSError:
        # Left to the listing that explains it.
        return
    for entry in entries:
        if prefix == "" and entry.name == ".git":
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(entry.path, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", status


@functools.cache
def _git_is_there() -> bool:
    return shutil.which("git") is not None


def _tracked(real: Path) -> set[str] | None:
    """The names in the index of an ordinary repository of this user's; None when git has to be asked."""
    folder = real / ".git"
    if os.name == "nt" or not _git_is_there() or "GIT_CEILING_DIRECTORIES" in os.environ:
        return None
    try:
        owners = {os.lstat(place).st_uid for place in (real, folder)}
        if owners != {os.geteuid()} or not stat.S_ISDIR(os.lstat(folder).st_mode):
            return None
        config = (folder / "config").read_bytes()
        if _UNUSUAL.search(config) or not (folder / "objects").is_dir() or not (folder / "refs").is_dir():
            return None
        if os.path.lexists(folder / "commondir") or not _is_head((folder / "HEAD").read_text("ascii")):
            return None
        return tracked_names((folder / "index").read_bytes())
    except (OSError, ValueError):
        return None


def _is_head(text: str) -> bool:
    return bool(_REF.fullmatch(text) or _COMMIT.fullmatch(text.strip()))


def _commit(real: Path) -> str | None:
    """The commit that is checked out, read from plain files where that is certain."""
    folder = real / ".git"
    try:
        head = (folder / "HEAD").read_text("ascii")
        if _COMMIT.fullmatch(head.strip()):
            return head.strip()
        ref = _REF.fullmatch(head)
        if ref and ".." not in ref[1]:
            loose = (folder / ref[1]).read_text("ascii").strip()
            if _COMMIT.fullmatch(loose):
                return loose
    except (OSError, ValueError):
        pass
    return git.head(real) if os.path.lexists(folder) or _inside_git(real) else None


def _inside_git(real: Path) -> bool:
    return any(os.path.lexists(parent / ".git") for parent in real.parents)
