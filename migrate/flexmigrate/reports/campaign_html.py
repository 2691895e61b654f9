"""A campaign as one HTML file that needs nothing else: readable without a script, searchable with one, printable."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape

from flexmigrate.reports.campaign_data import MEANINGS, Campaign, CampaignFinding, CampaignRepository, Group
from flexmigrate.reports.campaign_style import SCRIPT, STYLE
from flexmigrate.reports.plain import plain

_BODY_ROWS = 200
_LISTED = 25


def render(campaign: Campaign) -> Iterator[str]:
    """The page, piece by piece."""
    yield _head(campaign)
    yield _states(campaign)
    yield '<div class="grid">'
    yield _groups("Needs a human", campaign.needs)
    yield _groups("Failed", campaign.failures)
    yield _table("What runs today", ("runtime", "services", "repositories"), campaign.runtimes)
    yield _table(
        "Findings by rule",
        ("rule", "fixed", "open", "repositories"),
        [(rule.rule, rule.fixed, rule.open, rule.repositories) for rule in campaign.rules],
    )
    yield _teams(campaign)
    yield "</div>\n"
    yield from _repositories(campaign)
    yield f"<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _head(campaign: Campaign) -> str:
    # Nothing but this style and this script may run or load, whatever a repository's names contain.
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + _sha256(SCRIPT) + "'"
    parts = (
        (campaign.count("planned"), "ready"),
        (campaign.count("applied", "committed", "pushed", "pull-request"), "handed over"),
        (campaign.count("needs-human", "stale"), "need a human"),
        (campaign.count("failed"), "failed"),
    )
    sums = ", ".join(f"{count:,} {what}" for count, what in parts if count) or "nothing to do"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Migration of {campaign.total:,} repositories</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{campaign.total:,} repositories: {sums}</h1>\n"
        f'<div class="dim">{campaign.services:,} services, {campaign.files:,} files to change'
        f" · {_text(campaign.settings)}"
        f"<br><small>{_text(campaign.made)} UTC · {_text(campaign.tool)}</small></div>\n"
    )


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _states(campaign: Campaign) -> str:
    # What has no service would only hide the rest.
    bar = "".join(
        f'<i class="s-{state}" style="flex:{count}" title="{state}: {count:,}"></i>'
        for state, count in campaign.states
        if state != "clean"
    )
    buttons = "".join(
        f'<li><button type="button" data-s="{state}" aria-pressed="false"><b class="s-{state}">{count:,}</b>{state}'
        f'<br><small class="dim">{escape(MEANINGS.get(state, ""))}</small></button></li>'
        for state, count in campaign.states
    )
    return f'<div class="bar" aria-hidden="true">{bar}</div>\n<ul class="states">{buttons}</ul>\n'


def _groups(title: str, groups: Sequence[Group]) -> str:
    if not groups:
        return ""
    rows = "".join(
        f'<tr><td class="n">{group.count:,}</td><td>{_text(group.reason) or "(no reason)"}<br>'
        f'<small class="dim">{_text(", ".join(group.examples))}{" …" if group.count > len(group.examples) else ""}'
        "</small></td></tr>"
        for group in groups[:_LISTED]
    )
    more = f'<p class="dim">and {len(groups) - _LISTED} more reasons</p>' if len(groups) > _LISTED else ""
    return f"<section><h2>{title}</h2><table>{rows}</table>{more}</section>\n"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return ""
    heads = "".join(f'<th{_number(place)} scope="col">{name}</th>' for place, name in enumerate(head))
    lines = "".join(
        "<tr>" + "".join(f"<td{_number(place)}>{_cell(value)}</td>" for place, value in enumerate(row)) + "</tr>"
        for row in rows[:_LISTED]
    )
    more = f'<p class="dim">and {len(rows) - _LISTED} more</p>' if len(rows) > _LISTED else ""
    return f"<section><h2>{title}</h2><table><thead><tr>{heads}</tr></thead>{lines}</table>{more}</section>\n"


def _teams(campaign: Campaign) -> str:
    rows = []
    for team, counts in campaign.teams:
        done = sum(counts.get(state, 0) for state in ("applied", "committed", "pushed", "pull-request"))
        stuck = sum(counts.get(state, 0) for state in ("failed", "needs-human", "stale"))
        rows.append((team, sum(counts.values()), counts.get("planned", 0), stuck, done))
    return _table("By team", ("team", "repositories", "ready", "stuck", "handed over"), rows)


def _repositories(campaign: Campaign) -> Iterator[str]:
    teams = "".join(f"<option>{_text(team)}</option>" for team, _ in campaign.teams)
    choice = f'<select id="team" aria-label="team"><option value="">all teams</option>{teams}</select>' if teams else ""
    yield (
        '<h2>Repositories</h2>\n<div class="find" hidden><input id="search" type="search" '
        'placeholder="Search names, rules, messages, paths" aria-label="search">'
        f'{choice}<span id="count" class="dim"></span></div>\n'
        '<table id="repositories"><colgroup><col style="width:24%"><col style="width:12%"><col style="width:12%">'
        '<col style="width:21%"><col></colgroup><thead><tr><th scope="col">repository</th><th scope="col">team</th>'
        '<th scope="col">state</th><th scope="col">runtime</th><th scope="col">what there is to do</th></tr></thead>\n'
    )
    for place, one in enumerate(campaign.repositories()):
        # In pieces, so that a browser need not lay out what is out of sight.
        yield "<tbody>\n" if place == 0 else "</tbody><tbody>\n" if place % _BODY_ROWS == 0 else ""
        yield _repository(one)
    yield "</tbody></table>\n" if campaign.total else "</table>\n"


def _repository(one: CampaignRepository) -> str:
    runtimes = dict.fromkeys(f"{service.now} → {service.next}" for service in one.services)
    name = f'<strong>{_text(one.name)}</strong><br><small class="dim">{_text(one.source)}</small>'
    return (
        f'<tr data-s="{one.state}" data-t="{_text(one.team or "(no team)")}"><td>{name}</td><td>{_text(one.team)}</td>'
        f'<td><span class="tag s-{one.state}">{one.state}</span></td>'
        f"<td>{'<br>'.join(_text(runtime) for runtime in runtimes)}</td><td>{_todo(one)}</td></tr>\n"
    )


def _todo(one: CampaignRepository) -> str:
    parts = []
    if one.link.startswith("https://"):
        parts.append(f'<a href="{_text(one.link)}">pull request</a>')
    if one.branch:
        parts.append(f"branch <code>{_text(one.branch)}</code>")
    if one.files:
        parts.append(f"{one.files} file{'' if one.files == 1 else 's'} to change")
    if one.reason and not one.skipped and not one.open("error"):
        parts.append(_text(one.reason))
    errors, rest = one.open("error"), (*one.open("warning"), *one.open("info"))
    for path, line, reason in one.skipped:
        parts.append(f"<code>{_text(path)}{f':{line}' if line else ''}</code> {_text(reason)}")
    text = "<br>".join(parts)
    text += _list(errors, f"{len(errors)} open error{'' if len(errors) == 1 else 's'}", opened=True)
    return text + _list(rest, f"{len(rest)} to know", opened=False)


def _list(findings: Sequence[CampaignFinding], summary: str, opened: bool) -> str:
    if not findings:
        return ""
    items = "".join(
        f'<li><strong class="{finding.severity}">{_text(finding.rule)}</strong> <code>{_text(finding.path)}'
        f":{finding.line}</code> {_text(finding.message)}"
        + (f' <span class="dim">→ {_text(finding.hint)}</span>' if finding.hint else "")
        + "</li>"
        for finding in findings
    )
    return f"<details{' open' if opened else ''}><summary>{summary}</summary><ul>{items}</ul></details>"


def _number(place: int) -> str:
    return ' class="n"' if place else ""


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else _text(str(value))


def _text(text: str) -> str:
    return escape(plain(text))
