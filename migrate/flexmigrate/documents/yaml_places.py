"""Where in a YAML text an entry begins and ends for the purpose of removing it or writing next to it.

A splice is `(start, end, new)`. Every function raises Refused where no splice would leave the rest as it is.
"""

from __future__ import annotations

import re

from flexmigrate.documents.text import line_start, newline_at, next_line
from flexmigrate.documents.yaml import Entry, Node
from flexmigrate.documents.yaml_style import Refused

Splice = tuple[int, int, str]

_BLANK_OR_COMMENTS = re.compile(r"(?:[ \t\r\n]+|(?<![^\s])#[^\r\n]*)*")
_SEPARATOR = re.compile(r"[ \t]*,?[ \t]*(?:(?<=\s)#[^\r\n]*)?")
_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_HEADER = re.compile(r"[|>][-+0-9]*")
_REST_OF_LINE = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\r\n]*)?(?=[\r\n]|\Z)")


def below(text: str, offset: int) -> int:
    """The start of the line below what ends at `offset`, which may have its line break in it (`|+`)."""
    if offset and text[offset - 1] in "\r\n":
        return offset
    return next_line(text, offset)


def only_comment_follows(text: str, offset: int) -> None:
    """Promise that nothing but a comment stands between `offset` and the end of its line."""
    if offset and text[offset - 1] in "\r\n":
        return
    if not _REST_OF_LINE.match(text, offset):
        raise Refused("something other than a comment follows on the same line")


def new_lines(text: str, offset: int, lines: list[str], last: Node) -> Splice:
    """The lines, put below the line in which `last` ends at `offset`."""
    at = below(text, offset)
    newline = newline_at(text, max(0, at - 1) if at == offset else offset)
    if at == len(text) and not text.endswith(("\n", "\r")):
        header = _HEADER.match(text, last.start)
        if last.style in ("|", ">") and header is not None and "-" not in header.group():
            raise Refused("the text block at the end of the file would gain a line break")
        return at, at, "".join(newline + line for line in lines)
    return at, at, "".join(line + newline for line in lines)


def block_extent(text: str, parent: Node, index: int, above: Node | None) -> tuple[int, int]:
    """The lines of an entry of a block mapping, without comments above and below it.

    `above` is the leaf that is written last before the entry, if there is one.
    """
    entry = parent.entries[index]
    start = line_start(text, entry.start)
    only_comment_follows(text, entry.end)
    end = below(text, entry.end)
    if text[start : entry.start].strip(" \ufeff"):
        # The key shares its line with what its parent is written on (`- key: value`): the next one moves up.
        if index + 1 == len(parent.entries):
            raise Refused("the key shares its line with something else")
        gap = text[end : parent.entries[index + 1].start]
        comment = gap.find("#")
        return entry.start, parent.entries[index + 1].start if comment < 0 else end + comment
    if text.startswith("\ufeff", start):
        start += 1
    if above is not None and above.style in ("|", ">"):
        _text_block_stays(text, above, start, end)
    elif end == len(text) and not text.endswith(("\n", "\r")) and start and text[start - 1] in "\r\n":
        # The last line goes, and with it the line break before it: the file goes on having no final newline.
        start -= 2 if text.startswith("\r\n", start - 2) else 1
    return start, end


def _text_block_stays(text: str, above: Node, start: int, end: int) -> None:
    """Promise that the lines at `end` do not become part of a text block when they move up to it."""
    if below(text, above.end) != start and text[above.end : start].strip():
        return
    header = _HEADER.match(text, above.start)
    keeps = header is not None and "+" in header.group()
    for line in _LINE.finditer(text, end):
        if line[1].strip(" \t"):
            if line[1].lstrip(" \t").startswith("#") and line[1][0] in " \t":
                raise Refused("the text block above would take in the comment below the removed key")
            return
        if line[1] or (keeps and line[0]):
            raise Refused("the text block above would take in the blank lines below the removed key")


