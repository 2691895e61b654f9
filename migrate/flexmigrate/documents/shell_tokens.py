"""Tokens and words of shell text, with their places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from flexmigrate.documents.spans import Joined, Span


class TokenKind(StrEnum):
    """What a token is to the shell."""

    WORD = "word"
    OPERATOR = "operator"
    BREAK = "break"
    BLANK = "blank"
    COMMENT = "comment"


class Variable(NamedTuple):
    """A variable as it stands in a word's text from `start` to `end`; `default` is what `:-` or `:=` gives."""

    name: str
    default: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word without its quotes.

    In `text` variables stand as written (`$PORT`, `${PORT:-8080}`) and are listed in `variables`; a dollar sign that is
    not listed is one. `opaque` says why the word's value cannot be told. `splits` means it may become several words.
    `pieces` say where the parts of `text` stand in the source; there are none where no source is known.
    """

    text: str
    span: Span
    variables: tuple[Variable, ...] = ()
    opaque: str = ""
    splits: bool = False
    pieces: tuple[tuple[int, int], ...] = ()

    def cut(self, start: int, end: int | None = None) -> Word:
        """The part of the word between two places of its text; the span stays the whole word's."""
        end = len(self.text) if end is None else end
        inside = tuple(
            found._replace(start=found.start - start, end=found.end - start)
            for found in self.variables
            if start <= found.start and found.end <= end
        )
        pieces = self.joined.cut(start, end).pieces if self.pieces else ()
        return replace(self, text=self.text[start:end], variables=inside, pieces=pieces)

    @property
    def joined(self) -> Joined:
        """The text with its places in the source."""
        return Joined(self.text, self.pieces)

    @property
    def place(self) -> Span | None:
        """Where `text` stands in the source; None where it does not stand there character by character."""
        found = self.joined.span(0, len(self.text)) if self.pieces else None
        return found if found is not None and found.end - found.start == len(self.text) else None

    def find(self, character: str) -> int:
        """Where the character first stands outside of variables; -1 when nowhere."""
        place = self.text.find(character)
        while place >= 0:
            around = next((found for found in self.variables if found.start <= place < found.end), None)
            if around is None:
                return place
            place = self.text.find(character, around.end)
        return -1

    @property
    def variable(self) -> Variable | None:
        """The variable that is all of this word."""
        if len(self.variables) == 1 and self.variables[0][2:] == (0, len(self.text)):
            return self.variables[0]
        return None


class Token(NamedTuple):
    """A stretch of the text; only words have a `word`. `problem` says what keeps the rest from being read."""

    kind: TokenKind
    span: Span
    word: Word | None = None
    problem: str = ""
