"""Walks an app.yaml the way gcloud's parser does and tells each place where it would stop.

What one value may be comes from the facts about keys; here is what depends on more than one value, and on how the file
is written. Places that a template writes are passed over: what will stand there is not known.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flexmigrate.documents.yaml import Entry, Node, YamlFile, walk
from flexmigrate.keys import SECRET_PARENTS, dotted
from flexmigrate.model import Route
from flexmigrate_rules.app_yaml._yaml_values import is_set, written_as
from flexmigrate_rules.facts.keys import all_rows, combinations, refusals, required_members, row_for

_YAML_TAG = "tag:yaml.org,2002:"
_HOLDERS = ("mapping", "map", "sequence", "regex", "list")
_SCALAR_TAGS = ("str", "int", "float", "bool", "null", "binary", "timestamp")


@dataclass(frozen=True, slots=True)
class Refused:
    """One place where gcloud stops; `key` tells refusals at the same place apart."""

    offset: int
    message: str
    hint: str
    key: str


def written(file: YamlFile, root: Node) -> Iterator[Refused]:
    """What gcloud refuses about the way the file is written, whatever its keys."""
    if len(file.documents) > 1:
        second = file.documents[1]
        yield Refused(
            second.start,
            f"gcloud takes one YAML document, and this file has {len(file.documents)}",
            "keep one service in each file",
            "documents",
        )
    tangled = sorted(_tangle(file.text, node) for node in _nodes(root) if node.kind == "alias" or node.anchor)
    if tangled:
        yield Refused(
            tangled[0],
            "gcloud takes no YAML anchors and aliases (`&name`, `*name`), and stops at the first",
            "write the values out where they are used",
            "anchors",
        )
    for node in _nodes(root):
        if node.kind == "scalar" and node.tag is not None and not _is_known(node.tag):
            yield Refused(
                node.start, f"gcloud knows no YAML tag `{node.tag}`", "take the tag away", f"tag@{node.start}"
            )


def _tangle(text: str, node: Node) -> int:
    """Where the alias or the anchor is written; a node itself starts behind its anchor."""
    anchor = text.rfind(f"&{node.anchor}", 0, node.start + 1) if node.anchor else -1
    return anchor if anchor >= 0 else node.start


def _nodes(root: Node) -> Iterator[Node]:
    yield root
    for _, entry, node in walk(root):
        if entry is not None:
            yield entry.key
        yield node


def _is_known(tag: str) -> bool:
    return tag in ("!", *(f"{short}{name}" for short in (_YAML_TAG, "!!") for name in _SCALAR_TAGS))


def nodes(root: Node) -> Iterator[Refused]:
    """What gcloud refuses about single keys and values, and about the members of a mapping."""
    yield from _mapping(root, ())
    for combination in combinations():
        given = [entry for entry in root.entries if entry.name in combination.at_most_one and is_set(entry.value)]
        if len({entry.name for entry in given}) > 1:
            yield Refused(given[1].start, combination.reason, "keep one of them", f"combination:{combination.id}")


def _mapping(node: Node, route: Route) -> Iterator[Refused]:
    seen: set[str] = set()
    for entry in node.entries:
        name = entry.name
        if name is None:
            shown = f"`{dotted(route)}`" if route else "this file"
            yield Refused(entry.start, f"gcloud takes only plain words as keys of {shown}", "rename the key", "key")
            continue
        if entry.key.templated or entry.key.kind == "alias":
            continue
        below = (*route, name)
        if name in seen:
            yield Refused(
                entry.start,
                f"`{dotted(below)}` is given twice, and gcloud stops at the second",
                "keep one of them",
                f"twice:{dotted(below)}@{entry.start}",
            )
            continue
        seen.add(name)
        yield from _value(entry.value, below, entry)
    if route:
        yield from _missing(node, route)


def _missing(node: Node, route: Route) -> Iterator[Refused]:
    # A member written `key:` is told at its own place.
    written_names = {entry.name for entry in node.entries}
    for name in required_members(dotted(route)):
        if name not in written_names and not any(entry.key.templated for entry in node.entries):
            yield Refused(
                node.start,
                f"gcloud wants a `{name}` in `{dotted(route)}`",
                f"add `{name}`",
                f"missing:{dotted((*route, name))}",
            )


def _value(node: Node, route: Route, entry: Entry | None) -> Iterator[Refused]:
    if node.kind == "alias" or node.templated or (node.tag is not None and not _is_known(node.tag)):
        return
    key = dotted(route)
    row = row_for(key)
    found = refusals(key, node.value if node.kind == "scalar" else "", written_as(node))
    for number, refusal in enumerate(found):
        offset = entry.start if entry is not None else node.start
        yield Refused(
            offset, _worded(refusal.reason, key, route), _hint(refusal.reason, key, route, node), f"{key}#{number}"
        )
    if row is None or found:
        return
    if row.check.type not in _HOLDERS and any(inner.kind == "mapping" for inner in _nodes(node)):
        yield Refused(node.start, f"gcloud takes no mapping within `{key}`", "write a single value", f"{key}#within")
        return
    if node.kind == "mapping":
        yield from _mapping(node, route)
    elif node.kind == "sequence":
        for index, item in enumerate(node.items):
            yield from _value(item, (*route, index), None)


def _worded(reason: str, key: str, route: Route) -> str:
    if route[0] in SECRET_PARENTS and "name" not in reason:
        # Reasons quote the value.
        return f"gcloud cannot use what stands at `{key}`: it wants names with single values"
    if f"`{key}`" in reason:
        return reason
    for vague in ("this value", "a value", "takes it"):
        if vague in reason:
            return reason.replace(vague, f"takes `{key}`" if vague == "takes it" else f"the value of `{key}`", 1)
    return f"{reason} (`{key}`)"


def _hint(reason: str, key: str, route: Route, node: Node) -> str:
    row = row_for(key)
    if row is None:
        close = difflib.get_close_matches(str(route[-1]), _siblings(route), n=1, cutoff=0.75)
        return f"did you mean `{close[0]}`? Otherwise remove it" if close else "correct the name or remove the key"
    if row.refused:
        becomes = row.flex.becomes
        return f"remove it; `{becomes}` says it" if becomes else "remove it"
    if "refuses the name" in reason:
        return "use letters, digits and underscores, or remove it"
    lower = node.value.lower()
    return "write it in lower case" if lower != node.value and not refusals(key, lower, written_as(node)) else ""


def _siblings(route: Route) -> Iterable[str]:
    """The names that gcloud knows in the mapping that holds this key."""
    parent = dotted(route[:-1])
    row = row_for(parent) if parent else None
    prefix = f"{row.key}." if row is not None else ""
    for known in all_rows():
        name = known.key.removeprefix(prefix)
        if known.key.startswith(prefix) and "." not in name and name != "*":
            yield name
