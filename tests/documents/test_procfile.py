"""Procfiles are read line by line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexmigrate.documents.procfile import processes


@pytest.mark.parametrize("text", ["", "# web: x", "web gunicorn", "web:", "web:   \n", " web: x", "we b: x", ": x"])
def test_no_process(text: str) -> None:
    assert processes(text) == {}


def test_processes() -> None:
    text = "\ufeffweb: gunicorn -b :$PORT a:b  \r\n\r\n# no\r\nwork-er_2:celery worker"
    found = processes(text)
    assert [(name, p.command, p.line) for name, p in found.items()] == [
        ("web", "gunicorn -b :$PORT a:b", 1),
        ("work-er_2", "celery worker", 4),
    ]
    assert all(p.span.of(text) == p.command for p in found.values())


def test_the_later_of_a_name_counts() -> None:
    assert processes("web: a\nweb: b\n")["web"].command == "b"


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(["web:", "a b", "\n", "\r\n", " ", "x: y", "\x0c"])).map("".join)))
def test_any_text_is_read(text: str) -> None:
    for process in processes(text).values():
        assert process.span.of(text) == process.command
