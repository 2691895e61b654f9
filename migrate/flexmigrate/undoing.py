"""Takes the newest apply or undo back: bytes, modes and absence, exactly."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flexmigrate import exchange, fs, journal, places, transaction
from flexmigrate.documents.decoding import Undecodable, decode
from flexmigrate.documents.edits import unified_diff
from flexmigrate.errors import UserError
from flexmigrate.project import Unreadable
from flexmigrate.runs import Blobs, Content, Entry, Group, Run
from flexmigrate.state import Home
from flexmigrate.transaction import Outcome


@dataclass(frozen=True, slots=True)
class Undoable:
    """A closed run that wrote something, and the files it wrote."""

    home: Home
    run: Run
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """A file that somebody changed after flexmigrate wrote it, with what was changed as a diff."""

    path: str
    reason: str
    diff: str = ""


def newest(homes: Sequence[Home], real_root: Path) -> Undoable | None:
    """The newest run that wrote files at or below `real_root`; None when there is none.

    UserError when that run also wrote elsewhere: it goes back as a whole or not at all.
    """
    for home in homes:
        for run_id in reversed(journal.run_ids(home)):
            chosen = journal.written(home, run_id)
            if not chosen:
                continue
            run = journal.load(home, run_id)
            entries = tuple(run.entries(chosen))
            inside = [entry for entry in entries if (home.base / entry.path).is_relative_to(real_root)]
            if inside and len(inside) < len(entries):
                raise UserError(
                    f"the newest {run.kind} here ({run.started}) wrote {len(inside)} files below {real_root} and "
                    f"{len(entries) - len(inside)} outside",
                    f"take it back as a whole: flexmigrate undo {home.base}",
                )
            if inside:
                return Undoable(home, run, entries)
    return None


def edited_since(found: Undoable) -> list[Edited]:
    """The files that are neither as the run left them nor as they were before it."""
    return [edited for entry in found.entries if (edited := _edited(found, entry)) is not None]


def undo(found: Undoable) -> tuple[Outcome, list[Entry]]:
    """Take the run back, all files or none, and record that as a run of its own, so that it can be taken back too.

    What the files hold now is kept in the journal. UserError when the journal cannot be written.
    """
    home, run = found.home, found.run
    blobs = Blobs()
    try:
        entries = [changed for entry in found.entries if (changed := _reversed(found, entry, blobs)) is not None]
        back = replace(
            journal.new_run(home, "undo"),
            groups=(Group("undo", tuple(entries)),),
            directories=transaction.missing_directories(
                home, [entry.path for entry in entries if entry.after is not None]
            ),
            emptied=run.directories,
            tool=run.tool,
            undoes=run.id,
        )
        journal.record(home, back, blobs)
    except Unreadable as error:
        raise UserError(f"nothing was taken back: {error}", "put the files back where they were") from error
    except OSError as error:
        raise UserError(f"nothing was taken back: {fs.why(error)}", "make room or make the files readable") from error
    return transaction.complete(home, back, blobs.get), entries


def _reversed(found: Undoable, entry: Entry, blobs: Blobs) -> Entry | None:
    """The way back for one file, None when it is as it was already."""
    target = places.unlinked(found.home.base, entry.path)
    status = fs.status(target)
    before: Content | None = None
    if status is not None:
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{entry.path} is no longer a regular file")
        before = blobs.add(fs.read(target, journal.LARGEST_FILE), stat.S_IMODE(status.st_mode) & 0o777)
    if entry.before is None:
        return None if before is None else Entry(entry.path, before, None)
    data = journal.contents(found.home, found.run.id, entry.before)
    after = blobs.add(data, entry.before.mode)
    if before is not None and (before.sha256, before.mode) == (after.sha256, after.mode):
        return None
    return Entry(entry.path, before, after)


def _edited(found: Undoable, entry: Entry) -> Edited | None:
    try:
        now = exchange.hash_now(found.home, entry)
    except Unreadable as error:
        return Edited(entry.path, str(error))
    except OSError as error:
        return Edited(entry.path, f"cannot be read: {fs.why(error)}")
    if now in {content.sha256 if content else None for content in (entry.before, entry.after)}:
        return None
    if now is None:
        return Edited(entry.path, "is gone")
    return Edited(entry.path, "was edited since" if entry.after else "is there again", _diff(found, entry))


def _diff(found: Undoable, entry: Entry) -> str:
    """From what the run left to what is there now; empty where one of them is no text."""
    try:
        left = journal.contents(found.home, found.run.id, entry.after) if entry.after else b""
        now = fs.read(found.home.base / entry.path, journal.LARGEST_FILE)
        before = decode(entry.path, left)[0] if entry.after else None
        return unified_diff(entry.path, before, decode(entry.path, now)[0])
    except (OSError, Undecodable):
        return ""
