"""The operating system packages that Python requirements need in an image without compilers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from flexmigrate_rules.facts.tables import Evidence, read


@dataclass(frozen=True, slots=True)
class OsPackages:
    """What one requirement needs to be built and to run, as Debian names; an `unless_extras` brings it by itself."""

    requirement: str
    build: tuple[str, ...]
    run: tuple[str, ...]
    why: str
    unless_extras: tuple[str, ...]
    evidence: Evidence


@cache
def os_packages() -> dict[str, OsPackages]:
    """All requirements that need packages, by normalised name."""
    found = {}
    for row in read("os_packages.toml").rows("package"):
        one = OsPackages(
            requirement=row.take("requirement", str),
            build=row.texts("build"),
            run=row.texts("run"),
            why=row.take("why", str),
            unless_extras=row.texts("unless_extra"),
            evidence=row.evidence(),
        )
        row.finish()
        found[one.requirement] = one
    return found
