"""Reads the logical lines of a requirements file into entries, as pip does."""

from __future__ import annotations

import re
from typing import TypedDict

from flexmigrate.documents import packages
from flexmigrate.documents.requirements_entries import (
    Entry,
    Include,
    IncludeKind,
    IndexOption,
    Requirement,
    RequirementKind,
    Unparsed,
)
from flexmigrate.documents.requirements_lines import logical_lines
from flexmigrate.documents.requirements_options import OptionError, read_options, split_options
from flexmigrate.documents.spans import Joined, Span

_PLACEHOLDER = re.compile(r"\$\{([A-Z0-9_]+)\}")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_VCS = ("git+", "hg+", "svn+", "bzr+")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar")
_OPERATORS = "<>=!~"


class _Place(TypedDict):
    path: str
    line: int
    span: Span
    raw: str
    constraint: bool


def parse(text: str, path: str = "requirements.txt", constraint: bool = False) -> tuple[Entry, ...]:
    """All entries in order; a line that is no requirement, option or include is Unparsed with its reason."""
    found: list[Entry] = []
    for logical in logical_lines(text):
        if logical.body.text:
            place = _Place(
                path=path, line=logical.line, span=logical.span, raw=logical.span.of(text), constraint=constraint
            )
            found += _entries(logical.body, place)
    return tuple(found)


def _entries(body: Joined, place: _Place) -> list[Entry]:
    argument, rest = split_options(body.text)
    try:
        options = read_options(rest)
    except OptionError as error:
        return [Unparsed(**place, reason=str(error))]
    if argument.strip():
        return [_requirement(body, argument.rstrip(), options, place)]
    by_name = dict(reversed(options))
    if "editable" in by_name:
        return [_elsewhere(by_name["editable"], options, place, editable=True)]
    for kind, option in ((IncludeKind.REQUIREMENT, "requirement"), (IncludeKind.CONSTRAINT, "constraint")):
        if option in by_name:
            return [Include(**place, target=by_name[option], kind=kind)]
    return [IndexOption(**place, kind=name, value=value) for name, value in options]


def _requirement(body: Joined, text: str, options: list[tuple[str, str]], place: _Place) -> Entry:
    name = _NAME.match(text)
    if name is None or _is_elsewhere(text, name.end()):
        return _elsewhere(text, options, place)
    placeholders = tuple(_PLACEHOLDER.findall(text))
    # Any text of the same length that PEP 508 accepts in this place will do, its value is not used.
    masked = _PLACEHOLDER.sub(lambda found: "0" * len(found[0]), text)
    head, semicolon, marker = masked.partition(";")
    if semicolon and not marker.strip():
        # To pip a semicolon with nothing behind it is no marker, to PEP 508 it is a mistake.
        masked = head
    try:
        found = packages.parse_pep508(masked)
    except packages.PackagingError as error:
        return Unparsed(**place, reason=str(error), name=packages.normalise(name[0]))
    written = _specifier_span(text, name.end())
    if found.url is not None:
        url = text.partition("@")[2].partition(" ;")[0].strip()
        return Requirement(
            **place,
            text=text,
            kind=RequirementKind.VCS if url.startswith(_VCS) else RequirementKind.URL,
            name=packages.normalise(found.name),
            written=found.name,
            name_span=body.span(0, name.end()),
            extras=found.extras,
            url=url,
            marker=found.marker,
            hashes=_hashes(options),
            options=_other(options),
            placeholders=placeholders,
        )
    return Requirement(
        **place,
        text=text,
        name=packages.normalise(found.name),
        written=found.name,
        name_span=body.span(0, name.end()),
        extras=found.extras,
        specifier=None if "$" in written.of(text) else found.specifier,
        specifier_span=body.span(*written),
        marker=found.marker,
        hashes=_hashes(options),
        options=_other(options),
        placeholders=placeholders,
    )


