"""A campaign as Markdown: the numbers, what failed and what needs a human; for a wiki page or an issue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flexmigrate.reports.campaign_data import MEANINGS, Campaign, Group
from flexmigrate.reports.plain import plain

_LISTED = 200


def render(campaign: Campaign) -> Iterator[str]:
    """The page."""
    yield f"# Migration of {campaign.total:,} repositories\n\n"
    yield f"{_text(campaign.made)} UTC · {_text(campaign.settings)} · {_text(campaign.tool)}\n\n"
    yield _table(
        ("state", "repositories", "means"),
        [(state, f"{count:,}", MEANINGS.get(state, "")) for state, count in campaign.states],
    )
    yield _groups("Failed", campaign.failures)
    yield _groups("Needs a human", campaign.needs)
    if campaign.runtimes:
        yield "\n## What runs today\n\n"
        yield _table(("runtime", "services", "repositories"), campaign.runtimes)
    if campaign.rules:
        yield "\n## Findings\n\n"
        yield _table(
            ("rule", "severity", "fixed", "open", "repositories"),
            [(rule.rule, rule.severity, rule.fixed, rule.open, rule.repositories) for rule in campaign.rules],
        )
    if campaign.teams:
        yield "\n## Teams\n\n"
        states = [state for state, _ in campaign.states]
        yield _table(
            ("team", *states),
            [(team, *(counts.get(state, 0) for state in states)) for team, counts in campaign.teams],
        )
    yield "\n## Repositories with work to do\n\n"
    yield "| repository | team | state | now | next | files | open errors |\n|---|---|---|---|---|---|---|\n"
    listed = 0
    for one in campaign.repositories():
        if one.state in ("clean", "nothing-to-do", "new"):
            continue
        listed += 1
        if listed <= _LISTED:
            now = ", ".join(dict.fromkeys(service.now for service in one.services))
            then = ", ".join(dict.fromkeys(service.next for service in one.services))
            yield _row((one.name, one.team, one.state, now, then, one.files, len(one.open("error"))))
    if listed > _LISTED:
        yield f"\n… and {listed - _LISTED:,} more: `--format csv` has them all.\n"


def _groups(title: str, groups: Sequence[Group]) -> str:
    if not groups:
        return ""
    rows = [(f"{group.count:,}", group.reason, ", ".join(group.examples)) for group in groups]
    return f"\n## {title}\n\n" + _table(("repositories", "reason", "for example"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    return _row(head) + "|" + "---|" * len(head) + "\n" + "".join(_row(row) for row in rows)


def _row(values: Sequence[object]) -> str:
    return "| " + " | ".join(_text(str(value)) for value in values) + " |\n"


def _text(text: str) -> str:
    safe = plain(text).replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;")
    for mark in "|*_`[]":
        safe = safe.replace(mark, f"\\{mark}")
    return safe
