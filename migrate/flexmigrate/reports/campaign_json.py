"""A campaign as one JSON document (`flexmigrate.campaign/1`), written piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from flexmigrate.reports.campaign_data import Campaign

SCHEMA = "flexmigrate.campaign/1"


def render(campaign: Campaign) -> Iterator[str]:
    """The document; each repository is on a line of its own."""
    head = {
        "schema": SCHEMA,
        "made": campaign.made,
        "tool": campaign.tool,
        "settings": campaign.settings,
        "summary": {
            "repositories": campaign.total,
            "services": campaign.services,
            "files": campaign.files,
            "states": dict(campaign.states),
        },
        "runtimes": [dict(zip(("runtime", "services", "repositories"), row, strict=True)) for row in campaign.runtimes],
        "rules": [asdict(rule) for rule in campaign.rules],
        "teams": [{"team": team, "states": states} for team, states in campaign.teams],
        "failures": [asdict(group) for group in campaign.failures],
        "needs_human": [asdict(group) for group in campaign.needs],
    }
    yield json.dumps(head, indent=1)[:-2] + ',\n "repositories": ['
    comma = "\n"
    for repository in campaign.repositories():
        yield comma + json.dumps(asdict(repository))
        comma = ",\n"
    yield "\n]}\n"
