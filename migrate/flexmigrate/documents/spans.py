"""Places in a text, and texts joined from stretches of another that still know where each character came from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from flexmigrate.documents.text import newline_at
from flexmigrate.model import Edit, Rewrite

BOM = "\ufeff"


class Span(NamedTuple):
    """The characters `start` up to, not including, `end`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """What stands there."""
        return text[self.start : self.end]

    def shifted(self, by: int) -> Span:
        """The same stretch, `by` characters further on."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Joined:
    """A text put together from stretches of another one.

    `pieces` pairs the place where a stretch begins here with the place where it begins there, in order.
    """

    text: str
    pieces: tuple[tuple[int, int], ...]

    def origin(self, offset: int) -> int:
        """The place in the original of the character at `offset`."""
        if not self.pieces:
            return 0
        here, there = self.pieces[max(0, bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1)]
        return there + offset - here

    def span(self, start: int, end: int) -> Span:
        """The stretch of the original that holds these characters; an empty one stays next to what precedes it."""
        if start < end:
            return Span(self.origin(start), self.origin(end - 1) + 1)
        place = self.origin(start - 1) + 1 if start else self.origin(0)
        return Span(place, place)

    def cut(self, start: int, end: int) -> Joined:
        """The part between two places, still knowing its origins."""
        inside = [(max(here, start), there + max(here, start) - here) for here, there in self._between(start, end)]
        return Joined(self.text[start:end], tuple((here - start, there) for here, there in inside))

    def _between(self, start: int, end: int) -> list[tuple[int, int]]:
        first = max(0, bisect_right(self.pieces, start, key=lambda piece: piece[0]) - 1)
        return [piece for piece in self.pieces[first:] if piece[0] < max(end, start + 1)]


def replace_span(path: str, text: str, span: Span, new: str) -> Rewrite:
    """The rewrite that puts `new` in place of a stretch of `text`; none where it stands there already."""
    old = span.of(text)
    return Rewrite(path) if old == new else Rewrite(path, (Edit(path, span.start, span.end, old, new),))


def append_line(path: str, text: str, line: str) -> Rewrite:
    """The rewrite that adds a last line; a text without final newline stays one."""
    newline = newline_at(text, len(text))
    bare = text in ("", BOM)
    new = line + newline if bare or text.endswith(("\n", "\r")) else newline + line
    return Rewrite(path, (Edit(path, len(text), len(text), "", new),))
