"""Lines and places in a text, whatever its line endings."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from flexmigrate.model import Position

_BREAK = re.compile(r"\r\n|\n|\r")


@lru_cache(maxsize=16)
def _line_starts(text: str) -> tuple[int, ...]:
    # Asked for once per place: without the cache a thousand findings read the whole text a thousand times.
    return (0, *(match.end() for match in _BREAK.finditer(text)))


def _line_index(text: str, offset: int) -> int:
    return bisect_right(_line_starts(text), offset) - 1


def position(text: str, offset: int) -> Position:
    """Line and column of a character offset, both counted from 1; LF, CRLF and a lone CR end a line."""
    index = _line_index(text, offset)
    start = _line_starts(text)[index]
    # The byte order mark is no character to the person who counts columns.
    bom = 1 if index == 0 and text.startswith("\ufeff") and offset > 0 else 0
    return Position(index + 1, offset - start + 1 - bom)


def line_start(text: str, offset: int) -> int:
    """Where the line that holds `offset` begins."""
    return _line_starts(text)[_line_index(text, offset)]


def line_end(text: str, offset: int) -> int:
    """Where the line that holds `offset` ends, before its line break."""
    end = next_line(text, offset)
    if end > offset and text[end - 1] == "\n":
        end -= 1
    if end > offset and text[end - 1] == "\r":
        end -= 1
    return end


def next_line(text: str, offset: int) -> int:
    """Where the line after the one that holds `offset` begins; the end of the text when it is the last."""
    starts = _line_starts(text)
    index = _line_index(text, offset) + 1
    return starts[index] if index < len(starts) else len(text)


def newline_at(text: str, offset: int) -> str:
    """The line break in use around `offset`: of its line, else of the line before, else LF."""
    for end in (next_line(text, offset), line_start(text, offset)):
        if text.endswith("\r\n", 0, end):
            return "\r\n"
        if text.endswith(("\n", "\r"), 0, end):
            return text[end - 1]
    return "\n"


def line_at(text: str, offset: int) -> str:
    """The line that holds `offset`, without its line break."""
    return text[line_start(text, offset) : line_end(text, offset)]
