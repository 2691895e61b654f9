"""What each runtime on offer would mean for a service: the table behind `--python auto`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flexmigrate.model import ReportedFinding, Runtime, Severity, Status
from flexmigrate.planning import Settings, Trial, choose, chosen_rules, runtimes_for, trials
from flexmigrate.project import Repository, discover_services
from flexmigrate.rule import Pack
from flexmigrate.settling import Draft


@dataclass(frozen=True, slots=True)
class Candidate:
    """One runtime and what stays open on it."""

    runtime: Runtime
    errors: tuple[ReportedFinding, ...]
    warnings: tuple[ReportedFinding, ...]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """Every runtime on offer for one service, newest first; `kept` when it may stay where it is."""

    config: str
    name: str
    kept: Runtime | None
    candidates: tuple[Candidate, ...]


def survey(
    repository: Repository, packs: Sequence[Pack], settings: Settings, only: frozenset[str] | None = None
) -> tuple[Survey, ...]:
    """Try every runtime for every service; nothing is written and no service sees another's changes."""
    rules = chosen_rules(packs, settings)
    runtimes = runtimes_for(packs, settings)
    found: list[Survey] = []
    for service in discover_services(repository, only).services:
        kept = next(
            (one for pack in packs if pack.kept and (one := pack.kept(service, settings.platform, settings.today))),
            None,
        )
        tried = trials(service, rules, runtimes, settings, Draft())
        best = next((trial for trial in tried if kept and trial.runtime == kept), None) or choose(tried)
        candidates = tuple(_candidate(trial, trial is best) for trial in tried)
        found.append(Survey(service.config, service.name, kept, candidates))
    return tuple(found)


def _candidate(trial: Trial, chosen: bool) -> Candidate:
    warnings = tuple(
        finding
        for finding in trial.draft.findings
        if finding.severity is Severity.WARNING and finding.status is Status.OPEN
    )
    return Candidate(trial.runtime, trial.draft.errors(), warnings, chosen)
