"""One value written over another: the splices, whatever kind either is."""

from __future__ import annotations

from flexmigrate.documents.text import line_start, newline_at
from flexmigrate.documents.yaml import Entry, Node
from flexmigrate.documents.yaml_places import Splice, below, new_lines, only_comment_follows
from flexmigrate.documents.yaml_style import Refused, Style, json_quote
from flexmigrate.model import Quoted, YamlValue


def single_value(text: str, style: Style, entry: Entry, parent: Node, value: YamlValue) -> Splice:
    """A single value in place of the single value or the nothing that `entry` has."""
    node = entry.value
    if node.is_empty:
        return behind_colon(style, entry, parent, value)
    if node.style in ("|", ">") and isinstance(value, str) and not isinstance(value, Quoted):
        lines = style.literal(str(value), style.text_margin(entry))
        at_end = node.end == len(text) and not text.endswith(("\n", "\r"))
        if lines and not (at_end and lines[0] == "|"):
            return _over(text, node, lines)
    quote = node.style if node.style in ("'", '"') else json_quote(parent)
    return _over(text, node, [style.scalar(value, quote)])


def behind_colon(style: Style, entry: Entry, parent: Node, value: YamlValue) -> Splice:
    """A value on the line of a key that has none."""
    written = style.flow(value, json_quote(parent))
    return entry.colon, entry.colon, f" {written}" if entry.has_colon else f": {written}"


def written_over(text: str, style: Style, entry: Entry, parent: Node, value: YamlValue) -> list[Splice]:
    """Any value in place of any other, except a single one in place of a single one."""
    node = entry.value
    inline = isinstance(value, str | int) or not value
    if node.is_empty and (inline or parent.flow):
        return [behind_colon(style, entry, parent, value)]
    if node.flow or parent.flow or (inline and node.kind == "scalar"):
        return [_over(text, node, [style.flow(value, json_quote(node) or json_quote(parent))])]
    if node.anchor is not None and (inline or node.kind == "scalar"):
        raise Refused("the value carries an anchor")
    if node.kind == "scalar":
        return _block_over_scalar(text, style, entry, value)
    start, end = line_start(text, node.start), below(text, node.end)
    if start <= entry.start or text[start : node.start].strip():
        raise Refused("the old value begins on the line of its key")
    only_comment_follows(text, node.end)
    at_end = end == len(text) and not text.endswith(("\n", "\r"))
    if inline:
        if at_end:
            start -= len(newline_at(text, start - 1))
        return [(entry.colon, entry.colon, f" {style.flow(value)}"), (start, end, "")]
    margin = style.margin(node.start if node.kind == "mapping" else entry.start)
    margin += "" if node.kind == "mapping" else " " * style.step
    newline = newline_at(text, entry.colon)
    lines = style.value_lines(value, margin, style.margin(entry.start))
    return [(start, end, newline.join(lines) + ("" if at_end else newline))]


def _block_over_scalar(text: str, style: Style, entry: Entry, value: YamlValue) -> list[Splice]:
    node = entry.value
    margin = style.margin(entry.start)
    lines = style.value_lines(value, margin + " " * style.step, margin)
    if node.style in ("|", ">"):
        _, end, block = _over(text, node, lines)
        return [(entry.colon, end, newline_at(text, entry.colon) + block)]
    only_comment_follows(text, entry.end)
    lines_below = new_lines(text, entry.end, lines, node)
    return [lines_below] if node.is_empty else [(entry.colon, node.end, ""), lines_below]


def _over(text: str, node: Node, lines: list[str]) -> Splice:
    # `|+` has its last line break in its span, and what comes next must stay on a line of its own.
    last = newline_at(text, node.start) if text[node.end - 1] in "\r\n" else ""
    return node.start, node.end, newline_at(text, node.start).join(lines) + last
