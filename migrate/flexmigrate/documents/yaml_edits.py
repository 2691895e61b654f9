"""Changes to a YAML text as the smallest edits that make them, or a refusal with its reason.

Comments: a comment behind a value stays where its line stays; removing a key removes its lines with the comments on and
between them, and leaves the lines above and below alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flexmigrate.documents import yaml_places as places
from flexmigrate.documents.edits import apply
from flexmigrate.documents.yaml import Entry, Node, YamlFile, last_leaf
from flexmigrate.documents.yaml_data import difference
from flexmigrate.documents.yaml_guards import Guards, dotted
from flexmigrate.documents.yaml_places import Splice
from flexmigrate.documents.yaml_style import Refused, Style, json_quote
from flexmigrate.documents.yaml_values import behind_colon, single_value, written_over
from flexmigrate.model import Edit, Intent, Op, Position, Rewrite, Route, YamlValue

UNPROVED = "the edit did not prove right"


class YamlEditor:
    """Makes rewrites of one document of a file. Every method returns a Rewrite and never raises for the file's sake."""

    def __init__(self, path: str, file: YamlFile, document: int = 0) -> None:
        self.path = path
        self.file = file
        self.text = file.text
        self.document = document
        exists = 0 <= document < len(file.documents)
        self.root = file.documents[document] if exists else Node("scalar", 0, 0)
        self.guards = Guards(file, self.root)
        self.style = Style(file, self.root)

    def set(self, route: Route, value: YamlValue) -> Rewrite:
        """Give an existing key another single value; quotes stay as they are where the new text allows it."""
        return self._try(lambda: self._set(route, value))

    def replace(self, route: Route, value: YamlValue) -> Rewrite:
        """Give an existing key another value of any kind, whatever it has now; comments inside the old one go."""
        return self._try(lambda: self._replace(route, value))

    def rename(self, route: Route, name: str) -> Rewrite:
        """Give an existing key another name."""
        return self._try(lambda: self._rename(route, name))

    def remove(self, route: Route) -> Rewrite:
        """Remove a key with its value; a parent that would be left empty goes with it."""
        return self._try(lambda: self._remove(route))

    def insert(self, route: Route, value: YamlValue, *, before: str | None = None, after: str | None = None) -> Rewrite:
        """Add a key that does not exist: before or after a sibling, else last in its mapping.

        The mapping may be a key without a value; `before` and `after` are names of siblings.
        """
        return self._try(lambda: self._insert(route, value, before, after))

    def insert_first(self, route: Route, value: YamlValue) -> Rewrite:
        """Add a key in front of all its siblings, below the comments that stand above the first."""
        parent = self.node(route[:-1])
        first = parent.entries[0].name if parent is not None and parent.entries else None
        if parent is not None and parent.entries and first is None:
            return Rewrite(self.path, refusal="the first key is no plain name, so nothing can be put before it")
        return self.insert(route, value, before=first)

    def node(self, route: Route) -> Node | None:
        """The node a route leads to, or None."""
        node: Node | None = self.root
        for step in route:
            if node is None:
                return None
            if isinstance(step, int):
                node = node.items[step] if 0 <= step < len(node.items) else None
            else:
                node = node.get(step)
        return node

    def entry(self, route: Route) -> Entry | None:
        """The entry a route that ends in a key leads to, or None."""
        parent = self.node(route[:-1])
        return parent.entry(route[-1]) if parent is not None and route and isinstance(route[-1], str) else None

    def position(self, route: Route) -> Position | None:
        """Where the key a route leads to is written, or None; for an item of a sequence, where the item is."""
        entry, node = self.entry(route), self.node(route)
        offset = entry.key.start if entry else node.start if node else None
        return None if offset is None else self.file.position(offset)

    def _try(self, make: Callable[[], Rewrite]) -> Rewrite:
        try:
            return make()
        except Refused as refusal:
            return Rewrite(self.path, refusal=str(refusal))

    # The operations proper.

    def _set(self, route: Route, value: YamlValue) -> Rewrite:
        entry, parent = self.guards.entry(route)
        node = entry.value
        self.guards.bare(node, route)
        if node.kind != "scalar":
            raise Refused(f"the value of {dotted(route)} is a {node.kind}, not a single value")
        splice = single_value(self.text, self.style, entry, parent, value)
        return self._announced([splice], Op.SET, route, value)

    def _replace(self, route: Route, value: YamlValue) -> Rewrite:
        entry, parent = self.guards.entry(route)
        node = entry.value
        if node.kind == "scalar" and isinstance(value, str | int):
            return self._set(route, value)
        self.guards.bare(node, route)
        self.guards.no_anchor_inside(node, route)
        splices = written_over(self.text, self.style, entry, parent, value)
        return self._announced(splices, Op.SET, route, value)

    def _rename(self, route: Route, name: str) -> Rewrite:
        entry, parent = self.guards.entry(route)
        if parent.entry(name) is not None:
            raise Refused(f"{dotted((*route[:-1], name))} exists already")
        if entry.key.anchor is not None or entry.key.tag is not None:
            raise Refused(f"the key {dotted(route)} carries an anchor or a tag")
        if entry.name == "<<" and not entry.key.style:
            raise Refused(f"{dotted(route)} merges other mappings and is no name")
        splice = entry.key.start, entry.key.end, self.style.key(name, entry.key.style)
        return self._announced([splice], Op.RENAME, route, name, slot=(*route[:-1], name))

    def _remove(self, route: Route) -> Rewrite:
        entry, parent = self.guards.entry(route)
        if len(parent.entries) == 1:
            if len(route) == 1:
                raise Refused("the file would be left empty")
            if isinstance(route[-2], str):
                return self._remove(route[:-1])
            raise Refused("an item of a sequence would be left empty")
        self.guards.no_anchor_inside(entry.key, route)
        self.guards.no_anchor_inside(entry.value, route)
        index = parent.entries.index(entry)
        if parent.flow:
            return self._announced(places.flow_removal(self.text, parent, index), Op.REMOVE, route)
        start, end = places.block_extent(self.text, parent, index, self._leaf_above(route, index))
        return self._announced([(start, end, "")], Op.REMOVE, route)

    def _leaf_above(self, route: Route, index: int) -> Node | None:
        return None if index == 0 else last_leaf(self.node(route[:-1]).entries[index - 1].value)  # type: ignore[union-attr]

    def _insert(self, route: Route, value: YamlValue, before: str | None, after: str | None) -> Rewrite:
        name = route[-1] if route else 0
        if not isinstance(name, str):
            raise Refused("items of a sequence are not edited")
        parent = self.guards.reach(route[:-1])
        if parent.is_empty:
            return self._announced([self._below_empty(route, value)], Op.INSERT, route, value, slot=route)
        if parent.kind != "mapping":
            raise Refused(f"{dotted(route[:-1])} is a {parent.kind}, not a mapping")
        if parent.entry(name) is not None:
            raise Refused(f"{dotted(route)} exists already")
        names = [entry.name for entry in parent.entries]
        at_sibling = before is not None and before in names
        sibling = before if at_sibling else after
        place = names.index(sibling) + (not at_sibling) if sibling is not None and sibling in names else len(names)
        follower = names[place] if place < len(names) else None
        nameless = place < len(names) and (follower is None or parent.entries[place].key.is_empty)
        if nameless or (follower is not None and names.index(follower) != place):
            raise Refused("the key that would follow has no name of its own")
        if parent.flow:
            pair = self.style.flow_pair(name, value, json_quote(parent))
            splices = places.flow_insertion(self.text, parent, place, pair)
        else:
            splices = [self._into_block(parent, place, name, value, at_sibling=at_sibling)]
        self.guards.same_branch(route[:-1], parent, splices[-1][0])
        return self._announced(splices, Op.INSERT, route, value, before=follower, slot=route)

    def _below_empty(self, route: Route, value: YamlValue) -> Splice:
        name = str(route[-1])
        if len(route) == 1:
            raise Refused("the document is empty")
        entry, parent = self.guards.entry(route[:-1])
        self.guards.bare(entry.value, route[:-1])
        if parent.flow:
            return behind_colon(self.style, entry, parent, {name: value})
        places.only_comment_follows(self.text, entry.end)
        margin = self.style.margin(entry.start) + " " * self.style.step
        return places.new_lines(self.text, entry.colon, self.style.block_lines(name, value, margin), entry.value)

    def _into_block(self, parent: Node, place: int, name: str, value: YamlValue, at_sibling: bool) -> Splice:
        margin = self.style.margin(parent.entries[0].start)
        lines = self.style.block_lines(name, value, margin)
        if place == 0 or at_sibling:
            return places.before(self.text, parent.entries[place], lines, margin)
        previous = parent.entries[place - 1]
        places.only_comment_follows(self.text, previous.end)
        return places.new_lines(self.text, previous.end, lines, last_leaf(previous.value))

    # What is announced.

    def _announced(
        self,
        splices: Sequence[Splice],
        op: Op,
        route: Route,
        value: YamlValue = "",
        *,
        before: str | None = None,
        slot: Route | None = None,
    ) -> Rewrite:
        intent = Intent(op, route, value, before, self.document)
        edits = []
        for start, end, new in splices:
            if self.file.mask.hides(start, end):
                raise Refused("the place to edit is written by a template")
            edits.append(Edit(self.path, start, end, self.text[start:end], new))
        problem = difference(self.file, apply(self.text, edits), [intent])
        if problem is not None:
            raise Refused(f"{UNPROVED}: {problem}")
        slots = (f"{self.path}#{self.document}:{dotted(slot)}",) if slot else ()
        return Rewrite(self.path, tuple(edits), (intent,), slots)
