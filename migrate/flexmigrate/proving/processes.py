"""Know and end every process that a started command brought forth, and see what those processes listen on.

Two marks find them: the session they were started in, and a token in their environment, which a grandchild that made
a session of its own (a daemon) still carries. Both are read from /proc; where there is none, only the process group
is known.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

TOKEN_NAME = "FLEXMIGRATE_PROVING_RUN"

_PROC = Path("/proc")
_LISTENING = "0A"
_LAST_LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True, order=True)
class Listener:
    """A listening TCP socket of one of the processes."""

    address: str
    port: int

    @property
    def loopback_only(self) -> bool:
        """Whether only this machine itself can reach it."""
        return ipaddress.ip_address(self.address).is_loopback


@dataclass(frozen=True, slots=True)
class Family:
    """The processes that one command started: its leader (also group and session id) and its token."""

    leader: int
    token: str

    def members(self) -> tuple[int, ...]:
        """Every living process of the family that /proc shows."""
        return tuple(pid for pid in _all_pids() if self._has(pid))

    def listeners(self) -> tuple[Listener, ...]:
        """The TCP sockets that members of the family listen on."""
        by_inode = listening_inodes()
        if not by_inode:
            return ()
        inodes = {inode for pid in self.members() for inode in _socket_inodes(pid)}
        return tuple(sorted({by_inode[inode] for inode in inodes & by_inode.keys()}))

    def kill(self) -> None:
        """SIGKILL the group and every other member, again until none is left: one may fork while being looked for."""
        deadline = time.monotonic() + _LAST_LOOK_SECONDS
        _signal_group(self.leader, signal.SIGKILL)
        while True:
            members = self.members()
            for pid in members:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            if not members or time.monotonic() > deadline:
                return
            time.sleep(0.01)

    def _has(self, pid: int) -> bool:
        if pid == os.getpid():
            return False
        state, session = _state_and_session(pid)
        if state in ("", "Z", "X"):
            return False
        return session == self.leader or _carries(pid, self.token)


def kill_marked(token: str) -> None:
    """SIGKILL every process that carries the token, for one who knows no leader."""
    deadline = time.monotonic() + _LAST_LOOK_SECONDS
    while time.monotonic() < deadline:
        marked = [pid for pid in _all_pids() if pid != os.getpid() and _lives(pid) and _carries(pid, token)]
        for pid in marked:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not marked:
            return
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    return _state_and_session(pid)[0] not in ("", "Z", "X")


def _carries(pid: int, token: str) -> bool:
    mark = f"{TOKEN_NAME}={token}".encode()
    try:
        return mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def has_proc() -> bool:
    """Whether this system shows processes and sockets under /proc."""
    return (_PROC / "net" / "tcp").exists()


def listening_inodes() -> dict[int, Listener]:
    """Every listening TCP socket of the machine by its inode."""
    found: dict[int, Listener] = {}
    for name in ("tcp", "tcp6"):
        try:
            rows = (_PROC / "net" / name).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if len(fields) > 9 and fields[3] == _LISTENING:
                address, _, port = fields[1].partition(":")
                found[int(fields[9])] = Listener(_readable(address), int(port, 16))
    return found


def _readable(address: str) -> str:
    # The kernel prints each 32-bit word in the machine's byte order, which is little-endian wherever this runs.
    raw = b"".join(bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8))
    parsed = ipaddress.ip_address(raw)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def _all_pids() -> list[int]:
    try:
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def _state_and_session(pid: int) -> tuple[str, int]:
    try:
        stat = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return "", -1
    # The command name stands in parentheses and may itself contain any character.
    fields = stat.rpartition(")")[2].split()
    return fields[0], int(fields[3])


def _socket_inodes(pid: int) -> set[int]:
    found: set[int] = set()
    try:
        links = list((_PROC / str(pid) / "fd").iterdir())
    except OSError:
        return found
    for link in links:
        with contextlib.suppress(OSError, ValueError):
            target = str(link.readlink())
            if target.startswith("socket:["):
                found.add(int(target[8:-1]))
    return found


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
