"""Repositories whose planning goes wrong in ways that no rule is allowed to: their worker dies, or never answers."""

from __future__ import annotations

import ctypes
import itertools
import os
import time
from dataclasses import replace
from pathlib import Path

from flexmigrate.bulk import work
from flexmigrate.bulk.model import Job, Outcome, State, Task


def sabotaged_batch(job: Job, tasks: tuple[Task, ...], expendable: bool = True) -> tuple[Outcome, ...]:
    """`plan_batch` with a saboteur at the side: what he does stands in the file SABOTAGE of a repository."""
    return tuple(work.one_by_one(job, task, _one, expendable) for task in tasks)


def _one(job: Job, task: Task) -> Outcome:
    order = Path(task.location, "SABOTAGE")
    match order.read_text().strip() if order.exists() else "":
        case "exit":
            os._exit(7)
        case "segfault":
            ctypes.string_at(0)
        case "kill":
            os.kill(os.getpid(), 9)
        case "hang":
            while True:
                time.sleep(1)
        case "hang in C":
            # Neither signals nor other threads get a turn: only the C level can end this.
            sum(itertools.repeat(0))
        case "raise":
            raise ZeroDivisionError("SECRET")
        case "recurse":
            _one(replace(job), task)
    return Outcome(task.id, State.CLEAN, key="k")
