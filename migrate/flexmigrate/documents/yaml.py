"""Reads YAML into nodes that know their exact place in the text; the only importer of ruamel.yaml.

The nodes are built from parse events and not from a loaded document, because only events say where an alias stands,
what is quoted and where a value really ends. Nothing is converted: `3.10` stays the text `3.10`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from flexmigrate.documents.templates import Mask
from flexmigrate.documents.text import position
from flexmigrate.documents.yaml_nodes import Entry, Node, YamlError, last_leaf, walk
from flexmigrate.model import Position

__all__ = ["Entry", "Node", "YamlError", "YamlFile", "last_leaf", "parsed", "walk"]

MAX_DEPTH = 100
MAX_CHARACTERS = 1_000_000
MAX_NODES = 100_000
# Line breaks or nothing at all to some YAML readers and plain characters to others, so that the same file holds
# different data for each.
_DISPUTED = re.compile("[\x85\u2028\u2029]|(?!\\A)\ufeff")
_PROPERTY = re.compile(r"!<[^>\s]*>|[&!][^\s,\[\]{}]*")
_GAP = re.compile(r"(?:[ \t\r\n\ufeff]+|(?<![^\s])#[^\r\n]*)*")
_BLANKS = re.compile(r"[ \t]*")
_HEADER = re.compile(r"[|>]([-+0-9]*)")


class YamlFile:
    """A YAML text with all its documents; YamlError when it cannot be parsed or is beyond the limits."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARACTERS:
            raise YamlError(f"larger than {MAX_CHARACTERS:,} characters")
        disputed = _DISPUTED.search(text)
        if disputed:
            problem = f"the character U+{ord(disputed.group()):04X}, which YAML readers do not agree about"
            raise YamlError(problem, position(text, disputed.start()).line)
        self.text = text
        self.mask = Mask(text)
        self.documents: list[Node] = []
        self.anchors: dict[str, int] = {}
        self.aliases: set[str] = set()
        _Composer(self).run()

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return self.position(offset).line

    def position(self, offset: int) -> Position:
        """Line and column of an offset, both from 1."""
        return position(self.text, offset)


@lru_cache(maxsize=32)
def parsed(text: str) -> YamlFile:
    """The file of a text, parsed once while it is in use; nobody may change its nodes. YamlError as of YamlFile."""
    return YamlFile(text)


