"""Read a stream to its end in the background, keeping its beginning and its end within a bound."""

from __future__ import annotations

import contextlib
import threading
from typing import IO

_CHUNK = 8192
_JOIN_SECONDS = 2.0


class Capture:
    """The first and last bytes of a stream; what lies between is counted, not kept."""

    def __init__(self, stream: IO[bytes], most: int = 64 * 1024) -> None:
        self._stream = stream
        self._most = most // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._lost = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def text(self) -> str:
        """What was kept, with a note where something was left out."""
        with self._lock:
            middle = f"\n[{self._lost} bytes left out]\n".encode() if self._lost else b""
            return bytes(self._head + middle + self._tail).decode("utf-8", "replace")

    def close(self) -> None:
        """Wait for the end of the stream, which comes when its last writer is gone, and release it."""
        self._thread.join(_JOIN_SECONDS)
        # Closing under a reader that is still blocked would wait for it for ever.
        if not self._thread.is_alive():
            with contextlib.suppress(OSError):
                self._stream.close()

    def _drain(self) -> None:
        read = getattr(self._stream, "read1", self._stream.read)
        with contextlib.suppress(OSError, ValueError):
            while chunk := read(_CHUNK):
                self._keep(chunk)

    def _keep(self, chunk: bytes) -> None:
        with self._lock:
            room = self._most - len(self._head)
            self._head += chunk[:room]
            self._tail += chunk[room:]
            excess = len(self._tail) - self._most
            if excess > 0:
                del self._tail[:excess]
                self._lost += excess
