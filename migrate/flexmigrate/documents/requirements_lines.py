"""Splits a requirements file into logical lines as pip does: continued ones joined, comments cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flexmigrate.documents.spans import BOM, Joined, Span


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """A line after continuation: `body` is what pip reads of it, without comment and outer blanks.

    `dangling` means its last physical line still ends in a backslash, so that a line put behind it would join it.
    """

    line: int
    span: Span
    body: Joined
    dangling: bool


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """The lines as pip joins them, comments and blank ones included; their spans follow each other without gap."""
    pieces: list[tuple[int, int]] = []
    parts: list[str] = []
    length = 0
    start = offset = len(BOM) if text.startswith(BOM) else 0
    first = 0
    for number, kept in enumerate(text[offset:].splitlines(keepends=True), start=1):
        first = first or number
        line = kept.rstrip("\r\n") if kept.endswith(("\r", "\n")) else kept.splitlines()[0]
        comment = line.lstrip().startswith("#")
        continued = line.endswith("\\") and not comment
        content = line
        if continued:
            content = line.strip("\\")
        elif comment:
            # pip puts a blank in front, so that a comment is one even right behind a continued word.
            content = f" {line}"
        lead = (len(line) - len(line.lstrip("\\"))) if continued else -1 if comment else 0
        pieces.append((length, offset + lead))
        parts.append(content)
        length += len(content)
        offset += len(kept)
        if not continued:
            yield LogicalLine(first, Span(start, offset), _body(parts, pieces), False)
            pieces, parts, length, start, first = [], [], 0, offset, 0
    if first:
        yield LogicalLine(first, Span(start, offset), _body(parts, pieces), True)


def _body(parts: list[str], pieces: list[tuple[int, int]]) -> Joined:
    text = "".join(parts)
    end = text.find("#")
    while end > 0 and not text[end - 1].isspace():
        end = text.find("#", end + 1)
    body = (text if end < 0 else text[:end]).rstrip()
    return Joined(text, tuple(pieces)).cut(len(body) - len(body.lstrip()), len(body))
