"""Tells which files git could not bring back, without letting git look into any file.

`git status` and `git diff` pass contents through the filters that a repository configures, which are programs. Here the
index is compared with HEAD by git (hashes against hashes) and the working tree with the index by ourselves.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flexmigrate import git

_ENTRY = re.compile(
    rb"(?P<tag>\S) (?P<mode>[0-7]{6}) (?P<hash>[0-9a-f]{40,64}) (?P<stage>[0-3])\t(?P<path>[^\0]*)\0"
    rb"(?:  ctime: [0-9:]+\n  mtime: (?P<seconds>[0-9]+):(?P<nanos>[0-9]+)\n  dev: [0-9]+\tino: (?P<inode>[0-9]+)\n"
    rb"  uid: [0-9]+\tgid: [0-9]+\n  size: (?P<size>[0-9]+)\tflags: [0-9a-f]+\n)?"
)
_LARGEST_NORMALISED = 5_000_000
_UNFILTERED = (b"unspecified", b"unset")


@dataclass(frozen=True, slots=True)
class _Tracked:
    path: str
    mode: int
    hash: str
    stamp: tuple[int, int, int] | None


def uncommitted(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Tracked files below `root` that differ from HEAD, and those of `paths` that exist and git never saw.

    Empty outside git. A file that only a filter program could compare counts when it is one of `paths`.
    """
    listing = git.run(root, "ls-files", "-z", "-v", "--stage", "--debug")
    if listing is None:
        return ()
    staged = git.run(root, "diff-index", "--cached", "--name-only", "-z", "--relative", "--no-renames",
                     "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "HEAD", "--", ".")  # fmt: skip
    tracked = list(_tracked(listing))
    if staged is None:
        # Without a commit everything in the index is new.
        found = {entry.path for entry in tracked}
    else:
        found = {os.fsdecode(name) for name in staged.split(b"\0") if name}
    found |= _different(root, [entry for entry in tracked if entry.path not in found], paths)
    known = {entry.path for entry in tracked}
    found |= {path for path in paths if path not in known and os.path.lexists(root / path) and not _ignored(root, path)}
    return tuple(sorted(found))


def _tracked(listing: bytes) -> Iterator[_Tracked]:
    for match in _ENTRY.finditer(listing):
        mode = int(match["mode"], 8)
        # Submodules have an index of their own; `S` are the files that a sparse checkout leaves out.
        if stat.S_IFMT(mode) == 0o160000 or match["tag"] in (b"S", b"s"):
            continue
        path = os.fsdecode(match["path"])
        stamp = None
        if match["seconds"] is not None:
            stamp = int(match["seconds"]), int(match["nanos"]), int(match["size"])
        # A file in conflict has several entries, and none of them is what lies in the working tree.
        yield _Tracked(path, mode, "" if match["stage"] != b"0" else match["hash"].decode(), stamp)


def _different(root: Path, tracked: Sequence[_Tracked], paths: Sequence[str]) -> set[str]:
    refreshed = _refreshed(root)
    modes = os.name != "nt" and (git.run(root, "config", "--type=bool", "core.fileMode") or b"").strip() != b"false"
    different = {entry.path for entry in tracked if not _unchanged(root, entry, refreshed, modes)}
    if not different:
        return set()
    return different - (_filtered(root, different) - set(paths))


def _refreshed(root: Path) -> int:
    """When git last looked at all files, in nanoseconds; a file that is no older may have changed unnoticed."""
    output = git.run(root, "rev-parse", "--git-path", "index")
    try:
        return os.stat(root / os.fsdecode(output or b"").removesuffix("\n")).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0


def _unchanged(root: Path, entry: _Tracked, refreshed: int, modes: bool) -> bool:
    file = root / entry.path
    try:
        status = file.lstat()
        if stat.S_ISLNK(entry.mode):
            data = os.fsencode(file.readlink()) if stat.S_ISLNK(status.st_mode) else file.read_bytes()
            return _hash(data, entry.hash) == entry.hash
        if not stat.S_ISREG(status.st_mode):
            return False
        if modes and bool(entry.mode & 0o100) != bool(status.st_mode & 0o100):
            return False
        seconds, nanos = divmod(status.st_mtime_ns, 1_000_000_000)
        # One second to spare, as git's own stamps may count whole seconds only.
        settled = status.st_mtime_ns + 1_000_000_000 < refreshed
        if settled and entry.stamp in ((seconds, nanos, status.st_size), (seconds, 0, status.st_size)):
            return bool(entry.hash)
        if _hash_file(file, status.st_size, entry.hash) == entry.hash:
            return True
        if status.st_size > _LARGEST_NORMALISED:
            return False
        return _hash(file.read_bytes().replace(b"\r\n", b"\n"), entry.hash) == entry.hash
    except OSError:
        return False


def _hash(data: bytes, like: str) -> str:
    digest = hashlib.new("sha256" if len(like) == 64 else "sha1", usedforsecurity=False)
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()


def _hash_file(path: Path, size: int, like: str) -> str:
    digest = hashlib.new("sha256" if len(like) == 64 else "sha1", usedforsecurity=False)
    digest.update(b"blob %d\0" % size)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _filtered(root: Path, paths: set[str]) -> set[str]:
    """Those that a filter program turns into what git keeps; asking which runs none."""
    listed = b"".join(os.fsencode(path) + b"\0" for path in sorted(paths))
    output = git.run(root, "check-attr", "-z", "--stdin", "filter", text=listed)
    fields = (output or b"").split(b"\0")
    return {
        os.fsdecode(path) for path, value in zip(fields[0::3], fields[2::3], strict=False) if value not in _UNFILTERED
    }


def _ignored(root: Path, path: str) -> bool:
    return git.run(root, "check-ignore", "-q", "--", path) is not None
