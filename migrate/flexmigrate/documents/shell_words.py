"""Splits shell text into tokens and reads words. Nothing is expanded: variables are marked where they stand."""

from __future__ import annotations

import re

from flexmigrate.documents.shell_brackets import closing, closing_backtick
from flexmigrate.documents.shell_tokens import Token, TokenKind, Variable, Word
from flexmigrate.documents.spans import Span

__all__ = ["Token", "TokenKind", "Variable", "Word", "tokens"]

_BLANK = re.compile(r"(?:[ \t]|\\\r?\n)+")
_BREAK = re.compile(r"\r\n|\n|\r")
_OPERATOR = re.compile(r"&&|\|\||;;|<<-|<<|<>|<&|>>|>&|>\||&>|[;|&<>()]")
_PLAIN = re.compile(r"[^\s'\"\\$`|&;<>()]+")
_QUOTED_PLAIN = re.compile(r'[^"\\$`]+')
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = re.compile(r"[0-9@*#?$!-]")
_BRACED = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*])(?::?(?P<use>[-=+?]))?")


def tokens(text: str) -> list[Token]:
    """The whole text as tokens that follow each other without gap."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        token = _token(text, place, after_word=bool(found) and found[-1].kind is TokenKind.WORD)
        found.append(token)
        place = token.span.end
    return found


def _token(text: str, place: int, after_word: bool) -> Token:
    blank = _BLANK.match(text, place)
    if blank:
        return Token(TokenKind.BLANK, Span(*blank.span()))
    ending = _BREAK.match(text, place)
    if ending:
        return Token(TokenKind.BREAK, Span(*ending.span()))
    operator = _OPERATOR.match(text, place)
    if operator:
        return Token(TokenKind.OPERATOR, Span(*operator.span()))
    if text[place] == "#" and not after_word:
        ending = _BREAK.search(text, place)
        return Token(TokenKind.COMMENT, Span(place, ending.start() if ending else len(text)))
    if text[place].isspace():
        return Token(TokenKind.BLANK, Span(place, place + 1))
    return _Reader(text, place).read()


class _Reader:
    """Reads one word, which begins at `start`."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = self.place = start
        self.parts: list[str] = []
        self.pieces: list[tuple[int, int]] = []
        self.length = 0
        self.variables: list[Variable] = []
        self.opaque = self.problem = ""
        self.splits = False

    def read(self) -> Token:
        text = self.text
        while self.place < len(text) and not self.problem:
            plain = _PLAIN.match(text, self.place)
            character = text[self.place]
            if plain:
                self._add(plain[0])
                self.place = plain.end()
            elif character == "'":
                self._single_quoted()
            elif character == '"':
                self._double_quoted()
            elif character == "\\":
                self._escaped()
            elif character in "$`":
                self._dollar(quoted=False)
            else:
                break
        span = Span(self.start, self.place)
        pieces = tuple(self.pieces) or ((0, self.start),)
        word = Word("".join(self.parts), span, tuple(self.variables), self.opaque, self.splits, pieces)
        return Token(TokenKind.WORD, span, word, self.problem)

    def _add(self, part: str, behind: int = 0) -> None:
        """Take over what stands `behind` characters after the place that is read."""
        self.parts.append(part)
        self.pieces.append((self.length, self.place + behind))
        self.length += len(part)

    def _unfinished(self, what: str) -> None:
        self.problem = f"{what} is not closed"
        self._add(self.text[self.place :])
        self.place = len(self.text)

    def _single_quoted(self) -> None:
        end = self.text.find("'", self.place + 1)
        if end < 0:
            self._unfinished("a single quote")
            return
        self._add(self.text[self.place + 1 : end], behind=1)
        self.place = end + 1

    def _double_quoted(self) -> None:
        self.place += 1
        while True:
            plain = _QUOTED_PLAIN.match(self.text, self.place)
            if plain:
                self._add(plain[0])
                self.place = plain.end()
            following = self.text[self.place : self.place + 1]
            if following == '"':
                self.place += 1
                return
            if not following or self.problem:
                self._unfinished("a double quote")
                return
            if following == "\\":
                self._escaped(only='"\\$`')
            else:
                self._dollar(quoted=True)

    def _escaped(self, only: str = "") -> None:
        following = self.text[self.place + 1 : self.place + 2]
        broken = _BREAK.match(self.text, self.place + 1)
        if broken:
            self.place = broken.end()
            return
        kept = only and following not in only
        if kept or not following:
            self._add(f"\\{following}")
        else:
            self._add(following, behind=1)
        self.place += 1 + len(following)

    def _dollar(self, quoted: bool) -> None:
        text, place = self.text, self.place
        if text[place] == "`":
            self._opaque(closing_backtick(text, place), "a command substitution")
            return
        if text.startswith(("$((", "$(", "$["), place):
            what = "arithmetic" if text.startswith(("$((", "$["), place) else "a command substitution"
            self._opaque(closing(text, place + 1), what)
            return
        if text.startswith(("$'", '$"'), place) and not quoted:
            self.opaque = self.opaque or "a quote with a dollar sign in front"
            self._add("$")
            self.place += 1
            return
        if text.startswith("${", place):
            self._braced(quoted)
            return
        name = _NAME.match(text, place + 1) or _SPECIAL.match(text, place + 1)
        if not name:
            self._add("$")
            self.place += 1
            return
        self._variable(name[0], None, name.end(), quoted)

    def _braced(self, quoted: bool) -> None:
        end = closing(self.text, self.place + 1)
        inside = self.text[self.place + 2 : end - 1]
        found = _BRACED.match(inside)
        if end < 0 or found is None or not (found["use"] or found.end() == len(inside)):
            self._opaque(end, "a parameter expansion")
            return
        rest = inside[found.end() :]
        if found["use"] == "+" or "$(" in rest or "`" in rest:
            self.opaque = self.opaque or "a parameter expansion"
        self._variable(found["name"], rest if found["use"] in ("-", "=") else None, end, quoted)

    def _variable(self, name: str, default: str | None, end: int, quoted: bool) -> None:
        written = self.text[self.place : end]
        self.variables.append(Variable(name, default, self.length, self.length + len(written)))
        self.splits = self.splits or not quoted
        self._add(written)
        self.place = end

    def _opaque(self, end: int, reason: str) -> None:
        if end < 0:
            self._unfinished(reason)
            return
        self.opaque = self.opaque or reason
        self._add(self.text[self.place : end])
        self.place = end
