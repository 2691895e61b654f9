"""What a worker does: plans a batch of repositories and turns each plan into rows. Imports the engine once."""

from __future__ import annotations

import functools
import hashlib
import json
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from flexmigrate import __version__, recovery
from flexmigrate.bulk import checkout, guard
from flexmigrate.bulk.model import Job, Kind, Outcome, Row, Rows, State, Task
from flexmigrate.bulk.redaction import redact
from flexmigrate.errors import UserError
from flexmigrate.model import Plan, ServicePlan, Severity, Status, ToolVersions
from flexmigrate.planning import make_plan
from flexmigrate.project import Repository
from flexmigrate.reports import json as json_report
from flexmigrate.rule import Pack, installed_packs


@functools.cache
def packs() -> tuple[Pack, ...]:
    """The installed rule packs, loaded once in each process."""
    return installed_packs()


def made_by() -> str:
    """Everything about this installation that decides a plan."""
    versions = {"tool": __version__, "rules": {pack.name: pack.version for pack in packs()}}
    versions["facts_as_of"] = max((pack.facts_as_of for pack in packs()), default="")
    return json.dumps(versions, sort_keys=True)


def plan_batch(job: Job, tasks: tuple[Task, ...], expendable: bool = True) -> tuple[Outcome, ...]:
    """The outcome of each task; whatever goes wrong with one is its own failure."""
    return tuple(one_by_one(job, task, _plan_one, expendable) for task in tasks)


def one_by_one(job: Job, task: Task, work: Callable[[Job, Task], Outcome], expendable: bool) -> Outcome:
    """Work on one repository within the time limit; every error becomes its outcome."""
    started = time.perf_counter()
    try:
        with guard.limited(job.timeout, expendable):
            return work(job, task)
    except guard.TimedOut:
        reason = f"not done within {job.timeout:g} seconds"
    except UserError as error:
        reason = error.message
    except OSError as error:
        reason = f"{error.strerror or type(error).__name__}"
    except RecursionError:
        reason = "nested too deeply to be read"
    except MemoryError:
        reason = "not enough memory"
    except Exception as error:
        # Only the kind of the error: its text may quote the repository.
        reason = f"{type(error).__name__}; this is a bug in flexmigrate or a rule"
    return Outcome(task.id, State.FAILED, clean(redact(reason)), seconds=time.perf_counter() - started)


def _plan_one(job: Job, task: Task) -> Outcome:
    started = time.perf_counter()
    if task.kind is Kind.URL:
        from flexmigrate.bulk.remotes import plan_remote

        return plan_remote(job, task, started)
    root = Path(task.location)
    if not root.is_dir():
        raise UserError("there is no such directory")
    commit, content, files = checkout.fingerprint(root)
    key = cache_key(job, content)
    if key == task.key:
        return Outcome(task.id, State.NEW, unchanged=True)
    if not (root / ".git").is_dir() or (root / ".git" / "flexmigrate").exists():
        # Only there an ordinary checkout has journals; asking costs more than planning most repositories.
        recovery.put_right(root, lambda line: None)
    seen = checkout.look(root, commit, content, files)
    return outcome_of(task, commit, key, plan_of(seen.repository, job), started)


def cache_key(job: Job, content: str) -> str:
    """What a plan depends on, as one word."""
    return hashlib.sha256(f"{content}\0{job.options_key()}".encode()).hexdigest()


def plan_of(repository: Repository | None, job: Job) -> Plan | None:
    """The plan as `flexmigrate plan` makes it; None where there is nothing of App Engine."""
    return None if repository is None else make_plan(repository, packs(), job.settings)


def outcome_of(task: Task, commit: str | None, key: str, plan: Plan | None, started: float) -> Outcome:
    """A plan as a state and rows."""
    if plan is None:
        rows, state, reason = Rows(), State.CLEAN, ""
    else:
        rows = rows_of(plan)
        state, reason = judge(plan)
    seconds = time.perf_counter() - started
    digest = None if plan is None else changes_digest(plan)
    return Outcome(task.id, state, clean(reason), commit, key, digest, seconds, rows)


def judge(plan: Plan) -> tuple[State, str]:
    """The state that a plan puts its repository in, with the reason where there is one."""
    if plan.skipped:
        first = plan.skipped[0]
        # Where it is stands in the table of skipped files; the reason alone groups failures of many repositories.
        return State.FAILED, first.reason
    if not plan.services:
        return State.CLEAN, ""
    errors = [
        finding
        for service in plan.services
        for finding in service.findings
        if finding.severity is Severity.ERROR and finding.status is Status.OPEN
    ]
    if errors:
        return State.NEEDS_HUMAN, ", ".join(sorted({finding.rule for finding in errors}))
    return (State.PLANNED if plan.changes else State.NOTHING_TO_DO), ""


def changes_digest(plan: Plan) -> str:
    """What the files will hold, whatever line ends the checkout has."""
    digest = hashlib.sha256()
    for change in sorted(plan.changes, key=lambda change: change.path):
        text = change.after.replace("\r\n", "\n")
        digest.update(f"{change.path}\0{change.executable}\0{text}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def rows_of(plan: Plan) -> Rows:
    """A plan as rows of the campaign's tables."""
    packed = zlib.compress(json_report.dumps(json_report.as_data(plan)).encode(), 6) if plan.services else None
    return Rows(
        services=tuple(_row(*_service(service)) for service in plan.services),
        findings=tuple(
            _row(service.config, found.rule, str(found.severity), str(found.fix), str(found.status), found.message,
                 found.hint, found.path, found.line, found.column, found.source)
            for service in plan.services for found in service.findings
        ),
        changes=tuple(
            _row(service.config, change.path, change.action, change.before_sha256, change.after_sha256)
            for service in plan.services for change in service.changes
        ),
        skipped=tuple(_row(skipped.path, skipped.line, skipped.reason) for skipped in plan.skipped),
        bystanders=tuple(_row(one.path, one.kind, one.reason) for one in plan.bystanders),
        plan=packed,
    )  # fmt: skip


def _service(service: ServicePlan) -> Row:
    current, target = service.current, service.target
    still = [finding.severity for finding in service.findings if finding.status is Status.OPEN]
    return (
        *(service.config, service.name, current.runtime, current.python_version, current.interpreter),
        *(str(target.platform), target.python, target.operating_system, target.chosen),
        *(len(service.changes), still.count(Severity.ERROR), still.count(Severity.WARNING)),
    )


def _row(*values: str | int | float | None) -> Row:
    return tuple(clean(value) if isinstance(value, str) else value for value in values)


def clean(text: str) -> str:
    """Text that a database takes: what is no character is spelled out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def tool_versions() -> ToolVersions:
    """What makes the plans here."""
    facts = max((pack.facts_as_of for pack in packs()), default="")
    return ToolVersions(__version__, {pack.name: pack.version for pack in packs()}, facts)
