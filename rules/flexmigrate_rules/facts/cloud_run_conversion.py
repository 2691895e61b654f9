"""What the flexible environment did where a key is absent, and the numbers that we chose ourselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from flexmigrate_rules.facts.tables import Evidence, read


@dataclass(frozen=True, slots=True)
class Default:
    """The flexible environment's value for an absent key."""

    key: str
    value: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Choice:
    """A number that no platform dictates, and why it is what it is."""

    name: str
    value: int
    why: str
    evidence: Evidence


@cache
def defaults() -> dict[str, Default]:
    """All defaults by key."""
    found = {}
    for row in read("cloud_run_conversion.toml").rows("default"):
        one = Default(row.take("key", str), row.take("value", float), row.evidence())
        row.finish()
        found[one.key] = one
    return found


@cache
def choices() -> dict[str, Choice]:
    """All choices by name."""
    found = {}
    for row in read("cloud_run_conversion.toml").rows("choice"):
        one = Choice(row.take("name", str), row.take("value", int), row.take("why", str), row.evidence())
        row.finish()
        found[one.name] = one
    return found


def default(key: str) -> float:
    """The flexible environment's value where the key is absent."""
    return defaults()[key].value


def choice(name: str) -> int:
    """A number that we chose."""
    return choices()[name].value
