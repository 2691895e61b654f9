"""requirements.txt as pip reads it: entries with places, includes followed, rewrites that touch nothing else."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flexmigrate.documents import packages
from flexmigrate.documents.decoding import decode_requirements as decode
from flexmigrate.documents.packages import normalise
from flexmigrate.documents.requirements_edits import add_requirement, remove_requirement, set_specifier
from flexmigrate.documents.requirements_entries import (
    Entry,
    Include,
    IncludeKind,
    IndexOption,
    Requirement,
    RequirementKind,
    Unparsed,
    redacted,
)
from flexmigrate.documents.requirements_lines import LogicalLine, logical_lines
from flexmigrate.documents.requirements_parse import parse
from flexmigrate.documents.spans import Span

if TYPE_CHECKING:
    from flexmigrate.documents.packages import SpecifierSet

__all__ = [
    "Effective",
    "Entry",
    "Include",
    "IncludeKind",
    "IncludeProblem",
    "IndexOption",
    "LogicalLine",
    "Requirement",
    "RequirementKind",
    "Requirements",
    "Unparsed",
    "add_requirement",
    "decode",
    "logical_lines",
    "marker_holds",
    "normalise",
    "parse",
    "redacted",
    "remove_requirement",
    "resolve",
    "set_specifier",
]

_URL = re.compile(r"(?:https?|file|ftp):", re.IGNORECASE)
_NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class IncludeProblem:
    """An include that could not be followed, and why."""

    include: Include
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Effective:
    """What a set of files asks of one package on the target: more than one requirement is a duplicate."""

    name: str
    requirements: tuple[Requirement, ...]
    constraints: tuple[Requirement, ...] = ()

    @property
    def duplicated(self) -> bool:
        """Whether several lines that hold on the target require the package."""
        return len(self.requirements) > 1

    @property
    def specifier(self) -> SpecifierSet | None:
        """All clauses together; None when one of the requirements does not tell its versions."""
        combined = packages.specifier_set("")
        for entry in (*self.requirements, *self.constraints):
            if entry.specifier is None:
                return None
            combined &= entry.specifier
        return combined


@dataclass(frozen=True, slots=True)
class Requirements:
    """A requirements file with all it includes, in pip's order. `files` are the paths that were read."""

    entries: tuple[Entry, ...]
    problems: tuple[IncludeProblem, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[Requirement, ...]:
        """The requirements, without constraints."""
        return tuple(entry for entry in self.entries if isinstance(entry, Requirement) and not entry.constraint)

    @property
    def constraints(self) -> tuple[Requirement, ...]:
        """What only narrows the versions of something else."""
        return tuple(entry for entry in self.entries if isinstance(entry, Requirement) and entry.constraint)

    @property
    def options(self) -> tuple[IndexOption, ...]:
        """The options on where and how packages are found."""
        return tuple(entry for entry in self.entries if isinstance(entry, IndexOption))

    @property
    def unparsed(self) -> tuple[Unparsed, ...]:
        """The lines that could not be read."""
        return tuple(entry for entry in self.entries if isinstance(entry, Unparsed))

    def find(self, name: str) -> tuple[Requirement, ...]:
        """All requirements of this package, whatever their markers say."""
        wanted = normalise(name)
        return tuple(entry for entry in self.required if entry.name == wanted)

    def effective(self, python: str) -> dict[str, Effective]:
        """What holds on the target, by normalised name; packages that state no name are left out."""
        required, narrowing = _by_name(self.required, python), _by_name(self.constraints, python)
        return {
            name: Effective(name, tuple(entries), tuple(narrowing.get(name, ()))) for name, entries in required.items()
        }


def _by_name(entries: Iterable[Requirement], python: str) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for entry in entries:
        if entry.name and marker_holds(entry, python):
            found.setdefault(entry.name, []).append(entry)
    return found


def marker_holds(requirement: Requirement, python: str) -> bool:
    """Whether the requirement counts under CPython `python` on 64-bit Linux; an undecidable marker counts."""
    return requirement.marker is None or packages.marker_true(requirement.marker, python)


def resolve(start: str, read: Callable[[str], str | None]) -> Requirements:
    """Read `start` and what it includes, each file once; `read` returns None for a file that is not there.

    Paths are relative to the root and use `/`. Includes are relative to the file that names them, as pip has it.
    """
    entries: list[Entry] = []
    problems: list[IncludeProblem] = []
    seen = {(start, False)}
    text = read(start)
    if text is None:
        return Requirements((Unparsed(start, 1, _NOWHERE, "", reason="the file does not exist"),))
    # A stack of half-read files instead of recursion: a chain of includes may be longer than Python's own stack.
    pending: list[Iterator[Entry]] = [iter(parse(text, start))]
    while pending:
        entry = next(pending[-1], None)
        if entry is None:
            pending.pop()
            continue
        entries.append(entry)
        if not isinstance(entry, Include):
            continue
        path, reason = _included(entry)
        constraint = entry.kind is IncludeKind.CONSTRAINT
        if not reason and (path, constraint) not in seen:
            seen.add((path, constraint))
            content = read(path)
            if content is None:
                reason = "the file does not exist"
            else:
                pending.append(iter(parse(content, path, constraint)))
        if reason:
            problems.append(IncludeProblem(entry, path, reason))
    missing = {problem.path for problem in problems}
    return Requirements(tuple(entries), tuple(problems), tuple(sorted({path for path, _ in seen} - missing)))


def _included(entry: Include) -> tuple[str, str]:
    """The path of the included file, and why it cannot be followed."""
    if _URL.match(entry.target):
        return redacted(entry.target), "it is not part of the repository but fetched from a URL"
    if "${" in entry.target:
        return entry.target, "its name depends on an environment variable"
    path = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), entry.target.replace("\\", "/")))
    if path == ".." or path.startswith(("../", "/")) or "\0" in path:
        return path, "it lies outside the repository"
    return path, ""
