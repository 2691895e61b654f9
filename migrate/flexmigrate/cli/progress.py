"""Tells a waiting person how far a long run has come, on standard error and only on a terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self, TextIO

from flexmigrate.reports.plain import plain

_PATIENCE_SECONDS = 0.5
_INTERVAL_SECONDS = 0.1


class Progress:
    """One line that is rewritten in place; it appears only when a run takes longer than a moment."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.started = self.shown = time.monotonic()
        self.count = 0
        self.visible = False

    def step(self, name: str) -> None:
        """Something new is begun."""
        self.count += 1
        now = time.monotonic()
        if not self.stream.isatty() or now - self.started < _PATIENCE_SECONDS or now - self.shown < _INTERVAL_SECONDS:
            return
        self.stream.write(f"\r\x1b[K{self.count} services planned; now {plain(name)[:60]}")
        self.stream.flush()
        self.shown, self.visible = now, True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.visible:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
