"""What the other rules leave open for a service: asked again, since a rule does not see the plan it is part of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flexmigrate.documents.text import position
from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Rule
from flexmigrate.suppression import suppressed

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True)
class Open:
    """An open finding, placed."""

    rule: str
    severity: Severity
    message: str
    hint: str
    path: str
    line: int


def open_findings(service: Service, context: Context, but: str) -> tuple[Open, ...]:
    """What every rule for Cloud Run of this pack but one reports and no safe fix settles, worst first."""
    # The pack holds the rule that asks, so it cannot be imported before that one is.
    from flexmigrate_rules._pack import PACK

    found: list[Open] = []
    for rule in PACK.rules_for(Platform.CLOUD_RUN):
        if Platform.CLOUD_RUN in rule.platforms and rule.name != but:
            found += _of(rule, service, context)
    return tuple(
        sorted(set(found), key=lambda one: (_RANK[one.severity], one.path != service.config, one.path, one.line))
    )


def _of(rule: Rule, service: Service, context: Context) -> Iterator[Open]:
    try:
        said = list(rule.check(service, context))
    except Exception:
        # The plan itself reports a rule that crashes, with its place.
        return
    for finding in said:
        if _fix(rule, finding) is FixClass.SAFE:
            continue
        text = service.repository.text(finding.path)
        line = position(text, min(finding.offset, len(text))).line if text else 1
        if not suppressed(text, line, rule.name):
            severity = finding.severity or rule.severity
            yield Open(rule.name, severity, finding.message, finding.hint, finding.path, line)


def _fix(rule: Rule, finding: Finding) -> FixClass:
    """As the engine sees it: without anything to write, a finding is for a person."""
    if not finding.rewrites and not finding.creations:
        return FixClass.MANUAL
    return finding.fix or rule.fix
