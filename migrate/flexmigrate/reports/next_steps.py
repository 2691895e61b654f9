"""What a person does after a plan or an apply, as commands to copy."""

from __future__ import annotations

from flexmigrate.model import Plan, Platform, ServicePlan, Severity, Status
from flexmigrate.reports.plain import plain

MINIMUM_GCLOUD = "420.0.0"
"""The oldest Google Cloud SDK that knows the new keys: https://cloud.google.com/appengine/docs/flexible/python/runtime"""


def next_steps(plan: Plan, applied: bool) -> list[str]:
    """The lines that end a report, next command first."""
    if not plan.services:
        return []
    if not plan.changes:
        return _steps(_left(plan)) or ["Nothing to change."]
    if not applied:
        first = [("flexmigrate apply", "write this (undo: flexmigrate undo)")]
        return _steps([*first, *_left(plan), *_deployment(plan)])
    return _steps([("git diff", "look at what was written (undo: flexmigrate undo)"), *_left(plan), *_deployment(plan)])


def _left(plan: Plan) -> list[tuple[str, str]]:
    """What is open, errors first: the rules to read about and the fixes that wait for a word."""
    open_findings = [
        finding for service in plan.services for finding in service.findings if finding.status is Status.OPEN
    ]
    errors = list(dict.fromkeys(finding.rule for finding in open_findings if finding.severity is Severity.ERROR))
    steps = [(f"flexmigrate explain {rule}", "an open error: settle it before you deploy") for rule in errors[:3]]
    if any(finding.fix == "unsafe" for finding in open_findings):
        steps.append(("flexmigrate plan --unsafe-fixes", "also shows fixes that may change behaviour"))
    return steps


def _deployment(plan: Plan) -> list[tuple[str, str]]:
    if plan.target.platform is Platform.CLOUD_RUN:
        return [("MIGRATION.md", "has the rest, step by step; App Engine keeps serving until you move the traffic")]
    changed = [service for service in plan.services if service.changes]
    first, version = changed[0], _version(changed[0])
    configs = " ".join(plain(_from_here(service.config, plan)) for service in changed[:4])
    others = f" (likewise {len(changed) - 1} more)" if len(changed) > 1 else ""
    return [
        ("gcloud --version", f"must be {MINIMUM_GCLOUD} or newer (gcloud components update)"),
        (f"gcloud app deploy {configs} --no-promote --version={version}", "builds it; what runs now keeps serving"),
        (f"gcloud app browse --service={plain(first.name)} --version={version}", f"check it{others}"),
        (
            f"gcloud app services set-traffic {plain(first.name)} --splits={version}=1",
            f"move traffic{others}; the same with the old version's name goes back",
        ),
    ]


def _version(service: ServicePlan) -> str:
    return f"py{(service.target.python or 'new').replace('.', '')}"


def _from_here(config: str, plan: Plan) -> str:
    return config if plan.root in (".", "") else f"{plan.root}/{config}"


def _steps(steps: list[tuple[str, str]]) -> list[str]:
    width = min(max((len(command) for command, _ in steps), default=0), 62)
    return [
        f"{'Next:' if index == 0 else '     '} {command:<{width}}  {why}".rstrip()
        for index, (command, why) in enumerate(steps)
    ]
