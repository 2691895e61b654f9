"""What reports on a campaign are made of, as frozen data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CampaignService:
    """One service: what it runs, where it goes, how much there is to change."""

    config: str
    name: str
    now: str
    next: str
    files: int


@dataclass(frozen=True, slots=True)
class CampaignFinding:
    """A finding as the campaign keeps it."""

    rule: str
    severity: str
    fix: str
    status: str
    message: str
    hint: str
    path: str
    line: int
    column: int
    source: str


@dataclass(frozen=True, slots=True)
class CampaignRepository:
    """One repository with everything a report says of it; `skipped` are path, line and reason."""

    name: str
    source: str
    team: str
    state: str
    reason: str
    commit: str
    branch: str
    link: str
    seconds: float
    services: tuple[CampaignService, ...]
    findings: tuple[CampaignFinding, ...]
    skipped: tuple[tuple[str, int | None, str], ...]

    def open(self, severity: str) -> tuple[CampaignFinding, ...]:
        """The findings of a severity that stay open."""
        return tuple(one for one in self.findings if one.status == "open" and one.severity == severity)

    @property
    def files(self) -> int:
        return sum(service.files for service in self.services)


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a rule had something to say."""

    rule: str
    severity: str
    fixed: int
    open: int
    repositories: int


@dataclass(frozen=True, slots=True)
class Group:
    """Repositories that share a reason, with some of their names."""

    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign at one moment. `repositories` gives them one after the other, those with work left first."""

    made: str
    tool: str
    settings: str
    states: tuple[tuple[str, int], ...]
    runtimes: tuple[tuple[str, int, int], ...]
    rules: tuple[RuleCount, ...]
    teams: tuple[tuple[str, dict[str, int]], ...]
    failures: tuple[Group, ...]
    needs: tuple[Group, ...]
    services: int
    files: int
    repositories: Callable[[], Iterator[CampaignRepository]]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.states)

    def count(self, *states: str) -> int:
        """How many repositories are in one of these states."""
        return sum(count for state, count in self.states if state in states)


STATES = (
    *("failed", "needs-human", "stale", "planned", "applied", "committed", "pushed", "pull-request"),
    *("nothing-to-do", "clean", "new"),
)
"""All states in the order in which a person wants to see them."""

MEANINGS = {
    "failed": "could not be done",
    "needs-human": "an error stays open that a person has to settle",
    "stale": "moved on since it was planned",
    "planned": "ready: changes to apply, no open error",
    "applied": "changes written to the checkout",
    "committed": "changes on a branch",
    "pushed": "branch pushed",
    "pull-request": "pull request opened",
    "nothing-to-do": "a service that needs no change",
    "clean": "no App Engine flexible Python service",
    "new": "not looked at yet",
}
