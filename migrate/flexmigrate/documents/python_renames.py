"""Names of modules replaced by others throughout a file, with its imports kept right; proved on the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flexmigrate.documents import python_import_rewrite, python_rewrite
from flexmigrate.documents.edits import apply
from flexmigrate.documents.python import PythonSource, Unreadable, parse_ast
from flexmigrate.documents.python_imports import quoted_names, used_names
from flexmigrate.documents.python_names import bindings_of, rebound
from flexmigrate.documents.spans import BOM
from flexmigrate.model import Rewrite


@dataclass(slots=True)
class _Statement:
    """What becomes of one import statement: which of its names go, by place, and what statements come behind it."""

    names: int
    gone: list[int] = field(default_factory=list)
    added: list[str] = field(default_factory=list)


def replace_names(source: PythonSource, replacements: Mapping[str, str]) -> Rewrite:
    """Replace dotted names (`fractions.gcd`) by others (`math.gcd`) wherever the file refers to them.

    Refused where a name of the file may stand for something else, too.
    """
    if source.problem:
        return Rewrite(source.path, refusal=f"the file does not parse: {source.problem.reason}")
    spelled: dict[str, tuple[str, str]] = {}
    statements = [node for node in source.nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    plans = [_Statement(len(node.names)) for node in statements]
    met = _met(source, replacements)
    unclear = met & rebound(source)
    if unclear:
        return Rewrite(source.path, refusal=f"`{min(unclear)}` stands for more than one thing in this file")
    taken = used_names(source) | set(source.bindings) | rebound(source)
    present = _attributes(source)
    for old, new in replacements.items():
        module = old.rpartition(".")[0]
        new_module, _, new_name = new.rpartition(".")
        _replace_from(statements, plans, old, new)
        if new_module == module:
            spelled[old] = (module, new_name)
        elif old in present:
            top = new_module.partition(".")[0]
            if top in taken and source.bindings.get(top) != top:
                return Rewrite(source.path, refusal=f"`{top}` is the name of something else in this file")
            spelled[old] = ("", new)
            _add_import(source, statements, plans, module, new_module)
    _drop_unused(source, statements, plans, set(spelled), replacements)
    changes = [
        (stretch, python_rewrite.with_names(source.bindings, spelled)) for stretch in _stretches(source, spelled)
    ]
    # From the last on, so that the numbers of the ones before stay.
    changes += (
        python_import_rewrite.replace_import(source, statement, _replacer(plan))
        for statement, plan in reversed(list(zip(statements, plans, strict=True)))
        if plan.gone or plan.added
    )
    return _proved(source, python_rewrite.rewritten(source, changes), replacements)


def _stretches(source: PythonSource, spelled: Mapping[str, object]) -> set[python_rewrite.Stretch]:
    """The parts of the source in which attributes are to be replaced."""
    return {
        python_rewrite.stretch_of(source, node)
        for node in source.nodes
        if isinstance(node, ast.Attribute) and _dotted(node, source.bindings) in spelled
    }


def _dotted(node: ast.AST, bound: Mapping[str, str]) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in bound:
        return None
    return ".".join((bound[node.id], *reversed(parts)))


def _met(source: PythonSource, replacements: Mapping[str, str]) -> set[str]:
    """The local names through which a name to be replaced is reached."""
    found: set[str] = set()
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and _dotted(node, source.bindings) in replacements:
            root: ast.AST = node
            while isinstance(root, ast.Attribute):
                root = root.value
            found |= {root.id} if isinstance(root, ast.Name) else set()
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {
                alias.asname or alias.name for alias in node.names if f"{node.module}.{alias.name}" in replacements
            }
    return found


def _attributes(source: PythonSource) -> set[str]:
    found = (_dotted(node, source.bindings) for node in source.nodes if isinstance(node, ast.Attribute))
    return {dotted for dotted in found if dotted}


def _replace_from(
    statements: Sequence[ast.Import | ast.ImportFrom], plans: Sequence[_Statement], old: str, new: str
) -> None:
    module, _, name = old.rpartition(".")
    new_module, _, new_name = new.rpartition(".")
    for statement, plan in zip(statements, plans, strict=True):
        if isinstance(statement, ast.ImportFrom) and not statement.level and statement.module == module:
            for place, alias in enumerate(statement.names):
                if alias.name == name:
                    bound = alias.asname or alias.name
                    # The local name stays, and with it every use of it.
                    suffix = "" if bound == new_name else f" as {bound}"
                    plan.gone.append(place)
                    plan.added.append(f"from {new_module} import {new_name}{suffix}")


def _add_import(
    source: PythonSource,
    statements: Sequence[ast.Import | ast.ImportFrom],
    plans: Sequence[_Statement],
    old_module: str,
    new_module: str,
) -> None:
    """Import the new module wherever the old one is imported, unless the file imports it already."""
    if any(isinstance(node, ast.Import) and _imports_plainly(node, new_module) for node in source.tree.body):
        return
    for statement, plan in zip(statements, plans, strict=True):
        line = f"import {new_module}"
        if any(dotted == old_module for _, dotted in bindings_of(statement)) and line not in plan.added:
            plan.added.append(line)


def _imports_plainly(node: ast.Import, module: str) -> bool:
    return any(alias.name == module and alias.asname is None for alias in node.names)


def _drop_unused(
    source: PythonSource,
    statements: Sequence[ast.Import | ast.ImportFrom],
    plans: Sequence[_Statement],
    spelled: set[str],
    replacements: Mapping[str, str],
) -> None:
    """Drop imports of modules of which every use is replaced by one of another module."""
    elsewhere = {old for old in spelled if replacements[old].rpartition(".")[0] != old.rpartition(".")[0]}
    replaced: set[ast.AST] = set()
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and _dotted(node, source.bindings) in elsewhere:
            replaced.update(ast.walk(node))
    quoted = quoted_names(source)
    still = {node.id for node in source.nodes if isinstance(node, ast.Name) and node not in replaced}
    for statement, plan in zip(statements, plans, strict=True):
        for place, (name, dotted) in enumerate(bindings_of(statement)):
            alias = statement.names[place]
            whole = isinstance(statement, ast.ImportFrom) or alias.asname is not None or alias.name == dotted
            gone = any(old.rpartition(".")[0] == dotted for old in elsewhere)
            if gone and whole and name not in still and name not in quoted and place not in plan.gone:
                plan.gone.append(place)


def _replacer(
    plan: _Statement,
) -> Callable[[python_import_rewrite.Small], Sequence[str | python_import_rewrite.Small]]:
    def replace(old: python_import_rewrite.Small) -> Sequence[str | python_import_rewrite.Small]:
        added = _joined(plan.added)
        if len(plan.gone) == plan.names:
            return added
        for place in sorted(plan.gone, reverse=True):
            old = python_import_rewrite.without_name(old, place)
        return (old, *added)

    return replace


def _joined(lines: Sequence[str]) -> list[str]:
    """`from a import b` and `from a import c` as one statement."""
    found: dict[str, list[str]] = {}
    for line in dict.fromkeys(lines):
        head, word, names = line.partition(" import ")
        found.setdefault(head if word else line, []).append(names)
    return [f"{head} import {', '.join(names)}" if names != [""] else head for head, names in found.items()]


def _proved(source: PythonSource, rewrite: Rewrite, replacements: Mapping[str, str]) -> Rewrite:
    """The rewrite if, imports aside, both trees name the same things; and no import is lost that anything needs."""
    if rewrite.refusal:
        return rewrite
    try:
        after = PythonSource(apply(source.text, rewrite.edits), source.path)
        if after.problem:
            return Rewrite(source.path, refusal=f"the result would not parse: {after.problem.reason}")
        same = _canonical(source, replacements) == _canonical(after, {})
    except RecursionError:
        return Rewrite(source.path, refusal="the source is nested too deep to be checked")
    except Unreadable as problem:
        return Rewrite(source.path, refusal=f"the result would not parse: {problem.reason}")
    needed = {node.id for node in after.nodes if isinstance(node, ast.Name)}
    bound = set(after.bindings) | rebound(after)
    lost = {name for name in source.bindings if name in needed and name not in bound}
    if not same or lost:
        return Rewrite(source.path, refusal="the result would mean something else")
    return rewrite


def _canonical(source: PythonSource, replacements: Mapping[str, str]) -> str:
    """The tree with full dotted names in place of those that imports bind, and without the imports."""
    tree = parse_ast(source.text.removeprefix(BOM))
    return ast.dump(_Canonical(source.bindings, replacements).visit(tree))


class _Canonical(ast.NodeTransformer):
    def __init__(self, bound: Mapping[str, str], replacements: Mapping[str, str]) -> None:
        self.bound = bound
        self.replacements = replacements

    def visit_Import(self, node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        return None

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._named(node) or self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._named(node) or node

    def _named(self, node: ast.Attribute | ast.Name) -> ast.AST | None:
        dotted = _dotted(node, self.bound)
        if dotted is None:
            return None
        old = next((old for old in self.replacements if dotted == old or dotted.startswith(f"{old}.")), None)
        full = self.replacements[old] + dotted[len(old) :] if old else dotted
        return ast.Name(full, node.ctx)
