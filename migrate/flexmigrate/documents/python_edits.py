"""Rewrites of Python source, each proved: the result parses, and its tree differs as announced and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace

from flexmigrate.documents import python_import_rewrite, python_rewrite
from flexmigrate.documents.edits import apply
from flexmigrate.documents.python import PythonSource, Unreadable, parse_ast, walk
from flexmigrate.documents.python_imports import Import
from flexmigrate.documents.python_settings import assignments
from flexmigrate.documents.spans import BOM, Span
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
    if span.of(source.text) == new:
        return Rewrite(source.path)
    number = source.nodes.index(found)

    def expected(tree: ast.Module) -> ast.Module | None:
        node, parent = _nth(tree, number)
        return tree if _exchange(parent, node, value) else None

    stretch = python_rewrite.stretch_of(source, found)
    text = source.text[stretch.start : stretch.end]
    change = python_rewrite.with_expression(span.shifted(-stretch.start), text, new)
    return proved(source, python_rewrite.rewritten(source, [(stretch, change)]), expected)


def _stands_at(source: PythonSource, node: ast.expr, span: Span) -> bool:
    return node not in source.formatted and source.span(node) == span


def remove_import(source: PythonSource, imported: Import) -> Rewrite:
    """Take one imported name away, with the whole statement where it is the only one; a block keeps `pass`."""
    statements = [node for node in source.nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    statement = next((node for node in statements if source.span(node) == imported.statement), None)
    names = enumerate(statement.names) if statement else ()
    place = next((index for index, alias in names if source.span(alias) == imported.span), None)
    if statement is None or place is None:
        return Rewrite(source.path, refusal="the import is not in this source")
    whole = len(statement.names) == 1
    among = source.nodes.index(statement)

    def expected(tree: ast.Module) -> ast.Module | None:
        node, parent = _nth(tree, among)
        if not whole and isinstance(node, ast.Import | ast.ImportFrom):
            del node.names[place]
            return tree
        alone = _siblings(parent, node) == 1 and not isinstance(parent, ast.Module)
        return tree if _exchange(parent, node, ast.Pass() if alone else None) else None

    def without(old: python_import_rewrite.Small) -> Sequence[str | python_import_rewrite.Small]:
        return () if whole else (python_import_rewrite.without_name(old, place),)

    change = python_import_rewrite.replace_import(source, statement, without)
    return proved(source, python_rewrite.rewritten(source, [change]), expected)


def set_assignment(source: PythonSource, name: str, value: str) -> Rewrite:
    """Make the module assign `value` to `name`: in its only plain assignment, or in a new last line."""
    wanted = _expression(value)
    if wanted is None or not name.isidentifier():
        return Rewrite(source.path, refusal=f"`{name} = {value}` is no assignment")
    if source.problem:
        return Rewrite(source.path, refusal=f"the file does not parse: {source.problem.reason}")
    present = [found for found in assignments(source) if found.name == name]
    if not present:

        def appended(tree: ast.Module) -> ast.Module:
            tree.body.append(ast.Assign([ast.Name(name, ast.Store())], wanted, lineno=0))
            return tree

        change = python_rewrite.with_last_line(f"{name} = {value}")
        added = proved(source, python_rewrite.rewritten(source, [(python_rewrite.whole(source), change)]), appended)
        return replace(added, slots=(f"{source.path}#{name}",))
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


def proved(source: PythonSource, rewrite: Rewrite, expected: Transform) -> Rewrite:
    """The rewrite if the text it makes parses to the expected tree, else a refusal."""
    if rewrite.refusal:
        return rewrite
    try:
        wanted = expected(parse_ast(source.text.removeprefix(BOM)))
        result = parse_ast(apply(source.text, rewrite.edits).removeprefix(BOM))
        same = wanted is not None and ast.dump(wanted) == ast.dump(result)
    except Unreadable as problem:
        return Rewrite(source.path, refusal=f"the result would not parse: {problem.reason}")
    except RecursionError:
        return Rewrite(source.path, refusal="the source is nested too deep to be checked")
    return rewrite if same else Rewrite(source.path, refusal="the result would mean something else")
