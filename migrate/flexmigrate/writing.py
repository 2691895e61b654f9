"""Turns a plan into bytes to write, and writes them service by service, each all or not at all."""

from __future__ import annotations

import hashlib
import stat
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from flexmigrate import disk, fs, journal, locking, places, recovery, state, transaction
from flexmigrate.errors import UserError
from flexmigrate.model import Plan, Skipped, ToolVersions
from flexmigrate.project import Unreadable
from flexmigrate.reports.plain import plain
from flexmigrate.runs import Blobs, Entry, Group
from flexmigrate.state import Home

MOVED_ON = "changed while flexmigrate was at work; nothing of this service was written"


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


def write_all(
    root: Path, writes: Sequence[Write], tool: ToolVersions | None = None, strict: bool = False
) -> list[Skipped]:
    """Write every service's files; what could not be written is returned, and the other services are still done.

    A journal is written first, so that `undo` and, after a crash, the next flexmigrate can bring the old bytes back.
    Before a service's first byte is written, each of its files must be what the plan was made for; with `strict` that
    must hold for all services or nothing is written. UserError when another flexmigrate is at work here or there is
    no journal to be had; then nothing is written either.
    """
    if not writes:
        return []
    home = state.home_of(root)
    try:
        with locking.hold(home):
            return _write_held(home, root, writes, tool, strict)
    except OSError as error:
        # What fails once something is written is dealt with where it is written.
        raise UserError(f"{home.state} cannot be used, so nothing was written: {fs.why(error)}") from error


def _write_held(
    home: Home, root: Path, writes: Sequence[Write], tool: ToolVersions | None, strict: bool
) -> list[Skipped]:
    recovery.put_right_held(home, _tell)
    blobs = Blobs()
    taken: set[str] = set()
    groups: list[Group] = []
    failures: list[Skipped] = []
    for config, group in groupby(writes, key=lambda write: write.config):
        found = _group(home, root.resolve(), config, group, blobs, taken)
        if isinstance(found, Group):
            groups.append(found)
        else:
            failures.append(found)
    if not groups or (strict and failures):
        return failures
    return failures + _carry_out(home, groups, blobs, tool)


def _carry_out(home: Home, groups: Sequence[Group], blobs: Blobs, tool: ToolVersions | None) -> list[Skipped]:
    try:
        paths = [entry.path for group in groups for entry in group.entries]
        run = replace(
            journal.new_run(home, "apply", tool),
            groups=tuple(groups),
            directories=transaction.missing_directories(home, paths),
        )
        journal.record(home, run, blobs)
    except OSError as error:
        raise UserError(
            f"the journal in {home.state} cannot be written, so nothing was: {fs.why(error)}",
            "make room or make it writable",
        ) from error
    return transaction.complete(home, run, blobs.get).failures


def _group(
    home: Home, real_root: Path, config: str, writes: Iterable[Write], blobs: Blobs, taken: set[str]
) -> Group | Skipped:
    """A service's files as they are and as they are to be; Skipped when one is not what the plan was made for."""
    entries: list[Entry] = []
    for write in writes:
        try:
            target = places.writable(real_root, write.path)
            path = target.relative_to(home.base).as_posix()
            found = fs.status(target)
            data = disk.read(real_root, write.path)
        except (Unreadable, ValueError) as error:
            return Skipped(write.path, str(error))
        except OSError as error:
            return Skipped(write.path, f"cannot be read: {fs.why(error)}")
        now = None if data is None else hashlib.sha256(data).hexdigest()
        if now != write.before_sha256 or (data is None) != (found is None):
            return Skipped(write.path, MOVED_ON)
        # Two names of one file, by a link or by case: the second would be made for bytes that are gone by then.
        if path.casefold() in taken:
            return Skipped(write.path, "another name of a file that is written already")
        taken.add(path.casefold())
        if data is None or found is None:
            mode = (0o777 if write.executable else 0o666) & ~disk.umask()
            entries.append(Entry(path, None, blobs.add(write.after, mode)))
        else:
            mode = stat.S_IMODE(found.st_mode) & 0o777
            entries.append(Entry(path, blobs.add(data, mode), blobs.add(write.after, mode)))
    return Group(config, tuple(entries))


def _tell(line: str) -> None:
    print(f"flexmigrate: {plain(line)}", file=sys.stderr)
