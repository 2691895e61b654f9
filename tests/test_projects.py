"""Whole repositories before and after: every byte of the tree, and every finding.

FLEXMIGRATE_REGEN=1 writes what flexmigrate does now into `after/` and `expected.json`, to be read before it is kept.
"""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flexmigrate.disk import open_repository
from flexmigrate.model import Plan
from flexmigrate.planning import Settings, make_plan
from flexmigrate.project import Repository
from flexmigrate.rule import installed_packs

PROJECTS = Path(__file__).parent.parent / "fixtures" / "projects"
CASES = sorted(path.name for path in PROJECTS.iterdir())
SETTINGS = Settings(date(2026, 11, 22), unsafe=True)


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def repository(files: dict[str, bytes]) -> Repository:
    return Repository(tuple(sorted(files)), files.get)


def planned(files: dict[str, bytes]) -> Plan:
    return make_plan(repository(files), installed_packs(), SETTINGS)


def written(files: dict[str, bytes], plan: Plan) -> dict[str, bytes]:
    return files | {change.path: change.after.encode(change.encoding) for change in plan.changes}


def described(plan: Plan) -> dict[str, Any]:
    return {
        "services": {
            service.config: {
                "target": f"{service.target.python} on {service.target.operating_system}",
                "findings": [
                    f"{finding.status} {finding.severity} {finding.path}:{finding.line} {finding.rule}"
                    for finding in service.findings
                ],
                "keys": {verdict.key: verdict.verdict.value for verdict in service.keys},
            }
            for service in plan.services
        },
        "skipped": [f"{skipped.path}: {skipped.reason}" for skipped in plan.skipped],
        "bystanders": [f"{one.path}: {one.reason}" for one in plan.bystanders],
    }


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Path:
    folder = PROJECTS / request.param
    if os.environ.get("FLEXMIGRATE_REGEN"):
        plan = planned(tree(folder / "before"))
        shutil.rmtree(folder / "after", ignore_errors=True)
        for path, data in written(tree(folder / "before"), plan).items():
            (folder / "after" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "after" / path).write_bytes(data)
        (folder / "expected.json").write_text(
            json.dumps(described(plan), indent=2) + "\n", encoding="utf-8", newline="\n"
        )
    return folder


def test_the_tree_becomes_exactly_what_is_expected(case: Path) -> None:
    before = tree(case / "before")
    assert written(before, planned(before)) == tree(case / "after")


def test_the_findings_are_the_expected_ones(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert described(planned(tree(case / "before"))) == expected


def test_a_second_run_has_nothing_to_change(case: Path) -> None:
    assert not planned(tree(case / "after")).changes


def test_edits_alone_lead_from_before_to_after(case: Path) -> None:
    for change in planned(tree(case / "before")).changes:
        text = change.before or ""
        for edit in sorted(change.edits, key=lambda edit: edit.start, reverse=True):
            assert text[edit.start : edit.end] == edit.old
            text = text[: edit.start] + edit.new + text[edit.end :]
        if change.before is not None:
            assert text == change.after


def test_what_is_on_disk_reads_the_same_as_in_memory(case: Path) -> None:
    (case / "before").resolve(strict=True)
    on_disk = open_repository(case / "before")
    assert set(on_disk.paths) == set(tree(case / "before"))
