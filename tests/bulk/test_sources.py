"""What people call their repositories is read from wherever they keep it; passwords stay there."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from flexmigrate.bulk.model import Kind
from flexmigrate.bulk.redaction import redact
from flexmigrate.bulk.sources import read_list, read_sources
from flexmigrate.errors import UserError


def test_checkouts_are_found_at_any_depth(tmp_path: Path) -> None:
    for name in ("a", "team/b", "team/deep/c", "a/vendored", "node_modules/d"):
        (tmp_path / name / ".git").mkdir(parents=True)
    assert [source.name for source in read_sources([str(tmp_path)])] == ["a", "team/b", "team/deep/c"]
    assert [source.name for source in read_sources([str(tmp_path / "team" / "b")])] == ["b"]


def test_a_directory_without_git_is_one_repository(tmp_path: Path) -> None:
    (tmp_path / "plain" / "src").mkdir(parents=True)
    assert [source.location for source in read_sources([str(tmp_path / "plain")])] == [str(tmp_path / "plain")]


def test_lists_of_other_tools() -> None:
    text = """\
# a comment
/srv/checkouts/web

https://github.com/acme/api.git
git@git.example.com:acme/jobs.git
acme/tool\ta description\tprivate\t2026-01-01T00:00:00Z
{"nameWithOwner": "acme/site", "owner": {"login": "acme"}, "team": "web", "isPrivate": true}
{"path": "/srv/other", "team": "ops"}
"""
    found = list(read_list(io.StringIO(text), "list"))
    assert [(source.kind, source.location, source.name) for source in found] == [
        (Kind.DIRECTORY, "/srv/checkouts/web", "web"),
        (Kind.URL, "https://github.com/acme/api.git", "acme/api"),
        (Kind.URL, "git@git.example.com:acme/jobs.git", "acme/jobs"),
        (Kind.URL, "https://github.com/acme/tool", "acme/tool"),
        (Kind.URL, "https://github.com/acme/site", "acme/site"),
        (Kind.DIRECTORY, "/srv/other", "other"),
    ]
    assert found[4].labels == {"owner": "acme", "team": "web", "isPrivate": "True"}


def test_one_json_array() -> None:
    text = '[\n {"url": "https://example.com/a/b", "team": "x"},\n "https://example.com/c/d"\n]\n'
    assert [source.name for source in read_list(io.StringIO(text), "list")] == ["a/b", "c/d"]


@pytest.mark.parametrize("text", ["{nonsense}\n", "[1\n", "[1]\n", '{"team": "x"}\n'])
def test_what_names_nothing_is_said(text: str) -> None:
    with pytest.raises(UserError, match="list:1 names no repository"):
        list(read_list(io.StringIO(text), "list"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://me:secret@example.com/a/b", "https://example.com/a/b"),
        ("https://secret@example.com/a", "https://example.com/a"),
        ("fatal: 'https://u:p@ss@example.com/x/'", "fatal: 'https://example.com/x/'"),
        ("ssh://git@example.com/a", "ssh://git@example.com/a"),
        ("ssh://git:secret@example.com/a", "ssh://git@example.com/a"),
        ("git@example.com:a/b", "git@example.com:a/b"),
        ("https://example.com/a?private_token=secret&x=1", "https://example.com/a?private_token=***&x=1"),
        ("token ghp_" + "a" * 36, "token ***"),
        ("glpat-" + "a" * 20 + " and", "*** and"),
        ("Authorization: Basic c2VjcmV0", "Authorization: Basic ***"),
        ("https://example.com/a@b", "https://example.com/a@b"),
    ],
)
def test_redaction(text: str, expected: str) -> None:
    assert redact(text) == expected
