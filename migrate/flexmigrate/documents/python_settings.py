"""A module read as settings (`gunicorn.conf.py`): what its names are assigned, as far as the source spells it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from flexmigrate.documents.python import PythonSource
from flexmigrate.documents.python_applications import top_level
from flexmigrate.documents.python_environment import EnvironmentRead, Literal, environment_read, literal
from flexmigrate.documents.python_names import dotted_name, joined_text
from flexmigrate.documents.spans import Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name = value` of the module. `value` counts where `known`; otherwise `environment` and `calls` hint at it.

    `text` is a string value with `{}` for computed parts. `conditional` means that it stands in `if`, `try` or `with`,
    `augmented` that it adds to what was there.
    """

    name: str
    value: Literal
    known: bool
    source: str
    span: Span
    value_span: Span
    line: int
    text: str | None = None
    environment: tuple[EnvironmentRead, ...] = ()
    calls: tuple[str, ...] = ()
    conditional: bool = False
    augmented: bool = False


def assignments(source: PythonSource) -> tuple[Assignment, ...]:
    """All assignments to names of the module, in order."""
    bound = source.bindings
    direct = set(map(id, source.tree.body))
    found: list[Assignment] = []
    for node in top_level(source.tree):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            targets = [node.target]
        else:
            continue
        if node.value is None:
            continue
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        found += (_assignment(source, name, node, node.value, bound, id(node) not in direct) for name in names)
    return tuple(found)


def setting(source: PythonSource, name: str) -> Assignment | None:
    """The assignment of a name that counts: the last."""
    return next((found for found in reversed(assignments(source)) if found.name == name), None)


def _assignment(
    source: PythonSource, name: str, node: ast.stmt, value: ast.expr, bound: dict[str, str], conditional: bool
) -> Assignment:
    known_value, known = literal(value)
    inner = list(ast.walk(value))
    reads = (environment_read(source, part, bound) for part in inner)
    calls = (dotted_name(part.func, bound) for part in inner if isinstance(part, ast.Call))
    span = source.span(value)
    return Assignment(
        name,
        known_value,
        known,
        span.of(source.text),
        source.span(node),
        span,
        node.lineno,
        joined_text(value),
        tuple(read for read in reads if read),
        tuple(call for call in calls if call),
        conditional,
        isinstance(node, ast.AugAssign),
    )
