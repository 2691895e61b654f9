"""Python source behind cheap byte tests: parsed only when asked, read with `ast`, never run.

The standard library's parser takes a fraction of the time of one that keeps the format; the format is kept all the
same, because edits are spans of the text.
"""

from __future__ import annotations

import ast
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate

from flexmigrate.documents.decoding import decode_python as decode
from flexmigrate.documents.spans import BOM, Span

__all__ = ["MOST_CHARACTERS", "PythonSource", "Unreadable", "decode", "mentions", "parse_ast", "walk"]

MOST_CHARACTERS = 5_000_000


class Unreadable(ValueError):
    """Source the running Python does not parse; `line` counts from 1, `syntax` tells it from mere size or depth."""

    def __init__(self, reason: str, line: int | None = None, syntax: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.syntax = syntax


def mentions(data: bytes, *needles: bytes) -> bool:
    """Whether any of the needles stands in the file: what a file does not mention it need not be parsed for."""
    return any(needle in data for needle in needles)


def parse_ast(text: str) -> ast.Module:
    """The syntax tree of a text without byte order mark; Unreadable when there is none, whatever the reason."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(f"longer than {MOST_CHARACTERS} characters")
    try:
        with warnings.catch_warnings():
            # Old sources are full of invalid escapes; that is no news and must neither print nor fail.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise Unreadable(error.msg or "invalid syntax", error.lineno, syntax=True) from None
    except (RecursionError, MemoryError):
        raise Unreadable("nested too deep") from None
    except ValueError as error:
        raise Unreadable(str(error)) from None


class PythonSource:
    """One file of Python; asking it anything but its text parses it, once."""

    def __init__(self, text: str, path: str = "") -> None:
        self.text = text
        self.path = path
        self._shift = len(BOM) if text.startswith(BOM) else 0
        # Bytes up to each character of a line, for the lines that are not plain ASCII.
        self._columns: dict[int, list[int]] = {}

    @cached_property
    def _parsed(self) -> ast.Module | Unreadable:
        try:
            return parse_ast(self.text[self._shift :])
        except Unreadable as problem:
            return problem

    @property
    def tree(self) -> ast.Module:
        """The syntax tree; empty where the source does not parse, which `problem` tells."""
        return ast.Module([], []) if isinstance(self._parsed, Unreadable) else self._parsed

    @property
    def problem(self) -> Unreadable | None:
        """Why the running Python does not parse the source; None where it does."""
        return self._parsed if isinstance(self._parsed, Unreadable) else None

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, outer ones before those in them."""
        return tuple(walk(self.tree))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The node that holds each node."""
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def bindings(self) -> dict[str, str]:
        """The dotted name behind each imported name of the file, in whatever scope."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.partition(".")[0]
                    found[alias.asname or first] = alias.name if alias.asname else first
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                found |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
        return found

    @cached_property
    def formatted(self) -> dict[ast.AST, ast.AST]:
        """The outermost f-string around each node that stands in one."""
        found: dict[ast.AST, ast.AST] = {}
        for node in self.nodes:
            around = node if isinstance(node, ast.JoinedStr) else None
            outer = found.get(node, around)
            if outer is not None:
                found.update(dict.fromkeys(ast.iter_child_nodes(node), outer))
        return found

    @cached_property
    def _line_starts(self) -> list[int]:
        return line_starts(self.text, self._shift)

    def offset(self, line: int, byte_column: int) -> int:
        """The character offset of a place as `ast` gives it: line from 1, column in UTF-8 bytes from 0."""
        number = min(line, len(self._line_starts))
        start = self._line_starts[number - 1]
        columns = self._columns.get(number)
        if columns is None:
            end = self._line_starts[number] if number < len(self._line_starts) else len(self.text)
            content = self.text[start:end]
            sizes = [] if content.isascii() else [len(char.encode("utf-8", "surrogatepass")) for char in content]
            columns = self._columns[number] = [0, *accumulate(sizes)]
        return start + (byte_column if len(columns) == 1 else bisect_right(columns, byte_column) - 1)

    def span(self, node: ast.AST) -> Span:
        """Where a node stands, decorators left out.

        For what an f-string computes it is the whole f-string, because not every Python tells the places within.
        """
        node = self.formatted.get(node, node)
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line, end_column = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
        start = self.offset(line, column)
        return Span(start, start if end_line is None or end_column is None else self.offset(end_line, end_column))

    def line(self, node: ast.AST) -> int:
        """The line, from 1, on which a node begins."""
        return int(getattr(node, "lineno", 1))

    def line_of(self, offset: int) -> int:
        """The line, from 1, that holds a character."""
        return bisect_right(self._line_starts, offset)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        parents = self.parents
        while (found := parents.get(node)) is not None:
            yield found
            node = found


def line_starts(text: str, first: int = 0) -> list[int]:
    """Where lines begin, as Python counts them: LF, CRLF and a lone CR end one, and nothing else does."""
    starts = [first]
    place = first
    if "\r" not in text:
        while (place := text.find("\n", place) + 1) > 0:
            starts.append(place)
        return starts
    for line in _physical_lines(text[first:]):
        place += len(line)
        if line.endswith(("\n", "\r")):
            starts.append(place)
    return starts


def _physical_lines(text: str) -> Iterable[str]:
    start = 0
    for place, character in enumerate(text):
        if character == "\n" or (character == "\r" and text[place + 1 : place + 2] != "\n"):
            yield text[start : place + 1]
            start = place + 1
    if start < len(text):
        yield text[start:]


def walk(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes in the order of the source; `ast.walk` goes level by level."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(list(ast.iter_child_nodes(node))))
