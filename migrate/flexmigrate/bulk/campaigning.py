"""Plans a fleet: registers the repositories, lets the executor work, and keeps every outcome as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from flexmigrate.bulk.model import Job, Kind, Outcome, Source
from flexmigrate.bulk.redaction import bare_url
from flexmigrate.bulk.store import Store
from flexmigrate.bulk.streaming import BatchFunction, stream

Progress = Callable[[Outcome], None]


@dataclass(slots=True)
class Credentials:
    """Users and passwords met in URLs, one for each host; they live as long as the command that was given them."""

    found: dict[str, str]

    def watch(self, sources: Iterable[Source]) -> Iterator[Source]:
        """The same sources; on the way the passwords are put aside."""
        for source in sources:
            if source.kind is Kind.URL and "://" in source.location and source.location != bare_url(source.location):
                parts = urlsplit(source.location)
                host = parts.netloc.rpartition("@")[2]
                if parts.scheme in ("http", "https"):
                    self.found[f"{parts.scheme}://{host}/"] = f"{parts.scheme}://{parts.netloc}/"
            yield source

    def put_into(self, job: Job) -> Job:
        """The job for which these are to be used."""
        return replace(job, credentials=tuple(sorted(self.found.items())))


def carry_out(
    store: Store,
    run: int,
    job: Job,
    executor: Executor,
    work: BatchFunction,
    width: int,
    limit: int | None,
    progress: Progress,
    with_changes: bool = False,
) -> None:
    """Work on everything that is asked for in a run and not done; each outcome is kept before the next one."""
    for outcomes in stream(executor, work, job, store.tasks(run, limit, with_changes), width):
        store.record(run, outcomes)
        for outcome in outcomes:
            progress(outcome)
    if limit is None:
        store.finish(run)
