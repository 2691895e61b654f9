"""Whether a source parses as Python 3, and if not, which construct says that it is older."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from dataclasses import dataclass

from flexmigrate.documents.python import MOST_CHARACTERS
from flexmigrate.documents.spans import BOM

_LONGEST_LINE = 2000
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_PRINT = "print statement"
_EXEC = "exec statement"
_EXCEPT = "except X, e"
_BY_MESSAGE = (
    ("Missing parentheses in call to 'print'", _PRINT),
    ("Missing parentheses in call to 'exec'", _EXEC),
    ("multiple exception types must be parenthesized", _EXCEPT),
    ("leading zeros in decimal integer literals", "octal number 0777"),
    ("inconsistent use of tabs and spaces", "tabs and spaces mixed"),
    ("cannot assign to True", "assignment to True"),
    ("cannot assign to False", "assignment to False"),
)
# Tried on the line of the error only, its strings emptied and its comment cut, so a name in a text cannot mislead.
_BY_LINE = (
    (re.compile(r"\b[uU][rR]''"), "ur'' string"),
    (re.compile(r"\bprint\s*(?:''|>>|[\w`])"), _PRINT),
    (re.compile(r"\bexec\s+(?:''|\w)"), _EXEC),
    (re.compile(r"\bexcept\b[^:]*,\s*\w+\s*:"), _EXCEPT),
    (re.compile(r"\braise\s+[\w.]+(?:\[[^\[\]]*\])?(?:\([^()]*\))?\s*,"), "raise E, v"),
    (re.compile("`"), "backticks"),
    (re.compile(r"<>"), "<> operator"),
    (re.compile(r"(?<![\w.])0[0-9]+[lL]?(?![\w.])"), "octal number 0777"),
    (re.compile(r"(?<![\w.])(?:0[xX][0-9a-fA-F]+|[0-9]+)[lL]\b"), "long number 10L"),
    (re.compile(r"\bdef\s+\w+\s*\((?:[^()]*,)?\s*\("), "tuple parameter"),
    (re.compile(r"\blambda\s*(?:[\w\s,]*,\s*)?\("), "tuple parameter"),
)
_RESERVED = re.compile(
    r"\basync\b(?!\s+(?:def|for|with)\b)|\bawait\s*[=.)\],:]|[.,(]\s*await\b|\b(?:def|class|import)\s+await\b"
)
RESERVED_NAME = "async or await as a name"


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why a source does not parse; line and column count from 1.

    `construct` names what decided it, empty where nothing known did; `python2` tells that it is Python 2. `certain` is
    False where the target is newer than the Python that runs this, and may know the syntax.
    """

    line: int
    column: int
    message: str
    construct: str = ""
    python2: bool = False
    certain: bool = True


def syntax_error(text: str, feature_version: tuple[int, int]) -> SyntaxProblem | None:
    """What keeps the text from being source of that Python; None when it parses, or is too big or deep to tell."""
    text = text.removeprefix(BOM)
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, feature_version=feature_version)
    except SyntaxError as error:
        return _explained(text, error, feature_version)
    except (RecursionError, MemoryError):
        return None
    except ValueError as error:
        return SyntaxProblem(1, 1, str(error))
    return _leftover(tree, text)


def _explained(text: str, error: SyntaxError, feature_version: tuple[int, int]) -> SyntaxProblem:
    line, column, message = error.lineno or 1, max(1, error.offset or 1), error.msg or "invalid syntax"
    written = _line(text, line)
    construct = next((name for part, name in _BY_MESSAGE if part in message), "")
    bare = _without_strings(written)
    construct = construct or next((name for pattern, name in _BY_LINE if pattern.search(bare)), "")
    if construct:
        return SyntaxProblem(line, column, message, construct, python2=True)
    if _RESERVED.search(bare):
        return SyntaxProblem(line, column, message, RESERVED_NAME)
    return SyntaxProblem(line, column, message, certain=feature_version <= sys.version_info[:2])


def _line(text: str, number: int) -> str:
    lines = re.split(r"\r\n|\r|\n", text, maxsplit=number)
    return lines[number - 1][:_LONGEST_LINE] if 0 < number <= len(lines) else ""


def _without_strings(line: str) -> str:
    return _STRING.sub("''", line).partition("#")[0]


def _leftover(tree: ast.Module, text: str) -> SyntaxProblem | None:
    """Python 2 that happens to parse: `print >>file, x` anywhere, `except X, e` from 3.14 on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            first = node.value.elts[0] if isinstance(node.value, ast.Tuple) and node.value.elts else node.value
            while isinstance(first, ast.BinOp) and not isinstance(first.op, ast.RShift):
                first = first.left
            if isinstance(first, ast.BinOp) and isinstance(first.left, ast.Name) and first.left.id == "print":
                return SyntaxProblem(node.lineno, node.col_offset + 1, "print >>file, …", _PRINT, python2=True)
        elif isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Tuple) and len(node.type.elts) == 2:
            second = node.type.elts[1]
            written = _line(text, node.type.lineno).encode()[node.type.col_offset :]
            # In brackets it is a tuple of exceptions; without, a lower-case name can only be what 2 bound it to.
            if not written.startswith(b"(") and isinstance(second, ast.Name) and second.id.islower():
                return SyntaxProblem(node.lineno, node.col_offset + 1, "except X, e", _EXCEPT, python2=True)
    return None
