"""What the rules about Python versions want to know of a file: read once from its tree, which is then let go."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from flexmigrate_rules.facts import removed
from flexmigrate_rules.source._places import Place, place_of

if TYPE_CHECKING:
    from flexmigrate.documents.python import PythonSource

_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Imported:
    """An imported module or name, `dotted` in full; `only` tells `import module` from `from module import name`."""

    dotted: str
    offset: int
    line: int
    place: Place
    used: bool
    only: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A place that names something of a module. `clear` is False where the local name may stand for something else."""

    dotted: str
    offset: int
    line: int
    place: Place
    clear: bool
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of an object, and the class the object is of, as far as the file tells; empty where it does not."""

    name: str
    of: str
    offset: int
    line: int
    place: Place


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as far as the rules about versions care; `problem` where it does not parse."""

    imports: tuple[Imported, ...] = ()
    names: tuple[Named, ...] = ()
    members: tuple[Member, ...] = ()
    problem: str = ""
    line: int = 0


@lru_cache(maxsize=8)
def parsed(text: str, path: str) -> PythonSource:
    """The parsed file; trees are big, so only the last few are kept."""
    from flexmigrate.documents.python import PythonSource

    return PythonSource(text, path)


@lru_cache(maxsize=_KEPT)
def read(text: str, path: str) -> Reading:
    """What a file imports of the modules that some rule looks for, and its uses of names that some Python took away."""
    source = parsed(text, path)
    if source.problem:
        return Reading(problem=source.problem.reason, line=source.problem.line or 1)
    return Reading(tuple(_imports(source)), tuple(_names(source)), tuple(_members(source)))


def _imports(source: PythonSource) -> list[Imported]:
    from flexmigrate.documents.python_imports import imports
    from flexmigrate.documents.python_names import bindings_of

    wanted = {name.partition(".")[0] for name in removed.modules()} | {"google", "webapp2"}
    nodes = [node for node in source.nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [name for node in nodes for _, name in bindings_of(node)] if nodes else []
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    if wanted.isdisjoint(name.partition(".")[0] for name in (*names, *modules)):
        return []
    by_place = {source.span(node).start: node for node in nodes}
    found: list[Imported] = []
    for one in imports(source):
        if one.dotted.partition(".")[0] in wanted:
            place = place_of(source, by_place[one.statement.start])
            found.append(Imported(one.dotted, one.span.start, one.line, place, one.used, one.name is None))
    return found


def _names(source: PythonSource) -> list[Named]:
    from flexmigrate.documents.python_names import dotted_name, rebound

    wanted = removed.names()
    endings = {name.rpartition(".")[2] for name in wanted}
    bound = source.bindings
    unclear: set[str] | None = None
    found: list[Named] = []
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                one = wanted.get(f"{node.module}.{alias.name}")
                if one is not None and not one.fails:
                    place = place_of(source, node)
                    found.append(Named(one.name, source.span(alias).start, node.lineno, place, True, imported=True))
            continue
        # Of what is imported by name the import is what fails, and the file may have two of them for one name.
        attribute = isinstance(node, ast.Attribute) and node.attr in endings
        if not attribute and not (isinstance(node, ast.Name) and node.id in bound):
            continue
        one = wanted.get(dotted_name(node, bound) or "")
        first = _first(node)
        if one is None or first not in bound or not isinstance(getattr(node, "ctx", None), ast.Load):
            continue
        if attribute or one.fails:
            unclear = rebound(source) if unclear is None else unclear
            place, clear = place_of(source, node), first not in unclear
            found.append(Named(one.name, source.span(node).start, getattr(node, "lineno", 1), place, clear))
    return found


def _first(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _members(source: PythonSource) -> list[Member]:
    """Attributes that objects of some class no longer have, with the class of the object where the file tells it."""
    from flexmigrate.documents.python_names import dotted_name

    wanted = {one.name for one in removed.members()}
    classes: dict[str, str] = {}
    attributes = [node for node in source.nodes if isinstance(node, ast.Attribute) and node.attr in wanted]
    if not attributes:
        return []
    for node in source.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            made = dotted_name(node.value.func, source.bindings)
            for target in node.targets:
                name = ast.unparse(target) if isinstance(target, ast.Name | ast.Attribute) else ""
                # A name that is made in two ways tells nothing.
                classes[name] = made or "" if classes.get(name, made) == made else ""
    found: list[Member] = []
    for node in attributes:
        of = classes.get(ast.unparse(node.value), "") if isinstance(node.value, ast.Name | ast.Attribute) else ""
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            of = _base(source, node)
        elif isinstance(node.value, ast.Call):
            of = dotted_name(node.value.func, source.bindings) or ""
        found.append(Member(node.attr, of, source.span(node).start, node.lineno, place_of(source, node)))
    return found


def _base(source: PythonSource, node: ast.AST) -> str:
    """The only base of the class around a method, where the class has no attribute of that name itself."""
    from flexmigrate.documents.python_names import dotted_name

    around = next((outer for outer in source.ancestors(node) if isinstance(outer, ast.ClassDef)), None)
    if around is None or len(around.bases) != 1 or not isinstance(node, ast.Attribute):
        return ""
    if any(isinstance(one, ast.FunctionDef) and one.name == node.attr for one in around.body):
        return ""
    return dotted_name(around.bases[0], source.bindings) or ""
