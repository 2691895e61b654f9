"""A campaign as a table: one row for each service, and one for each repository without any."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from flexmigrate.reports.campaign_data import Campaign
from flexmigrate.reports.plain import plain

HEAD = (
    *("repository", "source", "team", "state", "reason", "commit", "config", "service", "now", "next", "files"),
    *("errors", "warnings", "open_rules", "branch", "link"),
)


def render(campaign: Campaign) -> Iterator[str]:
    """The table with a head line."""
    yield _line(HEAD)
    for one in campaign.repositories():
        errors, warnings = one.open("error"), one.open("warning")
        rules = " ".join(sorted({finding.rule for finding in (*errors, *warnings)}))
        before = (one.name, one.source, one.team, one.state, one.reason, one.commit)
        after = (len(errors), len(warnings), rules, one.branch, one.link)
        for service in one.services:
            yield _line((*before, service.config, service.name, service.now, service.next, service.files, *after))
        if not one.services:
            yield _line((*before, "", "", "", "", 0, *after))


def _line(values: Sequence[object]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow(_harmless(value) for value in values)
    return file.getvalue()


def _harmless(value: object) -> object:
    """Text that a spreadsheet does not take for a formula."""
    if not isinstance(value, str):
        return value
    text = plain(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
