"""Changes of import statements for `python_rewrite`: replaced, shortened or taken out; what is around them stays."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flexmigrate.documents.python import PythonSource
from flexmigrate.documents.python_rewrite import Change, Impossible, Stretch, stretch_of

if TYPE_CHECKING:
    import libcst as cst

    Small = cst.Import | cst.ImportFrom


def replace_import(
    source: PythonSource, statement: ast.Import | ast.ImportFrom, replace: Callable[[Small], Sequence[str | Small]]
) -> tuple[Stretch, Change]:
    """The change of a source that replaces an import statement by others, none among them."""
    stretch = stretch_of(source, statement)
    lines = range(source.line_of(stretch.start), source.line_of(stretch.end) + 1)
    inside = [
        node
        for node in source.nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        and node.lineno in lines
        and stretch.start <= source.span(node).start < stretch.end
    ]
    return stretch, with_imports(inside.index(statement), replace)


def with_imports(number: int, replace: Callable[[Small], Sequence[str | Small]]) -> Change:
    """Replace the import statement of this number (in the order of the source) by others, none among them.

    What `replace` returns as text is a statement of its own line. A block that would be left empty keeps `pass`.
    """
    import libcst as cst

    class Replacer(cst.CSTTransformer):
        def __init__(self) -> None:
            super().__init__()
            self.met = -1
            self.wanted: Small | None = None

        def visit_Import(self, node: cst.Import) -> bool:
            self._count(node)
            return False

        def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
            self._count(node)
            return False

        def _count(self, node: cst.Import | cst.ImportFrom) -> None:
            self.met += 1
            if self.met == number:
                self.wanted = node

        def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
            return updated_node.with_changes(**_body(original_node, updated_node, self.wanted, replace))

        def leave_IndentedBlock(
            self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
        ) -> cst.BaseSuite:
            return updated_node.with_changes(**_body(original_node, updated_node, self.wanted, replace))

        def leave_SimpleStatementSuite(
            self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
        ) -> cst.BaseSuite:
            place = _place(original_node.body, self.wanted)
            if place is None or self.wanted is None:
                return updated_node
            small = _small(updated_node.body, place, replace(self.wanted))
            return updated_node.with_changes(body=small or [cst.Pass()])

    def change(module: cst.Module) -> cst.Module:
        return module.visit(Replacer())

    return change


def _place(body: Sequence[cst.CSTNode], wanted: cst.CSTNode | None) -> int | None:
    return next((index for index, node in enumerate(body) if node is wanted), None) if wanted else None


def _small(
    body: Sequence[cst.BaseSmallStatement], place: int, new: Sequence[str | Small]
) -> list[cst.BaseSmallStatement]:
    """The statements of one line with one replaced; only statements that stay on the line may take its place."""
    import libcst as cst

    if any(isinstance(statement, str) for statement in new):
        raise Impossible("the import shares its line with another statement")
    stay = [statement for statement in new if not isinstance(statement, str)]
    if len(stay) == 1:
        return [*body[:place], stay[0].with_changes(semicolon=body[place].semicolon), *body[place + 1 :]]
    left = [*body[:place], *body[place + 1 :]]
    if left and place == len(body) - 1:
        left[-1] = left[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    return left


def _body(
    original: cst.Module | cst.IndentedBlock,
    updated: cst.Module | cst.IndentedBlock,
    wanted: Small | None,
    replace: Callable[[Small], Sequence[str | Small]],
) -> dict[str, object]:
    """The changes to a block that holds the wanted statement."""
    import libcst as cst

    place = next(
        (
            index
            for index, line in enumerate(original.body)
            if isinstance(line, cst.SimpleStatementLine) and _place(line.body, wanted) is not None
        ),
        None,
    )
    if place is None or wanted is None:
        return {}
    line = updated.body[place]
    before = original.body[place]
    if not isinstance(line, cst.SimpleStatementLine) or not isinstance(before, cst.SimpleStatementLine):
        return {}
    new = replace(wanted)
    if len(before.body) > 1:
        small = _small(line.body, _place(before.body, wanted) or 0, new)
        return {"body": [*updated.body[:place], line.with_changes(body=small), *updated.body[place + 1 :]]}
    lines: list[cst.BaseStatement] = []
    for statement in new:
        if not isinstance(statement, str):
            lines.append(line.with_changes(body=[statement]))
            continue
        parsed = cst.ensure_type(cst.parse_statement(statement), cst.SimpleStatementLine)
        # The comment of the line stays with what takes its place.
        lines.append(parsed if lines else line.with_changes(body=parsed.body))
    behind = list(updated.body[place + 1 :])
    changes: dict[str, object] = {}
    if not lines and not behind and place == 0 and isinstance(original, cst.IndentedBlock):
        lines = [cst.SimpleStatementLine([cst.Pass()], line.leading_lines)]
    elif not lines:
        # Comments above an import are not about it alone.
        above = list(line.leading_lines)
        if behind:
            follower = behind[0]
            behind[0] = follower.with_changes(leading_lines=[*above, *getattr(follower, "leading_lines", ())])
        else:
            changes["footer"] = [*above, *updated.footer]
    changes["body"] = [*updated.body[:place], *lines, *behind]
    return changes


def without_name(statement: Small, place: int) -> Small:
    """The import statement without one of its several names."""
    import libcst as cst

    names = list(statement.names) if not isinstance(statement.names, cst.ImportStar) else []
    gone = names.pop(place)
    changes: dict[str, object] = {}
    closing = statement.rpar if isinstance(statement, cst.ImportFrom) else None
    if place == len(names):
        last = names[-1]
        comma = last.comma
        if closing is not None and isinstance(comma, cst.Comma) and isinstance(gone.comma, cst.Comma):
            names[-1] = last.with_changes(comma=_closed(comma, gone.comma.whitespace_after))
        elif closing is not None and isinstance(comma, cst.Comma) and _spans_lines(closing.whitespace_before):
            names[-1] = last.with_changes(comma=comma.with_changes(whitespace_after=cst.SimpleWhitespace("")))
            first = comma.whitespace_after
            if isinstance(first, cst.ParenthesizedWhitespace) and isinstance(
                closing.whitespace_before, cst.ParenthesizedWhitespace
            ):
                kept = closing.whitespace_before.with_changes(first_line=first.first_line)
                changes["rpar"] = closing.with_changes(whitespace_before=kept)
        else:
            names[-1] = last.with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return statement.with_changes(names=names, **changes)


def _spans_lines(space: cst.BaseParenthesizableWhitespace) -> bool:
    import libcst as cst

    return isinstance(space, cst.ParenthesizedWhitespace)


def _closed(comma: cst.Comma, behind: cst.BaseParenthesizableWhitespace) -> cst.Comma:
    """The comma as the last one: what followed the one that is gone follows it, its own comment kept."""
    import libcst as cst

    own = comma.whitespace_after
    if isinstance(own, cst.ParenthesizedWhitespace) and isinstance(behind, cst.ParenthesizedWhitespace):
        return comma.with_changes(whitespace_after=behind.with_changes(first_line=own.first_line))
    return comma.with_changes(whitespace_after=behind)
