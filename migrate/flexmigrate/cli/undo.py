"""`flexmigrate undo`: takes the newest apply back, or the newest undo."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from flexmigrate import fs, locking, recovery, state, undoing
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.reports.plain import plain, plain_lines
from flexmigrate.runs import Entry
from flexmigrate.undoing import Edited, Undoable


def undo(
    path: Annotated[
        Path | None, typer.Argument(metavar="[PATH]", help="The repository or a directory of it.  [default: .]")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also take files back that were edited since; undo brings the edits back.")
    ] = False,
) -> None:
    """Bring back what the last apply (or undo) changed: bytes, modes and absence. Undo again to redo."""
    root = path or Path()
    if not root.exists():
        raise UserError(f"{root} does not exist", "give a directory that exists", ExitCode.USAGE)
    if not root.is_dir():
        root = root.parent
    outcomes = recovery.put_right(root, _tell, asked=True)
    if outcomes and not any(outcome.written for outcome in outcomes):
        # What was to be taken back has just been taken back; the run before it is another matter.
        raise typer.Exit(ExitCode.INCOMPLETE if any(outcome.failures for outcome in outcomes) else ExitCode.OK)
    raise typer.Exit(_undo(root.resolve(), force))


def _undo(real_root: Path, force: bool) -> ExitCode:
    try:
        homes = state.homes_of(real_root)
        found = undoing.newest(homes, real_root)
        if found is None:
            _tell("nothing was written here that could be taken back")
            return ExitCode.NOTHING_FOUND
        with locking.hold(found.home):
            # Somebody else may have been at work until the lock was ours.
            if undoing.newest(homes, real_root) != found:
                raise UserError("another flexmigrate wrote here at this moment", "look, then try again")
            edited = undoing.edited_since(found)
            if edited and not force:
                return _refuse(found, edited)
            outcome, entries = undoing.undo(found)
    except OSError as error:
        raise UserError(f"the journal of {real_root} cannot be read: {fs.why(error)}", "make it readable") from error
    for failure in outcome.failures:
        _tell(f"{failure.path}: {failure.reason}")
    if not outcome.written:
        _tell("nothing was taken back")
        return ExitCode.INCOMPLETE
    _show(found, entries)
    return ExitCode.INCOMPLETE if outcome.failures else ExitCode.OK


def _refuse(found: Undoable, edited: Sequence[Edited]) -> ExitCode:
    for one in edited:
        sys.stdout.write(plain_lines(one.diff))
        _tell(f"{one.path}: {one.reason}")
    _tell(f"nothing was taken back, so that no edit is lost; --force takes all of the {found.run.kind} back")
    return ExitCode.INCOMPLETE


def _show(found: Undoable, entries: Sequence[Entry]) -> None:
    for entry in entries:
        print(f"{'removed ' if entry.after is None else 'restored'}  {plain(entry.path)}")
    count = f"{len(entries)} file{'' if len(entries) == 1 else 's'}"
    print(f"{found.run.kind} of {found.run.started} taken back: {count} (flexmigrate undo once more brings it back)")


def _tell(line: str) -> None:
    print(f"flexmigrate: {plain(line)}", file=sys.stderr)
