"""Rewrites of single requirements that leave every other character alone, each checked by reading the result."""

from __future__ import annotations

import re
from dataclasses import replace

from flexmigrate.documents import packages
from flexmigrate.documents.requirements_entries import Requirement, RequirementKind
from flexmigrate.documents.requirements_lines import logical_lines
from flexmigrate.documents.requirements_parse import parse
from flexmigrate.documents.spans import append_line
from flexmigrate.documents.text import newline_at
from flexmigrate.model import Edit, Rewrite

_CLAUSE = re.compile(r"(===|[<>=!~]=|[<>])([^\S\r\n]*)")
_COMMA = re.compile(r"([^\S\r\n]*),([^\S\r\n]*)")


def set_specifier(entry: Requirement, specifier: str) -> Rewrite:
    """Put `specifier` (`==23.0.0`, `>=1,<2`, or nothing) in place of the entry's own, spaced as that one is."""
    refusal = _refusal(entry)
    if refusal or entry.specifier_span is None:
        return Rewrite(entry.path, refusal=refusal or "this line has no place for a version")
    try:
        wanted = packages.specifier_set(specifier)
    except packages.PackagingError as error:
        return Rewrite(entry.path, refusal=str(error))
    # Within the logical line, since the entry does not carry the whole file.
    inside = entry.specifier_span.shifted(-entry.span.start)
    old = inside.of(entry.raw)
    new = _spaced_like(old, specifier)
    after = parse(entry.raw[: inside.start] + new + entry.raw[inside.end :], entry.path, entry.constraint)
    expected = (entry.name, entry.extras, entry.marker, entry.options)
    if (
        len(after) != 1
        or not isinstance(after[0], Requirement)
        or after[0].specifier != wanted
        or (after[0].name, after[0].extras, after[0].marker, after[0].options) != expected
    ):
        return Rewrite(
            entry.path, refusal=f"line {entry.line} cannot be rewritten without changing more than the version"
        )
    if old == new:
        return Rewrite(entry.path)
    return Rewrite(entry.path, (Edit(entry.path, *entry.specifier_span, old, new),))


def remove_requirement(entry: Requirement) -> Rewrite:
    """Take the whole logical line away, with its comment and line ending."""
    if entry.hashes:
        return Rewrite(
            entry.path, refusal="the file pins by hash, where every package that something needs has to be listed"
        )
    return Rewrite(entry.path, (Edit(entry.path, *entry.span, entry.raw, ""),))


def add_requirement(path: str, text: str, line: str, after: Requirement | None = None) -> Rewrite:
    """Add `line` at the end or behind the entry `after`, with the file's line ending and its kind of last line."""
    added = parse(line, path)
    if len(added) != 1 or not isinstance(added[0], Requirement) or line.endswith("\\") or len(line.splitlines()) != 1:
        return Rewrite(path, refusal="what is to be added is not one requirement")
    present = [entry for entry in parse(text, path) if isinstance(entry, Requirement)]
    if any(entry.hashes for entry in present) and not added[0].hashes:
        return Rewrite(path, refusal="the file pins by hash, and then pip takes no line without one")
    slots = (f"{path}#{added[0].name}",)
    lines = list(logical_lines(text))
    place = len(text) if after is None else after.span.end
    if place == len(text) and lines and lines[-1].dangling:
        # Behind a last line that wants to go on, the new one would become its continuation.
        place = lines[-1].span.start
    if place == len(text):
        return replace(append_line(path, text, line), slots=slots)
    before = text[:place]
    newline = "\r\n" if before.endswith("\r\n") else "\n" if before.endswith("\n") else newline_at(text, place)
    edit = Edit(path, place, place, "", line + newline)
    return Rewrite(path, (edit,), slots=slots)


def _refusal(entry: Requirement) -> str | None:
    if entry.hashes:
        return f"{entry.name} is pinned by hash, and a new version needs new hashes"
    if entry.kind is not RequirementKind.NAME or entry.editable:
        return f"line {entry.line} takes the package from a {entry.kind}, not by version"
    if entry.specifier is None:
        return f"the version of {entry.name} comes from an environment variable"
    return None


def _spaced_like(old: str, new: str) -> str:
    """The new clauses with the blanks that the old ones have behind operators and around commas."""
    clauses = [clause.strip() for clause in new.split(",") if clause.strip()]
    operator = _CLAUSE.match(old)
    comma = _COMMA.search(old)
    gap = operator[2] if operator else ""
    spaced = [_CLAUSE.sub(lambda found: found[1] + gap, clause, count=1) for clause in clauses]
    return (comma[0] if comma else ",").join(spaced)
