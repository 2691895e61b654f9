"""One repository's misfortune is its own, whoever works."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import date
from pathlib import Path

import pytest

from flexmigrate.bulk.executors import InProcess, Processes, WorkerDied
from flexmigrate.bulk.model import Job, Kind, Outcome, State, Task
from flexmigrate.bulk.streaming import stream
from flexmigrate.planning import Settings
from tests.bulk.saboteur import sabotaged_batch

JOB = Job(Settings(date(2026, 11, 22)), "{}", timeout=1.0, cache="")
ORDERS = {
    "exit": "its worker died: it exited with 7",
    "segfault": "its worker died: ended by SIGSEGV",
    "kill": "its worker died: ended by SIGKILL",
    "hang": "not done within 1 seconds",
    "raise": "ZeroDivisionError; this is a bug in flexmigrate or a rule",
    "recurse": "nested too deeply to be read",
}


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    executor = Processes(2)
    yield executor
    executor.shutdown()


def fleet(root: Path, orders: list[str]) -> list[Task]:
    tasks = []
    for number, order in enumerate(orders):
        place = root / str(number)
        place.mkdir()
        if order:
            (place / "SABOTAGE").write_text(order)
        tasks.append(Task(number, Kind.DIRECTORY, str(place), str(number)))
    return tasks


def run(executor: Executor, tasks: list[Task], job: Job = JOB) -> dict[int, Outcome]:
    outcomes = [one for batch in stream(executor, sabotaged_batch, job, iter(tasks), 2) for one in batch]
    assert sorted(outcome.id for outcome in outcomes) == [task.id for task in tasks]
    return {outcome.id: outcome for outcome in outcomes}


def test_only_the_sabotaged_repositories_fail(tmp_path: Path, processes: Processes) -> None:
    orders = [*[""] * 40, *ORDERS, *[""] * 40]
    outcomes = run(processes, fleet(tmp_path, orders))
    for number, order in enumerate(orders):
        assert outcomes[number].reason == ORDERS.get(order, "")
        assert (outcomes[number].state is State.FAILED) == bool(order)


def test_what_no_signal_reaches_ends_with_its_worker(tmp_path: Path, processes: Processes) -> None:
    outcomes = run(processes, fleet(tmp_path, ["", "hang in C", ""]))
    assert [outcomes[number].state for number in range(3)] == [State.CLEAN, State.FAILED, State.CLEAN]
    assert outcomes[1].reason == "not done within 1 seconds; its worker had to be ended"


def test_in_this_process(tmp_path: Path) -> None:
    outcomes = run(InProcess(), fleet(tmp_path, ["", "hang", "raise", ""]))
    assert [outcomes[number].reason for number in range(4)] == ["", ORDERS["hang"], ORDERS["raise"], ""]


def test_a_dead_worker_is_one_future_only(processes: Processes) -> None:
    import os

    died = processes.submit(os._exit, 3)
    lives = processes.submit(os.getpid)
    with pytest.raises(WorkerDied, match="it exited with 3"):
        died.result(20)
    assert lives.result(20) != os.getpid()


def test_an_error_of_the_function_comes_back(processes: Processes) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        processes.submit(int, "x").result(20)


def test_never_more_in_flight_than_promised(tmp_path: Path, processes: Processes) -> None:
    taken = 0
    given = fleet(tmp_path, [""] * 300)

    def tasks() -> Iterator[Task]:
        nonlocal taken
        for task in given:
            taken += 1
            yield task

    done = 0
    for batch in stream(processes, sabotaged_batch, JOB, tasks(), 2):
        assert taken - done <= 5 * 64
        done += len(batch)
    assert done == 300
