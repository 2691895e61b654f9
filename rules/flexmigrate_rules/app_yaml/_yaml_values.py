"""What gcloud reads where a YAML node stands, and texts of nodes for messages."""

from __future__ import annotations

from flexmigrate.documents.yaml import Node
from flexmigrate_rules.facts.scalars import Kind, Unreadable, Value, as_read


def written_as(node: Node) -> Kind:
    """How a node is written, in the words of the facts table."""
    if node.kind == "mapping":
        return Kind.MAPPING
    if node.kind == "sequence":
        return Kind.SEQUENCE
    # A tag wins over quotes; a block is text for certain, like everything in quotes.
    if node.tag is not None and node.tag != "!":
        return Kind.QUOTED if node.tag.endswith("str") else Kind.PLAIN
    return Kind.QUOTED if node.style or node.tag == "!" else Kind.PLAIN


def value_of(node: Node) -> Value:
    """What gcloud reads; None too for what it cannot read or what a template will write."""
    if node.kind == "alias" or node.templated:
        return None
    try:
        return as_read(node.value, written_as(node))
    except Unreadable:
        return None


def truth(node: Node) -> bool | None:
    """The truth value of a scalar as gcloud converts it (`"false"` in quotes is true); None where it is not known."""
    value = value_of(node)
    return None if value is None else bool(value)


def is_set(node: Node | None) -> bool:
    """Whether gcloud sees a value here; what a template writes counts as one."""
    if node is None:
        return False
    if node.kind != "scalar" or node.templated:
        return True
    try:
        return as_read(node.value, written_as(node)) is not None
    except Unreadable:
        return True
