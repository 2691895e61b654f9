"""The only module that reads and writes a repository."""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from flexmigrate import fs, git
from flexmigrate.errors import UserError
from flexmigrate.places import resolve_inside
from flexmigrate.project import Repository, Unreadable

__all__ = ["open_repository", "read", "resolve_inside", "sha256_of", "umask", "write_atomically"]

MAX_FILE_BYTES = 5_000_000
"""Larger files are not read: no configuration, requirements or source file that matters comes near it."""

_PASSED_OVER = frozenset(
    {".git", ".hg", ".svn", "node_modules", "__pycache__", ".tox", ".nox", ".venv", "site-packages", ".mypy_cache"}
)


def open_repository(root: Path) -> Repository:
    """The repository below `root`, its files listed and not yet read; UserError when it is no readable directory."""
    if not root.is_dir():
        raise UserError(f"{root} is no directory", "give a directory or a file that exists")
    # A symbolic link is followed only as far as it stays below the root; everything is judged by where it leads.
    real_root = root.resolve()
    closed: dict[str, str] = {}
    names = git.list_files(root)
    if names is None:
        names = list(_walk(root, closed))

    def read_or_explain(path: str) -> bytes | None:
        if path in closed:
            raise Unreadable(closed[path])
        return _read(real_root, path)

    repository = Repository(tuple(sorted(names)), read_or_explain)
    for directory in closed:
        # Asked for once, so that it shows among what could not be read.
        repository.data(directory)
    return repository


def _walk(root: Path, closed: dict[str, str]) -> Iterator[str]:
    def failed(error: OSError) -> None:
        name = os.path.relpath(error.filename, root).replace(os.sep, "/")
        closed[name] = f"a directory that cannot be listed: {fs.why(error)}"

    for directory, names, files in os.walk(root, onerror=failed):
        names[:] = sorted(name for name in names if name not in _PASSED_OVER and not _is_environment(directory, name))
        relative = os.path.relpath(directory, root).replace(os.sep, "/")
        prefix = "" if relative == "." else f"{relative}/"
        yield from (f"{prefix}{name}" for name in files)


def _is_environment(directory: str, name: str) -> bool:
    return Path(directory, name, "pyvenv.cfg").exists()


def _read(real_root: Path, path: str) -> bytes | None:
    """The bytes of a regular file below the root; None when there is none; Unreadable with the reason otherwise."""
    try:
        return _read_regular(resolve_inside(real_root, path))
    except Unreadable as error:
        found = _status(real_root, path)
        if found is not None and stat.S_ISLNK(found.st_mode):
            raise Unreadable("a symbolic link that leaves the repository; it is not followed") from error
        raise
    except OSError as error:
        raise Unreadable(f"cannot be read: {fs.why(error)}") from None


def _status(real_root: Path, path: str) -> os.stat_result | None:
    try:
        return fs.status(real_root / path)
    except (OSError, ValueError):
        return None


def _read_regular(real: Path) -> bytes | None:
    try:
        # Without O_NONBLOCK, opening a FIFO would wait for a writer for ever.
        descriptor = os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if real.is_dir():
            return None
        if error.errno in (errno.ENXIO, errno.ENODEV):
            raise Unreadable("not a regular file") from None
        raise
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            return None
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("not a regular file")
        data = file.read(MAX_FILE_BYTES + 1) if status.st_size <= MAX_FILE_BYTES else b""
    if status.st_size > MAX_FILE_BYTES or len(data) > MAX_FILE_BYTES:
        raise Unreadable(f"larger than {MAX_FILE_BYTES:,} bytes")
    return data


def read(root: Path, path: str) -> bytes | None:
    """The file as it is now, None when there is none; Unreadable when it cannot be read."""
    return _read(root.resolve(), path)


def sha256_of(root: Path, path: str) -> str | None:
    """The hash of the file as it is now, None when there is none; Unreadable when it cannot be read."""
    data = read(root, path)
    return None if data is None else hashlib.sha256(data).hexdigest()


def write_atomically(target: Path, data: bytes, mode: int) -> None:
    """Put `data` at `target` in one step: whoever looks sees the old file or the new one, also after a crash.

    OSError when it cannot be done; then nothing is changed and no temporary file stays.
    """
    found = fs.status(target)
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise OSError("it is there and no regular file")
    passing = target.parent / f".flexmigrate-{secrets.token_hex(8)}"
    try:
        fs.write_new(passing, data, 0o600)
        fs.set_mode(passing, mode)
        fs.replace(passing, target)
    except BaseException:
        with suppress(OSError):
            fs.remove(passing)
        raise
    fs.sync_directory(target.parent)


@functools.cache
def umask() -> int:
    """The mode bits that new files must not have."""
    current = os.umask(0o077)
    os.umask(current)
    return current
