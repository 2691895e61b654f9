"""The dotted names a Python file refers to, under whatever name it imported them, and its strings."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from flexmigrate.documents.python import PythonSource
from flexmigrate.documents.spans import Span

_NAMING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)


@dataclass(frozen=True, slots=True)
class Use:
    """A place that refers to `dotted` (`collections.Mapping`), under whatever name it was imported there.

    `imported` marks the name in a `from … import …` itself. `exact` is False within an f-string; the span is then the
    whole string's.
    """

    dotted: str
    span: Span
    line: int
    imported: bool = False
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A string of the source; `{}` stands for the parts that are computed, and `complete` tells there are none."""

    value: str
    span: Span
    line: int
    complete: bool = True


def dotted_name(node: ast.AST, bound: dict[str, str]) -> str | None:
    """The dotted name an expression stands for, with its first part resolved; None when it is no such name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join((bound.get(node.id, node.id), *reversed(parts)))


def uses(source: PythonSource, wanted: Collection[str]) -> tuple[Use, ...]:
    """The places that refer to one of the dotted names, imports of it included, in order."""
    names = frozenset(wanted)
    endings = {name.rpartition(".")[2] for name in names}
    bound = source.bindings
    found: list[Use] = []
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                dotted = f"{node.module}.{alias.name}"
                if dotted in names:
                    found.append(Use(dotted, source.span(alias), node.lineno, imported=True))
        elif (isinstance(node, ast.Attribute) and node.attr in endings) or (
            isinstance(node, ast.Name) and node.id in bound
        ):
            full = dotted_name(node, bound)
            # A name of the file's own that happens to read like a module's is not that module.
            if full in names and isinstance(node.ctx, ast.Load) and _first_name(node) in bound:
                found.append(Use(full, source.span(node), node.lineno, exact=node not in source.formatted))
    return tuple(found)


def _first_name(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def rebound(source: PythonSource) -> set[str]:
    """Names that the file gives a meaning to elsewhere than in one import."""
    found: set[str] = set()
    imported: dict[str, str] = {}
    for node in source.nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, _NAMING):
            found |= {node.name} if node.name else set()
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for name, dotted in bindings_of(node):
                if imported.setdefault(name, dotted) != dotted:
                    found.add(name)
    return found


def bindings_of(node: ast.Import | ast.ImportFrom) -> list[tuple[str, str]]:
    """The names that an import binds, each with the dotted name that it then stands for."""
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return [(alias.asname or alias.name, f"{module}.{alias.name}") for alias in node.names]
    tops = [(alias, alias.name.partition(".")[0]) for alias in node.names]
    return [(alias.asname or top, alias.name if alias.asname else top) for alias, top in tops]


def strings(source: PythonSource) -> tuple[Text, ...]:
    """All strings, adjacent and added ones as one; f-strings with `{}` for what they compute."""
    found: list[Text] = []
    taken: set[ast.AST] = set()
    for node in source.nodes:
        if node in taken or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            continue
        parts = _parts(node, taken)
        if any(part is not None for part in parts):
            value = "".join("{}" if part is None else part for part in parts)
            found.append(Text(value, source.span(node), source.line(node), None not in parts))
    return tuple(found)


def joined_text(node: ast.AST) -> str | None:
    """The text of a string expression with `{}` for what it computes; None when it holds no string."""
    parts = _parts(node, set())
    return (
        "".join("{}" if part is None else part for part in parts) if any(part is not None for part in parts) else None
    )


def _parts(node: ast.AST, taken: set[ast.AST]) -> list[str | None]:
    """The pieces of a string expression in order, None for a computed one; the nodes they come from are `taken`."""
    pending = [node]
    found: list[str | None] = []
    while pending:
        part = pending.pop()
        taken.add(part)
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add):
            pending += (part.right, part.left)
        elif isinstance(part, ast.JoinedStr):
            pending.extend(reversed(part.values))
        elif isinstance(part, ast.FormattedValue):
            # How a value is formatted (`:>10`) is no text of the program.
            taken.update(ast.walk(part.format_spec) if part.format_spec else ())
            found.append(None)
        else:
            found.append(part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None)
    return found
