"""The invariants over documents made up as text: read right, edited exactly, meant, and settled after one time."""

from __future__ import annotations

import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from flexmigrate.documents.edits import PieceTable, apply
from flexmigrate.documents.templates import Mask
from flexmigrate.documents.yaml import Node, YamlFile, walk
from flexmigrate.documents.yaml_data import difference, fingerprint
from flexmigrate.documents.yaml_edits import YamlEditor
from flexmigrate.model import Rewrite
from tests.documents.examples import settled
from tests.documents.yaml_checks import every_operation, verdict
from tests.documents.yaml_texts import Data, Written, written

VALUES = ["3.10", "plain", "it's", "", "two\nlines\n", 3, True]


def data_of(node: Node) -> Data:
    """The data of a node, numbers told from text by their style alone."""
    if node.kind == "mapping":
        return {entry.name: data_of(entry.value) for entry in node.entries}
    if node.kind == "sequence":
        return [data_of(item) for item in node.items]
    if node.is_empty:
        return None
    return int(node.value) if not node.style and node.value.lstrip("-").isdigit() else node.value


@settled(150)
@given(written())
def test_what_was_written_is_what_is_read(made: Written) -> None:
    (root,) = YamlFile(made.text).documents
    assert data_of(root) == made.data


@settled(60)
@given(written())
def test_other_readers_agree(made: Written) -> None:
    if Mask(made.text).spans:
        return
    assert pyyaml.load(made.text, getattr(pyyaml, "CSafeLoader", pyyaml.SafeLoader)) == made.data
    if "%YAML" not in made.text:
        assert YAML(typ="safe", pure=True).load(made.text) == made.data


@settled(120)
@given(written(), st.data())
def test_every_operation(made: Written, data: st.DataObject) -> None:
    file = YamlFile(made.text)
    operations = list(every_operation(file))
    chosen = data.draw(st.lists(st.sampled_from(range(len(operations))), min_size=1, max_size=12, unique=True))
    for index in chosen:
        name, make = operations[index]
        try:
            verdict(file, make())
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error


def change(made: YamlEditor, data: st.DataObject) -> Rewrite | None:
    """One change at random, or None where the document has nothing to change."""
    routes = [route for route, entry, _ in walk(made.root) if entry is not None]
    if not routes:
        return None
    route = data.draw(st.sampled_from(routes))
    value = data.draw(st.sampled_from(VALUES))
    kind = data.draw(st.sampled_from(["set", "rename", "remove", "before", "after", "below", "replace"]))
    sibling = str(route[-1])
    return {
        "set": lambda: made.set(route, value),
        "rename": lambda: made.rename(route, "renamed"),
        "remove": lambda: made.remove(route),
        "before": lambda: made.insert((*route[:-1], "added"), value, before=sibling),
        "after": lambda: made.insert((*route[:-1], "added"), {"p": value}, after=sibling),
        "below": lambda: made.insert((*route, "added"), value),
        "replace": lambda: made.replace(route, ("p", {"q": value})),
    }[kind]()


@settled(80)
@given(written(), st.data())
def test_rounds_of_changes(made: Written, data: st.DataObject) -> None:
    table = PieceTable.of(made.text)
    for _ in range(data.draw(st.integers(1, 5))):
        file = YamlFile(table.text)
        rewrite = change(YamlEditor("f", file), data)
        if rewrite is None or verdict(file, rewrite) is not None:
            continue
        table = table.edited(rewrite.edits)
    assert apply(made.text, table.edits("f")) == table.text
    YamlFile(table.text)


@settled(60)
@given(written(), st.data())
def test_a_second_time_changes_nothing(made: Written, data: st.DataObject) -> None:
    file = YamlFile(made.text)
    routes = [route for route, entry, _ in walk(file.documents[0]) if entry is not None]
    route, value = data.draw(st.sampled_from(routes)), data.draw(st.sampled_from(VALUES))
    once = YamlEditor("f", file).set(route, value)
    if once.refusal is not None:
        return
    text = apply(made.text, once.edits)
    twice = YamlEditor("f", YamlFile(text)).set(route, value)
    assert apply(text, twice.edits) == text


@settled(60)
@given(written(), st.data())
def test_the_verifier_tells_every_other_text_apart(made: Written, data: st.DataObject) -> None:
    """Of two different changes, each is refused as a carrying out of the other."""
    file = YamlFile(made.text)
    made_editor = YamlEditor("f", file)
    first, second = change(made_editor, data), change(made_editor, data)
    if first is None or second is None or first.refusal or second.refusal:
        return
    ours, theirs = apply(made.text, first.edits), apply(made.text, second.edits)
    same = fingerprint(YamlFile(ours)) == fingerprint(YamlFile(theirs))
    assert difference(file, ours, first.intents) is None
    assert (difference(file, theirs, first.intents) is None) is same


@settled(60)
@given(written(), st.data())
def test_the_verifier_catches_a_slip_of_the_pen(made: Written, data: st.DataObject) -> None:
    """A change of any single scalar that nobody announced is caught."""
    file = YamlFile(made.text)
    scalars = [n for _, _, n in walk(file.documents[0]) if n.kind == "scalar" and not n.style and not n.is_empty]
    if not scalars:
        return
    node = data.draw(st.sampled_from(scalars))
    slipped = made.text[: node.start] + "slipped" + made.text[node.end :]
    assert difference(file, slipped, ()) is not None
    assert difference(file, made.text, ()) is None
