"""What Python versions took away: modules of the standard library, names in them, and attributes of their objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flexmigrate.model import FixClass
from flexmigrate_rules.facts.runtimes import version_key
from flexmigrate_rules.facts.tables import Evidence, Row, read


@dataclass(frozen=True, slots=True)
class GoneModule:
    """A module that is gone from `removed` on.

    `packages` are distributions that bring it back, `through` those that may bring one of these along.
    """

    name: str
    removed: str
    instead: str
    packages: tuple[str, ...]
    through: tuple[str, ...]
    evidence: Evidence

    def is_gone(self, python: str) -> bool:
        """Whether this Python lacks it."""
        return version_key(python) >= version_key(self.removed)


@dataclass(frozen=True, slots=True)
class GoneName:
    """A dotted name that is gone from `removed` on, or, for `fails`, that fails when it is used.

    `instead` is a dotted name unless `fix` is manual; then it is words, or empty. `of` is the class for an attribute of
    objects, and `name` then the attribute alone.
    """

    name: str
    removed: str
    instead: str
    fix: FixClass
    evidence: Evidence
    note: str = ""
    of: str = ""
    fails: str = ""
    probe: str = ""

    def is_gone(self, python: str) -> bool:
        """Whether this Python lacks it."""
        return version_key(python) >= version_key(self.removed)


@cache
def modules() -> Mapping[str, GoneModule]:
    """Every module that some Python 3 lacks, by name; `tkinter.tix` too, whose package is still there."""
    table = read("stdlib_modules.toml")
    instead = table.row("instead")
    packages: dict[str, list[str]] = {}
    through: dict[str, list[str]] = {}
    for row in table.rows("backport"):
        package, carriers = row.take("package", str), row.texts("through")
        for name in row.texts("modules"):
            packages.setdefault(name, []).append(package)
            through.setdefault(name, []).extend(carriers)
        row.evidence()
        row.finish()
    found: dict[str, GoneModule] = {}
    for row in table.rows("gone"):
        removed, evidence = row.take("removed", str), row.evidence()
        for name in row.texts("modules"):
            told = instead.take(name, str, "")
            brought = (*packages.get(name, ()), f"standard-{name}")
            found[name] = GoneModule(name, removed, told, brought, tuple(through.get(name, ())), evidence)
        row.finish()
    instead.finish()
    return found


@cache
def names() -> Mapping[str, GoneName]:
    """Every name that is gone from a module, or fails there, by its dotted name."""
    found: dict[str, GoneName] = {}
    for row in read("removed_names.toml").rows("gone"):
        found |= {one.name: one for one in _names(row)}
    for row in read("removed_names.toml").rows("raises"):
        name = row.take("name", str)
        one = GoneName(
            name,
            row.take("removed", str),
            row.take("instead", str),
            FixClass.MANUAL,
            row.evidence(),
            fails=row.take("says", str),
            probe=row.take("probe", str),
        )
        row.finish()
        found[name] = one
    return found


def _names(row: Row) -> list[GoneName]:
    removed, instead, fix = row.take("removed", str), row.take("instead", str), FixClass(row.take("fix", str))
    note, evidence = row.take("note", str, ""), row.evidence()
    found = [
        GoneName(
            name,
            removed,
            instead.replace("{name}", name.rpartition(".")[2]),
            fix,
            evidence,
            note,
        )
        for name in row.texts("names")
    ]
    row.finish()
    return found


@cache
def members() -> tuple[GoneName, ...]:
    """Every attribute that objects of a class no longer have."""
    found: list[GoneName] = []
    for row in read("removed_names.toml").rows("member"):
        removed, of, instead = row.take("removed", str), row.take("of", str), row.take("instead", str)
        evidence = row.evidence()
        found += (GoneName(name, removed, instead, FixClass.MANUAL, evidence, of=of) for name in row.texts("names"))
        row.finish()
    return tuple(found)
