"""How a YAML document is written, and data put into words in that style."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from flexmigrate.documents.templates import half_open, placeholders
from flexmigrate.documents.text import line_start
from flexmigrate.documents.yaml import Entry, Node, YamlFile, walk
from flexmigrate.documents.yaml_data import reads_as_text
from flexmigrate.model import Quoted, YamlValue

MAX_KEY = 1000
MAX_VALUE_DEPTH = 20
_PLAIN = re.compile(r"[A-Za-z0-9_./$^()+\\][^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff#:,\[\]{}\"'&*!|>%@`]*")
_BLOCK_LINE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]*")
_INDICATOR = re.compile(r"[|>][-+]?[1-9]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Refused(Exception):
    """Why an edit cannot be made; caught by the editor and turned into the rewrite's refusal."""


class Style:
    """The habits of one document: its quotes and its indentation."""

    def __init__(self, file: YamlFile, root: Node) -> None:
        self.file = file
        self.text = file.text
        self.root = root

    @cached_property
    def quote(self) -> str:
        """The quote character of most quoted values; the double one where neither leads."""
        styles = [node.style for _, _, node in walk(self.root)]
        return "'" if styles.count("'") > styles.count('"') else '"'

    @cached_property
    def step(self) -> int:
        """By how much a mapping below a key is indented: the first one decides."""
        for _, entry, node in walk(self.root):
            if entry is not None and node.kind == "mapping" and not node.flow and node.entries:
                step = self.column(node.entries[0].start) - self.column(entry.start)
                if step > 0 and not entry.explicit:
                    return step
        return 2

    @cached_property
    def dash(self) -> int:
        """By how much the dash of a sequence below a key is indented: the first one decides."""
        for _, entry, node in walk(self.root):
            if entry is not None and node.kind == "sequence" and not node.flow and not entry.explicit:
                return max(0, self.column(node.start) - self.column(entry.start))
        return self.step

    def column(self, offset: int) -> int:
        """The column of an offset, from 0."""
        return self.file.position(offset).column - 1

    def margin(self, offset: int) -> str:
        """The blanks that put a line at the same column as `offset`."""
        before = self.text[line_start(self.text, offset) : offset].lstrip("\ufeff")
        return before if not before.strip(" ") else " " * len(before)

    def text_margin(self, entry: Entry) -> str:
        """The indentation of the lines of a text block: the one it has, else one step below its key."""
        node = entry.value
        lines = [line for line in self.text[node.start : node.end].splitlines()[1:] if line.strip()]
        if not lines or _INDICATOR.match(self.text, node.start):
            return " " * (self.column(entry.start) + self.step)
        return " " * min(len(line) - len(line.lstrip(" ")) for line in lines)

    def key(self, name: str, quote: str = "") -> str:
        """A key in words; Refused when it is longer than YAML allows."""
        written = self.scalar(name, quote)
        if len(written) > MAX_KEY:
            raise Refused(f"a key of more than {MAX_KEY} characters is not written")
        return written

    def scalar(self, value: YamlValue, quote: str = "") -> str:
        """A single value in words, within `quote` where one is given and the text allows it."""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return str(value)
        if not isinstance(value, str):
            raise Refused("not a single value")
        text = str(value)
        if _SURROGATE.search(text):
            raise Refused("the new text holds half of a surrogate pair, which no file can hold")
        if half_open(text):
            raise Refused("the new text holds one half of a template placeholder")
        written = self._quoted(text, quote, Quoted if isinstance(value, Quoted) else str)
        if any(hidden not in written for hidden in placeholders(text)):
            raise Refused("the new text holds a template placeholder that would have to be escaped")
        return written

    def _quoted(self, text: str, quote: str, kind: type[str]) -> str:
        if not quote and kind is str and _PLAIN.fullmatch(text) and text == text.strip() and reads_as_text(text):
            return text
        if (quote or self.quote) == "'" and not _needs_escape(text):
            return "'" + text.replace("'", "''") + "'"
        return '"' + "".join(map(_escaped, text)) + '"'

    def block_lines(self, name: str, value: YamlValue, margin: str) -> list[str]:
        """The lines of `name: value`, indented by `margin`."""
        _check_depth(value)
        return self._pair_lines(name, value, margin)

    def value_lines(self, value: YamlValue, margin: str, key_margin: str) -> list[str]:
        """The lines below a key for a mapping at `margin`, or for a sequence below a key at `key_margin`."""
        _check_depth(value)
        if isinstance(value, Mapping):
            return [line for below, inner in value.items() for line in self._pair_lines(below, inner, margin)]
        if isinstance(value, str | int) or not isinstance(value, tuple):
            raise Refused("not a mapping or sequence")
        return self._item_lines(value, key_margin + " " * self.dash)

    def _pair_lines(self, name: str, value: YamlValue, margin: str) -> list[str]:
        key = f"{margin}{self.key(name)}:"
        if isinstance(value, str | int) or not value:
            return [f"{key} {self.flow(value)}"]
        return [key, *self.value_lines(value, margin + " " * self.step, margin)]

    def _item_lines(self, items: tuple[YamlValue, ...], margin: str) -> list[str]:
        lines: list[str] = []
        for item in items:
            if isinstance(item, str | int) or not item:
                lines.append(f"{margin}- {self.flow(item)}")
                continue
            if isinstance(item, Mapping):
                inner = [line for name, below in item.items() for line in self._pair_lines(name, below, margin + "  ")]
            else:
                inner = self._item_lines(item, margin + "  ")
            lines += [f"{margin}- {inner[0][len(margin) + 2 :]}", *inner[1:]]
        return lines

    def flow(self, value: YamlValue, quote: str = "") -> str:
        """A value on one line."""
        _check_depth(value)
        if isinstance(value, Mapping):
            return "{" + ", ".join(self.flow_pair(name, below, quote) for name, below in value.items()) + "}"
        if isinstance(value, tuple):
            return "[" + ", ".join(self.flow(below, quote) for below in value) + "]"
        return self.scalar(value, quote)

    def flow_pair(self, name: str, value: YamlValue, quote: str = "") -> str:
        """`name: value` on one line."""
        return f"{self.key(name, quote)}: {self.flow(value, quote)}"

    def literal(self, text: str, margin: str) -> list[str] | None:
        """A `|` header and the lines of a text of several lines; None where a literal block could not hold it."""
        body = text.removesuffix("\n")
        lines = body.split("\n")
        if len(lines) < 2 and body == text:
            return None
        if not body or not all(map(_BLOCK_LINE.fullmatch, lines)) or _SURROGATE.search(text) or half_open(text):
            return None
        if not lines[0].strip() or lines[0][0] in " \t" or not lines[-1].strip() or placeholders(text):
            return None
        return ["|" if body != text else "|-", *(f"{margin}{line}" if line else "" for line in lines)]


def json_quote(flow: Node) -> str:
    """The double quote for a mapping written as JSON, else nothing."""
    return '"' if flow.entries and all(entry.key.style == '"' for entry in flow.entries) else ""


def _check_depth(value: YamlValue, depth: int = 0) -> None:
    if depth > MAX_VALUE_DEPTH:
        raise Refused(f"data nested deeper than {MAX_VALUE_DEPTH} levels is not written")
    if isinstance(value, Mapping):
        for name, below in value.items():
            if not isinstance(name, str):
                raise Refused("a key that is no text is not written")
            _check_depth(below, depth + 1)
    elif isinstance(value, tuple):
        for below in value:
            _check_depth(below, depth + 1)
    elif not isinstance(value, str | int):
        raise Refused(f"a {type(value).__name__} is not written")


def _needs_escape(text: str) -> bool:
    return any(_escaped(character)[1:2] not in ("", '"', "\\") for character in text)


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if character < " " or "\x7f" <= character < "\xa0" or character in "\u2028\u2029\ufeff\ufffe\uffff":
        return f"\\u{ord(character):04x}"
    return character
