"""Turns a plan into bytes to write, and writes them service by service."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from flexmigrate import disk
from flexmigrate.model import Plan, Skipped
from flexmigrate.project import Unreadable


@dataclass(frozen=True, slots=True)
class Write:
    """One file to write: for which service, what must be there now (None: nothing), and the new bytes."""

    config: str
    path: str
    before_sha256: str | None
    after: bytes
    executable: bool = False

    @property
    def after_sha256(self) -> str:
        return hashlib.sha256(self.after).hexdigest()


def writes_of(plan: Plan) -> list[Write]:
    """What a plan writes, grouped by service in the plan's order."""
    return [
        Write(
            service.config, change.path, change.before_sha256, change.after.encode(change.encoding), change.executable
        )
        for service in plan.services
        for change in service.changes
    ]


def write_all(root: Path, writes: Sequence[Write]) -> list[Skipped]:
    """Write every service's files; what could not be written is returned, and the other services are still done.

    Before a service's first byte is written, each of its files must be what the plan was made for.
    """
    failures: list[Skipped] = []
    for _, group in groupby(writes, key=lambda write: write.config):
        service = list(group)
        failure = next(filter(None, (_moved_on(root, write) for write in service)), None)
        if failure is not None:
            failures.append(failure)
            continue
        for write in service:
            try:
                _put(root, write)
            except OSError as error:
                failures.append(Skipped(write.path, f"cannot be written: {error.strerror or error}"))
                break
    return failures


def _moved_on(root: Path, write: Write) -> Skipped | None:
    try:
        now = disk.sha256_of(root, write.path)
    except Unreadable as error:
        return Skipped(write.path, str(error))
    if now != write.before_sha256:
        return Skipped(write.path, "changed while flexmigrate was at work; nothing of this service was written")
    return None


def _put(root: Path, write: Write) -> None:
    target = disk.resolve_inside(root.resolve(), write.path)
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o777 & ~disk.umask() if write.executable and write.before_sha256 is None else None
    disk.write_atomically(target, write.after, mode)
