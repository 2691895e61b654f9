"""Shows how a long run gets on: a line that is rewritten on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from typing import TextIO

from flexmigrate.bulk.model import Outcome, State

_REDRAW_SECONDS = 0.1
_LINE_SECONDS = 10.0
_CELLS = 24


class BulkProgress:
    """Counts outcomes and tells about them on a stream."""

    def __init__(self, stream: TextIO, total: int) -> None:
        self.stream = stream
        self.total = total
        self.counts: Counter[str] = Counter()
        self.done = 0
        self.started = self.shown = time.monotonic()
        self.terminal = stream.isatty()

    def step(self, outcome: Outcome) -> None:
        """One more repository is done."""
        self.done += 1
        self.counts["unchanged" if outcome.unchanged else outcome.state.value] += 1
        now = time.monotonic()
        if now - self.shown >= (_REDRAW_SECONDS if self.terminal else _LINE_SECONDS):
            self.shown = now
            self._show(now)

    def close(self) -> None:
        """The run is over; its line goes away."""
        if self.terminal:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
        elif self.done:
            self._show(time.monotonic())

    def _show(self, now: float) -> None:
        elapsed = max(now - self.started, 1e-6)
        rate = self.done / elapsed
        left = (self.total - self.done) / rate if rate else 0.0
        counts = " ".join(
            f"{name} {count:,}"
            for name, count in self.counts.most_common()
            if name in (State.FAILED, State.NEEDS_HUMAN, State.PLANNED, "unchanged") or not self.terminal
        )
        text = f"{self.done:,}/{self.total:,} · {rate * 60:,.0f}/min · {_clock(left)} left · {counts}"
        if self.terminal:
            cells = round(_CELLS * self.done / max(self.total, 1))
            self.stream.write(f"\r\x1b[K[{'#' * cells}{'.' * (_CELLS - cells)}] {text}"[:118])
        else:
            self.stream.write(f"flexmigrate: {text}\n")
        self.stream.flush()


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return (
        f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}" if whole >= 3600 else f"{whole // 60}:{whole % 60:02}"
    )
