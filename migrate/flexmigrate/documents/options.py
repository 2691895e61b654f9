"""Splits the words behind a program into options and operands, by a table of what the program's own parser takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from flexmigrate.documents.shell_words import Word


class Dialect(StrEnum):
    """Whose rules the command line follows: they differ in `-w=4` and in shortened long options."""

    ARGPARSE = "argparse"
    GETOPT = "getopt"
    CLICK = "click"


@dataclass(frozen=True, slots=True)
class OptionTable:
    """The options of a program: `names` maps each spelling to the option's name, `flags` are those without a value.

    `greedy` means that an option of no table takes the word behind it as its value, unless that is an option too.
    """

    names: Mapping[str, str]
    flags: frozenset[str] = frozenset()
    dialect: Dialect = Dialect.ARGPARSE
    greedy: bool = False

    def long_name(self, spelling: str) -> str | None:
        """The option a long spelling stands for, shortened ones included where the program takes them."""
        if spelling in self.names or self.dialect is Dialect.CLICK:
            return self.names.get(spelling)
        possible = (
            {name for known, name in self.names.items() if known.startswith(spelling)} if len(spelling) > 3 else set()
        )
        return possible.pop() if len(possible) == 1 else None


@dataclass(frozen=True, slots=True)
class Option:
    """An option by the name of its table, or as written where no table has it; a flag has no value."""

    name: str
    value: Word | None
    known: bool = True


@dataclass(frozen=True, slots=True)
class Arguments:
    """A command line taken apart; `notes` say what keeps it from being told completely."""

    options: tuple[Option, ...] = ()
    operands: tuple[Word, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def last(self, name: str) -> Word | None:
        """The value that counts for an option that may be given once: the last one."""
        return next((option.value for option in reversed(self.options) if option.name == name), None)

    def all(self, name: str) -> tuple[Word, ...]:
        """All values of an option that may be repeated."""
        return tuple(option.value for option in self.options if option.name == name and option.value is not None)

    def has(self, name: str) -> bool:
        """Whether the option is given at all."""
        return any(option.name == name for option in self.options)


def table(valued: str, flags: str = "", dialect: Dialect = Dialect.ARGPARSE, greedy: bool = False) -> OptionTable:
    """A table from `-b,--bind -w,--workers`: the last spelling of each, without dashes, is the option's name."""
    names: dict[str, str] = {}
    plain: set[str] = set()
    for group in (*valued.split(), *flags.split()):
        spellings = group.split(",")
        name = spellings[-1].lstrip("-")
        names |= dict.fromkeys(spellings, name)
    for group in flags.split():
        plain.add(group.split(",")[-1].lstrip("-"))
    return OptionTable(names, frozenset(plain), dialect, greedy)


def scan(words: Sequence[Word], known: OptionTable) -> Arguments:
    """Take the words apart; every word ends up in an option or as an operand."""
    options: list[Option] = []
    operands: list[Word] = []
    notes: list[str] = []
    rest = _Rest(words)
    for word in rest:
        text = word.text
        if text == "--":
            operands += rest
        elif text.startswith("--"):
            options.append(_long(word, rest, known))
        elif text.startswith("-") and len(text) > 1:
            options += _short(word, rest, known)
        else:
            if word.opaque or (word.splits and word.variable):
                notes.append(f"{text} may stand for several arguments")
            operands.append(word)
    notes += [f"option {option.name} is not known" for option in options if not option.known]
    return Arguments(tuple(options), tuple(operands), tuple(notes))


class _Rest(Iterator[Word]):
    """The words still to be read."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        self._place = 0

    def __next__(self) -> Word:
        if self._place >= len(self._words):
            raise StopIteration
        self._place += 1
        return self._words[self._place - 1]

    def value(self) -> Word | None:
        """The next word, unless it is an option."""
        following = self._words[self._place] if self._place < len(self._words) else None
        if following is None or (following.text.startswith("-") and not following.text[1:2].isdigit()):
            return None
        return next(self)


def _long(word: Word, rest: _Rest, known: OptionTable) -> Option:
    equals = word.find("=")
    spelling = word.text if equals < 0 else word.text[:equals]
    name = known.long_name(spelling)
    if equals >= 0:
        return Option(name or spelling, word.cut(equals + 1), name is not None)
    if name is None:
        return Option(spelling, rest.value() if known.greedy else None, False)
    return Option(name, None if name in known.flags else rest.value())


def _short(word: Word, rest: _Rest, known: OptionTable) -> list[Option]:
    found: list[Option] = []
    for place in range(1, len(word.text)):
        name = known.names.get(f"-{word.text[place]}")
        if name is None:
            value = rest.value() if known.greedy and place == len(word.text) - 1 else None
            return [*found, Option(f"-{word.text[place:]}", value, False)]
        if name in known.flags:
            found.append(Option(name, None))
            continue
        attached = place + 1
        # argparse takes `-w=4` for `-w 4`, the others for the value `=4`.
        if known.dialect is Dialect.ARGPARSE and word.text[attached : attached + 1] == "=":
            attached += 1
        value = word.cut(attached) if len(word.text) > place + 1 else rest.value()
        return [*found, Option(name, value)]
    return found
