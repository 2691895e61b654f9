"""Lines and places in a text, whatever its line endings."""

from __future__ import annotations

import re
from bisect import bisect_right

from flexmigrate.model import Position

_BREAK = re.compile(r"\r\n|\n|\r")


def position(text: str, offset: int) -> Position:
    """Line and column of a character offset, both counted from 1; LF, CRLF and a lone CR end a line."""
    ends = [match.end() for match in _BREAK.finditer(text)]
    line = bisect_right(ends, offset)
    start = ends[line - 1] if line else 0
    # The byte order mark is no character to the person who counts columns.
    bom = 1 if line == 0 and text.startswith("\ufeff") and offset > 0 else 0
    return Position(line + 1, offset - start + 1 - bom)


def line_start(text: str, offset: int) -> int:
    """Where the line that holds `offset` begins."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def line_end(text: str, offset: int) -> int:
    """Where the line that holds `offset` ends, before its line break."""
    match = _BREAK.search(text, offset)
    return match.start() if match else len(text)


def next_line(text: str, offset: int) -> int:
    """Where the line after the one that holds `offset` begins; the end of the text when it is the last."""
    match = _BREAK.search(text, offset)
    return match.end() if match else len(text)


def newline_at(text: str, offset: int) -> str:
    """The line break in use around `offset`: of its line, else of the line before, else of the file, else LF."""
    match = _BREAK.search(text, offset)
    if match:
        return match.group()
    found = _BREAK.findall(text)
    return str(found[-1]) if found else "\n"


def line_at(text: str, offset: int) -> str:
    """The line that holds `offset`, without its line break."""
    return text[line_start(text, offset) : line_end(text, offset)]
