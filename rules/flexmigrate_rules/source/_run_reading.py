"""What the Cloud Run rules want to know of a file: its texts, the calls and the variables they look for, read once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from flexmigrate.project import Service
from flexmigrate_rules.source._reading import parsed
from flexmigrate_rules.source._sources import SourceFile, sources

if TYPE_CHECKING:
    from flexmigrate.documents.python import PythonSource

_KEPT = 1024
_WORDS = frozenset(("open", "write_text", "write_bytes"))
# Readers of the environment besides `os`: decouple's config, django-environ's Env and its methods, environs.
_OTHER_READERS = frozenset(("decouple", "environ", "environs", "starlette", "prettyconf"))


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the program, `{}` for what it computes; constants of the file are put in where they are named."""

    value: str
    offset: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call: the dotted name called (the last part alone where the rest is no name), and the texts it is given."""

    name: str
    offset: int
    arguments: tuple[str | None, ...]
    keywords: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """A read of the environment. `start` and `end` are the expression's, None where it stands in an f-string.

    `prepared` means that a variable of Cloud Run is looked at in the same breath.
    """

    name: str
    offset: int
    end: int | None
    required: bool
    prepared: bool


@dataclass(frozen=True, slots=True)
class RunReading:
    """A file as far as the Cloud Run rules care; empty where it does not parse."""

    texts: tuple[Text, ...] = ()
    calls: tuple[Call, ...] = ()
    reads: tuple[Read, ...] = ()
    names: tuple[tuple[str, int], ...] = ()
    """Dotted names that are used, imports included, each with its first place."""


def files(service: Service, *needles: bytes) -> Iterator[tuple[SourceFile, RunReading]]:
    """The files of the program that mention one of the needles; tests and bundled packages are no part of it."""
    for file in sources(service):
        if file.test or file.vendored or not file.mentions(*needles):
            continue
        text = service.repository.text(file.path)
        if text is not None:
            yield file, read(text, file.path)


@lru_cache(maxsize=_KEPT)
def read(text: str, path: str) -> RunReading:
    """What the file says."""
    source = parsed(text, path)
    if source.problem:
        return RunReading()
    constants = _constants(source)
    return RunReading(
        tuple(_texts(source, constants)), tuple(_calls(source, constants)), tuple(_reads(source)), tuple(_used(source))
    )


def _constants(source: PythonSource) -> dict[str, ast.expr]:
    """What the names of the module are assigned, as far as they are assigned once."""
    found: dict[str, ast.expr] = {}
    twice: set[str] = set()
    for node in source.nodes:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                twice |= {target.id} & found.keys()
                found[target.id] = value
    return {name: value for name, value in found.items() if name not in twice}


def folded(node: ast.AST, constants: dict[str, ast.expr], depth: int = 60) -> str | None:
    """The text an expression stands for, `{}` for parts that are not known; None where it holds no text at all."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if depth == 0:
        return None
    parts: list[str | None] = []
    if isinstance(node, ast.Name):
        value = constants.get(node.id)
        return None if value is None else folded(value, constants, depth - 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod | ast.Div):
        left = folded(node.left, constants, depth - 1)
        if isinstance(node.op, ast.Mod):
            return left
        right = folded(node.right, constants, depth - 1)
        parts = [left, right] if isinstance(node.op, ast.Add) else [left, "/", right]
        parts = parts if left is not None or right is not None else []
    elif isinstance(node, ast.JoinedStr):
        parts = [folded(value, constants, depth - 1) for value in node.values] or [""]
    elif isinstance(node, ast.FormattedValue):
        return folded(node.value, constants, depth - 1)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("join", "urljoin") and not isinstance(node.func.value, ast.Constant):
            given = [folded(argument, constants, depth - 1) for argument in node.args]
            joined = "/".join("{}" if part is None else part.strip("/") if n else part for n, part in enumerate(given))
            return joined if any(part is not None for part in given) else None
        if node.func.attr == "format":
            return folded(node.func.value, constants, depth - 1)
    return "".join("{}" if part is None else part for part in parts) if parts else None


def _texts(source: PythonSource, constants: dict[str, ast.expr]) -> Iterator[Text]:
    taken: set[ast.AST] = set()
    for node in source.nodes:
        if node in taken or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Call):
            continue
        value = folded(node, constants)
        if value is None or isinstance(source.parents.get(node), ast.Expr):
            continue
        taken.update(ast.walk(node))
        yield Text(value, source.span(node).start)


def _calls(source: PythonSource, constants: dict[str, ast.expr]) -> Iterator[Call]:
    from flexmigrate.documents.python_names import dotted_name

    for node in source.nodes:
        if not isinstance(node, ast.Call):
            continue
        name = dotted_name(node.func, source.bindings)
        if name is None and isinstance(node.func, ast.Attribute) and node.func.attr in _WORDS:
            name = f"?.{node.func.attr}"
        if name is not None:
            keywords = tuple((word.arg or "", folded(word.value, constants)) for word in node.keywords)
            arguments = tuple(folded(argument, constants) for argument in node.args)
            yield Call(name, source.span(node).start, arguments, keywords)


def _reads(source: PythonSource) -> Iterator[Read]:
    from flexmigrate.documents.python_environment import environment_read
    from flexmigrate.documents.python_names import dotted_name

    others = {name for name, dotted in source.bindings.items() if dotted.partition(".")[0] in _OTHER_READERS}
    made = {
        target.id
        for node in source.nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _first(node.value.func) in others
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in source.nodes:
        one = environment_read(source, node, source.bindings)
        name, required = (one.name, one.required) if one else ("", False)
        if isinstance(node, ast.Call) and not one and _first(node.func) in others | made and node.args:
            argument = node.args[0]
            name = argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""
            required = len(node.args) == 1 and not node.keywords
        if isinstance(node, ast.Compare) and len(node.comparators) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            asked = dotted_name(node.comparators[0], source.bindings) == "os.environ"
            left = node.left
            name = left.value if asked and isinstance(left, ast.Constant) and isinstance(left.value, str) else name
        if name:
            span = source.span(node)
            end = span.end if one and node not in source.formatted else None
            yield Read(name, span.start, end, required, _prepared(source, node))


def _prepared(source: PythonSource, node: ast.AST) -> bool:
    """Whether `K_SERVICE`, `K_REVISION` or the like is looked at in the same statement."""
    for outer in source.ancestors(node):
        if isinstance(outer, ast.stmt):
            return any(
                isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.startswith("K_")
                for one in ast.walk(outer)
            )
    return False


def _first(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _used(source: PythonSource) -> Iterator[tuple[str, int]]:
    from flexmigrate.documents.python_names import dotted_name

    seen: set[str] = set()
    for node in source.nodes:
        if isinstance(node, ast.Attribute | ast.Name) and _first(node) in source.bindings:
            name = dotted_name(node, source.bindings)
            if name is not None and name not in seen:
                seen.add(name)
                yield name, source.span(node).start
