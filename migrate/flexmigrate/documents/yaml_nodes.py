"""What a YAML text holds, node by node, each with its exact place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from flexmigrate.model import Route


class YamlError(ValueError):
    """The text is not YAML that can be worked on; `line` counts from 1."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


@dataclass(slots=True)
class Node:
    """A scalar, mapping, sequence or alias with its span.

    `start..end` is the node without anchor and tag (they begin at `outer`) and without the blank lines and comments
    behind it; an empty value lies right behind its colon. `value` is the text of a scalar or the name of an alias.
    `style` is the quote character, `|`, `>` or "" for plain. `templated` scalars hold a placeholder.
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
    outer: int = -1

    def __post_init__(self) -> None:
        if self.outer < 0:
            self.outer = self.start

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
    """One `key: value` of a mapping, from its key (with `?`, anchor and tag, where it has them) to its value's end.

    `colon` is the offset behind the colon, or the key's end where there is none. `explicit` entries have a `?`.
    """

    key: Node
    value: Node
    colon: int
    start: int
    explicit: bool = False

    @property
    def name(self) -> str | None:
        """The key's text, or None when the key is no scalar."""
        return self.key.value if self.key.kind == "scalar" else None

    @property
    def has_colon(self) -> bool:
        """Whether a colon is written at all (`{a, b}` has none)."""
        return self.colon > self.key.end

    @property
    def end(self) -> int:
        return max(self.value.end, self.colon)


def walk(node: Node, route: Route = ()) -> Iterator[tuple[Route, Entry | None, Node]]:
    """Every node below `node` with its route, and its entry where it is the value of a mapping."""
    for entry in node.entries:
        below = (*route, entry.name if entry.name is not None else "?")
        yield below, entry, entry.value
        yield from walk(entry.value, below)
    for index, item in enumerate(node.items):
        yield (*route, index), None, item
        yield from walk(item, (*route, index))


def last_leaf(node: Node) -> Node:
    """The node that is written last inside `node`, or `node` itself when it holds nothing."""
    while not node.flow and (node.entries or node.items):
        node = node.entries[-1].value if node.entries else node.items[-1]
    return node
