"""Other places that name a Python: told where they contradict, changed only where one answer is right."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import after, check_quiet, check_reported, check_rewritten, findings, plan

RULE = "python-version-file"
HEAD = "runtime: python\nenv: flex\nruntime_config:\n"
LEGACY = HEAD + "  python_version: 3\n"
MODERN = HEAD + '  operating_system: ubuntu22\n  runtime_version: "3.12"\n'
SYSTEM_ONLY = HEAD + "  operating_system: ubuntu22\n"
VARIABLE = "build_env_variables:\n  GOOGLE_PYTHON_VERSION: "

QUIET: dict[str, dict[str, str | bytes]] = {
    "nothing else names a version": {"app.yaml": MODERN},
    "the same version": {"app.yaml": MODERN, ".python-version": "3.12\n"},
    "the same minor version": {"app.yaml": MODERN, ".python-version": "3.12.4"},
    "a list with the version in it": {"app.yaml": MODERN, ".python-version": "3.11.2\n3.12.4\n"},
    "a virtual environment's name": {"app.yaml": MODERN, ".python-version": "my-project\n"},
    "another interpreter": {"app.yaml": MODERN, ".python-version": "pypy3.9-7.3\n"},
    "the version to come": {"app.yaml": LEGACY, ".python-version": "3.12\n"},
    "an empty file that is not read": {"app.yaml": MODERN, ".python-version": "\n"},
    "a file that chooses what can be built": {"app.yaml": SYSTEM_ONLY, ".python-version": "3.11\n"},
    "a file with Windows line ends": {"app.yaml": SYSTEM_ONLY, ".python-version": "3.12.1\r\n"},
    "a file that is overridden by a variable": {"app.yaml": SYSTEM_ONLY + VARIABLE + '"3.12"\n', ".python-version": ""},
    "a file elsewhere": {"app.yaml": SYSTEM_ONLY, "other/.python-version": "2.7\n"},
    "a variable that agrees": {"app.yaml": MODERN + VARIABLE + '"3.12.4"\n'},
    "a variable that will agree": {"app.yaml": LEGACY + VARIABLE + '"3.12"\n'},
    "a variable that chooses what can be built": {"app.yaml": SYSTEM_ONLY + VARIABLE + '"3.11"\n'},
    "a variable from a template": {"app.yaml": MODERN + VARIABLE + "{{ python }}\n"},
    "a variable at run time only": {"app.yaml": MODERN + 'env_variables:\n  GOOGLE_PYTHON_VERSION: "3.8"\n'},
    "runtime.txt that agrees": {"app.yaml": MODERN, "runtime.txt": "python-3.12.1\n"},
    "runtime.txt of something else": {"app.yaml": MODERN, "runtime.txt": "pypy3.9\n"},
    "version from a template": {"app.yaml": MODERN.replace("3.12", "{{ v }}"), ".python-version": "3.8\n"},
    "custom runtime": {
        "app.yaml": MODERN.replace("runtime: python", "runtime: custom"),
        "Dockerfile": "FROM python:3.12\n",
        ".python-version": "3.8\n",
    },
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": MODERN, "runtime.txt": "python-3.8\n"}, platform=Platform.CLOUD_RUN)


REPORTED: dict[str, tuple[dict[str, str | bytes], str, Severity]] = {
    "pyenv's file": ({"app.yaml": MODERN, ".python-version": "3.6.10\n"}, "the build ignores it", Severity.INFO),
    "pyenv's file of a legacy service": (
        {"app.yaml": LEGACY, ".python-version": "3.6.10\n"},
        "names Python 3.6 while the service is built with 3.12",
        Severity.INFO,
    ),
    "an empty file that is read": ({"app.yaml": SYSTEM_ONLY, ".python-version": " \n"}, "is empty", Severity.ERROR),
    "two lines that are read": (
        {"app.yaml": SYSTEM_ONLY, ".python-version": "3.12.1\n3.11.2\n"},
        "names no single version",
        Severity.ERROR,
    ),
    "a name that is read": (
        {"app.yaml": SYSTEM_ONLY, ".python-version": "my-project\n"},
        "names no single version",
        Severity.ERROR,
    ),
    "a variable that contradicts": (
        {"app.yaml": MODERN + VARIABLE + '"3.11"\n'},
        "names another Python than `runtime_version: 3.12`",
        Severity.ERROR,
    ),
    "a variable that cannot be built": (
        {"app.yaml": SYSTEM_ONLY + VARIABLE + '"3.8"\n'},
        "names another Python than what ubuntu22 can build",
        Severity.ERROR,
    ),
    "runtime.txt": ({"app.yaml": MODERN, "runtime.txt": "python-3.6.10\n"}, "App Engine never reads it", Severity.INFO),
}


@pytest.mark.parametrize(("files", "says", "severity"), REPORTED.values(), ids=REPORTED)
def test_reported(files: dict[str, str | bytes], says: str, severity: Severity) -> None:
    (found,) = check_reported(RULE, files, says)
    assert found.severity is severity


REWRITTEN = {
    "a variable that the legacy runtime ignored": (
        {"app.yaml": LEGACY + VARIABLE + '"3.8"\n  OTHER: a\n'},
        {"app.yaml": LEGACY + "build_env_variables:\n  OTHER: a\n"},
    ),
    "a lone variable": ({"app.yaml": LEGACY + VARIABLE + '"3.8"\n'}, {"app.yaml": LEGACY}),
    "a variable without any version": (
        {"app.yaml": "runtime: python\nenv: flex\n" + VARIABLE + '"3.8"\n'},
        {"app.yaml": "runtime: python\nenv: flex\n"},
    ),
    "both variables": (
        {"app.yaml": LEGACY + VARIABLE + '"3.8"\n  GOOGLE_RUNTIME_VERSION: "3.8"\n  OTHER: a\n'},
        {"app.yaml": LEGACY + "build_env_variables:\n  OTHER: a\n"},
    ),
    "a file that is read": (
        {"app.yaml": SYSTEM_ONLY, ".python-version": "3.9.18\n"},
        {".python-version": "3.12\n"},
    ),
    "a file that names another system's Python": (
        {"app.yaml": SYSTEM_ONLY, ".python-version": "3.14"},
        {".python-version": "3.12"},
    ),
    "Windows line ends": (
        {"app.yaml": SYSTEM_ONLY, ".python-version": "3.9\r\n"},
        {".python-version": "3.12\r\n"},
    ),
    "below a directory": (
        {"web/app.yaml": SYSTEM_ONLY, "web/.python-version": "3.9\n"},
        {"web/.python-version": "3.12\n"},
    ),
}


@pytest.mark.parametrize(("files", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(files: dict[str, str | bytes], expected: dict[str, str]) -> None:
    # The plan keeps the system's default of 3.13 for a modern service and is asked for 3.12 for a legacy one.
    wanted = {path: text if path.endswith(".yaml") else text.replace("3.12", "3.13") for path, text in expected.items()}
    check_rewritten(RULE, files, wanted, unsafe=False)


def test_latest_is_decided_by_the_file() -> None:
    files = {"app.yaml": LEGACY, ".python-version": "3.6.10\n"}
    made = plan(files, RULE, "legacy-python-version", python="latest")
    assert after(files, made)[".python-version"] == "3.14\n"
    assert {found.status for found in findings(made)} == {"fixed"}


def test_the_value_of_a_variable_is_not_repeated() -> None:
    (found,) = check_reported(RULE, {"app.yaml": MODERN + VARIABLE + '"3.7.77"\n'}, "GOOGLE_PYTHON_VERSION")
    assert "3.7" not in found.message + found.hint
