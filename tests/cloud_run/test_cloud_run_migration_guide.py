"""MIGRATION.md: the steps, what is open, every key; and that it agrees with the plan it is part of."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from flexmigrate.model import Status
from flexmigrate.testing import findings
from tests.cloud_run.cases import CASES, GIVEN, app, before, planned, written

CONFIG = (
    "service: web\nresources:\n  cpu: 16\nbeta_settings:\n  cloud_sql_instances: my-db:europe-west1:main\n"
    "env_variables:\n  API_TOKEN: abcdefgh\nskip_files:\n- ^tests/.*$\n"
)


def guide(files: dict[str, str], options: dict[str, str] | None = None) -> str:
    return written(files, options)["MIGRATION.md"]


def test_the_steps_stand_in_order() -> None:
    titles = re.findall(r"(?m)^### (\d+)\. (.*)$", guide(app("")))
    assert [int(number) for number, _ in titles] == list(range(1, len(titles) + 1))
    names = [title for _, title in titles]
    assert names.index("Store the secrets") < names.index("Build the image") < names.index("Deploy")
    assert names.index("Check it") < names.index("Move the traffic") < names.index("Go back, if need be")
    assert (names[7], names[8]) == ("Move the traffic", "Go back, if need be")


def test_what_the_service_needs_is_asked_for() -> None:
    text = guide(app(CONFIG))
    assert "gcloud projects add-iam-policy-binding my-db " in text
    assert "sqladmin.googleapis.com" in text
    assert "gcloud secrets create web-API_TOKEN" in text
    assert "--ignore-file=.dockerignore" in text
    assert "**1 finding has to be settled first" in text
    assert "abcdefgh" not in text


@pytest.mark.parametrize("case", CASES)
def test_it_lists_exactly_what_the_plan_leaves_open(case: str) -> None:
    made = planned(before(case), CASES[case])
    for service in made.services:
        own = [change for change in made.changes if "MIGRATION" in change.path]
        text = next(change.after for change in own if f"from `{service.config}`" in change.after)
        listed = set(re.findall(r"(?m)^\| (?:error|warning|info) \| `([^`]+)` \| (\S+) \|", text))
        opened = {(f"{one.path}:{one.line}", one.rule) for one in service.findings if one.status is Status.OPEN}
        assert listed == opened


@pytest.mark.parametrize("case", CASES)
def test_its_table_is_the_plans(case: str) -> None:
    made = planned(before(case), CASES[case])
    for service in made.services:
        own = [change for change in made.changes if "MIGRATION" in change.path]
        text = next(change.after for change in own if f"from `{service.config}`" in change.after)
        rows = re.findall(r"(?m)^\| `([^`]+)` \| (\d+) \| (\w+) \|", text)
        assert rows == [(verdict.key, str(verdict.line), str(verdict.verdict)) for verdict in service.keys]


def test_placeholders_are_listed_until_they_are_given() -> None:
    assert "holds the placeholders `PROJECT_ID` and `REGION`" in guide(app(""))
    assert "placeholders" not in guide(app(""), GIVEN)


def test_without_service_yaml_it_waits_and_says_so() -> None:
    from flexmigrate.model import Platform
    from flexmigrate.testing import plan

    made = plan(app(""), "cloud-run-migration-guide", platform=Platform.CLOUD_RUN)
    assert not made.changes
    assert any("is written once service.yaml is there" in one.message for one in findings(made))


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell here")
@pytest.mark.parametrize("case", CASES)
def test_its_commands_are_shell(case: str) -> None:
    for path, text in written(before(case), CASES[case]).items():
        if "MIGRATION" in path:
            commands = "\n".join(re.findall(r"(?s)```sh\n(.*?)```", text))
            done = subprocess.run(["sh", "-n"], input=commands, text=True, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr
