"""A Python past its end of support is left; one that nears it is reported."""

from __future__ import annotations

from datetime import date

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import after, check_quiet, check_reported, check_rewritten, findings, plan

RULE = "end-of-support"
HEAD = "runtime: python\nenv: flex\n"
OLD = HEAD + 'runtime_config:\n  operating_system: ubuntu18\n  runtime_version: "3.9"\n'
NEW = HEAD + 'runtime_config:\n  operating_system: ubuntu22\n  runtime_version: "3.12"\n'

QUIET = {
    "3.11": NEW.replace("3.12", "3.11"),
    "3.12": NEW,
    "3.12 unquoted": NEW.replace('"', ""),
    "operating system alone": HEAD + "runtime_config:\n  operating_system: ubuntu22\n",
    "legacy": HEAD + "runtime_config:\n  python_version: 3\n",
    "legacy beside the modern keys": OLD + "  python_version: 3\n",
    "no version": HEAD,
    "no version of the schedule": NEW.replace("3.12", "latest"),
    "a version of the future": NEW.replace("3.12", "3.99"),
    "never a modern runtime, which is another rule's business": NEW.replace("3.12", "3.7"),
    "a preview": NEW.replace("3.12", "3.15"),
    "unknown operating system alone": HEAD + "runtime_config:\n  operating_system: ubuntu16\n",
    "a template": OLD.replace("3.9", "{{ python }}"),
    "custom runtime": OLD.replace("runtime: python", "runtime: custom"),
}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_quiet(text: str) -> None:
    check_quiet(RULE, {"app.yaml": text, "Dockerfile": "FROM python:3.12\n"})


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": OLD}, platform=Platform.CLOUD_RUN)


def test_quiet_where_another_place_chooses_the_version() -> None:
    text = HEAD + "runtime_config:\n  operating_system: ubuntu18\n"
    check_quiet(RULE, {"app.yaml": text, ".python-version": "3.12\n"})
    check_quiet(RULE, {"app.yaml": text + 'build_env_variables:\n  GOOGLE_PYTHON_VERSION: "3.12"\n'})


REWRITTEN = {
    "3.9": (OLD, NEW),
    "3.8": (OLD.replace("3.9", "3.8"), NEW),
    "3.10 keeps its operating system": (NEW.replace("3.12", "3.10"), NEW),
    "3.10 without quotes": (NEW.replace('"3.12"', "3.10  # LTS"), NEW.replace('"3.12"', '"3.12"  # LTS')),
    "patch version": (OLD.replace("3.9", "3.9.18"), NEW),
    "single quotes stay": (OLD.replace('"', "'"), NEW.replace('"', "'")),
    "without operating system": (
        HEAD + 'runtime_config:\n  runtime_version: "3.9"\n',
        NEW.replace("ubuntu22", '"ubuntu22"'),
    ),
    "the default of an old operating system": (HEAD + "runtime_config:\n  operating_system: ubuntu18\n", NEW),
    "an empty version": (HEAD + "runtime_config:\n  operating_system: ubuntu18\n  runtime_version:\n", NEW),
    "an empty operating system": (OLD.replace(" ubuntu18", ""), NEW),
    "flow mapping": (
        HEAD + 'runtime_config: {operating_system: ubuntu18, runtime_version: "3.8"}\n',
        HEAD + 'runtime_config: {operating_system: ubuntu22, runtime_version: "3.12"}\n',
    ),
}


@pytest.mark.parametrize(("text", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(text: str, expected: str) -> None:
    (found,) = check_rewritten(RULE, {"app.yaml": text}, {"app.yaml": expected}, unsafe=False)
    assert "running instances go on" in found.message
    assert "most likely" in found.message


def test_latest_leaves_the_version_to_the_platform() -> None:
    made = plan({"app.yaml": OLD}, RULE, python="latest")
    assert after({"app.yaml": OLD}, made)["app.yaml"] == HEAD + "runtime_config:\n  operating_system: ubuntu24\n"


def test_latest_without_operating_system_turns_the_version_into_one() -> None:
    text = HEAD + 'runtime_config:\n  runtime_version: "3.9"  # note\n'
    made = plan({"app.yaml": text}, RULE, python="latest")
    assert after({"app.yaml": text}, made)["app.yaml"] == (
        HEAD + 'runtime_config:\n  operating_system: "ubuntu24"  # note\n'
    )
    assert not made.skipped


def test_a_default_is_named_only_where_it_is_not_the_default() -> None:
    text = HEAD + "runtime_config:\n  operating_system: ubuntu18\n"
    made = plan({"app.yaml": text}, RULE, python="3.13")
    assert after({"app.yaml": text}, made)["app.yaml"] == text.replace("18", "22")


DAYS = {
    "half a year and a day before": (date(2027, 4, 26), None),
    "half a year before": (date(2027, 4, 27), "reaches its end of support on 2027-10-24"),
    "the last day": (date(2027, 10, 24), "reaches its end of support on 2027-10-24"),
}


@pytest.mark.parametrize(("today", "says"), DAYS.values(), ids=DAYS)
def test_notice(today: date, says: str | None) -> None:
    files = {"app.yaml": NEW.replace("3.12", "3.11")}
    if says is None:
        check_quiet(RULE, files, today=today)
        return
    (found,) = check_reported(RULE, files, says, today=today)
    assert found.severity is Severity.WARNING
    assert "3.12 on ubuntu22 (until 2028-10-02)" in found.hint


def test_the_day_after() -> None:
    files = {"app.yaml": NEW.replace("3.12", "3.11")}
    (found,) = check_rewritten(RULE, files, {"app.yaml": NEW}, today=date(2027, 10, 25))
    assert found.severity is Severity.ERROR
    assert "reached its end of support on 2027-10-24" in found.message


def test_quoting_and_moving_do_not_fight() -> None:
    text = NEW.replace('"3.12"', "3.10")
    made = plan({"app.yaml": text}, RULE, "unquoted-version", "operating-system-pair")
    assert after({"app.yaml": text}, made)["app.yaml"] == NEW
    assert {found.status for found in findings(made)} == {"fixed"}
