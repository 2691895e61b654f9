"""A second process that outlives the first: when the tool is killed, it ends what was started and clears the folder.

`finally` runs for Ctrl-C and for failures, not for SIGKILL or a terminal that is closed. The second process holds the
reading end of a pipe; whatever way the tool ends, the pipe ends too. On a system without /proc nothing tells it which
processes are meant, and it clears the folder only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from flexmigrate.proving.processes import kill_marked

_ALL_WELL = b"done"
_END_SECONDS = 5.0


@contextlib.contextmanager
def guarded(token: str, folder: Path | None) -> Iterator[None]:
    """Until the block ends in order, the death of this process ends all that carry the token and removes the folder.

    None as folder leaves the files alone. A watchdog that cannot be started is no reason to stop.
    """
    watchdog = _start(token, folder)
    try:
        yield
        if watchdog is not None and watchdog.stdin is not None:
            with contextlib.suppress(OSError):
                watchdog.stdin.write(_ALL_WELL)
                watchdog.stdin.flush()
    finally:
        if watchdog is not None:
            _end(watchdog)


def _start(token: str, folder: Path | None) -> subprocess.Popen[bytes] | None:
    command = [sys.executable, "-m", "flexmigrate.proving.watchdog", token, "" if folder is None else str(folder)]
    package = str(Path(__file__).parents[2])
    try:
        return subprocess.Popen(
            command,
            cwd=os.sep,
            env={**os.environ, "PYTHONPATH": package},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C on a terminal reaches every process of the foreground group, and this one has to stay.
            start_new_session=True,
        )
    except OSError:
        return None


def _end(watchdog: subprocess.Popen[bytes]) -> None:
    if watchdog.stdin is not None:
        with contextlib.suppress(OSError):
            watchdog.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        watchdog.wait(_END_SECONDS)


def main(token: str, folder: str) -> None:
    """Wait for the pipe to end; act unless the last words were that all is well."""
    said = sys.stdin.buffer.read()
    if said.endswith(_ALL_WELL):
        return
    if token:
        kill_marked(token)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
