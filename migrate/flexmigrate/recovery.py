"""Finds what an interrupted flexmigrate left in a repository, and puts it right before anything else happens there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flexmigrate import fs, journal, locking, state, transaction
from flexmigrate.errors import UserError
from flexmigrate.reports.plain import plain
from flexmigrate.runs import Run
from flexmigrate.state import Home
from flexmigrate.transaction import Outcome

Tell = Callable[[str], None]


def put_right(root: Path, tell: Tell, asked: bool = False) -> list[Outcome]:
    """Finish or roll back every interrupted run that concerns `root`, and tell which; without one nothing is touched.

    UserError when another flexmigrate is still at it, or when it cannot be done. `asked` is for `undo`, where a person
    wants old bytes back: then also a journal is carried out that came here with a moved or copied repository.
    """
    if not root.is_dir():
        return []
    outcomes: list[Outcome] = []
    try:
        for home in state.homes_of(root):
            if journal.interrupted(home):
                with locking.hold(home):
                    outcomes += put_right_held(home, tell, asked)
    except OSError as error:
        raise UserError(f"the journal of {root} cannot be read: {fs.why(error)}", "make it readable") from error
    return outcomes


def put_right_held(home: Home, tell: Tell, asked: bool = False) -> list[Outcome]:
    """The same for one home whose lock is held."""
    outcomes: list[Outcome] = []
    for run_id in journal.interrupted(home):
        run = journal.load(home, run_id)
        if run.base != str(home.base) and not asked:
            raise UserError(
                f"an {run.kind} was interrupted on {run.started} when this repository was {plain(run.base)}",
                "look at what git says has changed; flexmigrate undo brings the old bytes back here",
            )
        try:
            outcome = transaction.recover(home, run)
        except OSError as error:
            raise UserError(
                f"the {run.kind} that was interrupted on {run.started} could not be put right: {fs.why(error)}",
                "make room or make the files writable, then run flexmigrate again; nothing is lost",
            ) from error
        tell(_story(run, outcome))
        for failure in outcome.failures:
            tell(f"{failure.path}: {failure.reason}")
        outcomes.append(outcome)
    return outcomes


def _story(run: Run, outcome: Outcome) -> str:
    """What happened to an interrupted run, in one line."""
    begun = f"an {run.kind} that was interrupted ({run.started})"
    total = len(run.groups)
    if len(outcome.written) == total:
        return f"{begun} was finished: everything had been written"
    rest = total - len(outcome.written) - len(outcome.taken_back)
    parts = [f"{', '.join(run.groups[index].name for index in outcome.taken_back)} rolled back"] * bool(
        outcome.taken_back
    )
    parts += [f"{len(outcome.written)} of {total} services written and kept"] * bool(outcome.written)
    parts += [f"{rest} not begun"] * bool(rest)
    return f"{begun} was rolled back: {', '.join(parts)}"
