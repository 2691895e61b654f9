"""The open findings of a campaign as SARIF 2.1.0, for tools that collect such things."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flexmigrate.reports.campaign_data import Campaign, CampaignFinding, CampaignRepository

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(campaign: Campaign) -> Iterator[str]:
    """One run; each result names its repository, and its place starts with the repository's name."""
    rules = [{"id": rule.rule, "defaultConfiguration": {"level": _LEVELS[rule.severity]}} for rule in campaign.rules]
    rules.append({"id": "could-not-be-done", "defaultConfiguration": {"level": "error"}})
    name, _, version = campaign.tool.partition(",")[0].partition(" ")
    driver = {"name": name, "version": version, "rules": rules}
    yield '{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [\n'
    yield json.dumps({"tool": {"driver": driver}, "columnKind": "unicodeCodePoints"})[:-1] + ', "results": ['
    comma = "\n"
    for repository in campaign.repositories():
        for result in _results(repository):
            yield comma + json.dumps(result)
            comma = ",\n"
    yield "\n]}]}\n"


def _results(one: CampaignRepository) -> Iterator[dict[str, Any]]:
    for finding in one.findings:
        if finding.status == "open":
            yield _result(one, finding.rule, _LEVELS[finding.severity], _message(finding), finding.path, finding.line,
                          finding.column)  # fmt: skip
    for path, line, reason in one.skipped:
        yield _result(one, "could-not-be-done", "error", reason, path, line or 1, 1)
    if one.state == "failed" and not one.skipped:
        yield _result(one, "could-not-be-done", "error", one.reason or "failed", "", 1, 1)


def _message(finding: CampaignFinding) -> str:
    return f"{finding.message}\n{finding.hint}" if finding.hint else finding.message


def _result(
    one: CampaignRepository, rule: str, level: str, message: str, path: str, line: int, column: int
) -> dict[str, Any]:
    place = "/".join(part for part in (one.name, path) if part)
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(place)},
                    "region": {"startLine": line, "startColumn": column},
                }
            }
        ],
        "properties": {"repository": one.source, "state": one.state, "team": one.team},
    }
