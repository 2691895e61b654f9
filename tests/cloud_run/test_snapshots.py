"""The written files of each fixture service, byte for byte; FLEXMIGRATE_REGEN=1 writes them anew."""

from __future__ import annotations

import os
import shutil

import pytest

from flexmigrate.documents.yaml import YamlFile
from flexmigrate.model import Platform, Status
from flexmigrate.project import discover_services
from flexmigrate.rule import Context
from flexmigrate.testing import TODAY, after, repository
from flexmigrate_rules.cloud_run._checks import plain
from flexmigrate_rules.cloud_run._mapping import mapped
from flexmigrate_rules.cloud_run._service.config import Config
from tests.cloud_run.cases import CASES, FIXTURES, before, data, expected, planned, written


@pytest.mark.parametrize("case", CASES)
def test_writes_exactly_this(case: str) -> None:
    found = written(before(case), CASES[case])
    if os.environ.get("FLEXMIGRATE_REGEN"):
        folder = FIXTURES / case / "expected"
        shutil.rmtree(folder, ignore_errors=True)
        for path, text in found.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
    assert found == expected(case)


@pytest.mark.parametrize("case", CASES)
def test_leaves_every_existing_file_alone(case: str) -> None:
    made = planned(before(case), CASES[case])
    assert all(change.before is None for change in made.changes)


@pytest.mark.parametrize("case", CASES)
def test_a_second_plan_has_nothing_to_do(case: str) -> None:
    first = planned(before(case), CASES[case])
    again = planned(after(before(case), first), CASES[case])
    assert not again.changes
    assert not [one for service in again.services for one in service.findings if one.status is Status.FIXED]


@pytest.mark.parametrize("case", CASES)
def test_every_key_has_one_verdict_and_a_sentence(case: str) -> None:
    for service in planned(before(case), CASES[case]).services:
        assert len({verdict.key for verdict in service.keys}) == len(service.keys)
        assert all(verdict.why for verdict in service.keys)


@pytest.mark.parametrize("case", CASES)
def test_the_written_yaml_reads_back_as_what_was_meant(case: str) -> None:
    for service in discover_services(repository(before(case))).services:
        context = Context(Platform.CLOUD_RUN, "3.12", "", TODAY, options=CASES[case])
        result = mapped(service, context)
        assert len(YamlFile(result.text).documents) == 1
        assert data(result.text) == _texts(plain(result.fields))
        assert Config(service, context).keys


def _texts(value: object) -> object:
    if isinstance(value, dict):
        return {key: _texts(below) for key, below in value.items()}
    return [_texts(below) for below in value] if isinstance(value, list) else str(value)


@pytest.mark.parametrize("case", CASES)
def test_no_secret_is_repeated(case: str) -> None:
    made = planned(before(case), CASES[case])
    assert "not-a-real-one" not in "".join(change.after for change in made.changes)
    assert "not-a-real-one" not in repr([(service.findings, service.keys) for service in made.services])


@pytest.mark.parametrize("case", CASES)
def test_placeholders_are_in_the_guide_or_nowhere(case: str) -> None:
    found = written(before(case), CASES[case])
    guides = "".join(text for path, text in found.items() if "MIGRATION" in path)
    for path, text in found.items():
        if path.endswith(".yaml") and "PROJECT_ID" in text:
            assert "placeholders `PROJECT_ID` and `REGION`" in guides
    if "project" in CASES[case]:
        assert "PROJECT_ID" not in "".join(text for path, text in found.items() if path.endswith(".yaml"))
