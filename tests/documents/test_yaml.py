"""Reading YAML: every node at its place, every text either nodes or an error with its line, limits that hold."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexmigrate.documents.text import line_at, line_end, line_start, newline_at, next_line, position
from flexmigrate.documents.yaml import MAX_CHARACTERS, Node, YamlError, YamlFile, walk
from tests.documents.examples import settled

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "yaml").glob("*.yaml"))


def read(path: Path) -> str:
    return path.read_bytes().decode()


def value(text: str, *route: str | int) -> Node:
    """The only node under a route."""
    return next(node for found, _, node in walk(YamlFile(text).documents[0]) if found == route)


@pytest.mark.parametrize(
    ("text", "expected", "written"),
    [
        pytest.param("a: 3.10", "3.10", "3.10", id="plain"),
        pytest.param("a: '3.10'  # c", "3.10", "'3.10'", id="single quotes"),
        pytest.param('a: "x\\ty"', "x\ty", '"x\\ty"', id="double quotes"),
        pytest.param("a: b c # d", "b c", "b c", id="words"),
        pytest.param("a: b#c", "b#c", "b#c", id="a hash inside"),
        pytest.param("a:\n  # why\n  b", "b", "b", id="comment before the value"),
        pytest.param("a: b\n  c\n\n  d", "b c\nd", "b\n  c\n\n  d", id="plain of several lines"),
        pytest.param("a: &x !!str b", "b", "b", id="anchor and tag"),
        pytest.param("a: !<tag:yaml.org,2002:str> b", "b", "b", id="verbatim tag"),
        pytest.param("a: &x  # note\n  b", "b", "b", id="anchor on the line above"),
        pytest.param("a:", "", "", id="empty"),
        pytest.param("a: |\n  x\n  y\n\nb: 1", "x\ny\n", "|\n  x\n  y", id="literal"),
        pytest.param("a: |\n  x\n    \nb: 1", "x\n  \n", "|\n  x\n    ", id="literal with deeper blanks"),
        pytest.param("a: |+\n  x\n\nb: 1", "x\n\n", "|+\n  x\n\n", id="literal that keeps its end"),
        pytest.param("a: >-\n  x\n  y\n# c", "x y", ">-\n  x\n  y", id="folded"),
        pytest.param("a: |  # c\n  x", "x", "|  # c\n  x", id="comment on the header"),
        pytest.param("a: 'it''s ${X}'", "it's ${X}", "'it''s ${X}'", id="placeholder in quotes"),
        pytest.param('a: "\\"${X}\\""', '"${X}"', '"\\"${X}\\""', id="placeholder between escapes"),
        pytest.param("a: {{ x }} and {{ y }}", "{{ x }} and {{ y }}", "{{ x }} and {{ y }}", id="placeholders"),
        pytest.param('a: "#{{ x }}"', "#{{ x }}", '"#{{ x }}"', id="hash before a placeholder"),
        pytest.param("a: |\n  {{ x }}\n  y", "{{ x }}\ny", "|\n  {{ x }}\n  y", id="placeholder line in a text"),
        pytest.param("\ufeffa: é😀", "é😀", "é😀", id="byte order mark, astral"),
    ],
)
def test_scalars(text: str, expected: str, written: str) -> None:
    node = value(text, "a")
    assert node.value == expected
    assert text[node.start : node.end] == written


@pytest.mark.parametrize(
    ("text", "route", "written"),
    [
        pytest.param("a:\n  b: 1  # c\n  # d\n\ne: 2\n", ("a",), "b: 1", id="mapping without what follows"),
        pytest.param("a:\n- b\n- c: 1\n\n# d\n", ("a",), "- b\n- c: 1", id="unindented sequence"),
        pytest.param("a: {b: 1, c: {}}  # d", ("a",), "{b: 1, c: {}}", id="flow mapping"),
        pytest.param("a: &x\n  {b: 1}", ("a",), "{b: 1}", id="flow mapping below its anchor"),
        pytest.param("a: &x !!map\n  b: 1", ("a",), "b: 1", id="block mapping below anchor and tag"),
        pytest.param("a: [b: 1]", ("a", 0), "b: 1", id="pair without braces"),
        pytest.param("a: *b", ("a",), "*b", id="alias"),
        pytest.param("a:\n  b:\nc: 1", ("a",), "b:", id="mapping that ends in nothing"),
    ],
)
def test_spans(text: str, route: tuple[str | int, ...], written: str) -> None:
    node = value(text, *route)
    assert text[node.start : node.end] == written


@pytest.mark.parametrize(
    ("text", "explicit", "written"),
    [
        pytest.param("a: 1 # c", False, "a: 1", id="plain"),
        pytest.param("&x !!str a: 1", False, "&x !!str a: 1", id="anchored key"),
        pytest.param("? a\n: 1", True, "? a\n: 1", id="explicit"),
        pytest.param("? a\n# c\n:\n", True, "? a\n# c\n:", id="explicit without value"),
        pytest.param("? a\n", True, "? a", id="explicit without colon"),
        pytest.param("{? a : 1}", True, "? a : 1", id="explicit in flow"),
        pytest.param("{a}", False, "a", id="flow key alone"),
        pytest.param("{ # c?\n a: 1}", False, "a: 1", id="question mark in a comment"),
        pytest.param("a: &x\n", False, "a: &x", id="empty with anchor"),
    ],
)
def test_entries(text: str, explicit: bool, written: str) -> None:
    (entry,) = YamlFile(text).documents[0].entries
    assert entry.explicit is explicit
    assert text[entry.start : entry.end] == written


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a: 1\nb: [\n", 3, id="open bracket"),
        pytest.param("a: 1\n\tb: 2\n", 2, id="tab as indentation"),
        pytest.param("a:\tb\n", 1, id="tab behind the colon"),
        pytest.param("a: 1\r\nb: 'x\r\n", 3, id="open quote, CRLF"),
        pytest.param("a: 1\rb: c: d\r", 2, id="lone CR"),
        pytest.param("a: 1\nb: \x00\n", 2, id="NUL"),
        pytest.param("a: 1\nb: \x07\n", 2, id="bell"),
        pytest.param("a: 1\nb: \x1b[0m\n", 2, id="escape"),
        pytest.param("a: 1\nb: \udc80\n", 2, id="lone surrogate"),
        pytest.param("a: 1\nb: \ufffe\n", 2, id="no character"),
        pytest.param("a: 1\nb: x\u2028c: 2\n", 2, id="line separator"),
        pytest.param("a: 1\n# x\x85b: 2\n", 2, id="next line"),
        pytest.param("a: 1\n\ufeffb: 2\n", 2, id="byte order mark inside"),
        pytest.param("a: 1\n--- b: 2\n", 2, id="mapping on the document line"),
        pytest.param("a: @b\n", 1, id="reserved character"),
        pytest.param("a: !<x y\n", 1, id="broken tag"),
        pytest.param("%YAML x\n---\n", 1, id="broken directive"),
        pytest.param("a: |9x\n", 1, id="broken header"),
        pytest.param("[" * 10_000, 1, id="ten thousand brackets"),
        pytest.param("{a: " * 10_000, 1, id="ten thousand braces"),
        pytest.param("- " * 10_000 + "a", 1, id="ten thousand dashes"),
        pytest.param("\n".join(" " * depth + "a:" for depth in range(300)), 101, id="three hundred levels"),
        pytest.param("? " * 5_000 + "a", 1, id="nested question marks"),
    ],
)
def test_errors_have_a_line(text: str, line: int) -> None:
    with pytest.raises(YamlError) as caught:
        YamlFile(text)
    assert caught.value.line == line
    assert caught.value.problem
    assert "\n" not in caught.value.problem


def test_too_large() -> None:
    started = time.process_time()
    with pytest.raises(YamlError, match="larger than"):
        YamlFile("a" * 100_000_000)
    with pytest.raises(YamlError, match="larger than"):
        YamlFile("x" * (MAX_CHARACTERS + 1))
    assert time.process_time() - started < 1


def test_a_bomb_stays_small() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    file = YamlFile("\n".join(levels))
    assert sum(1 for _ in walk(file.documents[0])) < 200


@pytest.mark.parametrize("text", ["", "\n", "# c\n", "\ufeff", "---\n", "---\n...\n", "  "])
def test_no_content(text: str) -> None:
    assert all(node.is_empty for node in YamlFile(text).documents)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_fixtures_are_read_in_full(path: Path) -> None:
    text = read(path)
    try:
        file = YamlFile(text)
    except YamlError:
        assert path.stem.endswith("-refused")
        return
    assert file.text == text
    for root in file.documents:
        for _, entry, node in walk(root):
            assert 0 <= node.outer <= node.start <= node.end <= len(text)
            if entry is not None:
                assert entry.start <= entry.key.start <= entry.key.end <= entry.colon <= entry.end


def test_fixtures_are_explained() -> None:
    readme = (FIXTURES[0].parent / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in FIXTURES if f"`{path.name}`" not in readme] == []


ODD_PIECES = [*"ab:-#'\"{}[],|>&*!?%@ \t\n\r~<é\u2028\ufeff\0", "\n  ", ": ", "- ", "{{ x }}"]


def error_line(text: str) -> int | None:
    """The line of the error that a text is, or 1 where it is none and all its nodes lie inside it."""
    try:
        file = YamlFile(text)
    except YamlError as error:
        return error.line
    assert all(node.end <= len(text) for root in file.documents for _, _, node in walk(root))
    return 1


@settled(300)
@given(st.lists(st.sampled_from(ODD_PIECES)))
def test_anything_is_nodes_or_an_error(pieces: list[str]) -> None:
    text = "".join(pieces)
    line = error_line(text)
    assert line is not None
    assert 1 <= line <= len(text) + 1


@settled(200)
@given(st.text("ab\r\n\ufeff", max_size=20), st.data())
def test_lines(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    start, end, below = line_start(text, offset), line_end(text, offset), next_line(text, offset)
    assert 0 <= start <= offset <= below <= len(text)
    assert start <= end <= below
    assert newline_at(text, offset) in ("\n", "\r", "\r\n")
    line = line_at(text, offset)
    assert line == text[start:end]
    place = position(text, offset)
    assert place.line == len(text[:start].replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert 1 <= place.column <= offset - start + 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("".join(f"key{n}: value {n}\n" for n in range(10_000)), id="ten thousand lines"),
        pytest.param("# comment\n" * 50_000 + "a: 1\n", id="fifty thousand comments"),
        pytest.param("#" + "x" * 500_000 + "\na: 1\n", id="one long comment"),
        pytest.param("a: |\n" + "\n" * 100_000 + "  x\n", id="blank lines in a text"),
        pytest.param("a: |+\n  x\n" + "\n" * 100_000, id="blank lines behind a text"),
        pytest.param("a: &x\n" + "\n# c" * 50_000 + "\n  b", id="comments behind an anchor"),
        pytest.param("".join(f"k{n}: {{{{ x }}}}\n" for n in range(3_000)), id="three thousand placeholders"),
        pytest.param("a: {" + ", ".join(f"k{n}" for n in range(5_000)) + "}", id="flow keys without colon"),
        pytest.param("".join(f"? k{n}\n# c\n" for n in range(3_000)), id="explicit keys without colon"),
    ],
)
def test_time_grows_with_the_size(text: str) -> None:
    started = time.process_time()
    file = YamlFile(text)
    for _, _, node in walk(file.documents[0]):
        file.line(node.start)
    assert time.process_time() - started < 6
