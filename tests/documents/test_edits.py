"""Edits: applied exactly, composed over rounds without loss, shown as diffs that git takes."""

from __future__ import annotations

import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexmigrate.documents.edits import EditError, PieceTable, apply, overlaps, unified_diff
from flexmigrate.model import Edit
from tests.documents.examples import settled


def edit(start: int, end: int, old: str, new: str, rule: str = "", path: str = "f") -> Edit:
    return Edit(path, start, end, old, new, rule)


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        pytest.param("abc", [], "abc", id="nothing"),
        pytest.param("", [edit(0, 0, "", "x")], "x", id="into an empty text"),
        pytest.param("abc", [edit(1, 2, "b", "B")], "aBc", id="one"),
        pytest.param("abc", [edit(2, 3, "c", ""), edit(0, 1, "a", "")], "b", id="out of order"),
        pytest.param("abc", [edit(1, 1, "", "1"), edit(1, 1, "", "2")], "a12bc", id="insertions keep their order"),
        pytest.param(
            "abc", [edit(1, 2, "b", "B"), edit(1, 1, "", "-")], "a-Bc", id="an insertion before what it touches"
        ),
        pytest.param("abc", [edit(0, 1, "a", "x"), edit(1, 2, "b", "y")], "xyc", id="neighbours"),
        pytest.param("a😀c", [edit(1, 2, "😀", "𝒳")], "a𝒳c", id="astral characters count once"),
        pytest.param("a\r\nb", [edit(3, 4, "b", "c")], "a\r\nc", id="CRLF is two characters"),
    ],
)
def test_apply(text: str, edits: list[Edit], expected: str) -> None:
    assert apply(text, edits) == expected


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param([edit(0, 2, "ab", ""), edit(1, 3, "bc", "")], id="overlap"),
        pytest.param([edit(0, 3, "abc", ""), edit(1, 2, "b", "")], id="one inside another"),
        pytest.param([edit(0, 3, "abc", ""), edit(1, 1, "", "x")], id="insertion inside a replacement"),
        pytest.param([edit(0, 1, "x", "")], id="guard does not fit"),
        pytest.param([edit(2, 4, "c", "")], id="beyond the end"),
        pytest.param([edit(-1, 0, "", "x")], id="before the start"),
        pytest.param([edit(2, 1, "", "x")], id="backwards"),
    ],
)
def test_edits_that_do_not_fit(edits: list[Edit]) -> None:
    with pytest.raises(EditError):
        apply("abc", edits)
    with pytest.raises(EditError):
        PieceTable.of("abc").edited(edits)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param(edit(0, 1, "a", ""), edit(0, 1, "a", "", path="g"), False, id="other files"),
        pytest.param(edit(0, 1, "a", ""), edit(1, 2, "b", ""), False, id="neighbours"),
        pytest.param(edit(0, 1, "a", ""), edit(2, 2, "", "x"), False, id="insertion further on"),
        pytest.param(edit(0, 2, "ab", ""), edit(1, 2, "b", ""), True, id="shared character"),
        pytest.param(edit(1, 1, "", "x"), edit(1, 1, "", "y"), True, id="insertions at one point"),
        pytest.param(edit(0, 1, "a", ""), edit(1, 1, "", "x"), True, id="insertion where a replacement ends"),
        pytest.param(edit(0, 2, "ab", ""), edit(1, 1, "", "x"), True, id="insertion inside a replacement"),
    ],
)
def test_overlaps(first: Edit, second: Edit, expected: bool) -> None:
    assert overlaps(first, second) is expected
    assert overlaps(second, first) is expected


@st.composite
def rounds(draw: st.DrawFn) -> tuple[str, list[list[Edit]]]:
    """A text and up to four rounds of edits, each for the text the round before left."""
    text = draw(st.text("ab\r\n😀", max_size=12))
    original, found = text, []
    for number in range(draw(st.integers(1, 4))):
        bounds = st.lists(st.integers(0, len(text)), max_size=6).map(sorted)
        places = draw(bounds)
        edits = []
        for index, (start, end) in enumerate(zip(places[::2], places[1::2], strict=False)):
            new = draw(st.text("abXY\n", max_size=3))
            edits.append(edit(start, end, text[start:end], new, f"r{number}{index}"))
        found.append(edits)
        text = apply(text, edits)
    return original, found


@settled(300)
@given(rounds())
def test_the_sum_of_rounds_is_the_last_text(case: tuple[str, list[list[Edit]]]) -> None:
    original, found = case
    table, text = PieceTable.of(original), original
    for edits in found:
        table, text = table.edited(edits), apply(text, edits)
    total = table.edits("f")
    assert table.text == text
    assert apply(original, total) == text
    assert "".join(original[p.start : p.end] if p.written is None else p.written for p in table.pieces) == text
    for one in total:
        assert one.old != one.new
        assert not one.old or not one.new or (one.old[0] != one.new[0] and one.old[-1] != one.new[-1])
        assert one.rule
    for before, after in pairwise(total):
        assert before.end < after.start, "kept characters stand between two announced edits"


