"""What a verification would run, told before anything does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flexmigrate import disk
from flexmigrate.model import Plan
from flexmigrate.project import discover_services
from flexmigrate.proving.redaction import Redaction
from flexmigrate.verify.starting import Start, find_start


@dataclass(frozen=True, slots=True)
class Announced:
    """One service's requirements and start command; `command` is empty where none can be told."""

    config: str
    installs: bool
    command: str
    origin: str


def commands(root: Path, plan: Plan, as_is: bool) -> list[Announced]:
    """What would be run for each service of the plan; nothing of it is."""
    repository = disk.open_repository(root)
    changes = () if as_is else plan.changes
    planned = repository.planned({change.path: change.after for change in changes})
    found = []
    for one in plan.services:
        services = discover_services(planned, frozenset({one.config})).services
        if not services or services[0].runtime == "custom":
            continue
        start = find_start(services[0], changes, one.target.platform)
        installs = services[0].text("requirements.txt") is not None
        if isinstance(start, Start):
            hidden = Redaction(start.variables)
            found.append(Announced(one.config, installs, hidden(start.text), start.origin))
        else:
            found.append(Announced(one.config, installs, "", ""))
    return found
