"""Applies the plan of one repository: to its checkout, or as one commit on a branch that may be pushed.

Everything can be repeated: what is there already, from an earlier run or one that was killed, is recognised.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flexmigrate import dirty, disk, git, recovery
from flexmigrate.bulk import checkout, gitio, remotes, work
from flexmigrate.bulk.model import Job, Kind, Outcome, State, Task, Wanted
from flexmigrate.bulk.trees import CommitFiles
from flexmigrate.errors import UserError
from flexmigrate.model import Plan
from flexmigrate.reports import campaign_commit
from flexmigrate.reports import json as json_report
from flexmigrate.writing import write_all, writes_of

MOVED_ON = "moved on since it was planned"


def apply_batch(wanted: Wanted, job: Job, tasks: tuple[Task, ...], expendable: bool = True) -> tuple[Outcome, ...]:
    """The outcome of each task; whatever goes wrong with one is its own failure."""
    one = functools.partial(_branch if wanted.branch else _in_place, wanted)
    return tuple(work.one_by_one(job, task, one, expendable) for task in tasks)


def _in_place(wanted: Wanted, job: Job, task: Task) -> Outcome:
    """Write to the checkout, as `flexmigrate apply` does."""
    started = time.perf_counter()
    if task.kind is Kind.URL:
        raise UserError("a remote repository has no checkout to write to; give --branch")
    root = Path(task.location)
    recovery.put_right(root, lambda line: None)
    commit = git.head(root)
    if commit == task.commit and task.after and all(disk.sha256_of(root, path) == sha for path, sha in task.after):
        return _written(job, task, root, commit, started)
    plan = work.plan_of(disk.open_repository(root), job)
    problem = _differs(task, commit, plan)
    if problem is not None or plan is None:
        return _stale(task, problem, started)
    if plan.skipped:
        raise UserError(plan.skipped[0].reason)
    writes = writes_of(plan)
    changed = dirty.uncommitted(root, tuple(write.path for write in writes))
    if changed:
        raise UserError("git holds changes that are not committed", "commit or stash them first")
    failures = write_all(root, writes, plan.tool, strict=True)
    if failures:
        raise UserError(failures[0].reason)
    return _written(job, task, root, commit, started)


def _written(job: Job, task: Task, root: Path, commit: str | None, started: float) -> Outcome:
    # The campaign remembers the files as they are now, so that the next plan finds nothing changed.
    key = work.cache_key(job, checkout.fingerprint(root)[1])
    return Outcome(task.id, State.APPLIED, "", commit, key, task.digest, time.perf_counter() - started)


def _differs(task: Task, commit: str | None, plan: Plan | None) -> str | None:
    if commit != task.commit:
        return f"{MOVED_ON} (commit {(task.commit or 'none')[:12]}, now {(commit or 'none')[:12]})"
    if plan is None or work.changes_digest(plan) != task.digest:
        return f"{MOVED_ON} (planning gives other changes, perhaps for what is not committed)"
    return None


def _stale(task: Task, problem: str | None, started: float) -> Outcome:
    return Outcome(task.id, State.STALE, problem or MOVED_ON, seconds=time.perf_counter() - started)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where branches are made, and where they are pushed to (None: nowhere)."""

    git: Path
    files: CommitFiles
    remote: Callable[[], str]
    plan: Plan | None


def _branch(wanted: Wanted, job: Job, task: Task) -> Outcome:
    """One commit on a branch."""
    started = time.perf_counter()
    branch = str(wanted.branch)
    if gitio.ask(Path(job.cache).parent, "check-ref-format", "--branch", branch) is None:
        raise UserError(f"{branch} is no name for a branch")
    with _opened(job, task) as place:
        if isinstance(place, str):
            return _stale(task, place, started)
        problem = _differs(task, place.files.commit, place.plan)
        if problem is not None or place.plan is None:
            return _stale(task, problem, started)
        if not place.plan.changes:
            return Outcome(task.id, State.NOTHING_TO_DO, "", place.files.commit, task.key, task.digest)
        tree = place.files.tree_with(writes_of(place.plan))
        commit = _commit(place, branch, tree)
        state, reason = State.COMMITTED, ""
        if commit is None:
            state, reason = State.NEEDS_HUMAN, f"the branch {branch} exists and holds something else"
        elif wanted.push:
            state, reason, commit = _push(job, place, branch, commit, tree)
            if task.kind is Kind.URL and state is State.PUSHED:
                # What it was kept for is done.
                shutil.rmtree(place.git, ignore_errors=True)
        return Outcome(
            task.id, state, reason, place.files.commit, task.key, task.digest, time.perf_counter() - started,
            branch=branch, written=commit,
        )  # fmt: skip


