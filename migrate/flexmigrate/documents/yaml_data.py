"""The data of YAML text as comparable values, and the proof that an edit means what it announced.

A scalar is its text plus whether YAML is sure to read it as text, so `3.10` and `"3.10"` differ and neither is a float.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from flexmigrate.documents.yaml import Node, YamlError, YamlFile, parsed
from flexmigrate.model import Intent, Op, Route, YamlValue

# Whatever YAML 1.1 or 1.2 may read as something else than text; App Engine's parser follows 1.1.
_NOT_TEXT = re.compile(
    r"""
    | ~ | null | Null | NULL
    | (?i:y|n|yes|no|true|false|on|off)
    | [-+]? (?: 0[xX][0-9a-fA-F_]+ | 0[bB][01_]+ | 0[oO]?[0-7_]+ | [0-9][0-9_]* )
    | [-+]? [0-9][0-9_]* (?: :[0-5]?[0-9] )+ (?: \.[0-9_]* )?
    | [-+]? (?: [0-9][0-9_]* (?: \.[0-9_]* )? | \.[0-9_]+ ) (?: [eE][-+]?[0-9]+ )?
    | [-+]? \.(?i:inf) | \.(?i:nan)
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} (?: [Tt \t].* )?
    | [=<]{1,2}
    """,
    re.VERBOSE,
)


def reads_as_text(plain: str) -> bool:
    """Whether every YAML version reads this plain scalar as a string."""
    return _NOT_TEXT.fullmatch(plain) is None


class _Data:
    """One node's data; `content` is (kind, text) for a scalar, else the mutable list of members."""

    __slots__ = ("anchor", "content", "kind", "tag")

    def __init__(self, kind: str, content: object, tag: str | None = None, anchor: str | None = None) -> None:
        self.kind, self.content, self.tag, self.anchor = kind, content, tag, anchor

    def frozen(self) -> object:
        content = self.content
        if isinstance(content, list):
            content = tuple(
                (member[0].frozen(), member[1].frozen()) if isinstance(member, tuple) else member.frozen()
                for member in content
            )
        return self.kind, self.tag, self.anchor, content

    def pairs(self) -> list[tuple[_Data, _Data]]:
        if self.kind == "scalar" and self.content == ("plain", ""):
            # An empty value becomes a mapping when the first key is put below it.
            self.kind, self.content = "mapping", []
        if self.kind != "mapping" or not isinstance(self.content, list):
            raise YamlError(f"a {self.kind} has no keys")
        return self.content

    def index(self, key: str) -> int:
        for index, (name, _) in enumerate(self.pairs()):
            if name.kind == "scalar" and _text(name) == key:
                return index
        raise YamlError(f"no key {key!r}")


def _text(scalar: _Data) -> str | None:
    return str(scalar.content[1]) if isinstance(scalar.content, tuple) else None


def _data(node: Node) -> _Data:
    if node.kind == "mapping":
        pairs = [(_data(entry.key), _data(entry.value)) for entry in node.entries]
        return _Data("mapping", pairs, node.tag, node.anchor)
    if node.kind == "sequence":
        return _Data("sequence", [_data(item) for item in node.items], node.tag, node.anchor)
    if node.kind == "alias":
        return _Data("alias", node.value)
    is_text = bool(node.style) or reads_as_text(node.value)
    return _Data("scalar", ("text" if is_text else "plain", node.value), node.tag, node.anchor)


def _written(value: YamlValue) -> _Data:
    if isinstance(value, str):
        return _Data("scalar", ("text", str(value)))
    if isinstance(value, int):
        return _Data("scalar", ("plain", str(value).lower() if isinstance(value, bool) else str(value)))
    if isinstance(value, Mapping):
        return _Data("mapping", [(_written(key), _written(below)) for key, below in value.items()])
    return _Data("sequence", [_written(below) for below in value])


def _down(data: _Data, route: Route) -> _Data:
    for step in route:
        if isinstance(step, int):
            if data.kind != "sequence" or not isinstance(data.content, list) or not 0 <= step < len(data.content):
                raise YamlError(f"no item {step}")
            data = data.content[step]
        else:
            data = data.pairs()[data.index(step)][1]
    return data


def _carry_out(data: _Data, intent: Intent) -> None:
    *above, last = intent.route
    parent = _down(data, tuple(above))
    if isinstance(last, int):
        raise YamlError("items of a sequence are not edited")
    pairs = parent.pairs()
    if intent.op is Op.INSERT:
        if any(name.kind == "scalar" and _text(name) == last for name, _ in pairs):
            raise YamlError(f"the key {last!r} is there already")
        place = len(pairs) if intent.before is None else parent.index(intent.before)
        pairs.insert(place, (_written(last), _written(intent.value)))
        return
    index = parent.index(last)
    key, value = pairs[index]
    if intent.op is Op.REMOVE:
        del pairs[index]
    elif intent.op is Op.RENAME:
        pairs[index] = (_written(str(intent.value)), value)
    else:
        new = _written(intent.value)
        new.anchor = value.anchor
        pairs[index] = (key, new)


def fingerprint(file: YamlFile) -> tuple[object, ...]:
    """The data of every document, comparable with `==`."""
    return tuple(_data(document).frozen() for document in file.documents)


def expected(file: YamlFile, intents: Iterable[Intent]) -> tuple[object, ...]:
    """The fingerprint the file has once the intents are carried out; YamlError when one does not fit."""
    documents = [_data(document) for document in file.documents]
    for intent in intents:
        if not intent.route:
            raise YamlError("a whole document is not edited")
        if not 0 <= intent.document < len(documents):
            raise YamlError(f"no document {intent.document}")
        _carry_out(documents[intent.document], intent)
    return tuple(document.frozen() for document in documents)


def difference(before: YamlFile, after: str, intents: Sequence[Intent]) -> str | None:
    """None when `after` holds exactly the data of `before` with the intents carried out, else what is wrong."""
    try:
        wanted = expected(before, intents)
        found = fingerprint(parsed(after))
    except YamlError as error:
        where = f" (line {error.line})" if error.line else ""
        return f"the edited file would not read back: {error.problem}{where}"
    return None if wanted == found else "the edited file would not hold the announced data"
