"""Every operation on files that writing a repository consists of, one thin function each.

Nothing else in the write path touches the file system, so that a test can count the operations and let any one fail,
or let the process die there (tests/trust/test_crash_points.py).
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

_WINDOWS = os.name == "nt"
_COMMON = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
# Another program (an indexer, a virus scanner) may hold a file open for a moment; only Windows minds.
_PATIENCE = (0.02, 0.05, 0.1, 0.2, 0.5) if _WINDOWS else ()


def make_directory(path: Path, mode: int = 0o777) -> None:
    """A new directory; FileExistsError when something is there."""
    os.mkdir(path, mode)  # noqa: PTH102  (one call, one operation)


def remove_directory(path: Path) -> None:
    """Remove an empty directory."""
    os.rmdir(path)  # noqa: PTH106


def create(path: Path, mode: int) -> int:
    """A descriptor of a new file, which nothing that lies there can redirect."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _COMMON, mode)


def open_append(path: Path) -> int:
    """A descriptor for adding to a file that may exist; a symbolic link is not followed."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _COMMON, 0o600)


def open_lock(path: Path) -> int:
    """A descriptor of a lock file that may exist; a symbolic link is not followed."""
    return os.open(path, os.O_RDWR | os.O_CREAT | _COMMON | getattr(os, "O_NONBLOCK", 0), 0o600)


def write(descriptor: int, data: bytes) -> None:
    """All of the data."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptor: int) -> None:
    """Wait until the file has reached the disk."""
    os.fsync(descriptor)


def close(descriptor: int) -> None:
    """Close a descriptor; the errors that some file systems report only now come out."""
    os.close(descriptor)


def set_mode(path: Path, mode: int) -> None:
    """Permission bits of a file that is no symbolic link."""
    os.chmod(path, mode)  # noqa: PTH101


def set_owner(path: Path, user: int, group: int) -> None:
    """Owner and group, where the system has them."""
    if not _WINDOWS:
        os.chown(path, user, group, follow_symlinks=False)


def replace(source: Path, target: Path) -> None:
    """Put a file in the place of another in one step."""
    for pause in _PATIENCE:
        try:
            os.replace(source, target)  # noqa: PTH105
        except PermissionError:
            time.sleep(pause)
        else:
            return
    os.replace(source, target)  # noqa: PTH105


def remove(path: Path) -> None:
    """Remove a file."""
    os.unlink(path)  # noqa: PTH108


def sync_directory(path: Path) -> None:
    """Make what happened to the names in a directory durable, where the system knows how."""
    if _WINDOWS:
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # Some file systems cannot do this for directories and say so; the others do not fail here.
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path, limit: int) -> bytes:
    """The bytes of a regular file, at most `limit`; OSError for anything else, symbolic links included."""
    descriptor = os.open(path, os.O_RDONLY | _COMMON | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"not a regular file: {path.name}")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(f"larger than {limit:,} bytes: {path.name}")
    return data


def status(path: Path) -> os.stat_result | None:
    """What lies at the path itself, links not followed; None when there is nothing."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def names(path: Path) -> list[str]:
    """The names in a directory, sorted; none when it does not exist."""
    try:
        return sorted(os.listdir(path))  # noqa: PTH208
    except FileNotFoundError:
        return []


def write_new(path: Path, data: bytes, mode: int) -> None:
    """A new file with these bytes, on the disk before this returns; after an OSError a part of it may be there."""
    descriptor = create(path, mode)
    try:
        write(descriptor, data)
        sync(descriptor)
    finally:
        close(descriptor)


def why(error: OSError) -> str:
    """The reason as one short phrase, without the path that Python adds."""
    return error.strerror or str(error) or type(error).__name__


def read_part(path: Path, offset: int, length: int) -> bytes:
    """Some bytes of a regular file; fewer where it ends."""
    descriptor = os.open(path, os.O_RDONLY | _COMMON | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"not a regular file: {path.name}")
        file.seek(offset)
        return file.read(length)
