"""Feeds tasks to an executor and hands the outcomes on as they come, with a bounded number in flight.

Repositories go in batches, which grow until one takes about half a second. When a batch is lost with its worker, its
repositories are tried again one by one, and the one that takes its worker along alone is the failure.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from itertools import islice

from flexmigrate.bulk.executors import InProcess
from flexmigrate.bulk.model import Job, Outcome, State, Task

BatchFunction = Callable[[Job, tuple[Task, ...], bool], tuple[Outcome, ...]]

_BATCH_SECONDS = 0.5
_LARGEST_BATCH = 64


class _Pace:
    """How many repositories make a batch."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.count = 0

    def note(self, count: int, seconds: float) -> None:
        # The recent past counts most.
        self.seconds = self.seconds / 2 + seconds
        self.count = self.count // 2 + count

    def size(self) -> int:
        if not self.count:
            return 1
        return max(1, min(_LARGEST_BATCH, int(_BATCH_SECONDS * self.count / max(self.seconds, 1e-6))))


def stream(
    executor: Executor, work: BatchFunction, job: Job, tasks: Iterator[Task], width: int
) -> Iterator[tuple[Outcome, ...]]:
    """The outcomes of all tasks, in the order in which they get done; at most `2 * width` batches are in flight."""
    pace = _Pace()
    again: deque[Task] = deque()
    flying: dict[Future[tuple[Outcome, ...]], tuple[tuple[Task, ...], float]] = {}
    expendable = not isinstance(executor, InProcess)
    try:
        while True:
            while len(flying) < (2 * width if expendable else 1):
                batch = (again.popleft(),) if again else tuple(islice(tasks, pace.size()))
                if not batch:
                    break
                flying[executor.submit(work, job, batch, expendable)] = (batch, time.monotonic())
            if not flying:
                return
            done, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in done:
                batch, started = flying.pop(future)
                try:
                    outcomes = future.result()
                except (Exception, CancelledError) as error:
                    if len(batch) > 1:
                        again.extend(batch)
                        continue
                    outcomes = (_lost(batch[0], error, job, time.monotonic() - started),)
                pace.note(len(batch), sum(outcome.seconds for outcome in outcomes) + 0.0005 * len(batch))
                yield outcomes
    finally:
        for future in flying:
            future.cancel()


def _lost(task: Task, error: BaseException, job: Job, seconds: float) -> Outcome:
    """The failure of a repository that took its worker along."""
    if job.timeout and seconds >= job.timeout and "exited with 1" in str(error):
        reason = f"not done within {job.timeout:g} seconds; its worker had to be ended"
    else:
        reason = f"its worker died: {error}" if str(error) else f"its worker died ({type(error).__name__})"
    return Outcome(task.id, State.FAILED, reason, seconds=seconds)
