"""What behaves differently on Cloud Run, topic by topic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from flexmigrate_rules.facts.tables import Evidence, read


@dataclass(frozen=True, slots=True)
class Difference:
    """One topic: how it is on the flexible environment and on Cloud Run, and what to look at."""

    topic: str
    flex: str
    run: str
    do: str
    evidence: Evidence


@cache
def differences() -> tuple[Difference, ...]:
    """All topics in the order in which people meet them."""
    found = []
    for row in read("cloud_run_differences.toml").rows("difference"):
        topic, flex, run, do = (row.take(column, str) for column in ("topic", "flex", "run", "do"))
        found.append(Difference(topic, flex, run, do, row.evidence()))
        row.finish()
    return tuple(found)