@contextmanager
def _opened(job: Job, task: Task) -> Iterator[_Place | str]:
    """The repository at the commit that was planned; or the reason why that is not the last one any more."""
    Path(job.cache).mkdir(mode=0o700, parents=True, exist_ok=True)
    if task.kind is Kind.URL:
        tip = remotes.tip(job, task.location)
        if tip is None or tip.commit != task.commit:
            yield f"{MOVED_ON} (commit {(task.commit or 'none')[:12]}, now {tip.commit[:12] if tip else 'none'})"
            return
        with remotes.files_at(job, task.location, tip.commit) as files:
            plan = remotes.plan_files(job, files)
            yield _Place(files.place, files, lambda: task.location, plan)
        return
    root = Path(task.location)
    commit = git.head(root)
    if commit is None:
        raise UserError("no git repository with a commit, so there is nothing to branch from")
    if gitio.ask(root, "rev-parse", "--show-prefix"):
        raise UserError("a directory inside a larger repository; name the repository to get a branch")
    with CommitFiles(root, commit) as files:
        yield _Place(root, files, lambda: remote_of(root), work.plan_of(files.repository(), job))


def remote_of(root: Path) -> str:
    """The URL that a checkout is pushed to, as it is configured; UserError when there is none."""
    for name in ("remote.origin.pushurl", "remote.origin.url"):
        if url := gitio.ask(root, "config", "--get", name):
            return url if "://" in url or ":" in url.split("/")[0] else str((root / url).resolve())
    raise UserError("there is no remote called origin to push to")


def _commit(place: _Place, branch: str, tree: str) -> str | None:
    """The commit on the branch, made now or there already; None when the branch holds something else."""
    parent = place.files.commit
    existing = gitio.ask(place.git, "rev-parse", "-q", "--verify", f"refs/heads/{branch}^{{commit}}")
    if existing is not None:
        return existing if _same(place.git, existing, tree, parent) else None
    message = campaign_commit.message(json_report.as_data(place.plan)) if place.plan else ""
    made = gitio.run(place.git, "commit-tree", tree, "-p", parent, text=message.encode("utf-8", "replace"))
    commit = made.decode().strip()
    # With nothing as the old value git refuses when the branch has come into being meanwhile.
    gitio.run(place.git, "update-ref", "-m", "flexmigrate", f"refs/heads/{branch}", commit, "0" * len(commit))
    return commit


def _same(place: Path, commit: str, tree: str, parent: str) -> bool:
    return gitio.ask(place, "show", "-s", "--format=%T %P", "--no-show-signature", commit) == f"{tree} {parent}"


def _push(job: Job, place: _Place, branch: str, commit: str, tree: str) -> tuple[State, str, str]:
    """Push the branch, never by force; a branch that holds the very same change already counts as pushed."""
    url = place.remote()
    there = gitio.run(Path(job.cache), "ls-remote", "--", url, f"refs/heads/{branch}", credentials=job.credentials)
    found = there.decode("ascii", "replace").split("\t")[0]
    if found == commit:
        return State.PUSHED, "", commit
    with _scratch(place) as (scratch, more):
        if found:
            gitio.run(scratch, "fetch", "-q", "--no-tags", "--depth=1", "--filter=blob:none", url, found,
                      credentials=job.credentials, more=more)  # fmt: skip
            shown = gitio.ask(scratch, "show", "-s", "--format=%T", "--no-show-signature", found)
            if shown == tree:
                return State.PUSHED, "the same change was there already", found
            return State.NEEDS_HUMAN, f"the branch {branch} exists on the remote and holds something else", found
        gitio.run(scratch, "push", "-q", "--porcelain", "--", url, f"{commit}:refs/heads/{branch}",
                  credentials=job.credentials, more=more)  # fmt: skip
    return State.PUSHED, "", commit


@contextmanager
def _scratch(place: _Place) -> Iterator[tuple[Path, dict[str, str]]]:
    """A repository of our own that sees the objects of another, so that the other's configuration decides nothing."""
    shared = gitio.ask(place.git, "rev-parse", "--git-common-dir")
    common = (place.git / (shared or ".git")).resolve()
    with tempfile.TemporaryDirectory(prefix="flexmigrate-") as folder:
        scratch = Path(folder)
        gitio.run(scratch, "init", "-q", "--bare")
        if (common / "shallow").is_file():
            shutil.copyfile(common / "shallow", scratch / "shallow")
        yield scratch, {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(common / "objects")}
