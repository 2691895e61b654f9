"""Whether a place in a Python file surely runs when the file is imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flexmigrate.documents.python import PythonSource
    from flexmigrate.documents.python_imports import VersionTest

_CATCHING = frozenset(
    ("ImportError", "ModuleNotFoundError", "AttributeError", "NameError", "Exception", "BaseException")
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands. `runs` means that importing the file runs it, whatever the circumstances.

    `guarded` means that the file expects it to fail; `tests` are those of `sys.version_info` that have to hold. `late`
    is for what runs only when a function is called.
    """

    runs: bool
    guarded: bool
    late: bool
    tests: tuple[VersionTest, ...]

    def reached_on(self, python: str) -> bool:
        """Whether the tests of the version let this Python come here."""
        return all(test.holds(python) for test in self.tests)


def place_of(source: PythonSource, node: ast.AST) -> Place:
    """What stands around a node."""
    runs, guarded, late = True, False, False
    tests: list[VersionTest] = []
    inner = node
    for outer in source.ancestors(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            body = outer.body if isinstance(outer.body, list) else [outer.body]
            late = late or inner in body
            runs = runs and inner not in body and inner is not getattr(outer, "returns", None)
        elif isinstance(outer, ast.arg) or (isinstance(outer, ast.AnnAssign) and inner is outer.annotation):
            # Annotations run or not, by the version and by `from __future__ import annotations`.
            runs = False
        elif isinstance(outer, ast.If | ast.IfExp) and inner is not outer.test:
            body = outer.body if isinstance(outer.body, list) else [outer.body]
            found, whole = _version_tests(outer.test, inner in body)
            tests += found
            runs = runs and whole
            guarded = guarded or (not whole and _asks(outer.test))
        elif isinstance(outer, ast.BoolOp) and inner is not outer.values[0]:
            runs = False
            guarded = guarded or any(_asks(value) for value in outer.values)
        elif isinstance(outer, ast.Try | ast.TryStar):
            guarded = guarded or (inner in outer.body and any(map(_catches, outer.handlers)))
            runs = runs and inner not in outer.orelse
        elif isinstance(outer, ast.ExceptHandler):
            runs, guarded = False, guarded or _catches(outer)
        elif isinstance(outer, ast.With | ast.AsyncWith):
            guarded = guarded or any(_suppresses(item) for item in outer.items)
        elif isinstance(outer, ast.For | ast.AsyncFor | ast.While | ast.match_case | ast.comprehension):
            runs = runs and inner in (getattr(outer, "iter", None), getattr(outer, "test", None))
        elif isinstance(outer, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            runs = runs and inner is outer.generators[0]
        inner = outer
    return Place(runs, guarded, late, tuple(tests))


def _version_tests(test: ast.expr, wanted: bool) -> tuple[list[VersionTest], bool]:
    """The tests of the version in a condition, and whether the condition is nothing else."""
    from flexmigrate.documents.python_imports import version_test

    one = version_test(test, wanted)
    if one is not None:
        return [one], True
    if isinstance(test, ast.Constant):
        return [], bool(test.value) is wanted
    joined = ast.And if wanted else ast.Or
    if isinstance(test, ast.BoolOp) and isinstance(test.op, joined):
        parts = [_version_tests(value, wanted) for value in test.values]
        return [found for part, _ in parts for found in part], all(whole for _, whole in parts)
    return [], False


def _asks(test: ast.expr) -> bool:
    """Whether a condition looks for the name, for typing's flag, or at the version in a way that is not understood."""
    return any(
        isinstance(node, ast.Name | ast.Attribute)
        and _last(node) in ("hasattr", "TYPE_CHECKING", "version_info", "PY2", "PY3")
        for node in ast.walk(test)
    )


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_last(kind) in _CATCHING for kind in kinds)


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    if not isinstance(call, ast.Call):
        return False
    return _last(call.func) in ("suppress", "raises") and any(_last(one) in _CATCHING for one in call.args)


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
