"""Pull requests: made once, at a decent pace, with patience."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flexmigrate.bulk.forges import Forge, forge_for
from flexmigrate.errors import UserError
from tests.bulk.fleets import SERVICE, bare, bulk, plan, query

GH = """\
#!/bin/sh
cd "$FAKE"
echo "$@" >> calls
case "$2" in
  list) cat existing 2>/dev/null || echo '[]' ;;
  create)
    cat > body
    if [ -s moody ]; then tail -n +2 moody > rest; mv rest moody; echo 'HTTP 403: secondary rate limit' >&2; exit 1; fi
    if [ -e broken ]; then echo 'token ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa refused' >&2; exit 1; fi
    echo 'https://example.com/acme/web/pull/7' ;;
esac
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "fake"
    place.mkdir()
    (place / "gh").write_text(GH)
    (place / "gh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE", str(place))
    return place


def open_one(pauses: list[float] | None = None) -> str:
    forge = Forge("gh", 0, (pauses if pauses is not None else []).append, (1.0, 2.0))
    return forge.open("https://github.com/acme/web.git", "move", "a title", "a body")


def test_opens_one(fake: Path) -> None:
    assert open_one() == "https://example.com/acme/web/pull/7"
    assert (fake / "body").read_text() == "a body"
    assert "--repo github.com/acme/web --head move" in (fake / "calls").read_text()


def test_recognises_the_one_that_is_there(fake: Path) -> None:
    (fake / "existing").write_text(json.dumps([{"url": "https://example.com/acme/web/pull/3"}]))
    assert open_one() == "https://example.com/acme/web/pull/3"
    assert "create" not in (fake / "calls").read_text()


def test_waits_longer_each_time(fake: Path) -> None:
    (fake / "moody").write_text("1\n2\n")
    pauses: list[float] = []
    assert open_one(pauses).endswith("/7")
    assert pauses == [1.0, 2.0]
    (fake / "moody").write_text("1\n2\n3\n4\n")
    with pytest.raises(UserError, match="secondary rate limit"):
        open_one()


def test_another_complaint_is_told_without_tokens(fake: Path) -> None:
    (fake / "broken").touch()
    with pytest.raises(UserError, match=r"gh says: token \*\*\* refused"):
        open_one()


def test_pace() -> None:
    pauses: list[float] = []
    forge = Forge("true", 50.0, pauses.append)
    for _ in range(2):
        forge._ask([], "", paced=True)
    assert len(pauses) == 1
    assert 45 < pauses[0] <= 50


def test_the_host_tells_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: name)
    assert forge_for("https://gitlab.example.com/a/b", 1)[1].program == "glab"
    assert forge_for("git@github.com:a/b.git", 1)[1].program == "gh"
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(UserError, match="gh is not installed"):
        forge_for("https://github.com/a/b", 1)


def test_from_campaign_to_pull_request(tmp_path: Path, fake: Path) -> None:
    url = bare(tmp_path / "web.git", SERVICE)
    (tmp_path / "list").write_text(url)
    plan(tmp_path / "c", tmp_path / "list", "--jobs", "1")
    paths = {"PATH": os.environ["PATH"], "FAKE": str(fake)}
    asked = ("apply", "--campaign", tmp_path / "c", "--pull-request", "--pace", "0", "--jobs", "1", "--yes")
    (fake / "broken").touch()
    assert "no pull request" in bulk(*asked, **paths).stderr
    assert query(tmp_path / "c", "SELECT state FROM repositories") == [("pushed",)]
    (fake / "broken").unlink()
    bulk(*asked, **paths)
    assert query(tmp_path / "c", "SELECT state, link FROM repositories") == [
        ("pull-request", "https://example.com/acme/web/pull/7")
    ]
    assert "legacy-python-version" in (fake / "body").read_text()
    assert "0 repositories" in bulk(*asked, **paths).stdout
