"""Reports on a campaign hold what it holds, and nothing in a repository can break out of them."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.bulk.fleets import BROKEN, LEGACY, NEEDS_HUMAN, OTHER, SERVICE, bulk, plan, write

EVIL = "<script>alert(1)</script>\"'|`=cmd"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("campaign")
    lines = []
    kinds = {"web": SERVICE, "open": NEEDS_HUMAN, "broken": BROKEN, "other": OTHER}
    evil = {"evil": {"app.yaml": LEGACY.replace("python_version", "service: '<b>&\\e[31m'\n  python_version")}}
    for name, files in {**kinds, **evil}.items():
        write(root / "fleet" / name, files)
        lines.append(json.dumps({"path": str(root / "fleet" / name), "team": EVIL if name == "web" else "core"}))
    (root / "list").write_text("\n".join(lines))
    plan(root / "c", root / "list", "--jobs", "1", code=4)
    return root / "c"


def report(campaign: Path, kind: str) -> str:
    return bulk("report", "--campaign", campaign, "--format", kind).stdout


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "br", "col"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass


def test_html_is_one_file_that_loads_nothing(campaign: Path) -> None:
    text = report(campaign, "html")
    page = _Page()
    page.feed(text)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert not any(name in ("src", "onclick") for _, attributes in page.tags for name in attributes)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert {attributes["data-s"] for tag, attributes in page.tags if tag == "tr" and "data-s" in attributes} == {
        "planned",
        "needs-human",
        "failed",
        "clean",
    }
    assert "\x1b" not in text


def test_json_and_sarif_and_csv_parse(campaign: Path) -> None:
    data = json.loads(report(campaign, "json"))
    assert data["schema"] == "flexmigrate.campaign/1"
    assert data["summary"]["repositories"] == len(data["repositories"]) == 5
    assert sum(data["summary"]["states"].values()) == 5
    sarif = json.loads(report(campaign, "sarif"))
    results = sarif["runs"][0]["results"]
    assert {result["ruleId"] for result in results} >= {"missing-entrypoint", "could-not-be-done"}
    assert all(result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1 for result in results)
    rows = list(csv.DictReader(report(campaign, "csv").splitlines()))
    assert {row["repository"] for row in rows} == {"web", "open", "broken", "other", "evil"}
    status = bulk("status", "--campaign", campaign, "--format", "csv").stdout
    assert list(csv.DictReader(status.splitlines())) == rows


def test_csv_holds_no_formula() -> None:
    from flexmigrate.reports.campaign_csv import _line

    assert _line(["=1+1", "@x", 5, "ok"]) == "'=1+1,'@x,5,ok\n"


def test_markdown_keeps_its_tables(campaign: Path) -> None:
    lines = report(campaign, "markdown").splitlines()
    assert lines[0] == "# Migration of 5 repositories"
    team = next(line for line in lines if "alert" in line)
    assert "<script" not in team
    assert "\\|" in team


def test_out_is_for_its_owner(campaign: Path, tmp_path: Path) -> None:
    bulk("report", "--campaign", campaign, "--out", tmp_path / "r.html")
    assert (tmp_path / "r.html").stat().st_mode & 0o77 == 0
    assert bulk("report", "--campaign", campaign, "--out", tmp_path / "no" / "r.html", code=4).stderr


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_a_browser_shows_and_searches_it(campaign: Path, tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    text = report(campaign, "html")
    page.write_text(text)
    finished = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
         "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    # The count is written by the script, which runs only when the page's own policy lets it.
    assert ">5 of 5<" in finished.stdout
