"""Changed Python source that keeps its format: through libcst and back to the smallest edits of the text.

libcst is imported inside functions only, here and in `python_import_rewrite`: planning a repository without rewrites of
Python never loads it.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from flexmigrate.documents.python import PythonSource
from flexmigrate.documents.spans import BOM, Span
from flexmigrate.model import Edit, Rewrite

if TYPE_CHECKING:
    import libcst as cst

DEEPEST = 150

Change = Callable[["cst.Module"], "cst.Module"]


class Impossible(ValueError):
    """The change cannot be made in this source; the message says why."""


def rewritten(source: PythonSource, changes: Sequence[tuple[Stretch, Change]]) -> Rewrite:
    """The edits that changes of the concrete syntax tree come to; refused where a tree is not its text exactly.

    Only the stretches that change are parsed: building and walking these trees is slow. Several changes of one
    stretch are made in the order given.
    """
    import libcst as cst

    if source.problem:
        return Rewrite(source.path, refusal=f"the file does not parse: {source.problem.reason}")
    if _is_deep(source):
        return Rewrite(source.path, refusal="the source is nested too deep to be rewritten")
    by_stretch: dict[Stretch, list[Change]] = {}
    for stretch, change in changes:
        by_stretch.setdefault(stretch, []).append(change)
    edits: list[Edit] = []
    try:
        for stretch, wanted in sorted(by_stretch.items()):
            text = source.text[stretch.start : stretch.end]
            module = cst.parse_module(text)
            if module.code != text:
                refusal = "the source would not come back unchanged from the library that edits it"
                return Rewrite(source.path, refusal=refusal)
            for change in wanted:
                module = change(module)
            edits += (
                replace(edit, start=edit.start + stretch.start, end=edit.end + stretch.start)
                for edit in smallest_edits(source.path, text, _code(module))
            )
    except Impossible as reason:
        return Rewrite(source.path, refusal=str(reason))
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError) as error:
        return Rewrite(source.path, refusal=f"the library that edits Python refuses: {type(error).__name__}")
    return Rewrite(source.path, tuple(edits))


def _code(module: cst.Module) -> str:
    # A module that has lost everything would still be written as an empty line.
    return module.code if module.body or module.header or module.footer else ""


class Stretch(NamedTuple):
    """Whole lines of a source, `start` to `end`, that are Python by themselves."""

    start: int
    end: int


def whole(source: PythonSource) -> Stretch:
    """All of the source but its byte order mark."""
    return Stretch(1 if source.text.startswith(BOM) else 0, len(source.text))


def stretch_of(source: PythonSource, node: ast.AST) -> Stretch:
    """The lines of the statement of the module that holds a node, up to the next statement."""
    statement: ast.AST = node
    for outer in source.ancestors(node):
        if isinstance(outer, ast.Module):
            break
        statement = outer
    lines = [_first_line(one) for one in source.tree.body]
    first = _first_line(statement)
    # Statements that share a line stay together.
    last = max(getattr(one, "end_lineno", 0) for one in source.tree.body if _first_line(one) == first)
    following = [line for line in lines if line > first]
    while following and following[0] <= last:
        line = following.pop(0)
        last = max(last, *(getattr(one, "end_lineno", 0) for one in source.tree.body if _first_line(one) == line))
    before = [one for one in source.tree.body if _first_line(one) < first and getattr(one, "end_lineno", 0) >= first]
    start = source.offset(min(map(_first_line, before), default=first), 0)
    return Stretch(start, source.offset(following[0], 0) if following else len(source.text))


def _first_line(statement: ast.AST) -> int:
    decorators = getattr(statement, "decorator_list", None) or [statement]
    return min(getattr(one, "lineno", 1) for one in (statement, *decorators))


def _is_deep(source: PythonSource) -> bool:
    """Whether trees of this source would exhaust the stack: libcst and `ast.dump` work recursively."""
    level: list[ast.AST] = [source.tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def smallest_edits(path: str, old: str, new: str) -> tuple[Edit, ...]:
    """The edits from one text to the other: one stretch, or several where lines in between stay and that is less."""
    if old == new:
        return ()
    whole = _trimmed(path, 0, old, new)
    several = tuple(_by_lines(path, old, new))
    return (whole,) if _size(whole) <= sum(map(_size, several)) else several


def _size(edit: Edit) -> int:
    return len(edit.old) + len(edit.new)


def _by_lines(path: str, old: str, new: str) -> Iterator[Edit]:
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    for kind, first, last, left, right in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        pairs = [(first, last, left, right)]
        if last - first == right - left:
            pairs = [(first + i, first + i + 1, left + i, left + i + 1) for i in range(last - first)]
        for one, two, three, four in pairs:
            written, wanted = "".join(before[one:two]), "".join(after[three:four])
            if written != wanted:
                yield _trimmed(path, starts[one], written, wanted)


def _trimmed(path: str, start: int, old: str, new: str) -> Edit:
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    end = len(old) - tail
    return Edit(path, start + head, start + end, old[head:end], new[head : len(new) - tail])


def with_expression(span: Span, text: str, new: str) -> Change:
    """Put another expression in place of the one that stands at `span` of `text`, the stretch that is changed."""
    import libcst as cst
    from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

    start = len(text[: span.start].encode("utf-8", "surrogatepass"))
    length = len(span.of(text).encode("utf-8", "surrogatepass"))

    def change(module: cst.Module) -> cst.Module:
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        for node, place in wrapper.resolve(ByteSpanPositionProvider).items():
            if (place.start, place.length) == (start, length) and isinstance(node, cst.BaseExpression):
                value = cst.parse_expression(new, config=module.config_for_parsing)
                kept = value.with_changes(lpar=[*node.lpar, *value.lpar], rpar=[*value.rpar, *node.rpar])
                changed = module.deep_replace(node, kept)
                if isinstance(changed, cst.Module):
                    return changed
        raise Impossible("no expression stands at this place")

    return change


def with_last_line(line: str) -> Change:
    """Add a statement at the end, behind the comments that end the file."""
    import libcst as cst

    def change(module: cst.Module) -> cst.Module:
        statement = cst.parse_statement(line, config=module.config_for_parsing)
        if not module.body:
            return module.with_changes(body=[statement], has_trailing_newline=True)
        placed = statement.with_changes(leading_lines=list(module.footer))
        return module.with_changes(body=[*module.body, placed], footer=[])

    return change


def with_names(bound: Mapping[str, str], replacements: Mapping[str, tuple[str, str]]) -> Change:
    """Spell dotted names another way wherever an attribute of a module refers to them.

    `bound` resolves the first part of a name; `replacements` pairs the dotted name with the prefix that goes and the
    text that comes for it.
    """
    import libcst as cst

    def parts_of(node: cst.CSTNode) -> tuple[str, ...] | None:
        found: list[str] = []
        while isinstance(node, cst.Attribute):
            found.append(node.attr.value)
            node = node.value
        return (node.value, *reversed(found)) if isinstance(node, cst.Name) else None

    class Respelled(cst.CSTTransformer):
        def visit_Import(self, node: cst.Import) -> bool:
            return False

        def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
            return False

        def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
            parts = parts_of(original_node)
            if parts is None or parts[0] not in bound:
                return updated_node
            new = replacements.get(".".join((bound[parts[0]], *parts[1:])))
            if new is None:
                return updated_node
            if new[0]:
                return updated_node.with_changes(attr=cst.Name(new[1]))
            value = cst.ensure_type(cst.parse_expression(new[1]), cst.Attribute)
            return value.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)

    return lambda module: module.visit(Respelled())
