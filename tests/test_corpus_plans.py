"""The promises of a plan over every repository below a folder of one's own: FLEXMIGRATE_CORPUS=DIR make test-corpus.

The folder itself is one repository, its sub-folders are one each, two levels down.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from flexmigrate.disk import open_repository
from flexmigrate.documents.edits import apply
from flexmigrate.model import Plan, Platform, Severity, Status
from flexmigrate.planning import Settings, make_plan
from flexmigrate.project import Repository
from flexmigrate.rule import installed_packs

CORPUS = os.environ.get("FLEXMIGRATE_CORPUS")
TODAY = date(2026, 11, 22)


def folders() -> list[Path]:
    if not CORPUS:
        return []
    root = Path(CORPUS)
    below = [path for path in sorted(root.iterdir()) if path.is_dir()]
    return [root, *below, *(path for folder in below for path in sorted(folder.iterdir()) if path.is_dir())]


pytestmark = pytest.mark.skipif(not CORPUS, reason="FLEXMIGRATE_CORPUS names no folder")


@pytest.fixture(params=folders(), ids=str)
def repository(request: pytest.FixtureRequest) -> Repository:
    return open_repository(request.param)


def planned(repository: Repository, unsafe: bool, platform: Platform = Platform.FLEX) -> Plan:
    return make_plan(repository, installed_packs(), Settings(TODAY, platform, unsafe=unsafe))


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
def test_a_plan_keeps_its_promises(repository: Repository, unsafe: bool) -> None:
    plan = planned(repository, unsafe)
    assert not [skipped for skipped in plan.skipped if "crashed" in skipped.reason or "disagree" in skipped.reason]
    for change in plan.changes:
        if change.before is not None:
            assert apply(change.before, change.edits) == change.after
            assert change.before.encode(change.encoding) == repository.data(change.path)
    again = planned(repository.planned({change.path: change.after for change in plan.changes}), unsafe)
    assert not again.changes


def test_a_legacy_service_is_changed_or_has_an_open_finding(repository: Repository) -> None:
    for service in planned(repository, unsafe=False).services:
        changed = any(change.path == service.config for change in service.changes)
        said = any(
            finding.status is Status.OPEN and finding.severity is not Severity.INFO for finding in service.findings
        )
        assert changed or said or service.target.chosen == "kept", service.config


def test_every_key_has_one_verdict_on_both_platforms(repository: Repository) -> None:
    for platform in Platform:
        for service in planned(repository, False, platform).services:
            keys = [verdict.key for verdict in service.keys]
            assert len(keys) == len(set(keys))
            assert keys or not service.config