class _Composer:
    """Builds the nodes of a file without recursion, so that depth is a limit of ours and not a crash."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.text = file.mask.text
        # Collections that are open, innermost last, each with the key that waits for its value.
        self.open: list[tuple[Node, Node | None]] = []
        self.nodes = 0

    def run(self) -> None:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            for event in YAML(typ="safe", pure=True).parse(self.text):
                self.take(event)
        except YAMLError as error:
            raise _explained(error, self.file) from None
        except (ValueError, IndexError, TypeError, AttributeError, RecursionError, AssertionError) as error:
            if isinstance(error, YamlError):
                raise
            # The scanner trips over a few malformed inputs with errors of its own.
            raise YamlError(f"not readable as YAML ({type(error).__name__})") from None

    def take(self, event: object) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self.place(self.scalar(event))
        elif kind == "AliasEvent":
            start, end = _span(event)
            name = str(event.anchor)  # type: ignore[attr-defined]
            self.file.aliases.add(name)
            self.place(Node("alias", start, end, value=name))
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self.begin(event, "mapping" if kind == "MappingStartEvent" else "sequence")
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self.finish(event)

    def begin(self, event: object, kind: str) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise YamlError(f"nested deeper than {MAX_DEPTH} levels", self.file.line(_span(event)[0]))
        flow = bool(event.flow_style)  # type: ignore[attr-defined]
        start = self.content_start(event)
        outer = _span(event)[0]
        node = Node(kind, start, start, tag=_tag(event), anchor=self.anchor(event), flow=flow, outer=outer)
        self.open.append((node, None))

    def finish(self, event: object) -> None:
        node, _ = self.open.pop()
        if node.flow:
            node.end = _span(event)[1]
        else:
            leaves = [*(entry.end for entry in node.entries[-1:]), *(item.end for item in node.items[-1:])]
            node.end = max(node.start, *leaves) if leaves else node.start
            if node.entries:
                node.start = node.entries[0].start
        self.place(node)

    def place(self, node: Node) -> None:
        """Put a finished node where it belongs: top level, next item, key or value."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise YamlError(f"more than {MAX_NODES:,} values", self.file.line(node.start))
        if not self.open:
            self.file.documents.append(node)
            return
        parent, key = self.open[-1]
        if parent.kind == "sequence":
            parent.items.append(node)
        elif key is None:
            self.open[-1] = (parent, node)
        else:
            parent.entries.append(self.entry(parent, key, node))
            self.open[-1] = (parent, None)

    def entry(self, parent: Node, key: Node, value: Node) -> Entry:
        start = key.outer
        gap_start = parent.entries[-1].end if parent.entries else parent.start
        mark = _GAP.match(self.text, gap_start)
        assert mark is not None
        while mark.end() < start and self.text[mark.end()] in ",{":
            mark = _GAP.match(self.text, mark.end() + 1)
            assert mark is not None
        explicit = mark.end() < start and self.text[mark.end()] == "?"
        if explicit:
            start = mark.end()
        colon = self.colon(key, anywhere=explicit or parent.flow)
        if value.is_empty and value.anchor is None and value.tag is None:
            value.start = value.end = value.outer = colon
        return Entry(key, value, colon, start, explicit)

    def colon(self, key: Node, anywhere: bool) -> int:
        blanks = (_GAP if anywhere else _BLANKS).match(self.text, key.end)
        assert blanks is not None
        return blanks.end() + 1 if self.text.startswith(":", blanks.end()) else key.end

    def scalar(self, event: object) -> Node:
        outer, end = _span(event)
        start = self.content_start(event)
        style = event.style or ""  # type: ignore[attr-defined]
        value = str(event.value)  # type: ignore[attr-defined]
        templated = self.file.mask.hides(start, end)
        if style in ("|", ">"):
            end = self.block_scalar_end(start, end)
        if templated:
            shown = self.file.mask.shown(value, start, end)
            value = self.file.text[start:end] if shown is None else shown
        end = max(start, end)
        return Node(
            "scalar", start, end, value, style, _tag(event), self.anchor(event), templated=templated, outer=outer
        )

    def block_scalar_end(self, start: int, end: int) -> int:
        """Before the line break of the last line of content; behind it where `+` keeps the blank lines."""
        header = _HEADER.match(self.text, start)
        if header and "+" in header.group(1):
            return end
        lines = self.text[start:end].splitlines(keepends=True)
        indents = [len(line) - len(line.lstrip(" ")) for line in lines[1:] if line.strip()]
        # With an indentation indicator the depth is not visible, so that only truly empty lines are surely no content.
        indent = 0 if header and re.search("[1-9]", header.group(1)) else min(indents, default=0)
        while len(lines) > 1 and not lines[-1].strip() and len(lines[-1].rstrip("\r\n")) <= indent:
            end -= len(lines.pop())
        return end - (len(lines[-1]) - len(lines[-1].rstrip("\r\n"))) if lines else end

    def content_start(self, event: object) -> int:
        """Where the node itself starts, behind its anchor and tag."""
        start, end = _span(event)
        if getattr(event, "anchor", None) is None and _tag(event) is None:
            return start
        offset = start
        while match := _PROPERTY.match(self.text, offset):
            reached = match.end()
            gap = _GAP.match(self.text, reached)
            offset = gap.end() if gap else reached
        # A block collection begins on a later line than its anchor; what it is edited by are its members.
        return min(offset, end) if type(event).__name__ == "ScalarEvent" else offset

    def anchor(self, event: object) -> str | None:
        name: str | None = getattr(event, "anchor", None)
        if name is not None:
            self.file.anchors[name] = self.file.anchors.get(name, 0) + 1
        return name


def _span(event: object) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index  # type: ignore[attr-defined]


def _tag(event: object) -> str | None:
    tag = getattr(event, "tag", None)
    return None if tag is None else str(tag)


def _explained(error: Exception, file: YamlFile) -> YamlError:
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = file.line(mark.index) if mark is not None else None
    if line is None and isinstance(getattr(error, "position", None), int):
        line = file.line(error.position)  # type: ignore[attr-defined]
        problem = f"{getattr(error, 'reason', problem)} (character {getattr(error, 'character', '?')!r})"
    message = f"{context}, {problem}" if context else str(problem)
    return YamlError(" ".join(message.split()), line)
