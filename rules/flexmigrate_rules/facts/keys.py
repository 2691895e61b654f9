"""The key table: what becomes of every app.yaml key on a target, and which values gcloud refuses.

Keys are written with dots between names; places in a list are numbers: `resources.volumes.0.name` or
`resources.volumes[0].name`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flexmigrate_rules.facts.key_rows import (
    Combination,
    Fate,
    KeyRow,
    Situation,
    all_rows,
    combinations,
    parent_of,
    pattern_for,
    row_at,
    sections,
    situations,
)
from flexmigrate_rules.facts.scalars import Kind, Unreadable, as_read

__all__ = [
    "Combination",
    "Fate",
    "KeyRow",
    "Kind",
    "Refusal",
    "Situation",
    "all_rows",
    "combinations",
    "explain",
    "refusals",
    "required_members",
    "row_for",
    "situations",
    "verdict",
]

_PLACE = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why gcloud stops at a node before it uploads anything, and where that can be read."""

    reason: str
    source: str


def row_for(key: str) -> KeyRow | None:
    """The row of a key, or None for a key that neither gcloud nor Google's reference knows.

    Exact rows win over wildcards, early exact names over late ones. Members of maps may hold dots themselves.
    """
    pattern = pattern_for(_dotted(key))
    return None if pattern is None else row_at(pattern)


def verdict(key: str, platform: str) -> Fate | None:
    """What becomes of the key on "flex" or "cloud-run"; None for an unknown key, ValueError for another target."""
    row = row_for(key)
    return None if row is None else row.fate(platform)


def explain(key: str, platform: str) -> str:
    """Why the key has this verdict, for a person and marked where unverified; empty for an unknown key."""
    fate = verdict(key, platform)
    return "" if fate is None else fate.explanation


def refusals(key: str, text: str, kind: Kind | str = Kind.PLAIN) -> tuple[Refusal, ...]:
    """What gcloud's parser refuses about this one node, before anything is uploaded; empty where it takes it.

    `text` is the scalar's text without quotes (ignored for mappings and sequences), `kind` how the node is written.
    A node with an explicit tag (`!!str`) is not foreseen. What depends on other keys is in `combinations`,
    `situations` and `required_members`. Nothing the parser takes is called refused; `http_headers`, `libraries`,
    `builtins`, `includes` and `source_reference` meet further checks in gcloud that are not predicted.
    """
    row = row_for(key)
    cite = sections().table.sources
    if _is_inside_a_text(_dotted(key)):
        return ()
    if row is None:
        return (Refusal(f"gcloud knows no key `{key}` and stops at it", cite["parser-objects"]),)
    if row.newer:
        return ()
    found = [Refusal(reason, cite["parser"]) for reason in _name_objections(_dotted(key), row)]
    reason = _value_objection(row, text, Kind(kind))
    if reason:
        found.append(Refusal(reason, cite["parser-values"]))
    elif row.refused and not _is_null(text, kind):
        found.append(Refusal(row.refused, row.evidence.source))
    return tuple(found)


def required_members(key: str) -> tuple[str, ...]:
    """Names without which gcloud refuses the mapping at `key`: `manual_scaling` needs `instances`."""
    pattern = pattern_for(_dotted(key))
    if pattern is None:
        return ()
    prefix = f"{pattern}."
    members = [name for name in sections() if name.startswith(prefix) and "." not in name[len(prefix) :]]
    return tuple(sorted(member[len(prefix) :] for member in members if row_at(member).required))


def _dotted(key: str) -> str:
    return _PLACE.sub(r".\1", key)


def _is_inside_a_text(key: str) -> bool:
    """Whether the node lies in a list that stands where gcloud expects one value: it turns the list itself to text."""
    parts = key.split(".")
    for end in range(len(parts) - 1, 0, -1):
        row = row_for(".".join(parts[:end]))
        if row is not None and parts[end].isdecimal():
            return row.check.type not in {"mapping", "map", "sequence", "list", "regex"}
    return False


def _name_objections(key: str, row: KeyRow) -> Iterator[str]:
    parent = parent_of(row)
    if parent is not None and parent.names:
        name = key.split(".", parent.key.count(".") + 1)[-1]
        if not re.match(f"^(?:{parent.names})$", name):
            yield f"gcloud refuses the name `{name}`: it must match {parent.names}"


def _value_objection(row: KeyRow, text: str, kind: Kind) -> str:
    if kind is Kind.MAPPING:
        return "" if row.check.type in {"mapping", "map"} else f"gcloud takes no mapping for `{row.key}`"
    try:
        value = as_read(text, kind)
    except Unreadable:
        # The text is not repeated: it may be the value of an environment variable.
        return "gcloud cannot read this value, which looks like a number or a day and is none: quote it"
    if value is None:
        return _null_objection(row)
    objection = row.check.objection(value)
    return objection and f"gcloud refuses this value: {objection}"


def _null_objection(row: KeyRow) -> str:
    parent = parent_of(row)
    # A map turns its members into text, so an empty one is the word None there.
    if parent is not None and parent.check.type == "map":
        return ""
    return f"gcloud wants a value for `{row.key}`" if row.required or not row.may_be_empty else ""


def _is_null(text: str, kind: Kind | str) -> bool:
    return kind == Kind.PLAIN and as_read(text, Kind.PLAIN) is None
