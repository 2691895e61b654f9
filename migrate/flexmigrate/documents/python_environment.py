"""What a Python file reads from its environment, and the values it spells out."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from flexmigrate.documents.python import PythonSource
from flexmigrate.documents.python_names import dotted_name
from flexmigrate.documents.spans import Span

Literal = str | bytes | int | float | bool | None | tuple["Literal", ...] | dict[str, "Literal"]
"""A value that the source spells out."""


@dataclass(frozen=True, slots=True)
class EnvironmentRead:
    """A read of the environment; `default` where the source spells one out, `required` where there is none at all."""

    name: str
    default: Literal
    required: bool
    span: Span
    line: int


def environment_reads(source: PythonSource) -> tuple[EnvironmentRead, ...]:
    """The reads of environment variables whose names are spelled out, in order."""
    bound = source.bindings
    found = (environment_read(source, node, bound) for node in source.nodes)
    return tuple(read for read in found if read is not None)


def environment_read(source: PythonSource, node: ast.AST, bound: dict[str, str]) -> EnvironmentRead | None:
    """The read that this very node makes; None when it makes none."""
    default: Literal = None
    required = False
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        if dotted_name(node.value, bound) != "os.environ":
            return None
        name, required = node.slice, True
    elif isinstance(node, ast.Call):
        called = dotted_name(node.func, bound)
        if called not in ("os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.pop") or not node.args:
            return None
        name = node.args[0]
        given = (
            node.args[1] if len(node.args) > 1 else next((k.value for k in node.keywords if k.arg == "default"), None)
        )
        default = literal(given)[0] if given is not None else None
    else:
        return None
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        return None
    return EnvironmentRead(name.value, default, required, source.span(node), getattr(node, "lineno", 1))


def literal(node: ast.AST) -> tuple[Literal, bool]:
    """The value an expression spells out, and whether it does."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None, False
    return _frozen(value)


def _frozen(value: object) -> tuple[Literal, bool]:
    if value is None or isinstance(value, str | bytes | int | float):
        return value, True
    if isinstance(value, list | tuple):
        items = [_frozen(item) for item in value]
        return tuple(item for item, _ in items), all(known for _, known in items)
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        pairs = {key: _frozen(item) for key, item in value.items()}
        return {key: item for key, (item, _) in pairs.items()}, all(known for _, known in pairs.values())
    return None, False
