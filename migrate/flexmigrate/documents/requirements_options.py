"""The options pip allows on the lines of a requirements file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

_VALUED = {
    "index-url": "index-url",
    "pypi-url": "index-url",
    "extra-index-url": "extra-index-url",
    "find-links": "find-links",
    "constraint": "constraint",
    "requirement": "requirement",
    "editable": "editable",
    "no-binary": "no-binary",
    "only-binary": "only-binary",
    "trusted-host": "trusted-host",
    "use-feature": "use-feature",
    "global-option": "global-option",
    "install-option": "install-option",
    "hash": "hash",
    "config-setting": "config-settings",
    "config-settings": "config-settings",
}
_FLAGS = {
    "no-index": "no-index",
    "prefer-binary": "prefer-binary",
    "require-hashes": "require-hashes",
    "pre": "pre",
    "process-dependency-links": "process-dependency-links",
    "always-unzip": "always-unzip",
}
_SHORT_VALUED = {
    "i": "index-url",
    "c": "constraint",
    "r": "requirement",
    "e": "editable",
    "f": "find-links",
    "C": "config-settings",
}
_SHORT_FLAGS = {"Z": "always-unzip"}
# A line with a hundred hashes is real and has about 10 000 characters; `shlex` takes its time with far more.
_LONGEST = 200_000


class OptionError(ValueError):
    """Options that pip would not take."""


def split_options(body: str) -> tuple[str, str]:
    """The requirement and the options of a line: these begin with the first word that has a dash in front."""
    if body.startswith("-"):
        return "", body
    cut = body.find(" -")
    return (body, "") if cut < 0 else (body[:cut], body[cut + 1 :])


def read_options(text: str) -> list[tuple[str, str]]:
    """The options by their long names, in order; a flag's value is empty. Other words are passed over, as pip does."""
    if len(text) > _LONGEST:
        raise OptionError(f"options longer than {_LONGEST} characters")
    try:
        words = shlex.split(text) if text else []
    except ValueError:
        raise OptionError("options with a quote that is not closed") from None
    found: list[tuple[str, str]] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            break
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            long = _long_name(name)
            if long in _FLAGS:
                if equals:
                    raise OptionError(f"option --{long} takes no value")
                found.append((_FLAGS[long], ""))
            else:
                found.append((_VALUED[long], value if equals else _next(rest, f"--{long}")))
        elif word.startswith("-") and word != "-":
            found += _short(word, rest)
    return found


def _short(word: str, rest: Iterator[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for place, letter in enumerate(word[1:], start=2):
        if letter in _SHORT_VALUED:
            found.append((_SHORT_VALUED[letter], word[place:] or _next(rest, f"-{letter}")))
            break
        if letter not in _SHORT_FLAGS:
            raise OptionError(f"pip knows no option -{letter}")
        found.append((_SHORT_FLAGS[letter], ""))
    return found


def _long_name(name: str) -> str:
    if name in _VALUED or name in _FLAGS:
        return name
    possible = [long for long in (*_VALUED, *_FLAGS) if long.startswith(name)]
    if len(possible) != 1:
        raise OptionError(f"pip knows no option --{name[:60]}")
    return possible[0]


def _next(rest: Iterator[str], option: str) -> str:
    value = next(rest, None)
    if value is None:
        raise OptionError(f"option {option} lacks its value")
    return value
