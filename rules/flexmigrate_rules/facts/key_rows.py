"""The rows of keys.toml as values, parsed one by one when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from flexmigrate_rules.facts.checks import LARGEST, TYPES, Check
from flexmigrate_rules.facts.tables import Evidence, Row, Sections, TableError, read_text

ENVIRONMENTS = ("flex", "standard-only", "managed-vm", "retired")
VERDICTS = ("kept", "changed", "dropped", "manual")
SENT = ("yes", "beta", "no")
_COLUMNS = {"flex": "flex", "cloud-run": "run"}


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a key on one target; `verdict` is one of VERDICTS, the rest is text for people.

    `evidence` is unverified only where this verdict or its reason rests on something unchecked.
    """

    verdict: str
    becomes: str
    why: str
    conversion: str
    limits: str
    evidence: Evidence

    @property
    def explanation(self) -> str:
        """The reason for a person, marked where it is unverified."""
        return self.evidence.qualify(self.why)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One row of the table. `key` may hold `*`; the other fields are the columns that keys.toml explains.

    `newer` is a gcloud version, empty for keys that 528.0.0 knows. `evidence` is the whole row's.
    """

    key: str
    environment: str
    check: Check
    names: str
    required: bool
    may_be_empty: bool
    refused: str
    newer: str
    sent: str
    flex: Fate
    cloud_run: Fate
    evidence: Evidence

    def fate(self, platform: str) -> Fate:
        """What becomes of the key on "flex" or "cloud-run"; ValueError for any other word."""
        if platform not in _COLUMNS:
            raise ValueError(f"no target is called {platform}")
        return self.flex if platform == "flex" else self.cloud_run


@dataclass(frozen=True, slots=True)
class Combination:
    """Keys of which gcloud takes at most one."""

    id: str
    at_most_one: tuple[str, ...]
    reason: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Situation:
    """Something about a file as a whole that gcloud refuses; `id` names it for the rule that finds it."""

    id: str
    reason: str
    evidence: Evidence


@cache
def sections() -> Sections:
    """The file, cut into rows that are not parsed yet."""
    return Sections("keys.toml", "key", read_text("keys.toml"))


@cache
def pattern_for(key: str) -> str | None:
    """The name of the row that a dotted key belongs to; exact names win over stars, early ones over late ones."""
    parts = key.split(".")
    # False sorts first, so the first name is the last to be replaced by a star.
    for stars in sorted(product((False, True), repeat=len(parts)), key=sum):
        pattern = ".".join("*" if star else part for star, part in zip(stars, parts, strict=True))
        if pattern in sections():
            return pattern
    # A member of a map may hold dots itself.
    for end in range(len(parts) - 1, 0, -1):
        parent = pattern_for(".".join(parts[:end]))
        if parent is not None and f"{parent}.*" in sections() and row_at(parent).check.type == "map":
            return f"{parent}.*"
    return None


def parent_of(row: KeyRow) -> KeyRow | None:
    """The row of the mapping or list around a row, None at the top."""
    parent = row.key.rpartition(".")[0]
    return row_at(parent) if parent else None


@cache
def row_at(pattern: str) -> KeyRow:
    """The row written under exactly this name (KeyError where there is none)."""
    row = sections().row(pattern)
    environment = row.take("environment", str, "flex")
    if environment not in ENVIRONMENTS:
        raise TableError(f"{row.place}: unknown environment `{environment}`")
    evidence, doubts = row.evidence(), row.texts("doubts")
    if doubts and evidence.verified:
        raise TableError(f"{row.place}: a verified row has no `doubts`")
    found = KeyRow(
        key=pattern,
        environment=environment,
        check=_check(row),
        names=row.take("names", str, ""),
        required=row.take("required", bool, False),
        may_be_empty=row.take("empty", bool, True),
        refused=row.take("refused", str, ""),
        newer=row.take("newer", str, ""),
        sent=_one_of(row, "sent", row.take("sent", str, "yes"), SENT),
        flex=_fate(row, environment, "flex", _doubted(evidence, "flex" in doubts)),
        cloud_run=_fate(row, environment, "cloud-run", _doubted(evidence, "run" in doubts)),
        evidence=evidence,
    )
    row.finish()
    return found


def all_rows() -> Iterator[KeyRow]:
    """Every row in file order; parses the whole table."""
    return (row_at(key) for key in sections())


@cache
def combinations() -> tuple[Combination, ...]:
    """What gcloud refuses although each key alone is fine."""
    return tuple(_combination(row) for row in sections().table.rows("combination"))


@cache
def situations() -> dict[str, Situation]:
    """What gcloud refuses about a file as a whole, by id."""
    return {found.id: found for found in map(_situation, sections().table.rows("situation"))}


def _check(row: Row) -> Check:
    kind = row.take("type", str)
    if kind not in TYPES:
        raise TableError(f"{row.place}: unknown type `{kind}`")
    low: float | None
    high: float | None
    if kind == "number":
        low, high = row.take("min", float, None), row.take("max", float, None)
    else:
        low, high = row.take("min", int, None), row.take("max", int, None)
        if low is not None and high is None:
            high = LARGEST
    return Check(kind, low, high, row.take("pattern", str, ""), row.texts("choices"))


def _fate(row: Row, environment: str, platform: str, evidence: Evidence) -> Fate:
    column = _COLUMNS[platform]
    verdict, why = _environment(environment)[platform]
    return Fate(
        verdict=_one_of(row, column, row.take(column, str, verdict), VERDICTS),
        becomes=row.take(f"{column}_becomes", str, ""),
        why=row.take(f"{column}_why", str, why),
        conversion=row.take(f"{column}_conversion", str, ""),
        limits=row.take(f"{column}_limits", str, ""),
        evidence=evidence,
    )


def _doubted(evidence: Evidence, doubted: bool) -> Evidence:
    return evidence if doubted else Evidence(evidence.source)


def _one_of(row: Row, column: str, word: str, words: tuple[str, ...]) -> str:
    if word not in words:
        raise TableError(f"{row.place}: column `{column}` is none of {', '.join(words)}: `{word}`")
    return word


@cache
def _environment(name: str) -> dict[str, tuple[str, str]]:
    """Verdict and reason per target that rows of an environment need not repeat."""
    row = sections().table.row("environments", name)
    fates = {
        platform: (row.take(column, str, ""), row.take(f"{column}_why", str, ""))
        for platform, column in _COLUMNS.items()
    }
    row.finish()
    return fates


def _combination(row: Row) -> Combination:
    found = Combination(row.take("id", str), row.texts("at_most_one"), row.take("reason", str), row.evidence())
    row.finish()
    return found


def _situation(row: Row) -> Situation:
    found = Situation(row.take("id", str), row.take("reason", str), row.evidence())
    row.finish()
    return found
