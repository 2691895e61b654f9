"""Read the fact tables beside this module: each file once, and strictly.

A column that nobody asked for, a missing or mistyped value or an unknown source is a `TableError` that names file and
row: a typo in a fact must not become silence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, overload

_FOLDER = Path(__file__).parent
_AS_OF = re.compile(r"^as_of = (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
_HEADER = re.compile(r"^(?=\[)", re.MULTILINE)

T = TypeVar("T", str, int, float, bool, date)


class TableError(Exception):
    """A fact table breaks its own rules; the message names the file and the row."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact comes from, and how sure it is.

    `source` is one or more citations, joined by "; ". `unverified` is empty for facts that were checked at their
    source; otherwise it says what could not be checked.
    """

    source: str
    unverified: str = ""

    @property
    def verified(self) -> bool:
        return not self.unverified

    def qualify(self, sentence: str) -> str:
        """The sentence as it may be shown: an unverified fact says so in the same breath."""
        return sentence if self.verified else f"{sentence} (unverified: {self.unverified.rstrip('.')})"


class Row:
    """One table row; every column is taken once, and `finish` refuses what nobody took."""

    def __init__(self, place: str, values: Mapping[str, Any], sources: Mapping[str, str]) -> None:
        self.place = place
        self._values = dict(values)
        self._sources = sources

    @overload
    def take(self, column: str, kind: type[T]) -> T: ...
    @overload
    def take(self, column: str, kind: type[T], default: T) -> T: ...
    @overload
    def take(self, column: str, kind: type[T], default: None) -> T | None: ...
    def take(self, column: str, kind: type[T], default: T | None = ...) -> T | None:  # type: ignore[assignment]
        """The column's value, which must be of exactly this kind; without a default the column is compulsory."""
        if column not in self._values:
            if default is ...:
                raise TableError(f"{self.place}: column `{column}` is missing")
            return default
        value = self._values.pop(column)
        # `type is`: True is an int to isinstance, but never a number in a table.
        if type(value) is not kind:
            raise TableError(f"{self.place}: column `{column}` is no {kind.__name__}: {value!r}")
        return value

    def texts(self, column: str) -> tuple[str, ...]:
        """A list of texts; a missing column is an empty list."""
        value = self._values.pop(column, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise TableError(f"{self.place}: column `{column}` is no list of texts: {value!r}")
        return tuple(value)

    def rows(self, column: str) -> tuple[Row, ...]:
        """Rows inside the row; a missing column is no rows."""
        value = self._values.pop(column, [])
        return tuple(Row(f"{self.place}, {column} {n}", item, self._sources) for n, item in enumerate(value, 1))

    def source(self) -> str:
        """The citations that column `source` names, joined by "; "."""
        names = self.texts("source")
        unknown = [name for name in names if name not in self._sources]
        if unknown or not names:
            raise TableError(f"{self.place}: column `source` names {unknown or 'nothing'}, see [sources]")
        return "; ".join(self._sources[name] for name in names)

    def evidence(self) -> Evidence:
        """Columns `source`, `verified` and `unverified`; a row says why exactly when it is not verified."""
        verified, unverified = self.take("verified", bool), self.take("unverified", str, "")
        if verified is bool(unverified):
            raise TableError(f"{self.place}: `unverified` goes with `verified = false`, and only with it")
        return Evidence(self.source(), unverified)

    def finish(self) -> None:
        """Refuse columns that nobody took."""
        if self._values:
            raise TableError(f"{self.place}: unknown column `{next(iter(self._values))}`")


class Table:
    """One fact file. `rows` and `row` are parsed with the file; `Sections` below parses rows on demand."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        try:
            self._data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise TableError(f"{name}: {error}") from error
        self.sources: Mapping[str, str] = self._data.pop("sources", {})
        self.as_of: date = self._data.pop("as_of")

    def rows(self, section: str) -> Iterator[Row]:
        """The rows `[[section]]` in file order."""
        for number, values in enumerate(self._data.get(section, ()), 1):
            yield Row(f"{self.name}, {section} {number}", values, self.sources)

    def row(self, section: str, name: str = "") -> Row:
        """The single row `[section]`, or `[section.name]`."""
        values = self._data[section][name] if name else self._data[section]
        return Row(f"{self.name}, {section} {name}".rstrip(), values, self.sources)


class Sections:
    """The tables `[section."name"]` of a big file, each parsed only when asked for: most runs need few of them."""

    def __init__(self, name: str, section: str, text: str) -> None:
        self._name = name
        self._texts: dict[str, str] = {}
        opening = f'[{section}."'
        rest = []
        for chunk in _HEADER.split(text):
            if chunk.startswith(opening):
                key = chunk[len(opening) : chunk.index('"]')]
                if key in self._texts:
                    raise TableError(f"{name}, {key}: written twice")
                self._texts[key] = chunk.partition("\n")[2]
            else:
                rest.append(chunk)
        self.table = Table(name, "".join(rest))

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def row(self, key: str) -> Row:
        """The row of a key that is in the table (KeyError otherwise)."""
        place = f"{self._name}, {key}"
        try:
            return Row(place, tomllib.loads(self._texts[key]), self.table.sources)
        except tomllib.TOMLDecodeError as error:
            raise TableError(f"{place}: {error}") from error


@cache
def read_text(name: str) -> str:
    """The text of a fact file."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def read(name: str) -> Table:
    """A whole fact file."""
    return Table(name, read_text(name))


def as_of() -> date:
    """The oldest date of any fact file: what a plan can claim about all of its facts."""
    dates = (_AS_OF.search(path.read_text(encoding="utf-8")) for path in _FOLDER.glob("*.toml"))
    return min(date.fromisoformat(found[1]) for found in dates if found)
