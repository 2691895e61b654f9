"""Lets the Nth file operation of the write path fail, or the process die there.

Every operation goes through `flexmigrate.fs`, so replacing its functions is enough to count them and to break one.
"""

from __future__ import annotations

import errno
import functools
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flexmigrate import fs

OPERATIONS = (
    *("make_directory", "remove_directory", "create", "open_append", "open_lock", "write", "sync", "close"),
    *("set_mode", "set_owner", "replace", "remove", "sync_directory", "read", "read_part", "status", "names"),
)
TAKES_ROOM = frozenset({"make_directory", "create", "open_append", "open_lock", "write", "sync"})
LOOKS_ONLY = frozenset({"read", "read_part", "status", "names", "close"})
Hit = Callable[[str, int], None]


class Killed(BaseException):
    """The process is dead from here on; nobody may catch this."""


@contextmanager
def watched(hit: Hit) -> Iterator[list[str]]:
    """Call `hit` with name and number (from 0) before each operation; the names are collected.

    When `hit` raises at a write, half of the data has been written already, as on a disk that fills up.
    """
    seen: list[str] = []
    originals = {name: getattr(fs, name) for name in OPERATIONS}

    def wrap(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def operation(*arguments: Any) -> Any:
            number = len(seen)
            seen.append(name)
            try:
                hit(name, number)
            except BaseException:
                if name == "write":
                    descriptor, data = arguments
                    os.write(descriptor, data[: len(data) // 2])
                if name == "close":
                    original(*arguments)
                raise
            return original(*arguments)

        return operation

    for name, original in originals.items():
        setattr(fs, name, wrap(name, original))
    try:
        yield seen
    finally:
        for name, original in originals.items():
            setattr(fs, name, original)


def error(code: int) -> OSError:
    return OSError(code, os.strerror(code))


def fail_once(code: int, at: int) -> Hit:
    """The operation with this number fails, the others work."""

    def hit(name: str, number: int) -> None:
        if number == at:
            raise error(code)

    return hit


def fail_from(code: int, at: int) -> Hit:
    """From this number on the disk is full (what takes room fails), broken (everything does) or closed (writing)."""

    def hit(name: str, number: int) -> None:
        if number < at:
            return
        hurts = name in TAKES_ROOM if code == errno.ENOSPC else code == errno.EIO or name not in LOOKS_ONLY
        if hurts:
            raise error(code)

    return hit


def die(at: int) -> Hit:
    """The process is gone from this operation on."""

    def hit(name: str, number: int) -> None:
        if number >= at:
            raise Killed(name)

    return hit


def kill_process(at: int) -> Hit:
    """A real SIGKILL of this very process."""

    def hit(name: str, number: int) -> None:
        if number == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return hit
