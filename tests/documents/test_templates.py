"""Placeholders: hidden behind text of the same length, put back into values, told apart from what only looks alike."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexmigrate.documents.templates import Mask, half_open, placeholders
from tests.documents.examples import settled


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: {b: {c: 1}}", id="flow mappings"),
        pytest.param('{"a": {"b": {}}}', id="JSON"),
        pytest.param("a: {{ never closed\nb: 1\n", id="never closed"),
        pytest.param("a: {{\n  b }}\n", id="expression over two lines"),
        pytest.param("a: '{% open'\nb: 'close %}'\n", id="halves in two values"),
        pytest.param("a: 100%\nb: 50% of 10%\n", id="percentages"),
        pytest.param("a: me@example.com, you@example.com", id="mail addresses"),
        pytest.param("a: $HOME/$PORT", id="shell variables without braces"),
        pytest.param("a: ${open\nb: }\n", id="brace on another line"),
        pytest.param("%YAML 1.2\n%TAG ! x\n---\n", id="directives"),
    ],
)
def test_hides_nothing(text: str) -> None:
    mask = Mask(text)
    assert mask.text == text
    assert mask.spans == []


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        pytest.param("a: {{ x }}", ["{{ x }}"], id="Jinja"),
        pytest.param("{{ a }}{{ b }}: 1", ["{{ a }}", "{{ b }}"], id="neighbours"),
        pytest.param("a: ${X}-$${Y}", ["${X}", "$${Y}"], id="shell"),
        pytest.param("a: <%= x %>", ["<%= x %>"], id="ERB"),
        pytest.param("a: %X%", ["%X%"], id="Windows"),
        pytest.param("a: @x.y@", ["@x.y@"], id="Maven"),
        pytest.param("a: {{ {'k': 1}['k'] }}", ["{{ {'k': 1}['k'] }}"], id="braces inside"),
        pytest.param("{% if x %}\na: 1\n{% endif %}\n", ["{% if x %}", "{% endif %}"], id="statements"),
        pytest.param("{#\n note\n#}\na: 1\n", ["{#\n note\n#}"], id="note of several lines"),
        pytest.param("# {{ x }}\n", ["{{ x }}"], id="in a comment"),
    ],
)
def test_hides(text: str, hidden: list[str]) -> None:
    mask = Mask(text)
    assert [text[start:end] for start, end in mask.spans] == hidden
    assert len(mask.text) == len(text)
    for start, end in mask.spans:
        assert mask.hides(start, end)
        assert mask.hides(end - 1, end)
        assert not mask.hides(end, end)
    assert not mask.hides(0, mask.spans[0][0])


@settled(200)
@given(st.text("{}%<>#$ax \n\r'\"@é😀\ue000", max_size=60))
def test_length_lines_and_everything_outside_stay(text: str) -> None:
    mask = Mask(text)
    assert len(mask.text) == len(text)
    assert [c if c in "\r\n" else "." for c in mask.text] == [c if c in "\r\n" else "." for c in text]
    inside = {place for start, end in mask.spans for place in range(start, end)}
    assert all(mask.text[place] == text[place] for place in range(len(text)) if place not in inside)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ x }}", False),
        ("plain", False),
        ("{{ x", True),
        ("x }}", True),
        ("{% a", True),
        ("${x", True),
        ("50%", False),
    ],
)
def test_half_open(text: str, expected: bool) -> None:
    assert half_open(text) is expected


def test_placeholders() -> None:
    assert placeholders("a {{ x }} ${Y} %Z% b") == ["{{ x }}", "${Y}", "%Z%"]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        pytest.param("{% if x %}|{% endif %}", True, id="condition"),
        pytest.param("{% if x %}{% else %}|{% endif %}", True, id="else"),
        pytest.param("{%- for x in y -%}|{%- endfor -%}", True, id="loop"),
        pytest.param("{{- if .Values.x }}|{{- end }}", True, id="Go"),
        pytest.param("{{- range .Values.x }}|{{ end }}", True, id="Go loop"),
        pytest.param("{{#if x}}|{{/if}}", True, id="Handlebars"),
        pytest.param("<% if x %>|<% end %>", True, id="ERB"),
        pytest.param("{% if x %}{% endif %}|", False, id="closed condition"),
        pytest.param("{{ range }}|", False, id="a variable with the name of a statement"),
        pytest.param("{% set x = 1 %}|", False, id="assignment"),
        pytest.param("{% endif %}|", False, id="an end without beginning"),
    ],
)
def test_branches(text: str, inside: bool) -> None:
    assert bool(Mask(text.replace("|", " ")).branch(text.index("|"))) is inside


@pytest.mark.parametrize(
    "piece", ["{{ ", "{{ x }} ", "{% ", "%a", "${", "<% ", "{#", "@a", "{{ x }}\n", "{{/*", "{% a\n"]
)
def test_time_grows_with_the_size(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    mask = Mask(text)
    for place in range(0, len(text), 997):
        mask.hides(place, place + 5)
    assert time.process_time() - started < 4
