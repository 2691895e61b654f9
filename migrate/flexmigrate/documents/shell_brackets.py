"""Where a bracket or backtick of the shell is closed."""

from __future__ import annotations

import re

_NESTING = re.compile(r"[^'\"\\(){}\[\]]+")
_PAIRS = {"(": ")", "{": "}", "[": "]"}
_DEEPEST = 50


def closing_backtick(text: str, place: int) -> int:
    """The place behind the backtick that closes the one at `place`; -1 when none does."""
    end = text.find("`", place + 1)
    while end > 0 and text[end - 1] == "\\":
        end = text.find("`", end + 1)
    return end + 1 if end > 0 else -1


def closing(text: str, place: int) -> int:
    """The place behind the bracket that closes the one at `place`; -1 when none does or they nest too deep."""
    awaited: list[tuple[str, bool]] = []
    quoted = False
    while place < len(text):
        plain = _NESTING.match(text, place)
        if plain:
            place = plain.end()
            continue
        character = text[place]
        if character == "\\":
            place += 2
            continue
        if character == '"':
            quoted = not quoted
        elif character == "'" and not quoted:
            place = text.find("'", place + 1)
            if place < 0:
                return -1
        elif character in _PAIRS and (not awaited or text[place - 1] == "$" or (character == "(" and not quoted)):
            # Quotes begin anew within brackets: "$(echo ")")" is one word.
            awaited.append((_PAIRS[character], quoted))
            quoted = False
            if len(awaited) > _DEEPEST:
                return -1
        elif awaited and character == awaited[-1][0] and not quoted:
            quoted = awaited.pop()[1]
            if not awaited:
                return place + 1
        place += 1
    return -1
