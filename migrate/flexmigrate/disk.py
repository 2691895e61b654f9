"""The only module that reads and writes a repository."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PureWindowsPath

from flexmigrate import git
from flexmigrate.errors import UserError
from flexmigrate.project import Repository, Unreadable

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
    return Repository(tuple(sorted(_list(root))), lambda path: _read(real_root, path))


def _list(root: Path) -> Iterator[str]:
    tracked = git.list_files(root)
    yield from (_walk(root) if tracked is None else tracked)


def _walk(root: Path) -> Iterator[str]:
    def failed(error: OSError) -> None:
        # An unreadable directory is one place less to look at; its files are reported when a rule asks for them.
        return None

    for directory, names, files in os.walk(root, onerror=failed):
        names[:] = sorted(name for name in names if name not in _PASSED_OVER and not _is_environment(directory, name))
        relative = os.path.relpath(directory, root).replace(os.sep, "/")
        prefix = "" if relative == "." else f"{relative}/"
        yield from (f"{prefix}{name}" for name in files)


def _is_environment(directory: str, name: str) -> bool:
    return Path(directory, name, "pyvenv.cfg").exists()


def resolve_inside(real_root: Path, path: str) -> Path:
    """The file that `path` leads to, links followed; Unreadable when that is not below the root."""
    if "\0" in path or Path(path).is_absolute() or PureWindowsPath(path).drive:
        raise Unreadable("not a path below the repository")
    try:
        real = (real_root / path).resolve()
    except (OSError, RuntimeError):
        raise Unreadable("a symbolic link that leads nowhere") from None
    if not real.is_relative_to(real_root):
        raise Unreadable("outside the repository")
    return real


def _read(real_root: Path, path: str) -> bytes | None:
    """The bytes of a regular file below the root; None when there is none; Unreadable with the reason otherwise."""
    target = real_root / path
    try:
        real = resolve_inside(real_root, path)
    except Unreadable as error:
        if target.is_symlink():
            raise Unreadable("a symbolic link that leaves the repository; it is not followed") from error
        raise
    try:
        # Without O_NONBLOCK, opening a FIFO would wait for a writer for ever.
        descriptor = os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if real.is_dir():
            return None
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            return None
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("not a regular file")
        if status.st_size > MAX_FILE_BYTES:
            raise Unreadable(f"larger than {MAX_FILE_BYTES:,} bytes")
        try:
            data = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror}") from None
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(f"larger than {MAX_FILE_BYTES:,} bytes")
    return data


def read(root: Path, path: str) -> bytes | None:
    """The file as it is now, None when there is none; Unreadable when it cannot be read."""
    return _read(root.resolve(), path)


def sha256_of(root: Path, path: str) -> str | None:
    """The hash of the file as it is now, None when there is none; Unreadable when it cannot be read."""
    data = read(root, path)
    return None if data is None else hashlib.sha256(data).hexdigest()


def write_atomically(target: Path, data: bytes, mode: int | None = None) -> None:
    """Put `data` at `target` in one step: whoever looks sees the old file or the new one, also after a crash.

    The mode is the old file's, or `mode`, or what the umask leaves. OSError when it cannot be done; then nothing is
    changed and no temporary file stays.
    """
    if mode is None:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~umask()
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".flexmigrate", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    sync_directory(target.parent)


def sync_directory(directory: Path) -> None:
    """Make a rename in the directory durable, where the system knows how."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def umask() -> int:
    """The mode bits that new files must not have."""
    current = os.umask(0o022)
    os.umask(current)
    return current
