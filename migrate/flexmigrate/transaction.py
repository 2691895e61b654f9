"""Carries a recorded run out, service by service, each all or not at all; and puts right what a crash left."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from flexmigrate import fs, journal
from flexmigrate.exchange import Source, Stuck, Work, remove_directories
from flexmigrate.model import Skipped
from flexmigrate.runs import Run
from flexmigrate.state import Home


@dataclass(slots=True)
class Outcome:
    """What became of a run: the services that are written, those taken back, and what could not be done."""

    written: list[int] = field(default_factory=list)
    taken_back: list[int] = field(default_factory=list)
    failures: list[Skipped] = field(default_factory=list)


def missing_directories(home: Home, paths: Sequence[str]) -> tuple[str, ...]:
    """The directories that these files need and that do not exist yet, parents first."""
    needed = {parent.as_posix() for path in paths for parent in Path(path).parents if parent.as_posix() != "."}
    return tuple(sorted(name for name in needed if fs.status(home.base / name) is None))


def carry_out(home: Home, run: Run, source: Source) -> Outcome:
    """Write the services of a recorded run; one that fails is taken back and the others are still written.

    Stuck when a service can neither be written nor taken back.
    """
    outcome = Outcome()
    for index, group in enumerate(run.groups):
        failure = Work(home, run, index, source).forward()
        if failure is None:
            outcome.written.append(index)
            if index + 1 < len(run.groups):
                journal.mark_done(home, run, index)
        else:
            outcome.taken_back.append(index)
            outcome.failures.append(Skipped(failure.path or group.name, failure.reason))
    return outcome


def complete(home: Home, run: Run, source: Source) -> Outcome:
    """Carry a recorded run out and close it; what went wrong is in the outcome's failures."""
    try:
        outcome = carry_out(home, run, source)
    except Stuck as stuck:
        return Outcome(failures=[stuck.failure])
    except KeyboardInterrupt:
        # A person who stops it should not need another command for it; if this fails, the next command does it.
        with suppress(OSError):
            recover(home, run)
        raise
    if not outcome.written:
        journal.forget(home, run.id)
        return outcome
    try:
        remove_directories(home, run.emptied)
        journal.finish(home, run, outcome.written)
        journal.prune(home)
    except OSError as error:
        reason = f"written, but the {run.kind} could not be closed ({fs.why(error)}); the next flexmigrate does that"
        outcome.failures.append(Skipped(run.groups[0].name, reason))
    return outcome


def recover(home: Home, run: Run) -> Outcome:
    """Put an interrupted run right and close it: complete services stay, a half-written one goes back.

    OSError when that cannot be done now; then it can be tried again.
    """
    outcome = Outcome()
    noted = journal.done(home, run)
    for index in range(len(run.groups)):
        work = Work(home, run, index, lambda content: journal.contents(home, run.id, content))
        if work.is_written() or (index in noted and not work.is_unwritten()):
            outcome.written.append(index)
        elif not work.is_unwritten():
            outcome.taken_back.append(index)
            outcome.failures += work.back()
        work.sweep()
    remove_directories(home, run.directories)
    if outcome.written:
        remove_directories(home, run.emptied)
        journal.finish(home, run, outcome.written)
    else:
        journal.forget(home, run.id)
    return outcome
