"""Changes to a YAML text as the smallest edits that make them, or a refusal with its reason.

Comments: a comment behind a value stays where its line stays; removing a key removes its lines with the comments on and
between them, and leaves the lines above alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flexmigrate.documents.text import line_end, line_start, newline_at, next_line, position
from flexmigrate.documents.yaml import Entry, Node, YamlFile
from flexmigrate.documents.yaml_data import reads_as_text
from flexmigrate.model import Edit, Intent, Op, Quoted, Rewrite, Route, YamlValue

_PLAIN = re.compile(r"[A-Za-z0-9_./$^(){}+\\][^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff#:,\[\]{}\"'&*!|>%@`]*")
_QUOTED_VALUE = re.compile(r":[ \t]+(['\"])")


class Refused(Exception):
    """Why an edit cannot be made; caught by the editor and turned into the rewrite's refusal."""


class YamlEditor:
    """Makes rewrites of one document of a file. Every method returns a Rewrite and never raises for the file's sake."""

    def __init__(self, path: str, file: YamlFile, document: int = 0) -> None:
        self.path = path
        self.file = file
        self.text = file.text
        self.document = document
        self.root = file.documents[document]

    def set(self, route: Route, value: YamlValue) -> Rewrite:
        """Give an existing key another scalar value; quotes stay as they are where the new text allows it."""
        return self._try(lambda: self._set(route, value))

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
        return self.insert(route, value, before=first)

    def node(self, route: Route) -> Node | None:
        """The node a route leads to, or None."""
        node: Node | None = self.root
        for step in route:
            if node is None:
                return None
            if isinstance(step, int):
                node = node.items[step] if node.kind == "sequence" and step < len(node.items) else None
            else:
                node = node.get(step)
        return node

    def _try(self, make: Callable[[], Rewrite]) -> Rewrite:
        try:
            return make()
        except Refused as refusal:
            return Rewrite(self.path, refusal=str(refusal))

    # The operations proper.

    def _set(self, route: Route, value: YamlValue) -> Rewrite:
        entry, _ = self._entry(route)
        node = entry.value
        if node.kind != "scalar":
            raise Refused(f"the value of {_dotted(route)} is a {node.kind}, not a single value")
        self._untangled(node, route)
        if node.tag is not None:
            raise Refused(f"the value of {_dotted(route)} carries the tag {node.tag}")
        written = self._scalar(value, node.style if node.style in ("'", '"') else "")
        if node.is_empty:
            if node.anchor is not None:
                raise Refused(f"the empty value of {_dotted(route)} carries an anchor")
            edit = self._edit(entry.colon, entry.colon, f" {written}")
        else:
            edit = self._edit(node.start, node.end, written)
        return self._rewrite(edit, Intent(Op.SET, route, value, document=self.document))

    def _rename(self, route: Route, name: str) -> Rewrite:
        entry, parent = self._entry(route)
        if parent.entry(name) is not None:
            raise Refused(f"{_dotted((*route[:-1], name))} exists already")
        if entry.key.anchor is not None or entry.key.tag is not None:
            raise Refused(f"the key {_dotted(route)} carries an anchor or a tag")
        written = self._scalar(name, entry.key.style)
        edit = self._edit(entry.key.start, entry.key.end, written)
        intent = Intent(Op.RENAME, route, name, document=self.document)
        return self._rewrite(edit, intent, slot=(*route[:-1], name))

    def _remove(self, route: Route) -> Rewrite:
        entry, parent = self._entry(route)
        if len(parent.entries) == 1:
            if len(route) == 1:
                raise Refused("the file would be left empty")
            if isinstance(route[-2], str):
                return self._remove(route[:-1])
            raise Refused("an item of a sequence would be left empty")
        self._no_anchor_below(entry.value, route)
        index = parent.entries.index(entry)
        start, end = self._flow_extent(parent, index) if parent.flow else self._block_extent(parent, index)
        return self._rewrite(self._edit(start, end, ""), Intent(Op.REMOVE, route, document=self.document))

    def _insert(self, route: Route, value: YamlValue, before: str | None, after: str | None) -> Rewrite:
        *above, name = route
        parent_route = tuple(above)
        parent = self.node(parent_route)
        if parent is None:
            raise Refused(f"there is no {_dotted(parent_route)}")
        if not isinstance(name, str):
            raise Refused("items of a sequence are not edited")
        self._untangled(parent, parent_route)
        if parent.is_empty and parent_route:
            edit = self._below_empty(self._entry(parent_route)[0], name, value)
            return self._inserted(edit, route, value, None)
        if parent.kind != "mapping":
            raise Refused(f"{_dotted(parent_route)} is a {parent.kind}, not a mapping")
        if parent.entry(name) is not None:
            raise Refused(f"{_dotted(route)} exists already")
        if not parent.entries:
            inner = self._edit(parent.start + 1, parent.start + 1, self._flow_pair(parent, name, value))
            return self._inserted(inner, route, value, None)
        place = self._place(parent, before, after)
        if parent.flow:
            edit = self._into_flow(parent, place, name, value)
        else:
            edit = self._into_block(parent, place, name, value, at_sibling=before is not None)
        follower = parent.entries[place].name if place < len(parent.entries) else None
        return self._inserted(edit, route, value, follower)

    # Where things are.

    def _entry(self, route: Route) -> tuple[Entry, Node]:
        parent = self.node(route[:-1])
        name = route[-1]
        if parent is None or parent.kind != "mapping" or not isinstance(name, str):
            raise Refused(f"{_dotted(route)} is not a key that can be edited here")
        self._untangled(parent, route[:-1])
        found = [entry for entry in parent.entries if entry.name == name]
        if not found:
            raise Refused(f"there is no {_dotted(route)}")
        if len(found) > 1:
            raise Refused(f"{_dotted(route)} is given {len(found)} times")
        if found[0].colon == found[0].key.end and not found[0].value.is_empty:
            raise Refused(f"{_dotted(route)} is written with an explicit `?` key")
        if self.file.mask.hides(found[0].key.start, found[0].key.end):
            raise Refused(f"{_dotted(route)} is written by a template")
        return found[0], parent

    def _untangled(self, node: Node, route: Route) -> None:
        if node.kind == "alias":
            raise Refused(f"{_dotted(route)} is the alias *{node.value}: an edit would change every place that shares it")
        if node.anchor is not None and node.anchor in self.file.aliases:
            raise Refused(f"{_dotted(route)} is the anchor &{node.anchor}: an edit would change every alias of it")

    def _no_anchor_below(self, node: Node, route: Route) -> None:
        if node.anchor is not None and node.anchor in self.file.aliases:
            raise Refused(f"{_dotted(route)} holds the anchor &{node.anchor}, which is used elsewhere")
        for below in (*(entry.value for entry in node.entries), *node.items):
            self._no_anchor_below(below, route)

    @staticmethod
    def _place(parent: Node, before: str | None, after: str | None) -> int:
        names = [entry.name for entry in parent.entries]
        if before is not None and before in names:
            return names.index(before)
        if after is not None and after in names:
            return names.index(after) + 1
        return len(names)

    def _block_extent(self, parent: Node, index: int) -> tuple[int, int]:
        entry = parent.entries[index]
        start, end = line_start(self.text, entry.start), next_line(self.text, entry.end)
        if self.text[start : entry.start].strip(" \ufeff"):
            # The key shares its line with what its parent is written on (`- key: value`, `--- key: value`).
            if index + 1 == len(parent.entries):
                raise Refused("the key shares its line with something else")
            return entry.start, parent.entries[index + 1].start
        if self.text.startswith("\ufeff", start):
            start += 1
        self._only_comment_follows(entry)
        if end == len(self.text) and not self.text.endswith(("\n", "\r")) and start > 0:
            # The last line goes, and with it the line break before it: the file goes on having no final newline.
            start -= 2 if self.text.startswith("\r\n", start - 2) else 1
        return start, end

    def _only_comment_follows(self, entry: Entry) -> None:
        rest = self.text[entry.end : line_end(self.text, entry.end)].lstrip()
        if rest and not rest.startswith("#"):
            raise Refused("something other than a comment follows on the same line")

    def _flow_extent(self, parent: Node, index: int) -> tuple[int, int]:
        entries = parent.entries
        if index + 1 < len(entries):
            start, end = entries[index].start, entries[index + 1].start
        else:
            start, end = entries[index - 1].end, entries[index].end
        if "#" in self.text[start : entries[index].start] or "#" in self.text[entries[index].end : end]:
            raise Refused("a comment stands between the keys of the flow mapping")
        return start, end

    # What is written.

    def _below_empty(self, entry: Entry, name: str, value: YamlValue) -> Edit:
        if entry.value.anchor is not None or entry.value.tag is not None:
            raise Refused("the empty mapping carries an anchor or a tag")
        self._only_comment_follows(entry)
        column = position(self.text, entry.start).column - 1
        margin = " " * (column + self._step())
        return self._after_line(entry.colon, self._block_lines(name, value, margin))

    def _into_block(self, parent: Node, place: int, name: str, value: YamlValue, at_sibling: bool) -> Edit:
        first = parent.entries[0]
        margin = self.text[line_start(self.text, first.start) : first.start].lstrip("\ufeff")
        if margin.strip(" "):
            margin = " " * len(margin)
        lines = self._block_lines(name, value, margin)
        if place == 0 or (at_sibling and place < len(parent.entries)):
            # Between the comments above the sibling and the sibling itself: they speak of what follows them.
            start = parent.entries[place].start
            newline = newline_at(self.text, start)
            return self._edit(start, start, newline.join(lines)[len(margin) :] + newline + margin)
        previous = parent.entries[place - 1]
        self._only_comment_follows(previous)
        return self._after_line(previous.end, lines)

    def _after_line(self, offset: int, lines: list[str]) -> Edit:
        at = next_line(self.text, offset)
        newline = newline_at(self.text, offset)
        if at == len(self.text) and line_end(self.text, offset) == at:
            return self._edit(at, at, "".join(newline + line for line in lines))
        return self._edit(at, at, "".join(line + newline for line in lines))

    def _into_flow(self, parent: Node, place: int, name: str, value: YamlValue) -> Edit:
        pair = self._flow_pair(parent, name, value)
        if place < len(parent.entries):
            start = parent.entries[place].start
            return self._edit(start, start, f"{pair}, ")
        end = parent.entries[-1].end
        return self._edit(end, end, f", {pair}")

    def _flow_pair(self, parent: Node, name: str, value: YamlValue) -> str:
        if not isinstance(value, str | int):
            raise Refused("a nested mapping is not written into a flow mapping")
        json_style = bool(parent.entries) and all(entry.key.style == '"' for entry in parent.entries)
        quote = '"' if json_style else ""
        return f"{self._scalar(name, quote)}: {self._scalar(value, quote)}"

    def _block_lines(self, name: str, value: YamlValue, margin: str) -> list[str]:
        key = self._scalar(name, "")
        if isinstance(value, str | int):
            return [f"{margin}{key}: {self._scalar(value, '')}"]
        step = " " * self._step()
        lines = [f"{margin}{key}:"]
        if isinstance(value, Mapping):
            for below, inner in value.items():
                lines += self._block_lines(below, inner, margin + step)
            return lines
        for item in value:
            if not isinstance(item, str | int):
                raise Refused("only sequences of single values are written")
            lines.append(f"{margin}{self._dash()}- {self._scalar(item, '')}")
        return lines

    def _scalar(self, value: YamlValue, style: str) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return str(value)
        if not isinstance(value, str):
            raise Refused("not a single value")
        text = str(value)
        if not style and not isinstance(value, Quoted) and _PLAIN.fullmatch(text) and text == text.strip():
            if reads_as_text(text) and text not in ("-", "?"):
                return text
        quote = style or self._preferred_quote()
        if quote == "'" and "\\" not in text and not _needs_escape(text):
            return "'" + text.replace("'", "''") + "'"
        return '"' + "".join(_escaped(character) for character in text) + '"'

    def _preferred_quote(self) -> str:
        quotes = _QUOTED_VALUE.findall(self.file.mask.text)
        return "'" if quotes.count("'") > quotes.count('"') else '"'

    def _step(self) -> int:
        for entry in self.root.entries:
            value = entry.value
            if value.kind == "mapping" and not value.flow and value.entries:
                return position(self.text, value.entries[0].start).column - position(self.text, entry.start).column
        return 2

    def _dash(self) -> str:
        for entry in self.root.entries:
            value = entry.value
            if value.kind == "sequence" and not value.flow and value.items:
                line = self.text[line_start(self.text, value.items[0].start) :]
                indent = len(line) - len(line.lstrip(" "))
                return " " * max(0, indent - position(self.text, entry.start).column + 1)
        return " " * self._step()

    def _edit(self, start: int, end: int, new: str) -> Edit:
        if self.file.mask.hides(start, end):
            raise Refused("the place to edit is written by a template")
        return Edit(self.path, start, end, self.text[start:end], new)

    def _inserted(self, edit: Edit, route: Route, value: YamlValue, before: str | None) -> Rewrite:
        return self._rewrite(edit, Intent(Op.INSERT, route, value, before, self.document), slot=route)

    def _rewrite(self, edit: Edit, intent: Intent, slot: Route | None = None) -> Rewrite:
        slots = (f"{self.path}#{self.document}:{_dotted(slot)}",) if slot else ()
        return Rewrite(self.path, (edit,), (intent,), slots)


def _dotted(route: Route) -> str:
    return ".".join(map(str, route)) or "the document"


def _needs_escape(text: str) -> bool:
    return any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in text)


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if _needs_escape(character) or character in "\u2028\u2029\ufeff":
        return f"\\u{ord(character):04x}"
    return character
