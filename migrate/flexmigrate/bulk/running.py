"""The commands of `flexmigrate bulk` that work on repositories, as functions."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from flexmigrate.bulk import executors, work
from flexmigrate.bulk.campaigning import Credentials, carry_out
from flexmigrate.bulk.model import Job
from flexmigrate.bulk.progress import BulkProgress
from flexmigrate.bulk.sources import read_sources
from flexmigrate.bulk.store import CACHE, Store
from flexmigrate.bulk.streaming import BatchFunction
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.planning import Settings, chosen_rules, runtimes_for
from flexmigrate.saved import settings_as_data, settings_from_data


@dataclass(frozen=True, slots=True)
class Means:
    """With what to work: processes, or a Dask scheduler; how many repositories at most, and how long for each."""

    jobs: int | None = None
    dask: str | None = None
    limit: int | None = None
    timeout: float = 300.0


def plan(directory: Path, given: Sequence[str], settings: Settings, day_given: bool, means: Means) -> Store:
    """Plan what the sources name, or everything known without any; the campaign stays open."""
    work_possible(settings)
    store = Store(directory, create=True)
    try:
        last = last_settings(store)
        if last is not None and not day_given:
            before, finished = last
            # A run that was interrupted goes on as on its day: the other half must not be decided differently.
            settings = settings if finished else replace(settings, today=before.today)
        job = make_job(directory, settings, means)
        run = store.begin("plan", options_text(job))
        passwords = Credentials({})
        if given:
            count = store.register(passwords.watch(read_sources(given)), run)
        else:
            count = store.ask_again(run, "1")
        if not count:
            raise UserError("there is no repository to look at", "name directories, lists or URLs", ExitCode.USAGE)
        go_through(store, run, passwords.put_into(job), means, work.plan_batch)
    except BaseException:
        store.__exit__()
        raise
    return store


def retry(directory: Path, stale: bool, means: Means) -> Store:
    """Plan again what failed, or what moved on since it was planned; with the settings of the last plan."""
    store = Store(directory)
    try:
        last = last_settings(store)
        if last is None:
            raise UserError("nothing was planned here yet", "flexmigrate bulk plan", ExitCode.USAGE)
        job = make_job(directory, last[0], means)
        run = store.begin("retry", options_text(job))
        if stale:
            store.forget_keys("state = 'stale'")
            store.ask_again(run, "state NOT IN ('failed', 'new')")
        else:
            store.forget_keys("state = 'failed'")
            store.ask_again(run, "state = 'failed'")
        go_through(store, run, job, means, work.plan_batch)
    except BaseException:
        store.__exit__()
        raise
    return store


def work_possible(settings: Settings) -> None:
    """UserError before anything is begun when what was asked for does not exist."""
    chosen_rules(work.packs(), settings)
    runtimes_for(work.packs(), settings)


def make_job(directory: Path, settings: Settings, means: Means) -> Job:
    """What all repositories of a run have in common."""
    return Job(settings, work.made_by(), means.timeout, str((directory / CACHE).resolve()))


def options_text(job: Job) -> str:
    """The options of a run as the campaign keeps them."""
    return json.dumps({"settings": settings_as_data(job.settings), "made_by": job.made_by}, sort_keys=True)


def last_settings(store: Store) -> tuple[Settings, bool] | None:
    """The settings of the last plan, and whether that came to its end."""
    found = store.last_options("plan")
    if found is None:
        return None
    return settings_from_data(json.loads(found[0])["settings"]), found[1]


def go_through(
    store: Store, run: int, job: Job, means: Means, function: BatchFunction, with_changes: bool = False
) -> None:
    """Let the executor work on all that is asked for in a run."""
    total = store.connection.execute(
        "SELECT count(*) FROM repositories WHERE asked_run = ? AND done_run IS NOT ?", (run, run)
    ).fetchone()[0]
    progress = BulkProgress(sys.stderr, total if means.limit is None else min(total, means.limit))
    executor: Executor = executors.make_executor(means.jobs, means.dask)
    width = getattr(executor, "width", 1)
    try:
        carry_out(store, run, job, executor, function, width, means.limit, progress.step, with_changes)
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    finally:
        progress.close()
    executor.shutdown()
