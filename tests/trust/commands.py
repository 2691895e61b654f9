"""Runs the installed `flexmigrate` as a person would, and measures what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(sysconfig.get_path("scripts")) / ("flexmigrate.exe" if os.name == "nt" else "flexmigrate")
TODAY = ("--today", "2026-11-22", "--python", "3.12")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended; `peak` is the largest resident size in bytes that was seen, 0 where it cannot be."""

    code: int
    out: str
    err: str
    seconds: float
    peak: int

    @property
    def said(self) -> str:
        return self.out + self.err


def flexmigrate(*arguments: str, cwd: Path, limit: float = 300, **environment: str) -> Ran:
    """The console script with these arguments; fails when it takes longer than `limit` seconds."""
    started = time.monotonic()
    process = subprocess.Popen(
        [str(SCRIPT), *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    watch = _Watch(process.pid)
    watch.start()
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError(f"{arguments} did not end within {limit} seconds") from None
    watch.stop.set()
    watch.join()
    seconds = time.monotonic() - started
    return Ran(
        process.returncode,
        out.decode("utf-8", "surrogateescape"),
        err.decode("utf-8", "surrogateescape"),
        seconds,
        watch.peak,
    )


class _Watch(threading.Thread):
    """Looks at the process's size every few milliseconds; Linux only."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.status = Path(f"/proc/{pid}/status") if sys.platform == "linux" else None
        self.peak = 0
        self.stop = threading.Event()

    def run(self) -> None:
        while self.status is not None and not self.stop.wait(0.01):
            try:
                for line in self.status.read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        self.peak = max(self.peak, int(line.split()[1]) * 1024)
            except OSError:
                return
