"""Edits of YAML: what is refused and why, what is written to the letter, and proof over every oddity at every place."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from flexmigrate.documents.edits import apply
from flexmigrate.documents.yaml import YamlError, YamlFile
from flexmigrate.documents.yaml_data import difference, fingerprint
from flexmigrate.documents.yaml_edits import YamlEditor
from flexmigrate.model import Intent, Op, Quoted, Rewrite, Route, YamlValue
from tests.documents.yaml_checks import try_everything, verdict

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "yaml").glob("*.yaml"))


def editor(text: str, document: int = 0) -> YamlEditor:
    return YamlEditor("f.yaml", YamlFile(text), document)


def done(text: str, rewrite: Rewrite) -> str:
    """The text after a rewrite that must not be a refusal."""
    assert verdict(YamlFile(text), rewrite) is None, rewrite.refusal
    return apply(text, rewrite.edits)


SET_REFUSED = [
    pytest.param("a: 1", ("b",), "there is no b", id="no such key"),
    pytest.param("a: 1", ("b", "c"), "there is no b", id="no such parent"),
    pytest.param("a: {b: 1}", ("a",), "is a mapping, not a single value", id="mapping"),
    pytest.param("a: [1]", ("a", 0), "not a key that can be edited", id="item"),
    pytest.param("a: [{b: 1}]", ("a", 3, "b"), "there is no a.3", id="no such item"),
    pytest.param("a: 1", (), "not a key that can be edited", id="the document"),
    pytest.param("a: 1\na: 2", ("a",), "given 2 times", id="duplicate"),
    pytest.param("a: {b: 1}\na: {b: 2}", ("a", "b"), "given 2 times", id="below a duplicate"),
    pytest.param("x: &x 1\na: *x", ("a",), "is the alias *x", id="alias"),
    pytest.param("a: &x 1\nb: *x", ("a",), "is the anchor &x", id="anchor in use"),
    pytest.param("a: &x\n  b:\n    c: 1\nd: *x", ("a", "b", "c"), "is the anchor &x", id="below an anchor in use"),
    pytest.param("a: !!str 1", ("a",), "carries the tag", id="tag"),
    pytest.param("a: &x\nb: 1", ("a",), "carries an anchor", id="empty with anchor"),
    pytest.param("? a\n: 1", ("a",), "explicit `?` key", id="explicit key"),
    pytest.param("? a\n", ("a",), "explicit `?` key", id="explicit key without value"),
    pytest.param(": 1\nb: 2", ("",), "empty key", id="empty key"),
    pytest.param("a: {{ x }}", ("a",), "written by a template", id="template value"),
    pytest.param("a: v-${x}", ("a",), "written by a template", id="template part"),
    pytest.param("{{ k }}: 1", ("{{ k }}",), "written by a template", id="template key"),
    pytest.param("", ("a",), "there is no a", id="empty text"),
    pytest.param("- a\n", ("a",), "there is no a", id="sequence on top"),
]


@pytest.mark.parametrize(("text", "route", "why"), SET_REFUSED)
def test_set_refused(text: str, route: Route, why: str) -> None:
    rewrite = editor(text).set(route, "v")
    assert why in str(rewrite.refusal)
    assert rewrite.edits == ()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        pytest.param("\ud800", "surrogate", id="half a surrogate pair"),
        pytest.param("{{ open", "one half of a template", id="half a placeholder"),
        pytest.param('{{ "x" }} it\'s', "would have to be escaped", id="placeholder to escape"),
        pytest.param(1.5, "not a single value", id="float"),
        pytest.param(None, "not a single value", id="None"),
        pytest.param({"a": "b"}, "not a single value", id="mapping"),
    ],
)
def test_set_refuses_values(value: YamlValue, why: str) -> None:
    assert why in str(editor("a: 1").set(("a",), value).refusal)


SET = [
    pytest.param("a: 1", "b", "a: b", id="plain"),
    pytest.param("a: 1", "3.10", 'a: "3.10"', id="a version is quoted"),
    pytest.param("a: 'x'\n", "3.10", "a: '3.10'\n", id="single quotes stay"),
    pytest.param('a: "x"  # c\n', "w", 'a: "w"  # c\n', id="double quotes and comment stay"),
    pytest.param("a: 'x'\n", "a\nb", 'a: "a\\nb"\n', id="quotes change where they must"),
    pytest.param("a: 'x'\n", 5, "a: 5\n", id="a number has no quotes"),
    pytest.param("a: x\n", True, "a: true\n", id="truth"),
    pytest.param("a: x\n", "", 'a: ""\n', id="empty text"),
    pytest.param("b: 'x'\na: x\n", "yes", "b: 'x'\na: 'yes'\n", id="the quotes of the file"),
    pytest.param("a:\n", "b", "a: b\n", id="empty value"),
    pytest.param("a:   # c\n", "b", "a: b   # c\n", id="empty value with comment"),
    pytest.param("a:", "b", "a: b", id="empty value at the end"),
    pytest.param("a: &x 1", "b", "a: &x b", id="unused anchor"),
    pytest.param("a: b\n  c # d\ne: 1", "x", "a: x # d\ne: 1", id="plain of several lines"),
    pytest.param("{a: 1}", "b", "{a: b}", id="flow"),
    pytest.param('{"a":1}', "b", '{"a":"b"}', id="JSON"),
    pytest.param("{a, b}", "x", "{a: x, b}", id="flow key alone"),
    pytest.param("{a: , b: 1}", "x", "{a: x , b: 1}", id="flow without value"),
    pytest.param("a: |\n  x\nb: 1", "w", "a: w\nb: 1", id="text block to a word"),
    pytest.param("a: |+\n  x\n\nb: 1", "w", "a: w\nb: 1", id="text block that keeps its end"),
    pytest.param("a: >\n    x\nb: 1", "w\nz\n", "a: |\n    w\n    z\nb: 1", id="text block to lines"),
    pytest.param("a: |\n  x\nb: 1", "w\nz", "a: |-\n  w\n  z\nb: 1", id="lines without final break"),
    pytest.param("a: |\r\n  x\r\nb: 1", "w\nz\n", "a: |\r\n  w\r\n  z\r\nb: 1", id="lines, CRLF"),
    pytest.param("\ufeffa: 1\r\n", "é", '\ufeffa: "é"\r\n', id="byte order mark, CRLF"),
    pytest.param("a: 😀 # 😀\n", "b", "a: b # 😀\n", id="astral"),
]


@pytest.mark.parametrize(("text", "value", "expected"), SET)
def test_set(text: str, value: YamlValue, expected: str) -> None:
    assert done(text, editor(text).set(("a",), value)) == expected


RENAME = [
    pytest.param("a : 1 # c", "b", "b : 1 # c", id="plain"),
    pytest.param("'a': 1", "b", "'b': 1", id="quotes stay"),
    pytest.param("a: 1", "on", '"on": 1', id="a name that is no text is quoted"),
    pytest.param("a:\n  b: 1", "c d", "c d:\n  b: 1", id="blank in the name"),
    pytest.param("{a, b}", "c", "{c, b}", id="flow"),
    pytest.param("- a: 1" if False else "a: &x 1\nb: *x", "c", "c: &x 1\nb: *x", id="the value's anchor stays"),
]


@pytest.mark.parametrize(("text", "name", "expected"), RENAME)
def test_rename(text: str, name: str, expected: str) -> None:
    assert done(text, editor(text).rename(("a",), name)) == expected


@pytest.mark.parametrize(
    ("text", "route", "name", "why"),
    [
        pytest.param("a: 1\nb: 2", ("a",), "b", "exists already", id="taken"),
        pytest.param("a: 1\n'b': 2", ("a",), "b", "exists already", id="taken in quotes"),
        pytest.param("&x a: *x", ("a",), "b", "anchor or a tag", id="anchored key"),
        pytest.param("x: &x {}\na:\n  <<: *x", ("a", "<<"), "b", "merges other mappings", id="merge key"),
        pytest.param("a: 1", ("a",), "k" * 2000, "more than 1000 characters", id="too long"),
    ],
)
def test_rename_refused(text: str, route: Route, name: str, why: str) -> None:
    assert why in str(editor(text).rename(route, name).refusal)


@pytest.mark.parametrize(
    ("text", "route", "why"),
    [
        pytest.param("a: 1\n", ("a",), "left empty", id="the only key"),
        pytest.param("a:\n  b:\n    c: 1\n", ("a", "b", "c"), "left empty", id="the only leaf"),
        pytest.param("a:\n- b: 1\n", ("a", 0, "b"), "item of a sequence would be left empty", id="item"),
        pytest.param("a: &x 1\nb: *x\n", ("a",), "used elsewhere", id="anchor in use"),
        pytest.param("a: {b: [&x 1]}\nb: *x\n", ("a",), "used elsewhere", id="anchor in use, deep"),
        pytest.param("&x a: 1\nb: *x\n", ("a",), "used elsewhere", id="anchor on the key"),
        pytest.param(
            "a: {b: 1, # c\n  d: 2}\n", ("a", "b"), "a comment stands between", id="comment in a flow mapping"
        ),
        pytest.param("a: |\n  x\nb: 1\n  # c\n", ("b",), "take in the comment", id="comment would become text"),
        pytest.param(
            "a: |+\n  x\nb: 1\n\nc: 1\n", ("b",), "take in the blank lines", id="blank line would become text"
        ),
        pytest.param("a: 1\nb: {{ x }}\n", ("b",), "written by a template", id="template"),
    ],
)
def test_remove_refused(text: str, route: Route, why: str) -> None:
    assert why in str(editor(text).remove(route).refusal)


REMOVE = [
    pytest.param("a: 1\nb: 2\nc: 3\n", ("a",), "b: 2\nc: 3\n", id="first"),
    pytest.param("a: 1\nb: 2\nc: 3\n", ("b",), "a: 1\nc: 3\n", id="middle"),
    pytest.param("a: 1\nb: 2\nc: 3\n", ("c",), "a: 1\nb: 2\n", id="last"),
    pytest.param("a: 1\nb: 2", ("b",), "a: 1", id="last, no final newline"),
    pytest.param("a: 1\r\nb: 2", ("b",), "a: 1", id="last, no final newline, CRLF"),
    pytest.param("a: |\n  x\nb: 2", ("b",), "a: |\n  x\n", id="last, below a text block"),
    pytest.param("\ufeffa: 1\nb: 2\n", ("a",), "\ufeffb: 2\n", id="behind a byte order mark"),
    pytest.param("# u\na: 1  # on\n# between\nb: 2\n", ("a",), "# u\n# between\nb: 2\n", id="comments around stay"),
    pytest.param("a:\n  # in\n  x: 1\nb: 2\n", ("a",), "b: 2\n", id="comments inside go"),
    pytest.param("a: 1\nb:\n  c: 2\nd: 3\n", ("b", "c"), "a: 1\nd: 3\n", id="an emptied parent goes too"),
    pytest.param("x:\n- a: 1\n  b: 2\n", ("x", 0, "a"), "x:\n- b: 2\n", id="behind a dash"),
    pytest.param("x:\n- a: 1 # o\n  # b\n  b: 2\n", ("x", 0, "a"), "x:\n- # b\n  b: 2\n", id="comment behind a dash"),
    pytest.param("a: |+\n  x\n\nb: 1\n", ("a",), "b: 1\n", id="text block that keeps its end"),
    pytest.param("{a: 1, b: 2, c: 3}", ("a",), "{b: 2, c: 3}", id="flow, first"),
    pytest.param("{a: 1, b: 2, c: 3}", ("b",), "{a: 1, c: 3}", id="flow, middle"),
    pytest.param("{a: 1, b: 2}", ("b",), "{a: 1}", id="flow, last"),
    pytest.param("{a: 1, b: 2,}", ("b",), "{a: 1,}", id="flow, trailing comma"),
    pytest.param("{a: , b: 2}", ("b",), "{a: }", id="flow, behind nothing"),
    pytest.param("{\n  a: 1,\n  b: 2\n}\n", ("b",), "{\n  a: 1\n}\n", id="JSON lines, last"),
    pytest.param("{\n  a: 1, # c\n  b: 2\n}\n", ("a",), "{\n  b: 2\n}\n", id="JSON lines, first with comment"),
    pytest.param("{\n    a: 1\n  , b: 2\n}\n", ("b",), "{\n    a: 1\n}\n", id="commas in front"),
    pytest.param("x: &x {}\na:\n  <<: *x\n  b: 1\n", ("a", "<<"), "x: &x {}\na:\n  b: 1\n", id="merge key"),
]


@pytest.mark.parametrize(("text", "route", "expected"), REMOVE)
def test_remove(text: str, route: Route, expected: str) -> None:
    assert done(text, editor(text).remove(route)) == expected


@pytest.mark.parametrize(
    ("text", "route", "why"),
    [
        pytest.param("a: 1", ("a",), "exists already", id="there already"),
        pytest.param("a: 1", ("a", "k"), "is a scalar, not a mapping", id="below a value"),
        pytest.param("a: [1]", ("a", "k"), "is a sequence, not a mapping", id="below a sequence"),
        pytest.param("a: [1]", ("a", 1), "items of a sequence are not edited", id="item"),
        pytest.param("a: 1", (), "items of a sequence are not edited", id="the document"),
        pytest.param("", ("k",), "the document is empty", id="empty text"),
        pytest.param("# c\n", ("k",), "the document is empty", id="comments only"),
        pytest.param("x: &x {a: 1}\nb: *x", ("b", "k"), "is the alias *x", id="below an alias"),
        pytest.param("x: &x {a: 1}\nb: *x", ("x", "k"), "is the anchor &x", id="below an anchor in use"),
        pytest.param("a: [b: 1]", ("a", 0, "k"), "single pair without braces", id="pair without braces"),
        pytest.param("a: |\n  x", ("k",), "gain a line break", id="below a text block without final newline"),
        pytest.param("a: 1\n{% if x %}\nb: 2\n{% endif %}\n", ("k",), "condition or loop", id="inside a condition"),
        pytest.param("a:\n  {% if x %}\n  b: 2\n  {% endif %}\n", ("a", "k"), "condition", id="inside, one key"),
    ],
)
def test_insert_refused(text: str, route: Route, why: str) -> None:
    assert why in str(editor(text).insert(route, "v").refusal)


APPEND = [
    pytest.param("a: 1\n", (), "a: 1\nk: v\n", id="last"),
    pytest.param("a: 1", (), "a: 1\nk: v", id="no final newline"),
    pytest.param("a: 1\r\nb: 2", (), "a: 1\r\nb: 2\r\nk: v", id="no final newline, CRLF"),
    pytest.param("a: 1\r", (), "a: 1\rk: v\r", id="lone CR"),
    pytest.param("a: 1 # c\n\n# end\n", (), "a: 1 # c\nk: v\n\n# end\n", id="comments"),
    pytest.param("a:\n    b: 1\nc: 2\n", ("a",), "a:\n    b: 1\n    k: v\nc: 2\n", id="four blanks"),
    pytest.param("a:\n\nc: 2\n", ("a",), "a:\n  k: v\n\nc: 2\n", id="below nothing"),
    pytest.param("x:\n   w: 1\na: # c\nc: 2\n", ("a",), "x:\n   w: 1\na: # c\n   k: v\nc: 2\n", id="the file's step"),
    pytest.param("a: |+\n  x\n\n", (), "a: |+\n  x\n\nk: v\n", id="text block that keeps its end"),
    pytest.param("a: |+\r\n  x\r\n\r\n", (), "a: |+\r\n  x\r\n\r\nk: v\r\n", id="the same, CRLF"),
    pytest.param("a: |\n  x\n\n", (), "a: |\n  x\nk: v\n\n", id="text block"),
    pytest.param("a:\n- b: 1\n- c: 2\n", ("a", 0), "a:\n- b: 1\n  k: v\n- c: 2\n", id="item"),
    pytest.param("{}", (), "{k: v}", id="empty flow"),
    pytest.param("{a: 1}", (), "{a: 1, k: v}", id="flow"),
    pytest.param("{a: }", (), "{a: , k: v}", id="flow, behind nothing"),
    pytest.param('{"a":1}', (), '{"a":1, "k": "v"}', id="JSON"),
    pytest.param("{\n  a: 1\n}\n", (), "{\n  a: 1,\n  k: v\n}\n", id="JSON lines"),
    pytest.param("{\n  a: 1, # c\n}\n", (), "{\n  a: 1, # c\n  k: v,\n}\n", id="JSON lines, trailing comma"),
    pytest.param("{\n  a: 1 # c\n}\n", (), "{\n  a: 1, # c\n  k: v\n}\n", id="JSON lines, comment"),
    pytest.param("{a: {}, b: }", ("b",), "{a: {}, b: {k: v} }", id="flow, below nothing"),
    pytest.param("a: 1\n---\nb: 1\n", (), "a: 1\nk: v\n---\nb: 1\n", id="first document"),
    pytest.param(
        "{% if x %}\na: 1\n{% endif %}\n", (), "{% if x %}\na: 1\nk: v\n{% endif %}\n", id="all in a condition"
    ),
]


@pytest.mark.parametrize(("text", "route", "expected"), APPEND)
def test_append(text: str, route: Route, expected: str) -> None:
    assert done(text, editor(text).insert((*route, "k"), "v")) == expected


PLACED = [
    pytest.param("# a\na: 1\n# b\nb: 2\n", {"before": "b"}, "# a\na: 1\n# b\nk: v\nb: 2\n", id="before"),
    pytest.param("# a\na: 1\n# b\nb: 2\n", {"after": "a"}, "# a\na: 1\nk: v\n# b\nb: 2\n", id="after"),
    pytest.param("a: 1\nb: 2\n", {"before": "x"}, "a: 1\nb: 2\nk: v\n", id="before nobody"),
    pytest.param(
        "a: 1\nb: 2\n", {"before": "x", "after": "a"}, "a: 1\nk: v\nb: 2\n", id="before nobody, after somebody"
    ),
    pytest.param("\ufeffa: 1\n", {"before": "a"}, "\ufeffk: v\na: 1\n", id="behind a byte order mark"),
    pytest.param("&x a: 1\n", {"before": "a"}, "k: v\n&x a: 1\n", id="before an anchored key"),
    pytest.param("? a\n: 1\nb: 2\n", {"before": "a"}, "k: v\n? a\n: 1\nb: 2\n", id="before an explicit key"),
    pytest.param("? a\n:\nb: 2\n", {"after": "a"}, "? a\n:\nk: v\nb: 2\n", id="after an explicit key"),
    pytest.param("{a: 1, b: 2}", {"before": "b"}, "{a: 1, k: v, b: 2}", id="flow"),
    pytest.param("{\n  a: 1,\n  b: 2\n}", {"before": "b"}, "{\n  a: 1,\n  k: v,\n  b: 2\n}", id="JSON lines"),
]


@pytest.mark.parametrize(("text", "where", "expected"), PLACED)
def test_insert_somewhere(text: str, where: dict[str, str], expected: str) -> None:
    assert done(text, editor(text).insert(("k",), "v", **where)) == expected


def test_insert_first() -> None:
    assert done("# c\na: 1\n", editor("# c\na: 1\n").insert_first(("k",), "v")) == "# c\nk: v\na: 1\n"
    text = "x:\n- a: 1\n"
    assert done(text, editor(text).insert_first(("x", 0, "k"), "v")) == "x:\n- k: v\n  a: 1\n"
    assert "no plain name" in str(editor("? [a]\n: b\n").insert_first(("k",), "v").refusal)


BLOCKS = [
    pytest.param("a:\n    b: 1\n", {"x": "w", "z": {}}, "a:\n    b: 1\nk:\n    x: w\n    z: {}\n", id="mapping"),
    pytest.param("a:\n- b\n", ("x", "3.10"), 'a:\n- b\nk:\n- x\n- "3.10"\n', id="unindented sequence"),
    pytest.param(
        "a:\n  - b\n", ({"x": 1, "w": 2},), "a:\n  - b\nk:\n  - x: 1\n    w: 2\n", id="mappings in a sequence"
    ),
    pytest.param("{a: 1}", {"x": ("w", {"z": 1})}, "{a: 1, k: {x: [w, {z: 1}]}}", id="in flow"),
]


@pytest.mark.parametrize(("text", "value", "expected"), BLOCKS)
def test_insert_blocks(text: str, value: YamlValue, expected: str) -> None:
    assert done(text, editor(text).insert(("k",), value)) == expected


REPLACE = [
    pytest.param("a: 1 # c\nb: 2\n", {"x": "w"}, "a: # c\n  x: w\nb: 2\n", id="value by mapping"),
    pytest.param("a:\nb: 2\n", {"x": "w"}, "a:\n  x: w\nb: 2\n", id="nothing by mapping"),
    pytest.param("a: |\n  t\nb: 2\n", {"x": "w"}, "a:\n  x: w\nb: 2\n", id="text by mapping"),
    pytest.param("a: # c\n    x: 1\nb: 2\n", {"w": "z"}, "a: # c\n    w: z\nb: 2\n", id="mapping by mapping"),
    pytest.param("a: # c\n  x: 1\nb: 2\n", "v", "a: v # c\nb: 2\n", id="mapping by value"),
    pytest.param("b: 2\na:\n  x: 1", "v", "b: 2\na: v", id="mapping by value at the end"),
    pytest.param("a:\n- x\nb: 2\n", ("w",), "a:\n- w\nb: 2\n", id="sequence by sequence"),
    pytest.param("a:\n- x\nb: 2\n", {"w": 1}, "a:\n  w: 1\nb: 2\n", id="sequence by mapping"),
    pytest.param("a: {x: 1} # c\n", {"w": 1}, "a: {w: 1} # c\n", id="flow by flow"),
    pytest.param("a: {x: 1}\n", (), "a: []\n", id="flow by nothing"),
    pytest.param("a: 1\n", "v", "a: v\n", id="value by value"),
]


@pytest.mark.parametrize(("text", "value", "expected"), REPLACE)
def test_replace(text: str, value: YamlValue, expected: str) -> None:
    assert done(text, editor(text).replace(("a",), value)) == expected


def test_other_documents() -> None:
    text = "a: 1\n---\na: 2\n"
    assert done(text, editor(text, 1).set(("a",), "x")) == "a: 1\n---\na: x\n"
    assert "there is no a" in str(editor(text, 7).set(("a",), "x").refusal)
    assert "the document is empty" in str(editor(text, 7).insert(("a",), "x").refusal)


def test_places() -> None:
    made = editor("\ufeffa: 1\nb:\n  'c': [x, w]\n")
    assert made.position(("a",)) == (1, 1)
    assert made.position(("b", "c")) == (3, 3)
    assert made.position(("b", "c", 1)) == (3, 12)
    assert made.position(("b", "d")) is None
    assert made.entry(("b", "c", 0)) is None
    assert made.node(("b", "c", 5)) is None


def test_slots_name_what_is_created() -> None:
    assert editor("a: {}").insert(("a", "k"), "v").slots == ("f.yaml#0:a.k",)
    assert editor("a: 1").rename(("a",), "k").slots == ("f.yaml#0:k",)
    assert editor("a: 1").set(("a",), "k").slots == ()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_every_operation_on_every_oddity(path: Path) -> None:
    refusals: Counter[str | None] = Counter()
    count = try_everything(path.read_bytes().decode(), note=lambda refusal: refusals.update((refusal,)))
    assert count or path.stem.endswith("-refused")


# The verifier is what everything rests on, so it is tested with edits that are wrong on purpose.

MUTATIONS = [
    pytest.param("a: 1\nb: 2\n", Intent(Op.SET, ("a",), "x"), "a: y\nb: 2\n", id="another value"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.SET, ("a",), "3"), "a: 3\nb: 2\n", id="a number for a text"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.SET, ("a",), 3), 'a: "3"\nb: 2\n', id="a text for a number"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.SET, ("a",), "x"), "a: x\nb: '2'\n", id="a neighbour's type"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.SET, ("a",), "x"), "a: x\n", id="a neighbour lost"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.SET, ("a",), "x"), "b: 2\na: x\n", id="another order"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.SET, ("a",), "x"), "a: x\nb: 2\na: x\n", id="given twice"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.SET, ("a",), "x"), "a: x\nb: 2\n---\n", id="one more document"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.SET, ("a",), "x"), "a: x\nb: [2\n", id="no longer YAML"),
    pytest.param("a: &x 1\nb: 2\n", Intent(Op.SET, ("b",), "x"), "a: 1\nb: x\n", id="an anchor lost"),
    pytest.param("a: !t 1\nb: 2\n", Intent(Op.SET, ("b",), "x"), "a: 1\nb: x\n", id="a tag lost"),
    pytest.param("a: &x 1\nb: &y 1\nc: *x\n", Intent(Op.SET, ("b",), 1), "a: &x 1\nb: &y 1\nc: *y\n", id="alias moved"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.REMOVE, ("a",)), "a: 1\nb: 2\n", id="nothing removed"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.REMOVE, ("c",)), "a: 1\nb: 2\n", id="removing what is not there"),
    pytest.param("a: 1\nb: 2\n", Intent(Op.RENAME, ("a",), "c"), "b: 2\nc: 1\n", id="renamed and moved"),
    pytest.param("a: 1\n", Intent(Op.INSERT, ("a",), "1"), "a: 1\na: '1'\n", id="inserting what is there"),
    pytest.param("a: 1\n", Intent(Op.INSERT, ("b",), "x", before="a"), "a: 1\nb: x\n", id="inserted elsewhere"),
    pytest.param("a:\nb: 1\n", Intent(Op.INSERT, ("a", "c"), "x"), "a:\nc: x\nb: 1\n", id="inserted a level up"),
    pytest.param(
        "a: |\n  x\nb: 1\n", Intent(Op.SET, ("b",), 2), "a: |\n  x\n\nb: 2\n" + "c: 1\n", id="more than meant"
    ),
    pytest.param("a: |+\n  x\nb: 1\n", Intent(Op.SET, ("b",), 2), "a: |+\n  x\n\nb: 2\n", id="a text grown"),
    pytest.param("a: 1\n", Intent(Op.SET, (), "x"), "a: 1\n", id="no route"),
    pytest.param("a: 1\n", Intent(Op.SET, ("a",), 1, document=4), "a: 1\n", id="no such document"),
    pytest.param("a: [1]\n", Intent(Op.SET, ("a", 7, "b"), 1), "a: [1]\n", id="no such item"),
    pytest.param("a: [1]\n", Intent(Op.SET, ("a", 0), 1), "a: [1]\n", id="items are not edited"),
    pytest.param("a: 1\n", Intent(Op.INSERT, ("a", "b"), 1), "a: 1\n", id="below a value"),
]


@pytest.mark.parametrize(("before", "intent", "after"), MUTATIONS)
def test_the_verifier_catches(before: str, intent: Intent, after: str) -> None:
    problem = difference(YamlFile(before), after, [intent])
    assert problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("before", "intent", "after"),
    [
        pytest.param("a: 1\n", Intent(Op.SET, ("a",), "x"), "a: 'x' # c\n", id="another style is the same data"),
        pytest.param("a:\n", Intent(Op.INSERT, ("a", "b"), 1), "a: {b: 1}\n", id="below nothing"),
        pytest.param("a: &x 1\n", Intent(Op.SET, ("a",), 2), "a: &x 2\n", id="anchor kept"),
        pytest.param("a: 1\nb: 2\n", Intent(Op.RENAME, ("a",), "c"), "c: 1\nb: 2\n", id="renamed in place"),
        pytest.param("a: 1\nb: 2\n", Intent(Op.REMOVE, ("a",)), "b: 2", id="removed"),
    ],
)
def test_the_verifier_agrees(before: str, intent: Intent, after: str) -> None:
    assert difference(YamlFile(before), after, [intent]) is None


def test_fingerprints_tell_text_from_numbers() -> None:
    texts = ["a: 3.10", "a: '3.10'", "a: 3.1", "a: yes", "a: 'yes'", "a: &x yes", "a: !t yes", "'a': yes", "a: [yes]"]
    prints = [fingerprint(YamlFile(text)) for text in texts]
    assert prints[7] == prints[3], "quotes around a key that is text anyway"
    del prints[7]
    assert len(set(prints)) == len(prints)


def test_edits_of_a_large_file_take_no_square_of_the_time() -> None:
    text = "".join(f"key{n}:\n  a: {n}\n" for n in range(1_000))
    made = editor(text)
    started = time.process_time()
    for name in ("key0", "key999"):
        assert made.set((name, "a"), "x").refusal is None
        assert made.remove((name,)).refusal is None
    assert time.process_time() - started < 5


def test_what_the_editor_cannot_prove_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flexmigrate.documents.yaml_edits.difference", lambda *_: "wrong on purpose")
    assert editor("a: 1").set(("a",), "x").refusal == "the edit did not prove right: wrong on purpose"


def test_unreadable_text_is_no_editor() -> None:
    with pytest.raises(YamlError):
        editor("a: [")


def test_quoted_values() -> None:
    assert done("a: 1", editor("a: 1").set(("a",), Quoted("x"))) == 'a: "x"'