def before(text: str, entry: Entry, lines: list[str], margin: str) -> Splice:
    """The lines, put between the comments above `entry` and `entry` itself: those comments speak of what follows."""
    newline = newline_at(text, entry.start)
    return entry.start, entry.start, newline.join(lines)[len(margin) :] + newline + margin


def flow_removal(text: str, parent: Node, index: int) -> list[Splice]:
    """What takes an entry out of a flow mapping that has others."""
    entries = parent.entries
    entry = entries[index]
    start, end, has_comma = _own_line(text, parent, index)
    if start < end and (has_comma or index + 1 == len(entries)):
        splices = [(start, end, "")]
        if index + 1 == len(entries) and not has_comma:
            comma = comma_after(text, entries[index - 1].end)
            if comma is None:
                raise Refused("no comma stands between the keys of the flow mapping")
            if text[comma - 1] == ":" or entries[index - 1].end < start <= comma:
                raise Refused("the comma of the flow mapping stands in an unusual place")
            splices.insert(0, (comma, comma + 1, ""))
        return splices
    if index + 1 < len(entries):
        start, end = entry.start, entries[index + 1].start
        _no_comment(text, entry.end, end)
    else:
        start, end = _clear_of_colon(text, entries[index - 1]), entry.end
        _no_comment(text, start, entry.start)
    return [(start, end, "")]


def _own_line(text: str, parent: Node, index: int) -> tuple[int, int, bool]:
    """The lines of an entry that shares them with nothing but its comma and comment, and whether there is a comma.

    Start and end are the same where it shares them with more.
    """
    entry = parent.entries[index]
    start = line_start(text, entry.start)
    if text[start : entry.start].strip() or start <= parent.start:
        return start, start, False
    rest = _SEPARATOR.match(text, entry.end)
    if rest is None or rest.end() == len(text) or text[rest.end()] not in "\r\n":
        return start, start, False
    return start, next_line(text, rest.end()), "," in rest.group().partition("#")[0]


def comma_after(text: str, offset: int) -> int | None:
    """Where the comma behind an entry that ends at `offset` is."""
    gap = _BLANK_OR_COMMENTS.match(text, offset)
    return gap.end() if gap and text.startswith(",", gap.end()) else None


def _no_comment(text: str, start: int, end: int) -> None:
    if "#" in text[start:end]:
        raise Refused("a comment stands between the keys of the flow mapping")


def _clear_of_colon(text: str, entry: Entry) -> int:
    """Behind an entry, but never so near to its colon that the colon would become part of the key (`{a:}`)."""
    end = entry.end
    if not text.startswith(":", end - 1) or entry.colon != end:
        return end
    if text[end : end + 1].isspace():
        return end + 1
    raise Refused("no blank stands behind the colon of an empty value")


def flow_insertion(text: str, parent: Node, place: int, pair: str) -> list[Splice]:
    """What puts a pair into a flow mapping at a place among its entries."""
    if not text.startswith("{", parent.start):
        raise Refused("the mapping is a single pair without braces inside a sequence")
    entries = parent.entries
    if not entries:
        return [(parent.start + 1, parent.start + 1, pair)]
    at = entries[min(place, len(entries) - 1)].start
    margin = text[line_start(text, at) : at]
    own_line = not margin.strip() and line_start(text, at) > parent.start
    newline = newline_at(text, line_start(text, at) - 1) if own_line else ""
    if place < len(entries):
        return [(at, at, f"{pair},{newline}{margin}" if own_line else f"{pair}, ")]
    end = _clear_of_colon(text, entries[-1])
    comma = comma_after(text, end)
    if own_line and (comma is None or line_start(text, comma) == line_start(text, end)):
        after = end if comma is None else comma + 1
        rest = _REST_OF_LINE.match(text, after)
        if rest is not None and rest.end() < len(text):
            line = f"{newline}{margin}{pair}"
            if comma is not None:
                return [(rest.end(), rest.end(), f"{line},")]
            if not rest.group().strip():
                return [(end, end, f",{line}")]
            return [(end, end, ","), (rest.end(), rest.end(), line)]
    return [(end, end, f", {pair}")]