@settled(300)
@given(rounds())
def test_origin_of_copied_characters(case: tuple[str, list[list[Edit]]]) -> None:
    original, found = case
    # Every character of the original is one of a kind, so that its copy can be recognised.
    names = [chr(0x4E00 + place) for place in range(len(original))]
    table = PieceTable.of("".join(names))
    for edits in found:
        renamed = [Edit(e.path, e.start, e.end, table.text[e.start : e.end], e.new, e.rule) for e in edits]
        table = table.edited(renamed)
    last = 0
    for offset, character in enumerate(table.text):
        place = table.origin(offset)
        assert last <= place <= len(original), "origins never go back"
        last = place
        if character in names:
            assert names[place] == character
    assert table.origin(len(table.text)) == len(original)


def test_edits_know_every_rule_that_had_a_part() -> None:
    table = PieceTable.of("one two three")
    table = table.edited([edit(4, 8, "two ", "", "first")])
    table = table.edited([edit(0, 9, "one three", "1 3", "second")])
    assert [(e.old, e.new, e.rule) for e in table.edits("f")] == [("one two three", "1 3", "first,second")]


def test_an_edit_taken_back_is_not_announced() -> None:
    table = PieceTable.of("abc").edited([edit(1, 2, "b", "x", "r")]).edited([edit(1, 2, "x", "b", "s")])
    assert table.edits("f") == ()


def test_ten_thousand_edits_take_no_square_of_the_time() -> None:
    text = "x=1\n" * 10_000
    edits = [edit(place, place + 1, "x", "yy") for place in range(0, len(text), 4)]
    started = time.process_time()
    table = PieceTable.of(text).edited(edits)
    table = table.edited([edit(place, place + 2, "yy", "z") for place in range(0, len(table.text), 5)])
    assert apply(text, table.edits("f")) == table.text
    assert time.process_time() - started < 5


DIFFS = [
    pytest.param("f.yaml", "a\nb\nc\n", "a\nB\nc\n", id="a line"),
    pytest.param("f.yaml", "a\nb", "a\nc", id="no final newline"),
    pytest.param("f.yaml", "a\nb", "a\nb\n", id="final newline added"),
    pytest.param("f.yaml", "a\nb\n", "a\nb", id="final newline removed"),
    pytest.param("f.yaml", "a\r\nb\r\n", "a\r\nc\r\n", id="CRLF"),
    pytest.param("f.yaml", "a\rb\r", "a\rc\r", id="lone CR"),
    pytest.param("f.yaml", "a\u2028b\x0bc\x85d\n", "a\u2028b\x0bc\x85e\n", id="breaks that only Python knows"),
    pytest.param("f.yaml", "\ufeffa\n", "\ufeffb\n", id="byte order mark"),
    pytest.param("f.yaml", "", "a\n", id="an empty file filled"),
    pytest.param("f.yaml", "a\n", "", id="a file emptied"),
    pytest.param("f.yaml", None, "a\nb\n", id="a creation"),
    pytest.param("f.yaml", None, "a", id="a creation without final newline"),
    pytest.param("f.yaml", None, "", id="an empty creation"),
    pytest.param("sub dir/my file.yaml", "a\n", "b\n", id="blanks in the name"),
    pytest.param("sub dir/new file.yaml", None, "b\n", id="blanks in a new name"),
    pytest.param("é/😀.yaml", "a\n", "b\n", id="non-ASCII name"),
    pytest.param('a"b\\c\td.yaml', "a\n", "b\n", id="quote, backslash and tab in the name"),
    pytest.param("f.yaml", "--- a\n+++ b\n@@ c\n", "--- a\n+++ c\n@@ c\n", id="lines that look like a diff"),
]


@pytest.mark.parametrize(("path", "before", "after"), DIFFS)
def test_git_applies_the_diff(tmp_path: Path, path: str, before: str | None, after: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if before is not None:
        file.write_bytes(before.encode())
    diff = unified_diff(path, before, after)
    command = ["git", "-c", "core.autocrlf=false", "-c", "core.safecrlf=false", "apply", "--whitespace=nowarn", "-"]
    done = subprocess.run(command, cwd=tmp_path, input=diff.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode() + diff
    assert file.read_bytes() == after.encode()


def test_equal_texts_have_no_diff() -> None:
    assert unified_diff("f", "a\n", "a\n") == ""
