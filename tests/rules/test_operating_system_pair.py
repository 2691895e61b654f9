"""Operating system and Python become a pair of the schedule where one answer is right."""

from __future__ import annotations

from datetime import date

import pytest

from flexmigrate.model import FixClass, Platform, Severity
from flexmigrate.testing import check_quiet, check_reported, check_rewritten

RULE = "operating-system-pair"
HEAD = "runtime: python\nenv: flex\n"


def config(system: str | None, version: str | None) -> str:
    lines = ["runtime_config:"]
    lines += [] if system is None else [f"  operating_system: {system}".rstrip()]
    lines += [] if version is None else [f"  runtime_version: {version}"]
    return HEAD + "\n".join(lines) + "\n"


QUIET = {
    "3.11 on ubuntu22": config("ubuntu22", '"3.11"'),
    "3.12 on ubuntu22": config("ubuntu22", '"3.12"'),
    "3.14 on ubuntu24": config('"ubuntu24"', '"3.14"'),
    "unquoted version": config("ubuntu24", "3.14"),
    "a version of three parts": config("ubuntu22", '"3.12.1"'),
    "any patch version": config("ubuntu22", '"3.12.*"'),
    "operating system alone": config("ubuntu22", None),
    "old operating system alone": config("ubuntu18", None),
    "past its end of support, which is another rule's business": config("ubuntu22", '"3.9"'),
    "past its end of support, without operating system": config(None, '"3.9"'),
    "legacy": HEAD + "runtime_config:\n  python_version: 3.7\n",
    "legacy with an operating system": HEAD + "runtime_config:\n  python_version: 3.12\n  operating_system: Ubuntu\n",
    "no version at all": HEAD,
    "empty block": HEAD + "runtime_config:\n",
    "empty operating system": config("", None),
    "version from a template": config("ubuntu18", "{{ python }}"),
    "operating system from a template": config("${OS}", '"3.12"'),
    "custom runtime": config("ubuntu18", '"3.12"').replace("runtime: python", "runtime: custom"),
}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_quiet(text: str) -> None:
    check_quiet(RULE, {"app.yaml": text, "Dockerfile": "FROM python:3.12\n"})


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": config("ubuntu18", '"3.12"')}, platform=Platform.CLOUD_RUN)


REPORTED = {
    "unknown operating system": (config("debian12", None), "`operating_system: debian12` is none"),
    "an Ubuntu that is not offered": (config("ubuntu20", None), "is none that App Engine offers"),
    "latest": (config("ubuntu22", "latest"), "`runtime_version: latest` names no version"),
    "major version": (config("ubuntu22", "3"), "names no version"),
    "a version of the future": (config("ubuntu24", '"3.19"'), "in no support schedule"),
    "a preview": (config("ubuntu24", '"3.15"'), "preview"),
}


@pytest.mark.parametrize(("text", "says"), REPORTED.values(), ids=REPORTED)
def test_reported(text: str, says: str) -> None:
    (found,) = check_reported(RULE, {"app.yaml": text}, says)
    assert found.line == (4 if "operating_system" in found.message or "none that" in found.message else 5)


REWRITTEN = {
    "too old an operating system": (config("ubuntu18", '"3.12"'), config("ubuntu22", '"3.12"')),
    "too old for 3.14": (config("ubuntu22  # LTS", '"3.14"'), config("ubuntu24  # LTS", '"3.14"')),
    "quotes stay": (config("'ubuntu18'", "'3.11'"), config("'ubuntu22'", "'3.11'")),
    "upper case": (config("Ubuntu22", '"3.12"'), config("ubuntu22", '"3.12"')),
    "upper case alone": (config("Ubuntu22", None), config("ubuntu22", None)),
    "with a dash": (config("ubuntu-22", None), config("ubuntu22", None)),
    "full version": (config('"Ubuntu 22.04"', None), config('"ubuntu22"', None)),
    "number only": (config("24", None), config("ubuntu24", None)),
    "unknown, but the version knows": (config("debian12", '"3.12"'), config("ubuntu22", '"3.12"')),
    "empty": (config("", '"3.12"'), config("ubuntu22", '"3.12"')),
    "missing": (config(None, '"3.12"'), config('"ubuntu22"', '"3.12"')),
    "missing in a flow mapping": (
        HEAD + "runtime_config: {runtime_version: '3.14'}\n",
        HEAD + "runtime_config: {operating_system: 'ubuntu24', runtime_version: '3.14'}\n",
    ),
    "version as the standard environment writes it": (config("ubuntu22", "python312"), config("ubuntu22", '"3.12"')),
    "version with the word": (config("ubuntu22", "python3.12"), config("ubuntu22", '"3.12"')),
    "never offered": (config("ubuntu18", '"3.7"'), config("ubuntu22", '"3.12"')),
    "never offered, without operating system": (config(None, '"3.6"'), config('"ubuntu22"', '"3.12"')),
    "order the other way round": (
        HEAD + 'runtime_config:\n  runtime_version: "3.12"\n  operating_system: ubuntu18\n',
        HEAD + 'runtime_config:\n  runtime_version: "3.12"\n  operating_system: ubuntu22\n',
    ),
}


@pytest.mark.parametrize(("text", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(text: str, expected: str) -> None:
    check_rewritten(RULE, {"app.yaml": text}, {"app.yaml": expected}, unsafe=False)


def test_a_pair_that_was_seen_to_work_needs_a_person() -> None:
    files = {"app.yaml": config("ubuntu24", '"3.12"')}
    (found,) = check_reported(RULE, files, "has been seen to work", unsafe=False)
    assert (found.severity, found.fix) == (Severity.WARNING, FixClass.UNSAFE)


def test_a_pair_that_was_seen_to_work_goes_where_the_plan_goes() -> None:
    files = {"app.yaml": config("ubuntu24", '"3.12"')}
    check_rewritten(RULE, files, {"app.yaml": config("ubuntu22", '"3.12"')}, python="3.12")
    check_rewritten(RULE, files, {"app.yaml": config("ubuntu24", '"3.14"')}, python="3.14")


def test_latest_writes_the_operating_system_only() -> None:
    expected = {"app.yaml": config("ubuntu24", None)}
    check_rewritten(RULE, {"app.yaml": config("ubuntu18", '"3.7"')}, expected, python="latest")
    expected = {"app.yaml": config('"ubuntu24"', None)}
    check_rewritten(RULE, {"app.yaml": config(None, '"3.7"')}, expected, python="latest")


def test_3_10_was_right_while_it_was_supported() -> None:
    files = {"app.yaml": config("ubuntu18", '"3.10"')}
    check_quiet(RULE, files)
    check_rewritten(RULE, files, {"app.yaml": config("ubuntu22", '"3.10"')}, today=date(2026, 10, 4))
