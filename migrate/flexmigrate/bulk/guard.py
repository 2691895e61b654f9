"""Keeps one repository from taking a worker down with it: a time limit that holds whatever the worker is doing."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_SECONDS = 2.0


class TimedOut(BaseException):
    """The time limit of a repository passed. No `Exception`, so that no rule's handler takes it for its own."""


def _raise(signum: int, frame: FrameType | None) -> None:
    raise TimedOut


@contextmanager
def limited(seconds: float, expendable: bool) -> Iterator[None]:
    """TimedOut inside the block after this many seconds, where the system can interrupt it.

    In an `expendable` process that cannot be interrupted (stuck in C code) the process ends a little later.
    """
    if seconds <= 0:
        yield
        return
    alarm = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if expendable:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            faulthandler.dump_traceback_later(seconds + (GRACE_SECONDS if alarm else 0), exit=True, file=nowhere)
            try:
                yield from _alarmed(seconds, alarm)
            finally:
                faulthandler.cancel_dump_traceback_later()
    else:
        yield from _alarmed(seconds, alarm)


def _alarmed(seconds: float, alarm: bool) -> Iterator[None]:
    if not alarm:
        yield
        return
    before = signal.signal(signal.SIGALRM, _raise)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
