"""Reads YAML into nodes that know their exact place in the text; the only importer of ruamel.yaml.

The nodes are built from parse events and not from a loaded document, because only events say where an alias stands,
what is quoted and where a value really ends. Nothing is converted: `3.10` stays the text `3.10`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from flexmigrate.documents.templates import Mask
from flexmigrate.documents.text import position
from flexmigrate.model import Route

MAX_DEPTH = 100
MAX_CHARACTERS = 2_000_000
_TRAILING_BLANK_LINES = re.compile(r"(?:(?:\r\n|\n|\r)[ \t]*)+\Z")


class YamlError(ValueError):
    """The text is not YAML that can be worked on; `line` counts from 1."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


@dataclass(slots=True)
class Node:
    """A scalar, mapping, sequence or alias with its span.

    `start..end` is the node without anchor and tag and without the blank lines and comments behind it; an empty value
    lies right behind its colon. `value` is the text of a scalar or the name of an alias. `style` is the quote
    character, `|`, `>` or "" for plain. `templated` scalars hold a placeholder and keep their text as written.
    """

    kind: str
    start: int
    end: int
    value: str = ""
    style: str = ""
    tag: str | None = None
    anchor: str | None = None
    flow: bool = False
    templated: bool = False
    entries: list[Entry] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is written (`key:`)."""
        return self.kind == "scalar" and self.start == self.end and not self.style

    def get(self, key: str) -> Node | None:
        """The value under `key`, or None; the first one where a key is given twice."""
        entry = self.entry(key)
        return entry.value if entry else None

    def entry(self, key: str) -> Entry | None:
        """The entry under `key`, or None."""
        return next((entry for entry in self.entries if entry.name == key), None)

    def text(self, key: str) -> str | None:
        """The text of the scalar under `key`; None when there is none or it is empty or no scalar."""
        node = self.get(key)
        return node.value if node is not None and node.kind == "scalar" and not node.is_empty else None


@dataclass(slots=True)
class Entry:
    """One `key: value` of a mapping; `colon` is the offset behind the colon, or the key's end where there is none."""

    key: Node
    value: Node
    colon: int

    @property
    def name(self) -> str | None:
        """The key's text, or None when the key is no scalar."""
        return self.key.value if self.key.kind == "scalar" else None

    @property
    def start(self) -> int:
        return self.key.start

    @property
    def end(self) -> int:
        return max(self.value.end, self.colon)


class YamlFile:
    """A YAML text with all its documents; YamlError when it cannot be parsed or is beyond the limits."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARACTERS:
            raise YamlError(f"larger than {MAX_CHARACTERS:,} characters")
        self.text = text
        self.mask = Mask(text)
        self.documents: list[Node] = []
        self.anchors: dict[str, int] = {}
        self.aliases: set[str] = set()
        _Composer(self).run()

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return position(self.text, offset).line


class _Composer:
    """Builds the nodes of a file without recursion, so that depth is a limit of ours and not a crash."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.text = file.text
        # Collections that are open, innermost last, each with the key that waits for its value.
        self.open: list[tuple[Node, Node | None]] = []

    def run(self) -> None:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            for event in YAML(typ="safe", pure=True).parse(self.file.mask.text):
                self.take(event)
        except YAMLError as error:
            raise _explained(error, self.text) from None
        except (ValueError, IndexError, TypeError, AttributeError, RecursionError) as error:
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
        start = self.content_start(event)
        node = Node(kind, start, start, tag=_tag(event), anchor=self.anchor(event), flow=bool(event.flow_style))  # type: ignore[attr-defined]
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
        if not self.open:
            self.file.documents.append(node)
            return
        parent, key = self.open[-1]
        if parent.kind == "sequence":
            parent.items.append(node)
        elif key is None:
            self.open[-1] = (parent, node)
        else:
            colon = self.colon(key)
            if node.is_empty:
                node.start = node.end = colon
            parent.entries.append(Entry(key, node, colon))
            self.open[-1] = (parent, None)

    def colon(self, key: Node) -> int:
        offset = key.end
        while offset < len(self.text) and self.text[offset] in " \t":
            offset += 1
        return offset + 1 if self.text.startswith(":", offset) else key.end

    def scalar(self, event: object) -> Node:
        start, (_, end) = self.content_start(event), _span(event)
        style = event.style or ""  # type: ignore[attr-defined]
        value = str(event.value)  # type: ignore[attr-defined]
        templated = self.file.mask.hides(start, end)
        if style in ("|", ">"):
            end = self.block_scalar_end(start, end)
        if templated:
            value = self.text[start:end]
            if style in ("'", '"'):
                value = value[1:-1]
        return Node(
            "scalar", start, max(start, end), value, style, _tag(event), self.anchor(event), templated=templated
        )

    def block_scalar_end(self, start: int, end: int) -> int:
        header = self.text[start : start + 4]
        if "+" in re.split(r"[\s#]", header, maxsplit=1)[0]:
            return end
        blank = _TRAILING_BLANK_LINES.search(self.text, start, end)
        return blank.start() if blank else end

    def content_start(self, event: object) -> int:
        """Where the node itself starts, behind its anchor and tag."""
        start, end = _span(event)
        if self.anchor_name(event) is None and _tag(event) is None:
            return start
        offset = start
        while (match := re.compile(r"[&!][^\s,\[\]{}]*[ \t]*").match(self.text, offset)) is not None:
            offset = match.end()
        if type(event).__name__ == "ScalarEvent":
            return min(offset, end)
        # A block collection begins on a later line; its own start does not matter for any edit.
        return offset

    @staticmethod
    def anchor_name(event: object) -> str | None:
        return getattr(event, "anchor", None)

    def anchor(self, event: object) -> str | None:
        name = self.anchor_name(event)
        if name is not None:
            self.file.anchors[name] = self.file.anchors.get(name, 0) + 1
        return name


def _span(event: object) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index  # type: ignore[attr-defined]


def _tag(event: object) -> str | None:
    tag = getattr(event, "tag", None)
    return None if tag is None else str(tag)


def _explained(error: Exception, text: str) -> YamlError:
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark is not None else None
    if line is None and isinstance(getattr(error, "position", None), int):
        line = position(text, error.position).line  # type: ignore[attr-defined]
        problem = f"{getattr(error, 'reason', problem)} (character {getattr(error, 'character', '?')!r})"
    message = f"{context}, {problem}" if context else str(problem)
    return YamlError(" ".join(message.split()), line)


def walk(node: Node, route: Route = ()) -> Iterator[tuple[Route, Entry | None, Node]]:
    """Every node below `node` with its route, and its entry where it is the value of a mapping."""
    for entry in node.entries:
        below = (*route, entry.name if entry.name is not None else "?")
        yield below, entry, entry.value
        yield from walk(entry.value, below)
    for index, item in enumerate(node.items):
        yield (*route, index), None, item
        yield from walk(item, (*route, index))
