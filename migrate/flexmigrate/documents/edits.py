"""Applies edits to a text, composes rounds of edits into one, and shows them as a diff."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from flexmigrate.model import Edit


class EditError(ValueError):
    """Edits that do not fit the text or each other."""


def ordered(edits: Iterable[Edit]) -> list[Edit]:
    """The edits by place; insertions at a place come before a replacement that starts there, in the order given."""
    return sorted(edits, key=lambda edit: (edit.start, edit.end))


def overlaps(first: Edit, second: Edit) -> bool:
    """Whether two edits of one file claim the same characters or insert at the same point."""
    if first.path != second.path:
        return False
    if first.start == first.end or second.start == second.end:
        return first.start <= second.end and second.start <= first.end
    return first.start < second.end and second.start < first.end


def check(text: str, edits: Sequence[Edit]) -> None:
    """Promise that the edits are in order, do not overlap, and find the text they expect; else EditError."""
    reached = 0
    for edit in edits:
        if edit.start < reached or edit.end < edit.start or edit.end > len(text):
            raise EditError(f"edit {edit.start}..{edit.end} overlaps another or lies outside the text")
        if text[edit.start : edit.end] != edit.old:
            # Neither text is repeated here: either may be the value of a variable, and this ends up in reports.
            raise EditError(f"edit {edit.start}..{edit.end} finds another text than the one it was made for")
        reached = edit.end


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; EditError when they do not fit."""
    in_order = ordered(edits)
    check(text, in_order)
    parts: list[str] = []
    reached = 0
    for edit in in_order:
        parts += (text[reached : edit.start], edit.new)
        reached = edit.end
    parts.append(text[reached:])
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the current text: copied from the original at `start..end`, or written by `rule`."""

    start: int
    end: int
    written: str | None = None
    rule: str = ""

    def __len__(self) -> int:
        return self.end - self.start if self.written is None else len(self.written)

    def split(self, at: int) -> tuple[_Piece, _Piece]:
        """The piece as two, the first `at` characters long."""
        if self.written is None:
            return _Piece(self.start, self.start + at), _Piece(self.start + at, self.end)
        return replace(self, written=self.written[:at]), replace(self, written=self.written[at:])


class _Pieces:
    """Hands out the pieces of a text once, from its start to its end, cut where asked."""

    def __init__(self, pieces: tuple[_Piece, ...]) -> None:
        self.left = deque(pieces)
        self.position = 0

    def until(self, place: int) -> list[_Piece]:
        """The pieces up to `place`, with those of no length that stand there."""
        found: list[_Piece] = []
        while self.left and self.position + len(self.left[0]) <= place:
            self.position += len(self.left[0])
            found.append(self.left.popleft())
        if self.left and self.position < place:
            piece, cut = self.left.popleft(), place - self.position
            head, tail = piece.split(cut)
            found.append(head)
            self.left.appendleft(tail)
            self.position = place
        return found

    def origin(self, end: int) -> int:
        """The place in the original of what comes next; `end` where nothing does."""
        return self.left[0].start if self.left else end


@dataclass(frozen=True, slots=True)
class PieceTable:
    """A text that remembers, through any number of rounds of edits, which characters are the original's.

    Every written piece knows its rule, every copied one its place, so the sum of all rounds can be announced as edits
    of the original, and a place in the newest text be traced back to the original.
    """

    original: str
    text: str
    pieces: tuple[_Piece, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        return cls(text, text, (_Piece(0, len(text)),))

    def edited(self, edits: Iterable[Edit]) -> PieceTable:
        """One more round; the edits speak of the current text. EditError when they do not fit."""
        in_order = ordered(edits)
        new_text = apply(self.text, in_order)
        pieces: list[_Piece] = []
        left = _Pieces(self.pieces)
        for edit in in_order:
            pieces += left.until(edit.start)
            origin = left.origin(len(self.original))
            # Marks of earlier deletions stay: they connect the removed characters to their rule.
            pieces += (piece for piece in left.until(edit.end) if not len(piece))
            # For the same reason an edit that writes nothing leaves a piece too.
            pieces.append(_Piece(origin, origin, edit.new, edit.rule))
        pieces += left.until(len(self.text))
        return PieceTable(self.original, new_text, tuple(pieces))

    def origin(self, offset: int) -> int:
        """The place in the original of a place in the current text; for written text, of where it was put."""
        position = 0
        for piece in self.pieces:
            if offset < position + len(piece):
                return piece.start if piece.written is not None else piece.start + offset - position
            position += len(piece)
        return len(self.original)

    def edits(self, path: str) -> tuple[Edit, ...]:
        """The sum of all rounds, as edits of the original text that do not overlap."""
        found: list[Edit] = []
        reached = 0
        written: list[str] = []
        rules: list[str] = []

        def close(until: int) -> None:
            old, new = self.original[reached:until], "".join(written)
            if old != new:
                found.append(
                    _trimmed(Edit(path, reached, until, old, new, ",".join(dict.fromkeys(filter(None, rules)))))
                )
            written.clear()
            rules.clear()

        for piece in self.pieces:
            if piece.written is not None:
                written.append(piece.written)
                rules.append(piece.rule)
            elif len(piece):
                close(piece.start)
                reached = piece.end
        close(len(self.original))
        return tuple(found)


def _trimmed(edit: Edit) -> Edit:
    """The same edit without the characters that old and new share at their ends, so that no kept byte is claimed."""
    old, new = edit.old, edit.new
    if not old or not new:
        return edit
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return replace(
        edit,
        start=edit.start + head,
        end=edit.end - tail,
        old=old[head : len(old) - tail],
        new=new[head : len(new) - tail],
    )


def unified_diff(path: str, before: str | None, after: str, context: int = 3) -> str:
    """The change as `diff -u` prints it, `a/` and `b/` in front so that `git apply` takes it. Empty when equal."""
    # Only those who print a diff wait for it.
    import difflib

    old, new = _name(f"a/{path}"), _name(f"b/{path}")
    if before is None and not after:
        # A file without lines has no hunk to show; git's own header is the only way to say that it is new.
        return f"diff --git {old} {new}\nnew file mode 100644\n"
    tab = "\t" if " " in path else ""
    lines = difflib.unified_diff(
        _lines(before or ""),
        _lines(after),
        fromfile="/dev/null" if before is None else old + tab,
        tofile=new + tab,
        n=context,
        lineterm="\n",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _name(name: str) -> str:
    """A file name as git writes it: quoted only where it would end a line or a name early."""
    if not any(character < " " or character in '"\\\x7f' for character in name):
        return name
    return '"' + "".join(f"\\{ord(c):03o}" if c < " " or c in '"\\\x7f' else c for c in name) + '"'


def _lines(text: str) -> list[str]:
    """The lines as diff tools see them: only LF ends one."""
    pieces = text.split("\n")
    return [f"{piece}\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
