"""Rewrites of Python source: spans of the text, each checked by parsing the result and comparing the trees."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace

from flexmigrate.documents.python import PythonSource, Unreadable, parse_ast, walk
from flexmigrate.documents.python_imports import Import
from flexmigrate.documents.python_settings import assignments
from flexmigrate.documents.spans import BOM, Span, append_line, replace_span
from flexmigrate.documents.text import line_end, line_start, next_line
from flexmigrate.model import Rewrite

Transform = Callable[[ast.Module], ast.Module | None]


def replace_expression(source: PythonSource, span: Span, new: str) -> Rewrite:
    """Put another expression in place of the one at `span`; refused where that would mean more than just that."""
    found = next((node for node in source.nodes if isinstance(node, ast.expr) and _stands_at(source, node, span)), None)
    value = _expression(new)
    if found is None or value is None:
        return Rewrite(
            source.path, refusal="no expression stands at this place" if value else f"{new!r} is no expression"
        )
    number = source.nodes.index(found)

    def expected(tree: ast.Module) -> ast.Module | None:
        node, parent = _nth(tree, number)
        return tree if _exchange(parent, node, value) else None

    return _checked(source, replace_span(source.path, source.text, span, new), expected)


def _stands_at(source: PythonSource, node: ast.expr, span: Span) -> bool:
    return node not in source.formatted and source.span(node) == span


def remove_import(source: PythonSource, imported: Import) -> Rewrite:
    """Take one imported name away, with the whole statement where it is the only one; a block keeps `pass`."""
    statement = next(
        (
            n
            for n in source.nodes
            if isinstance(n, ast.Import | ast.ImportFrom) and source.span(n) == imported.statement
        ),
        None,
    )
    place = (
        next((i for i, a in enumerate(statement.names) if source.span(a) == imported.span), None) if statement else None
    )
    if statement is None or place is None:
        return Rewrite(source.path, refusal="the import is not in this source")
    number = source.nodes.index(statement)
    whole = len(statement.names) == 1

    def expected(tree: ast.Module) -> ast.Module | None:
        node, parent = _nth(tree, number)
        if not whole and isinstance(node, ast.Import | ast.ImportFrom):
            del node.names[place]
            return tree
        alone = _siblings(parent, node) == 1 and not isinstance(parent, ast.Module)
        return tree if _exchange(parent, node, ast.Pass() if alone else None) else None

    tried = _without_statement(source.text, imported.statement) if whole else _without_name(source, statement, place)
    return _first_checked(source, tried, expected, "the import cannot be taken out without touching its neighbours")


def set_assignment(source: PythonSource, name: str, value: str) -> Rewrite:
    """Make the module assign `value` to `name`: in its only plain assignment, or in a new last line."""
    wanted = _expression(value)
    if wanted is None or not name.isidentifier():
        return Rewrite(source.path, refusal=f"`{name} = {value}` is no assignment")
    if source.problem:
        return Rewrite(source.path, refusal=f"the file does not parse: {source.problem.reason}")
    present = [found for found in assignments(source) if found.name == name]
    if not present:
        added = append_line(source.path, source.text, f"{name} = {value}")

        def appended(tree: ast.Module) -> ast.Module:
            tree.body.append(ast.Assign([ast.Name(name, ast.Store())], wanted, lineno=0))
            return tree

        return replace(_checked(source, added, appended), slots=(f"{source.path}#{name}",))
    if len(present) > 1 or present[0].conditional or present[0].augmented:
        return Rewrite(source.path, refusal=f"`{name}` is assigned more than once or under a condition")
    return replace_expression(source, present[0].value_span, value)


def _expression(text: str) -> ast.expr | None:
    try:
        # Brackets keep a line break or comment in it from ending the expression early.
        tree = parse_ast(f"(\n{text}\n)")
        bare = parse_ast(text.strip())
    except Unreadable:
        return None
    body = tree.body
    if (
        len(body) != 1
        or not isinstance(body[0], ast.Expr)
        or len(bare.body) != 1
        or not isinstance(bare.body[0], ast.Expr)
    ):
        return None
    return body[0].value


def _nth(tree: ast.Module, number: int) -> tuple[ast.AST, ast.AST]:
    """The node at a place in the order of the source, and the one that holds it."""
    nodes = list(walk(tree))
    node = nodes[number]
    return node, next((outer for outer in nodes if any(child is node for child in ast.iter_child_nodes(outer))), tree)


def _siblings(parent: ast.AST, node: ast.AST) -> int:
    return next((len(v) for _, v in ast.iter_fields(parent) if isinstance(v, list) and any(i is node for i in v)), 0)


def _exchange(parent: ast.AST, node: ast.AST, new: ast.AST | None) -> bool:
    """Put `new` where `node` is in its parent, or take it out of a list of statements."""
    for name, value in ast.iter_fields(parent):
        if value is node and new is not None:
            setattr(parent, name, new)
            return True
        if isinstance(value, list) and any(item is node for item in value):
            place = next(i for i, item in enumerate(value) if item is node)
            value[place : place + 1] = [] if new is None else [new]
            return True
    return False


def _without_statement(text: str, span: Span) -> Iterable[tuple[Span, str]]:
    """The ways to take a statement out, from the tidiest on."""
    before = text[line_start(text, span.start) : span.start]
    behind = text[span.end : line_end(text, span.end)]
    if not before.strip().strip(BOM) and (not behind.strip() or behind.lstrip().startswith("#")):
        start = line_start(text, span.start)
        yield Span(start + (1 if text.startswith(BOM) and start == 0 else 0), next_line(text, span.end)), ""
    if behind.lstrip().startswith(";"):
        rest = behind.lstrip()[1:].lstrip()
        yield Span(span.start, span.end + len(behind) - len(rest)), ""
    if before.rstrip().endswith(";"):
        yield Span(line_start(text, span.start) + before.rindex(";"), span.end), ""
    yield span, "pass"


def _without_name(
    source: PythonSource, statement: ast.Import | ast.ImportFrom, place: int
) -> Iterable[tuple[Span, str]]:
    """The ways to take a name out of a list of them, from the tidiest on."""
    text = source.text
    spans = [source.span(alias) for alias in statement.names]
    span = spans[place]
    before = text[line_start(text, span.start) : span.start]
    behind = text[span.end : line_end(text, span.end)].lstrip(" \t").removeprefix(",").lstrip(" \t")
    if not before.strip() and (not behind or behind.startswith("#")):
        yield Span(line_start(text, span.start), next_line(text, span.end)), ""
    if place + 1 < len(spans):
        yield Span(span.start, spans[place + 1].start), ""
    if place:
        yield Span(spans[place - 1].end, span.end), ""


def _first_checked(
    source: PythonSource, tried: Iterable[tuple[Span, str]], expected: Transform, otherwise: str
) -> Rewrite:
    for span, new in tried:
        rewrite = _checked(source, replace_span(source.path, source.text, span, new), expected)
        if not rewrite.refusal:
            return rewrite
    return Rewrite(source.path, refusal=otherwise)


def _checked(source: PythonSource, rewrite: Rewrite, expected: Transform) -> Rewrite:
    """The rewrite if the text it makes parses to the expected tree, else a refusal."""
    text = source.text
    for edit in rewrite.edits:
        text = text[: edit.start] + edit.new + text[edit.end :]
    try:
        wanted = expected(parse_ast(source.text.removeprefix(BOM)))
        same = wanted is not None and ast.dump(wanted) == ast.dump(parse_ast(text.removeprefix(BOM)))
    except Unreadable as problem:
        return Rewrite(source.path, refusal=f"the result would not parse: {problem.reason}")
    except RecursionError:
        return Rewrite(source.path, refusal="the source is nested too deep to be checked")
    return rewrite if same else Rewrite(source.path, refusal="the result would mean something else")
