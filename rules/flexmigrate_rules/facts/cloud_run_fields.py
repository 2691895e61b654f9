"""What Cloud Run knows of annotations, volumes and fields of service.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from flexmigrate_rules.facts.tables import Evidence, Table, read


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation, where it goes ("service" or "revision") and the texts it takes (empty: any)."""

    name: str
    on: str
    choices: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Volume:
    """A kind of volume, the field of service.yaml that makes it, and its launch stage."""

    kind: str
    field: str
    stage: str
    why: str
    evidence: Evidence


@cache
def known_annotations() -> dict[str, Annotation]:
    """The annotations that a migration may write, by name."""
    found = {}
    for row in _table().rows("annotation"):
        one = Annotation(row.take("name", str), row.take("on", str), row.texts("choices"), row.evidence())
        row.finish()
        found[one.name] = one
    return found


@cache
def volumes() -> dict[str, Volume]:
    """The kinds of volume, by kind."""
    found = {}
    for row in _table().rows("volume"):
        kind, field, stage = row.take("kind", str), row.take("field", str), row.take("stage", str)
        found[kind] = Volume(kind, field, stage, row.take("why", str), row.evidence())
        row.finish()
    return found


@cache
def unsupported() -> dict[str, Evidence]:
    """Fields that Cloud Run does not support."""
    found = {}
    for row in _table().rows("unsupported"):
        found[row.take("field", str)] = row.evidence()
        row.finish()
    return found


def _table() -> Table:
    return read("cloud_run_limits.toml")
