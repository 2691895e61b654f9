"""Remote repositories at the price of what a plan reads: the last commit's trees, and only the blobs asked for.

A clone has no history, no checkout and no blob; planning tells which blobs it would have liked, these are fetched in
one go, and planning is repeated until nothing is missing. That gives exactly the plan of a full checkout.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flexmigrate.bulk import gitio, work
from flexmigrate.bulk.model import Job, Outcome, State, Task
from flexmigrate.bulk.trees import CommitFiles
from flexmigrate.errors import UserError
from flexmigrate.model import Plan
from flexmigrate.project import discover_services

HEAD = "refs/flexmigrate/head"
_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Tip:
    """Where a remote's default branch is."""

    commit: str
    branch: str


def tip(job: Job, url: str) -> Tip | None:
    """The commit of the default branch and its name; None for an empty repository. One question to the remote."""
    Path(job.cache).mkdir(mode=0o700, parents=True, exist_ok=True)
    answer = gitio.run(Path(job.cache), "ls-remote", "--symref", "--", url, "HEAD", credentials=job.credentials)
    text = answer.decode("utf-8", "replace")
    commit = re.search(r"(?m)^([0-9a-f]{40,64})\tHEAD$", text)
    branch = re.search(r"(?m)^ref: refs/heads/(\S+)\tHEAD$", text)
    return Tip(commit[1], branch[1] if branch else "") if commit else None


def plan_remote(job: Job, task: Task, started: float) -> Outcome:
    """The outcome of planning a remote repository. Its clone is kept only while there is something to apply."""
    found = tip(job, task.location)
    key = work.cache_key(job, found.commit if found else "empty")
    if key == task.key:
        return Outcome(task.id, State.NEW, unchanged=True)
    if found is None:
        return work.outcome_of(task, None, key, None, started)
    place = clone_place(job, task.location)
    kept = False
    try:
        with files_at(job, task.location, found.commit) as files:
            outcome = work.outcome_of(task, found.commit, key, plan_files(job, files), started)
        kept = outcome.state in (State.PLANNED, State.NEEDS_HUMAN)
        return outcome
    finally:
        if not kept:
            shutil.rmtree(place, ignore_errors=True)


def clone_place(job: Job, url: str) -> Path:
    """Where the clone of a URL is kept."""
    return Path(job.cache) / f"{hashlib.sha256(url.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.git"


@contextmanager
def files_at(job: Job, url: str, commit: str) -> Iterator[CommitFiles]:
    """The files of a remote's commit, cloned if need be."""
    place = clone_place(job, url)
    ready = place / "flexmigrate-ready"
    if not ready.is_file() or ready.read_text() != commit:
        # What a killed process left may hold locks and halves.
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700, parents=True)
        gitio.run(place, "init", "-q", "--bare")
        for name, value in (("url", url), ("promisor", "true"), ("partialclonefilter", "blob:none")):
            gitio.run(place, "config", f"remote.origin.{name}", value)
        gitio.run(
            place, "fetch", "-q", "--no-tags", "--depth=1", "--filter=blob:none", "origin", f"+HEAD:{HEAD}",
            credentials=job.credentials,
        )  # fmt: skip
        if gitio.ask(place, "rev-parse", HEAD) != commit:
            raise UserError("the remote moved on while it was fetched")
        ready.write_text(commit)
    with CommitFiles(place, commit, set()) as files:
        yield files


def plan_files(job: Job, files: CommitFiles) -> Plan | None:
    """The plan for a commit; None where there is nothing of App Engine."""
    _fetch(job, files, files.candidates())
    found = discover_services(files.repository())
    if not (found.services or found.bystanders or found.skipped or files.missing):
        return None
    for _ in range(_ROUNDS):
        plan = work.plan_of(files.repository(), job)
        if not files.missing:
            return plan
        _fetch(job, files, files.missing)
    raise UserError("planning asks for more and more files", "plan it in a checkout")


def _fetch(job: Job, files: CommitFiles, oids: set[str]) -> None:
    if files.have is None or oids <= files.have:
        return
    wanted = sorted(oids - files.have)
    gitio.run(
        files.place, "-c", "fetch.negotiationAlgorithm=noop", "fetch", "-q", "origin", "--no-tags",
        "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none", "--stdin",
        text="".join(f"{oid}\n" for oid in wanted).encode(), credentials=job.credentials,
    )  # fmt: skip
    files.have |= set(wanted)
