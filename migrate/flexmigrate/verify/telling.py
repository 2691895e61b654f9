"""All that is known of an attempt as one value, without the values of variables and the paths of this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flexmigrate.model import ServicePlan
from flexmigrate.proving.decisive import without_machine_paths
from flexmigrate.proving.environments import Environment
from flexmigrate.proving.interpreters import Interpreter
from flexmigrate.proving.redaction import Redaction
from flexmigrate.proving.verdicts import Cause, Kind, Outcome, Stage, StageName, Verification
from flexmigrate.verify import predicted
from flexmigrate.verify.judging import Trouble
from flexmigrate.verify.starting import Start

_SERVERS = ("gunicorn", "uvicorn")


@dataclass(frozen=True, slots=True)
class Known:
    """What an attempt found; `given` are the variables of the command line."""

    planned: ServicePlan
    stages: tuple[Stage, ...]
    remarks: tuple[str, ...]
    trouble: Trouble | None
    interpreter: Interpreter | None
    environment: Environment | None
    start: Start | None
    given: Mapping[str, str]
    as_is: bool
    folder: Path
    keep: bool


def told_of(known: Known) -> Verification:
    """The verification to report: every stage, the cause, who predicted it, or the line to send in."""
    start, trouble, planned = known.start, known.trouble, known.planned
    hidden = Redaction({**(start.variables if start else {}), **known.given})
    reached = {stage.name for stage in known.stages}
    missed = [Stage(name, Outcome.NOT_REACHED) for name in StageName if name not in reached]
    cause = _cause(known, trouble, hidden) if trouble is not None else None
    prediction, report = None, ""
    if trouble is not None and trouble.kind is Kind.SERVICE and trouble.failure is not None:
        prediction = predicted.predict(planned.findings, trouble.failure, known.as_is)
        report = "" if prediction or cause is None else _report(known, trouble.failure, cause)
    return Verification(
        config=planned.config,
        name=planned.name,
        platform=planned.target.platform,
        python=planned.target.python or "",
        interpreter=known.interpreter.version if known.interpreter else "",
        command=hidden(start.text) if start else "",
        origin=start.origin if start else "",
        as_is=known.as_is,
        stages=tuple(replace(one, detail=hidden(one.detail)) for one in (*known.stages, *missed)),
        cause=cause,
        prediction=prediction,
        report=report,
        remarks=tuple(hidden(without_machine_paths(remark)) for remark in known.remarks),
        folder=str(known.folder) if known.keep else "",
    )


def _cause(known: Known, trouble: Trouble, hidden: Redaction) -> Cause:
    bad = (Outcome.FAILED, Outcome.HINDERED)
    stage = next((one.name for one in known.stages if one.outcome in bad), StageName.COPY)
    # A path below the copy is one of the repository, and helps; any other tells of this machine only.
    line = without_machine_paths(trouble.line.replace(f"{known.folder / 'app'}/", ""))
    return Cause(stage, trouble.kind, hidden(line), hidden(trouble.meaning))


def _report(known: Known, failure: predicted.Failure, cause: Cause) -> str:
    """What makes a failure a fact that a rule can learn from: versions and the line, nothing else of the service."""
    installed = known.environment.installed() if known.environment is not None else {}
    words = (*predicted.named(failure.line), *predicted.broke_in(failure.log))
    relevant = [name for name in (*_normal(words), *_SERVERS) if name in installed]
    pins = ", ".join(f"{name}=={installed[name]}" for name in dict.fromkeys(relevant))
    version = known.interpreter.version if known.interpreter else known.planned.target.python
    parts = [str(known.planned.target.platform), f"Python {version}", *([pins] if pins else []), str(cause.stage)]
    return f"{', '.join(parts)}: {cause.line}"


def _normal(words: Sequence[str]) -> list[str]:
    return [word.lower().replace("_", "-").replace(".", "-") for word in words]