def _specifier_span(text: str, position: int) -> Span:
    """Where the version clauses stand behind the name, or would have to."""
    start = _skip_blanks(text, position)
    if text.startswith("[", start):
        position = text.find("]", start) + 1
        start = _skip_blanks(text, position)
    end = text.find(";", start)
    end = len(text) if end < 0 else end
    if text.startswith("(", start):
        start, end = _skip_blanks(text, start + 1), text.find(")", start)
    if not text.startswith(tuple(_OPERATORS), start):
        return Span(position, position)
    return Span(start, start + len(text[start:end].rstrip()))


def _skip_blanks(text: str, position: int) -> int:
    while text[position : position + 1].isspace():
        position += 1
    return position


def _is_elsewhere(text: str, after_name: int) -> bool:
    """Whether the text is a URL or path and not a name with what PEP 508 allows behind it."""
    scheme = _SCHEME.match(text)
    if scheme and (scheme[1].lower().startswith(_VCS) or text.startswith(("//", "/"), scheme.end())):
        return True
    bare = text.partition(";")[0].strip()
    if "@" in bare and not text[:after_name].endswith(_ARCHIVES) and text[after_name:].lstrip().startswith(("@", "[")):
        return False
    return "/" in bare or bare.lower().partition("#")[0].endswith(_ARCHIVES)


def _elsewhere(text: str, options: list[tuple[str, str]], place: _Place, editable: bool = False) -> Entry:
    """A requirement by URL, repository or path."""
    location, separator, marker = text.partition("; ") if _SCHEME.match(text) else text.partition(";")
    location = location.strip()
    kind = _kind(location)
    if kind is RequirementKind.PATH and not editable and not _looks_like_path(location):
        return Unparsed(**place, reason="neither a requirement nor an option that pip knows")
    canonical: str | None = None
    if separator:
        try:
            canonical = packages.canonical_marker(marker.strip())
        except packages.PackagingError as error:
            return Unparsed(**place, reason=str(error))
    written, extras = _stated_name(location)
    return Requirement(
        **place,
        text=text,
        kind=kind,
        name=packages.normalise(written),
        written=written,
        extras=extras,
        url=location,
        marker=canonical,
        hashes=_hashes(options),
        editable=editable,
        options=_other(options),
        placeholders=tuple(_PLACEHOLDER.findall(text)),
    )


def _kind(location: str) -> RequirementKind:
    scheme = _SCHEME.match(location)
    if (scheme and scheme[0].lower().startswith((*_VCS, "git:", "ssh:"))) or location.startswith("git@"):
        return RequirementKind.VCS
    if scheme and scheme[1].lower() == "file":
        return RequirementKind.PATH
    return RequirementKind.URL if scheme and "//" in location else RequirementKind.PATH


def _looks_like_path(location: str) -> bool:
    bare = location.partition("#")[0].partition("[")[0]
    return bare.startswith((".", "/", "~", "$", "file:")) or "/" in bare or bare.lower().endswith(_ARCHIVES)


def _stated_name(location: str) -> tuple[str, tuple[str, ...]]:
    """The name and extras that a URL or path tells: `#egg=name[extra]`, a distribution's file name, or nothing."""
    base, _, fragment = location.partition("#")
    for field in fragment.split("&"):
        if field.startswith("egg="):
            found = _NAME.match(field, 4)
            return (found[0] if found else "", _extras(field))
    file = base.partition("?")[0].rstrip("/").rpartition("/")[2]
    ending = next((ending for ending in _ARCHIVES if file.lower().endswith(ending)), "")
    if not ending or _kind(location) is RequirementKind.VCS:
        return "", _extras(base) if base.endswith("]") else ()
    stem = file[: -len(ending)]
    name = stem.partition("-")[0] if ending == ".whl" else stem.rpartition("-")[0]
    return (name if _NAME.fullmatch(name) else "", ())


def _extras(text: str) -> tuple[str, ...]:
    inside = text.partition("[")[2].partition("]")[0]
    return tuple(sorted(extra.strip() for extra in inside.split(",") if extra.strip()))


def _hashes(options: list[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(value for name, value in options if name == "hash")


def _other(options: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(option for option in options if option[0] not in ("hash", "editable"))
