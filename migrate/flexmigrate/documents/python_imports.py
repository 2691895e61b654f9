"""The imports of a Python file: what each binds, what guards it, and whether anything uses it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from enum import StrEnum

from flexmigrate.documents.python import PythonSource
from flexmigrate.documents.spans import Span
from flexmigrate.documents.text import line_at

_CATCHES_MISSING = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_LONGEST_ANNOTATION = 300
_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


class Guard(StrEnum):
    """What stands around an import and keeps it from failing the program."""

    TRY = "try"
    FALLBACK = "fallback"
    TYPE_CHECKING = "type-checking"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class VersionTest:
    """`sys.version_info[:length] operator value`, and whether the import stands where that is true."""

    operator: str
    value: tuple[int, ...]
    length: int | None
    wanted: bool

    def holds(self, python: str) -> bool:
        """Whether the import is reached under this Python (`3.12`)."""
        running = (*(int(part) for part in python.split(".")), 99)[: self.length]
        outcome = {
            "<": running < self.value,
            "<=": running <= self.value,
            ">": running > self.value,
            ">=": running >= self.value,
            "==": running == self.value,
            "!=": running != self.value,
        }[self.operator]
        return outcome is self.wanted


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: `import module [as bound]` (`name` is None) or `from module import name [as bound]`.

    `module` begins with a dot for each level of a relative import. `guards` are all that apply; FALLBACK is the import
    in the `except` part. `used` is False only where nothing in the file refers to the bound name.
    """

    module: str
    name: str | None
    bound: str
    span: Span
    statement: Span
    line: int
    guards: frozenset[Guard]
    tests: tuple[VersionTest, ...]
    used: bool
    nested: bool

    @property
    def dotted(self) -> str:
        """The full name of what is imported."""
        return self.module if self.name is None else f"{self.module.rstrip('.')}.{self.name}"

    def runs_on(self, python: str) -> bool:
        """Whether tests of `sys.version_info` around it let the import happen under this Python."""
        return all(test.holds(python) for test in self.tests)


def imports(source: PythonSource) -> tuple[Import, ...]:
    """All imports in the order of the source; `from __future__` is none."""
    found: list[Import] = []
    used: set[str] | None = None
    for node in source.nodes:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        used = used_names(source) if used is None else used
        guards, tests, nested = _around(source, node)
        for alias in node.names:
            span = source.span(alias)
            bound = alias.asname or (alias.name if isinstance(node, ast.ImportFrom) else alias.name.partition(".")[0])
            plain = isinstance(node, ast.Import)
            module = alias.name if plain else "." * getattr(node, "level", 0) + (getattr(node, "module", None) or "")
            kept = alias.name == "*" or bound in used or alias.asname == alias.name
            found.append(
                Import(
                    module,
                    None if plain else alias.name,
                    bound,
                    span,
                    source.span(node),
                    node.lineno,
                    guards,
                    tests,
                    kept or _told_to_stay(source, span, source.span(node)),
                    nested,
                )
            )
    return tuple(found)


def _told_to_stay(source: PythonSource, name: Span, statement: Span) -> bool:
    """A `noqa` says that somebody keeps the import although nothing in the file uses it."""
    lines = (line_at(source.text, name.start), line_at(source.text, statement.start))
    return any("noqa" in line.partition("#")[2].lower() for line in lines)


def used_names(source: PythonSource) -> set[str]:
    """Every name that the file refers to, those in its strings included."""
    used = quoted_names(source)
    for node in source.nodes:
        if isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            used.update(node.names)
    return used


def quoted_names(source: PythonSource) -> set[str]:
    """Names in short strings: `__all__`, annotations in quotes, `cast("X", …)`; a docstring is none of these."""
    found: set[str] = set()
    for node in source.nodes:
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if text and len(text) < _LONGEST_ANNOTATION and not isinstance(source.parents.get(node), ast.Expr):
            found.update(_IDENTIFIER.findall(text))
    return found


def _around(source: PythonSource, node: ast.AST) -> tuple[frozenset[Guard], tuple[VersionTest, ...], bool]:
    guards: set[Guard] = set()
    tests: list[VersionTest] = []
    nested = False
    inner = node
    for outer in source.ancestors(node):
        if isinstance(outer, ast.Try | ast.TryStar) and inner in outer.body and any(map(_catches, outer.handlers)):
            guards.add(Guard.TRY)
        elif isinstance(outer, ast.ExceptHandler) and _catches(outer):
            guards.add(Guard.FALLBACK)
        elif isinstance(outer, ast.With | ast.AsyncWith) and any(_suppresses(item) for item in outer.items):
            guards.add(Guard.TRY)
        elif isinstance(outer, ast.If) and inner is not outer.test:
            test = version_test(outer.test, inner in outer.body)
            if test:
                guards.add(Guard.VERSION)
                tests.append(test)
            elif _last_name(outer.test) == "TYPE_CHECKING" and inner in outer.body:
                guards.add(Guard.TYPE_CHECKING)
        elif isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            nested = True
        inner = outer
    return frozenset(guards), tuple(tests), nested


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    return (
        isinstance(call, ast.Call)
        and _last_name(call.func) == "suppress"
        and any(_last_name(argument) in _CATCHES_MISSING for argument in call.args)
    )


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_last_name(kind) in _CATCHES_MISSING for kind in types)


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def version_test(test: ast.expr, wanted: bool) -> VersionTest | None:
    """Read a test of `sys.version_info` or of six's PY2 and PY3; None when it is another one."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return version_test(test.operand, not wanted)
    name = _last_name(test)
    if name in ("PY2", "PY3"):
        return VersionTest("==", (int(name[-1]),), 1, wanted)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    operator = _OPERATORS.get(type(test.ops[0]))
    subject = test.left
    length: int | None = None
    if isinstance(subject, ast.Subscript):
        index = subject.slice
        if isinstance(index, ast.Slice) and index.lower is None and isinstance(index.upper, ast.Constant):
            length = index.upper.value if isinstance(index.upper.value, int) else None
        elif not (isinstance(index, ast.Constant) and index.value == 0):
            return None
        else:
            length = 1
        subject = subject.value
    elif isinstance(subject, ast.Attribute) and subject.attr == "major":
        length, subject = 1, subject.value
    if operator is None or _last_name(subject) != "version_info":
        return None
    value = _numbers(test.comparators[0])
    return None if value is None else VersionTest(operator, value, length, wanted)


def _numbers(node: ast.expr) -> tuple[int, ...] | None:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    numbers = tuple(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, int))
    return numbers if len(numbers) == len(parts) else None
