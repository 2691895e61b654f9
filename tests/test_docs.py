"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flexmigrate.errors import ExitCode
from tests.generate_docs import DOCS, pages

ROOT = DOCS.parent
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


@pytest.mark.parametrize(("page", "text"), pages().items(), ids=lambda value: getattr(value, "name", ""))
def test_generated_pages_are_up_to_date(page: Path, text: str) -> None:
    assert page.is_file(), "run `make docs`"
    assert page.read_text(encoding="utf-8") == text, "run `make docs`"


def test_there_is_no_page_of_a_rule_that_is_gone() -> None:
    assert set((DOCS / "rules").glob("*.md")) <= set(pages())


def test_the_table_of_exit_codes_is_complete() -> None:
    rows = set(re.findall(r"^\| (\d+) \|", (DOCS / "usage.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert rows == {str(int(code)) for code in ExitCode}


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"
