"""One service of a run: its files laid down, put in place, and taken back.

New contents are staged beside their targets first, so that a full disk is met before anything has changed; then each
takes its place by a rename. What state a file is in is read from the file itself, so recovery may be interrupted too.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from flexmigrate import fs, journal, places
from flexmigrate.model import Skipped
from flexmigrate.project import Unreadable
from flexmigrate.runs import Content, Entry, Run
from flexmigrate.state import Home

Source = Callable[[Content], bytes]


class Stuck(Exception):
    """A service could neither be written nor taken back; its run stays open for the next flexmigrate."""

    def __init__(self, failure: Skipped) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def hash_now(home: Home, entry: Entry) -> str | None:
    """The hash of an entry's file as it is now, None when there is none; Unreadable or OSError without an answer."""
    target = places.unlinked(home.base, entry.path)
    found = fs.status(target)
    if found is None:
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_size > journal.LARGEST_FILE:
        raise Unreadable("no longer a regular file of a reasonable size")
    return hashlib.sha256(fs.read(target, journal.LARGEST_FILE)).hexdigest()


class Work:
    """One service of one run."""

    def __init__(self, home: Home, run: Run, index: int, source: Source) -> None:
        self.home = home
        self.run = run
        self.source = source
        self.entries = run.groups[index].entries
        self.index = index

    def forward(self) -> Skipped | None:
        """Write all files; None when that is done, else why not, and then all are as before."""
        path = ""
        try:
            for entry in self.entries:
                path = entry.path
                self.require(entry, entry.before)
            for number, entry in enumerate(self.entries):
                path = entry.path
                self.stage(number, entry, entry.after)
            for number, entry in enumerate(self.entries):
                path = entry.path
                self.require(entry, entry.before)
                self.exchange(number, entry, entry.after)
            self.settle_names()
            for entry in self.entries:
                path = entry.path
                self.require(entry, entry.after)
        except (OSError, Unreadable) as error:
            failure = Skipped(path, _reason(error))
        else:
            return None
        try:
            conflicts = self.back()
            self.sweep()
            remove_directories(self.home, self.run.directories)
        except OSError as error:
            reason = f"{failure.reason}; taking it back failed too ({fs.why(error)}): the next flexmigrate does it"
            raise Stuck(Skipped(failure.path, reason)) from error
        return conflicts[0] if conflicts else failure

    def back(self) -> list[Skipped]:
        """Bring every file that is written back to what it was; those that somebody else changed are returned."""
        conflicts: list[Skipped] = []
        for number, entry in enumerate(self.entries):
            try:
                now = hash_now(self.home, entry)
            except Unreadable as error:
                conflicts.append(Skipped(entry.path, f"left as it is: {error}"))
                continue
            if now == _hash(entry.before):
                continue
            if now != _hash(entry.after):
                conflicts.append(Skipped(entry.path, "changed by somebody else in the meantime; left as it is"))
                continue
            self.clear(self.passing(number, entry))
            self.stage(number, entry, entry.before)
            self.exchange(number, entry, entry.before)
        self.settle_names()
        return conflicts

    def is_written(self) -> bool:
        return all(self.matches(entry, entry.after) for entry in self.entries)

    def is_unwritten(self) -> bool:
        return all(self.matches(entry, entry.before) for entry in self.entries)

    def matches(self, entry: Entry, content: Content | None) -> bool:
        try:
            return hash_now(self.home, entry) == _hash(content)
        except Unreadable:
            return False

    def require(self, entry: Entry, content: Content | None) -> None:
        if hash_now(self.home, entry) != _hash(content):
            raise Unreadable("changed while flexmigrate was at work; nothing of this service was written")

    def stage(self, number: int, entry: Entry, content: Content | None) -> None:
        """Lay the new content down beside its target, complete, with owner and mode."""
        if content is None:
            return
        target = places.unlinked(self.home.base, entry.path)
        for parent in reversed(target.relative_to(self.home.base).parents[:-1]):
            directory = self.home.base / parent
            if fs.status(directory) is None:
                fs.make_directory(directory)
                fs.sync_directory(directory.parent)
        passing = self.passing(number, entry)
        fs.write_new(passing, self.source(content), 0o600)
        old = fs.status(target)
        mode = content.mode
        if old is not None and os.name != "nt":
            # Special bits are taken from the file that is there, never from a journal.
            mode |= old.st_mode & 0o7000
            new = fs.status(passing)
            if new is not None and (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
                with suppress(PermissionError):
                    fs.set_owner(passing, old.st_uid, old.st_gid)
        fs.set_mode(passing, mode)

    def exchange(self, number: int, entry: Entry, content: Content | None) -> None:
        target = places.unlinked(self.home.base, entry.path)
        if content is not None:
            fs.replace(self.passing(number, entry), target)
        elif fs.status(target) is not None:
            fs.remove(target)

    def settle_names(self) -> None:
        for directory in sorted({(self.home.base / entry.path).parent for entry in self.entries}):
            if fs.status(directory) is not None:
                fs.sync_directory(directory)

    def sweep(self) -> None:
        """Remove what was laid down and never took its place."""
        for number, entry in enumerate(self.entries):
            with suppress(Unreadable):
                places.unlinked(self.home.base, entry.path)
                self.clear(self.passing(number, entry))

    def clear(self, passing: Path) -> None:
        if fs.status(passing) is not None:
            fs.remove(passing)

    def passing(self, number: int, entry: Entry) -> Path:
        name = f".flexmigrate-{self.run.id}-{self.index}-{number}"
        return (self.home.base / entry.path).parent / name


def remove_directories(home: Home, names: Sequence[str]) -> None:
    """Remove those of the directories that are empty, children first; OSError when that fails for another reason."""
    failed: OSError | None = None
    for name in reversed(names):
        try:
            fs.remove_directory(places.unlinked(home.base, name))
        except Unreadable:
            continue
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR):
                failed = failed or error
    if failed is not None:
        raise failed


def _hash(content: Content | None) -> str | None:
    return None if content is None else content.sha256


def _reason(error: OSError | Unreadable) -> str:
    return f"cannot be written: {fs.why(error)}" if isinstance(error, OSError) else str(error)
