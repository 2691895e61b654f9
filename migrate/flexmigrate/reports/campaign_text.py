"""A campaign on one screen: how many repositories stand where, and what failed, grouped by reason."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from flexmigrate.reports.campaign_data import MEANINGS, STATES, Campaign, Group
from flexmigrate.reports.plain import Style, plain

_WIDTH = 110


def render(campaign: Campaign, style: Style, directory: str) -> str:
    """The screen, ending with the next commands."""
    lines = [style.bold(f"{campaign.total:,} repositories · {campaign.services:,} services"), ""]
    counts = dict(campaign.states)
    for state in STATES:
        if counts.get(state):
            colour = {"failed": style.red, "needs-human": style.yellow, "planned": style.green}.get(state, str)
            lines.append(f"  {colour(f'{state:<14}')}{counts[state]:>8,}  {MEANINGS[state]}")
    lines += _groups("Needs a human", campaign.needs, style)
    lines += _groups("Failed", campaign.failures, style)
    return "\n".join([*lines, "", *_next(campaign, directory)]) + "\n"


def _groups(title: str, groups: tuple[Group, ...], style: Style) -> Iterator[str]:
    if not groups:
        return
    yield ""
    yield style.bold(title)
    for group in groups[:12]:
        first, *rest = textwrap.wrap(plain(group.reason) or "(no reason)", _WIDTH - 10)[:4]
        yield f"  {group.count:>6,}  {first}"
        yield from (" " * 10 + line for line in rest)
        more = f" and {group.count - len(group.examples):,} more" if group.count > len(group.examples) else ""
        yield style.dim(" " * 10 + plain(", ".join(group.examples)) + more)
    if len(groups) > 12:
        yield f"          and {len(groups) - 12} more reasons"


def _next(campaign: Campaign, directory: str) -> list[str]:
    steps = []
    if campaign.count("new"):
        steps.append(("plan", "go on with those not looked at yet"))
    if campaign.count("planned"):
        steps.append(("apply --branch flexmigrate --dry-run", "what an apply would do to those that are ready"))
    if campaign.count("failed"):
        steps.append(("retry --failed", "try those that failed again"))
    if campaign.count("stale"):
        steps.append(("retry --stale", "plan those that moved on again"))
    steps.append(("report --format html --out report.html", "one page to share"))
    words = [
        (f"flexmigrate bulk {step.split()[0]} --campaign {directory} {step.partition(' ')[2]}".rstrip(), why)
        for step, why in steps
    ]
    width = min(max(len(word) for word, _ in words), 72)
    return [f"{'Next:' if not index else '     '} {word:<{width}}  {why}" for index, (word, why) in enumerate(words)]
