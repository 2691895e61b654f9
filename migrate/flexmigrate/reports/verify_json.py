"""Verifications as JSON (schema `flexmigrate.verify/1`, described in docs/verify.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flexmigrate.model import Plan
from flexmigrate.proving.verdicts import Verdict, Verification
from flexmigrate.reports.json import dumps

SCHEMA = "flexmigrate.verify/1"


def render(plan: Plan, done: Sequence[Verification]) -> str:
    """All verifications of a plan's services as indented JSON with a final newline."""
    return dumps(
        {
            "schema": SCHEMA,
            "tool": {
                "version": plan.tool.version,
                "rules": dict(plan.tool.rules),
                "facts_as_of": plan.tool.facts_as_of,
            },
            "root": plan.root,
            "services": [as_data(one) for one in done],
            "skipped": [{"path": one.path, "reason": one.reason, "line": one.line} for one in plan.skipped],
            "summary": {
                "services": len(done),
                **{verdict.value: sum(one.verdict is verdict for one in done) for verdict in Verdict},
            },
        }
    )


def as_data(one: Verification) -> dict[str, Any]:
    """One verification as plain dictionaries and lists."""
    cause, prediction = one.cause, one.prediction
    return {
        "config": one.config,
        "name": one.name,
        "platform": one.platform.value,
        "python": one.python,
        "interpreter": one.interpreter or None,
        "command": {"text": one.command, "origin": one.origin} if one.command else None,
        "as_is": one.as_is,
        "verdict": one.verdict.value,
        "stages": [
            {
                "name": stage.name.value,
                "outcome": stage.outcome.value,
                "seconds": round(stage.seconds, 3),
                "detail": stage.detail,
            }
            for stage in one.stages
        ],
        "cause": {
            "stage": cause.stage.value,
            "kind": cause.kind.value,
            "line": cause.line,
            "meaning": cause.meaning,
        }
        if cause
        else None,
        "predicted_by": {
            "rule": prediction.rule,
            "path": prediction.path,
            "line": prediction.line,
            "message": prediction.message,
        }
        if prediction
        else None,
        "report": one.report or None,
        "remarks": list(one.remarks),
        "kept": one.folder or None,
    }
