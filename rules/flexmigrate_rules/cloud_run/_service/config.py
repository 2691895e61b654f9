"""The config of a service as gcloud reads it: aliases followed, scalars by gcloud's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from flexmigrate.documents.yaml import Node, walk
from flexmigrate.keys import dotted, leaves
from flexmigrate.model import Route
from flexmigrate.project import Service
from flexmigrate.rule import Context
from flexmigrate_rules.facts.scalars import Kind, Unreadable, as_read

PLACEHOLDERS = {"project": "PROJECT_ID", "region": "REGION"}


@dataclass(frozen=True)
class Config:
    """Questions about one service's config; what is absent or no scalar is answered with None."""

    service: Service
    context: Context

    @cached_property
    def _anchors(self) -> dict[str, Node]:
        return {node.anchor: node for _, _, node in walk(self.service.root) if node.anchor}

    def resolved(self, node: Node) -> Node:
        """The node an alias stands for."""
        return self._anchors.get(node.value, node) if node.kind == "alias" else node

    def node(self, *route: str | int) -> Node | None:
        """The node at a route, through aliases and merged mappings (`<<`)."""
        found: Node | None = self.service.root
        for step in route:
            if found is None:
                return None
            found = self._below(found, step)
        return found

    def _below(self, node: Node, step: str | int) -> Node | None:
        if isinstance(step, int):
            return self.resolved(node.items[step]) if 0 <= step < len(node.items) else None
        return next((self.resolved(below) for name, below in self.members(node) if name == step), None)

    def members(self, node: Node | None) -> Iterator[tuple[str, Node]]:
        """The named members of a mapping with what they stand for, own ones before merged ones, each name once."""
        seen: set[str] = set()
        pending = [node] if node is not None else []
        while pending:
            mapping = self.resolved(pending.pop(0))
            pending += mapping.items
            for entry in mapping.entries:
                if entry.name == "<<":
                    pending.append(entry.value)
                elif entry.name is not None and entry.name not in seen:
                    seen.add(entry.name)
                    yield entry.name, self.resolved(entry.value)

    def has(self, *route: str | int) -> bool:
        """Whether the key is written, even without a value."""
        return self.node(*route) is not None

    def written(self, *route: str | int) -> str | None:
        """A scalar's text as written, None for an empty one."""
        node = self.node(*route)
        return node.value if node is not None and node.kind == "scalar" and not node.is_empty else None

    def number(self, *route: str | int) -> float | None:
        """A scalar as a number; None also where it is none (see `unreadable`)."""
        node = self.node(*route)
        try:
            value = float(read(node)) if node is not None else None  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            return None
        return value if value is not None and abs(value) < 1e12 else None

    def whole(self, *route: str | int) -> int | None:
        """A scalar as a whole number."""
        value = self.number(*route)
        return None if value is None else int(value)

    def flag(self, *route: str | int) -> bool | None:
        """A truth value the way gcloud takes it: every text that is not empty is true, `"false"` in quotes too."""
        node = self.node(*route)
        if node is None or node.is_empty:
            return None
        try:
            return bool(read(node))
        except Unreadable:
            return True

    def offset(self, route: Route) -> int:
        """Where the nearest part of the route that is written begins."""
        place, node = 0, self.service.root
        for step in route:
            entry = node.entry(step) if isinstance(step, str) else None
            if entry is not None:
                place, node = entry.start, self.resolved(entry.value)
            elif isinstance(step, int) and step < len(node.items):
                node = node.items[step]
                place = node.start
            else:
                break
        return place

    @cached_property
    def keys(self) -> tuple[tuple[str, Route, Node], ...]:
        """Every key that holds no further keys, as the plan lists them."""
        return tuple((dotted(route), route, node) for route, _, node in leaves(self.service.root))

    @cached_property
    def lines(self) -> dict[str, int]:
        """The line of every key, as the plan gives it."""
        found: dict[str, int] = {}
        for route, offset, _ in leaves(self.service.root):
            found.setdefault(dotted(route), self.service.yaml.line(offset))
        return found

    def option(self, name: str) -> str:
        """What a person gave for an option, or empty."""
        return self.context.options.get(name, "")

    @property
    def buildpacks(self) -> bool:
        """Whether the image is to be built by buildpacks; a custom runtime keeps its image."""
        return self.option("build") == "buildpacks" and self.service.runtime != "custom"

    @property
    def project(self) -> str:
        """The project, or a placeholder that cannot be mistaken."""
        return self.option("project") or PLACEHOLDERS["project"]

    @property
    def region(self) -> str:
        """The region, or a placeholder that cannot be mistaken."""
        return self.option("region") or PLACEHOLDERS["region"]


def read(node: Node) -> object:
    """A scalar as gcloud reads it; Unreadable where it stops, None for what is no scalar."""
    if node.kind != "scalar":
        return None
    textual = bool(node.style) or node.templated or (node.tag or "").endswith(":str") or node.tag == "!"
    return as_read(node.value, Kind.QUOTED if textual else Kind.PLAIN)


def as_passed(node: Node) -> str:
    """The text a program received for a variable (`1.10` is passed as `1.1`); as written where gcloud stops at it."""
    try:
        return str(read(node))
    except Unreadable:
        return node.value
