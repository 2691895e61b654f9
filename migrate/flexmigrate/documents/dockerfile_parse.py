"""Splits a Dockerfile into instructions: directives, comments, continuation lines and here-documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flexmigrate.documents.spans import BOM, Joined, Span

_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*([A-Za-z][A-Za-z0-9_-]*)[ \t]*=[ \t]*(\S.*)")
_KEYWORD = re.compile(r"[ \t]*([A-Za-z]+)(?=[ \t\r\n\\`]|$)")
_HEREDOC = re.compile(r"(?<![<\w])[0-9]*<<(-?)([\"']?)([A-Za-z_][A-Za-z0-9_.]*)\2")
_HEREDOC_KEYWORDS = frozenset(("RUN", "COPY", "ADD"))
_MOST_HEREDOCS = 20


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `arguments` are its words after joining lines, without the comments between them.

    `span` is everything from the keyword's line to its last line with line ending, here-documents included;
    `text_span` the same without blanks around it. `keyword` is upper case, and empty for a line that has none.
    """

    keyword: str
    line: int
    span: Span
    text_span: Span
    arguments: Joined
    heredocs: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile's instructions in order; `directives` are the parser's (`escape`, `syntax`), lower case."""

    path: str
    text: str
    instructions: tuple[Instruction, ...]
    directives: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    start: int
    end: int
    content: str


def parse(text: str, path: str = "Dockerfile") -> Dockerfile:
    """Read any text: what is no instruction gets an empty keyword."""
    lines = list(_lines(text))
    directives = _directives(lines)
    escape = "`" if ("escape", "`") in directives else "\\"
    return Dockerfile(path, text, tuple(_instructions(lines, escape)), directives)


def _lines(text: str) -> Iterator[_Line]:
    start = len(BOM) if text.startswith(BOM) else 0
    number = 0
    while start < len(text):
        number += 1
        feed = text.find("\n", start)
        end = len(text) if feed < 0 else feed + 1
        yield _Line(number, start, end, text[start:end].rstrip("\r\n"))
        start = end


def _directives(lines: list[_Line]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for line in lines:
        directive = _DIRECTIVE.match(line.content)
        # Only known names, each once, before anything else: later ones are comments.
        if directive is None or directive[1].lower() not in ("syntax", "escape", "check"):
            break
        found.append((directive[1].lower(), directive[2].strip()))
    return tuple(found)


def _instructions(lines: list[_Line], escape: str) -> Iterator[Instruction]:
    place = 0
    # Looking for each of many ends that never come would read the file once for every one of them.
    endless: set[tuple[str, bool]] = set()
    while place < len(lines):
        first = place
        stripped = lines[first].content.strip()
        if not stripped or stripped.startswith("#"):
            place += 1
            continue
        parts: list[str] = []
        pieces: list[tuple[int, int]] = []
        length = 0
        goes_on = True
        last = first
        while place < len(lines) and goes_on:
            line = lines[place]
            bare = line.content.strip()
            if parts and (not bare or bare.startswith("#")):
                place += 1
                continue
            content, goes_on = _continued(line.content, escape)
            parts.append(content)
            pieces.append((length, line.start))
            length += len(content)
            last = place
            place += 1
        joined = Joined("".join(parts), tuple(pieces))
        keyword = _KEYWORD.match(joined.text)
        name = keyword[1].upper() if keyword else ""
        place = last + 1
        heredocs: list[Span] = []
        if name in _HEREDOC_KEYWORDS:
            for heredoc in list(_HEREDOC.finditer(joined.text))[:_MOST_HEREDOCS]:
                wanted = (heredoc[3], bool(heredoc[1]))
                end = None if wanted in endless else _heredoc_end(lines, place, *wanted)
                if end is None:
                    endless.add(wanted)
                    break
                heredocs.append(Span(lines[place].start, lines[end].end))
                place, last = end + 1, end
        span = Span(lines[first].start, lines[last].end)
        yield _instruction(
            name, keyword.end() if keyword else 0, lines[first], lines[last], span, joined, tuple(heredocs)
        )


def _instruction(
    name: str, behind: int, first: _Line, last: _Line, span: Span, joined: Joined, heredocs: tuple[Span, ...]
) -> Instruction:
    start = behind
    while joined.text[start : start + 1] in (" ", "\t"):
        start += 1
    end = max(start, len(joined.text.rstrip()))
    lead = len(first.content) - len(first.content.lstrip())
    text_span = Span(first.start + lead, last.start + len(last.content.rstrip()))
    return Instruction(name, first.number, span, text_span, joined.cut(start, end), heredocs)


def _continued(content: str, escape: str) -> tuple[str, bool]:
    bare = content.rstrip(" \t")
    return (bare[:-1], True) if bare.endswith(escape) else (content, False)


def _heredoc_end(lines: list[_Line], place: int, word: str, strip_tabs: bool) -> int | None:
    for number in range(place, len(lines)):
        content = lines[number].content
        if (content.lstrip("\t") if strip_tabs else content) == word:
            return number
    return None
