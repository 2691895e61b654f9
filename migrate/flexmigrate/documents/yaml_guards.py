"""What must hold before a YAML entry is edited: it is there once, named, unshared, and not written by a template."""

from __future__ import annotations

from flexmigrate.documents.yaml import Entry, Node, YamlFile
from flexmigrate.documents.yaml_style import Refused
from flexmigrate.model import Route


class Guards:
    """Leads to the nodes of a document, and refuses those that cannot be edited."""

    def __init__(self, file: YamlFile, root: Node) -> None:
        self.file = file
        self.text = file.text
        self.root = root

    def reach(self, route: Route) -> Node:
        """The node a route leads to through nothing that is shared or given twice; else Refused."""
        node = self.root
        for depth, step in enumerate(route, start=1):
            self.untangled(node, route[: depth - 1])
            if isinstance(step, int):
                if not 0 <= step < len(node.items):
                    raise Refused(f"there is no {dotted(route[:depth])}")
                node = node.items[step]
                continue
            found = [entry for entry in node.entries if entry.name == step]
            if len(found) != 1:
                where = dotted(route[:depth])
                raise Refused(f"{where} is given {len(found)} times" if found else f"there is no {where}")
            node = found[0].value
        self.untangled(node, route)
        return node

    def entry(self, route: Route) -> tuple[Entry, Node]:
        """The entry a route leads to, with its mapping; else Refused."""
        name = route[-1] if route else 0
        if not isinstance(name, str):
            raise Refused(f"{dotted(route)} is not a key that can be edited here")
        parent = self.reach(route[:-1])
        found = [entry for entry in parent.entries if entry.name == name]
        if len(found) != 1:
            raise Refused(f"{dotted(route)} is given {len(found)} times" if found else f"there is no {dotted(route)}")
        if found[0].explicit:
            raise Refused(f"{dotted(route)} is written with an explicit `?` key")
        key = found[0].key
        if not found[0].has_colon and {"\n", "\r"} & set(self.text[key.start : key.end]):
            raise Refused(f"{dotted(route)} has no colon and is written over several lines")
        if key.is_empty:
            raise Refused(f"{dotted(route)} is an empty key")
        if self.file.mask.hides(found[0].key.start, found[0].key.end):
            raise Refused(f"{dotted(route)} is written by a template")
        return found[0], parent

    def untangled(self, node: Node, route: Route) -> None:
        """Promise that no other place of the document shares this node."""
        if node.kind == "alias":
            raise Refused(
                f"{dotted(route)} is the alias *{node.value}: an edit would change every place that shares it"
            )
        if node.anchor is not None and node.anchor in self.file.aliases:
            raise Refused(f"{dotted(route)} is the anchor &{node.anchor}: an edit would change every alias of it")

    def bare(self, node: Node, route: Route) -> None:
        """Promise that a value can be written over: unshared, without tag."""
        self.untangled(node, route)
        if node.tag is not None:
            raise Refused(f"the value of {dotted(route)} carries the tag {node.tag}")
        if node.is_empty and node.anchor is not None:
            raise Refused(f"the empty value of {dotted(route)} carries an anchor")

    def no_anchor_inside(self, node: Node, route: Route) -> None:
        """Promise that nothing elsewhere refers to this node or to one inside it."""
        if node.anchor is not None and node.anchor in self.file.aliases:
            raise Refused(f"{dotted(route)} holds the anchor &{node.anchor}, which is used elsewhere")
        for inner in (*(part for entry in node.entries for part in (entry.key, entry.value)), *node.items):
            self.no_anchor_inside(inner, route)

    def same_branch(self, route: Route, parent: Node, offset: int) -> None:
        """Promise that what is put at `offset` is there whenever any other part of its mapping is."""
        places = [entry.start for entry in parent.entries]
        if route:
            places.append(self.entry(route)[0].start if isinstance(route[-1], str) else parent.start)
        branch = self.file.mask.branch(offset)
        if any(self.file.mask.branch(place)[: len(branch)] != branch for place in places):
            raise Refused("the place to edit is inside a condition or loop of a template")


def dotted(route: Route) -> str:
    """A route as people write it, on one line."""
    return ".".join(step if step.isprintable() else repr(step) for step in map(str, route)) or "the document"
