"""One flexmigrate at a time in one repository.

The operating system holds the lock and drops it when the process ends, however it ends; so a lock file that was left
behind locks nothing, and what it says about its owner is only for the message.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from flexmigrate import fs, state
from flexmigrate.errors import UserError
from flexmigrate.reports.plain import plain
from flexmigrate.state import Home

WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.05

if sys.platform == "win32":
    import msvcrt

    # A locked region cannot be read by others, and they want to read who the owner is.
    _FAR = 1 << 30

    def _try(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def hold(home: Home, wait: float | None = None) -> Iterator[None]:
    """Keep every other flexmigrate out of this repository; UserError when one is at work and does not end in time."""
    state.prepare(home)
    try:
        descriptor = fs.open_lock(home.state / "lock")
    except OSError as error:
        raise UserError(
            f"{home.state / 'lock'} cannot be opened: {fs.why(error)}", "make it writable, or remove it"
        ) from error
    try:
        _acquire(descriptor, home, WAIT_SECONDS if wait is None else wait)
        yield
    finally:
        # Never removed: a third process could have opened the old file while a fourth creates a new one.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
        os.close(descriptor)


def _acquire(descriptor: int, home: Home, wait: float) -> None:
    deadline = time.monotonic() + wait
    try:
        while not _try(descriptor):
            if time.monotonic() >= deadline:
                raise UserError(
                    f"another flexmigrate is at work in {home.base} ({_owner(descriptor)})",
                    "wait until it has finished, then try again",
                )
            time.sleep(_PAUSE_SECONDS)
    except OSError as error:
        raise UserError(
            f"{home.state} cannot be locked: {fs.why(error)}", "put the repository on a file system that has locks"
        ) from error
    with suppress(OSError):
        # A lock that says nothing about its owner still locks.
        me = {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"}
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        fs.write(descriptor, json.dumps(me).encode())


def _owner(descriptor: int) -> str:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        owner = json.loads(os.read(descriptor, 1000))
        return plain(f"process {owner['pid']} on {owner['host']}, since {owner['since']}")
    except (OSError, ValueError, KeyError, TypeError):
        return "its owner is unknown"
