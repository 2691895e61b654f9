"""A plan as JSON (schema `flexmigrate.plan/1`, docs/plan.schema.json), and back.

The digest covers everything else in the file, so that a plan changed by hand is told from the one that was made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from flexmigrate.model import Change, Edit, Plan, ReportedFinding, ServicePlan, Severity, Target
from flexmigrate.reports.diff import change_diff

SCHEMA = "flexmigrate.plan/1"


def as_data(plan: Plan) -> dict[str, Any]:
    """The plan as plain dictionaries and lists."""
    return {
        "schema": SCHEMA,
        "tool": {
            "version": plan.tool.version,
            "rules": dict(plan.tool.rules),
            "facts_as_of": plan.tool.facts_as_of,
        },
        "target": _target(plan.target),
        "root": plan.root,
        "services": [_service(service) for service in plan.services],
        "skipped": [{"path": skipped.path, "reason": skipped.reason, "line": skipped.line} for skipped in plan.skipped],
        "bystanders": [
            {"path": bystander.path, "kind": bystander.kind, "reason": bystander.reason}
            for bystander in plan.bystanders
        ],
        "inputs": dict(plan.inputs),
        "summary": {
            "services": len(plan.services),
            "errors": plan.count_open(Severity.ERROR),
            "warnings": plan.count_open(Severity.WARNING),
            "changes": len(plan.changes),
        },
    }


def render(plan: Plan) -> str:
    """The plan as indented JSON with a final newline."""
    return dumps(as_data(plan))


def dumps(data: Mapping[str, Any]) -> str:
    """Indented JSON with a final newline; characters outside ASCII are escaped, so any stream can take it."""
    return json.dumps(data, indent=2) + "\n"


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 over everything in a saved plan but the digest itself."""
    content = {key: value for key, value in data.items() if key != "digest"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _target(target: Target) -> dict[str, Any]:
    return {
        "platform": target.platform.value,
        "python": target.python,
        "operating_system": target.operating_system,
        "chosen": target.chosen,
        "why": list(target.why),
        "end_of_support": target.end_of_support or None,
    }


def _service(service: ServicePlan) -> dict[str, Any]:
    return {
        "config": service.config,
        "name": service.name,
        "current": {
            "python_version": service.current.python_version,
            "interpreter": service.current.interpreter,
            "runtime": service.current.runtime,
            "note": service.current.note,
        },
        "target": _target(service.target),
        "findings": [_finding(finding) for finding in service.findings],
        "keys": [
            {
                "key": verdict.key,
                "line": verdict.line,
                "verdict": verdict.verdict.value,
                "becomes": verdict.becomes,
                "why": verdict.why,
            }
            for verdict in service.keys
        ],
        "changes": [_change(change) for change in service.changes],
    }


def _finding(finding: ReportedFinding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "fix": finding.fix.value,
        "status": finding.status.value,
        "message": finding.message,
        "hint": finding.hint,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "source": finding.source,
    }


def _change(change: Change) -> dict[str, Any]:
    edits = change.edits or (Edit(change.path, 0, 0, "", change.after),)
    return {
        "path": change.path,
        "action": change.action,
        "before_sha256": change.before_sha256,
        "after_sha256": change.after_sha256,
        "encoding": change.encoding,
        "executable": change.executable,
        "edits": [
            {"start": edit.start, "end": edit.end, "old": edit.old, "new": edit.new, "rule": edit.rule}
            for edit in edits
        ],
        "diff": change_diff(change),
    }
