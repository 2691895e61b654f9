"""What the areas of a mapping hand over: fields of service.yaml, verdicts of keys, and remarks for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flexmigrate.model import KeyNote, Route, Severity


@dataclass(frozen=True, slots=True)
class Field:
    """One `key: value` of the file; the comment says where a value that is no copy comes from."""

    key: str
    value: Value
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Many:
    """A sequence; a mapping in it is a tuple of fields."""

    items: tuple[Value, ...]


Fields = tuple[Field, ...]
Value = str | int | Fields | Many


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person has to know or to do, at a key of the config (the top of the file without one)."""

    message: str
    route: Route = ()
    hint: str = ""
    severity: Severity = Severity.WARNING
    source: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What one area adds to the file and says about its keys."""

    on_service: Fields = ()
    on_revision: Fields = ()
    spec: Fields = ()
    container: Fields = ()
    mounts: tuple[Fields, ...] = ()
    volumes: tuple[Fields, ...] = ()
    notes: tuple[KeyNote, ...] = ()
    remarks: tuple[Remark, ...] = ()


def merged(shares: Iterable[Share]) -> Share:
    """All shares as one, in their order."""
    total = Share()
    for share in shares:
        total = Share(
            *(
                getattr(total, name) + getattr(share, name)
                for name in (
                    *("on_service", "on_revision", "spec", "container"),
                    *("mounts", "volumes", "notes", "remarks"),
                )
            )
        )
    return total
