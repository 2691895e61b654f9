"""Text that is safe to show: what a repository contains can never steer the terminal."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from typing import TextIO

_KEEP = {"\n", "\t"}


def plain(text: str, keep: frozenset[str] | set[str] = frozenset()) -> str:
    """The text with control, formatting and lone surrogate characters spelled out (`\\x1b`), but for those to keep."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character in keep or not _steers(character) else _spelled(character) for character in text
    )


def plain_lines(text: str) -> str:
    """The same for text of several lines, such as a diff: line feeds and tabs stay."""
    return plain(text, _KEEP)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co")


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class Style:
    """Colours, or none: `NO_COLOR` set, not a terminal, or a dumb one."""

    def __init__(self, on: bool) -> None:
        self.on = on

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str] = os.environ) -> Style:
        dumb = environment.get("TERM") == "dumb"
        return cls(stream.isatty() and not environment.get("NO_COLOR") and not dumb)

    def bold(self, text: str) -> str:
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        return self._wrap("2", text)

    def red(self, text: str) -> str:
        return self._wrap("31", text)

    def green(self, text: str) -> str:
        return self._wrap("32", text)

    def yellow(self, text: str) -> str:
        return self._wrap("33", text)

    def cyan(self, text: str) -> str:
        return self._wrap("36", text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text
