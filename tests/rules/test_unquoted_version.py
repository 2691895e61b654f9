"""Versions and variables are quoted where YAML would change them as numbers, and nowhere else."""

from __future__ import annotations

import pytest

from flexmigrate.model import FixClass, Platform
from flexmigrate.testing import check_quiet, check_reported, check_rewritten, findings, plan

RULE = "unquoted-version"
HEAD = "runtime: python\nenv: flex\n"
CONFIG = HEAD + "runtime_config:\n  operating_system: ubuntu22\n  runtime_version: "
VARIABLES = HEAD + "env_variables:\n  NAME: "

QUIET = {
    "a version that survives": CONFIG + "3.12\n",
    "a quoted version": CONFIG + '"3.10"\n',
    "a version with single quotes": CONFIG + "'3.20'\n",
    "a version of three parts": CONFIG + "3.10.1\n",
    "a version from a template": CONFIG + "{{ python }}\n",
    "no version": CONFIG.rpartition("\n")[0] + "\n",
    "the legacy key, which another rule replaces": HEAD + "runtime_config:\n  python_version: 3.10\n",
    "a whole number": VARIABLES + "8080\n",
    "a negative number": VARIABLES + "-1\n",
    "a decimal number": VARIABLES + "1.5\n",
    "a decimal number without a zero": VARIABLES + ".5\n",
    "a decimal number without decimals": VARIABLES + "5.\n",
    "a truth value, which loses no digits": VARIABLES + "true\n",
    "no value": VARIABLES + "\n",
    "null": VARIABLES + "null\n",
    "a day": VARIABLES + "2026-11-22\n",
    "no octal number": VARIABLES + "089\n",
    "no YAML 1.1 number": VARIABLES + "0o17\n",
    "grouped digits": VARIABLES + "1,000\n",
    "an address": VARIABLES + "10.128.0.10\n",
    "a quoted number": VARIABLES + '"1.10"\n',
    "a text block": VARIABLES + "|\n    1.10\n",
    "tagged as text": VARIABLES + "!!str 1.10\n",
    "a template": VARIABLES + "${PORT}\n",
    "what gcloud cannot read": VARIABLES + "=\n",
    "a key that is no name": HEAD + "env_variables:\n  ? [a]\n  : 1.10\n",
    "a number elsewhere": HEAD + "resources:\n  cpu: 1.0\n",
    "no variables": HEAD + "env_variables:\n",
}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_quiet(text: str) -> None:
    check_quiet(RULE, {"app.yaml": text})


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": VARIABLES + "1.10\n"}, platform=Platform.CLOUD_RUN)


SAFE = {
    "trailing zero": "1.10",
    "two trailing zeros": "2.00",
    "underscore": "1_000",
    "exponent": "1e3",
    "exponent with a point": "1.5E+10",
    "sign": "+15551234567",
    "leading zeros of a decimal number": "007.5",
    "more digits than a float has": "123456789.123456789",
    "tiny": "0.0000001",
    "beyond a float": "1e400",
}


@pytest.mark.parametrize("written", SAFE.values(), ids=SAFE)
def test_the_same_number_is_quoted(written: str) -> None:
    before, expected = VARIABLES + written + "  # note\n", VARIABLES + f'"{written}"  # note\n'
    check_rewritten(RULE, {"app.yaml": before}, {"app.yaml": expected}, unsafe=False)


UNSAFE = {
    "octal": "010",
    "file mode": "0755",
    "hexadecimal": "0x1F",
    "binary": "0b11",
    "hours and minutes": "12:30",
    "hours, minutes and seconds": "12:30:00",
    "a moment": "2026-11-22T03:04:05Z",
    "infinity": ".inf",
}


@pytest.mark.parametrize("written", UNSAFE.values(), ids=UNSAFE)
def test_another_number_is_left_to_a_person(written: str) -> None:
    files = {"app.yaml": VARIABLES + f"{written}\n"}
    (found,) = check_reported(RULE, files, "`NAME` in `env_variables`", unsafe=False)
    assert found.fix is FixClass.UNSAFE
    assert written not in found.message + found.hint
    check_rewritten(RULE, files, {"app.yaml": VARIABLES + f'"{written}"\n'})


REWRITTEN = {
    "3.10": (CONFIG + "3.10\n", CONFIG + '"3.10"\n'),
    "3.20": (CONFIG + "3.20  # soon\n", CONFIG + '"3.20"  # soon\n'),
    "flow mapping": (
        HEAD + "runtime_config: {runtime_version: 3.10}\n",
        HEAD + 'runtime_config: {runtime_version: "3.10"}\n',
    ),
    "single quotes elsewhere": (VARIABLES + "1.10\n  B: 'b'\n", VARIABLES + "'1.10'\n  B: 'b'\n"),
    "build variable": (
        HEAD + "build_env_variables:\n  GOOGLE_PYTHON_VERSION: 3.10\n",
        HEAD + 'build_env_variables:\n  GOOGLE_PYTHON_VERSION: "3.10"\n',
    ),
    "several at once": (
        CONFIG + "3.10\nenv_variables:\n  A: 1.10\n  B: 2\n  C: 2.0\n",
        CONFIG + '"3.10"\nenv_variables:\n  A: "1.10"\n  B: 2\n  C: 2.0\n',
    ),
    "a flow mapping of variables": (HEAD + "env_variables: {A: 1.10}\n", HEAD + 'env_variables: {A: "1.10"}\n'),
}


@pytest.mark.parametrize(("text", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(text: str, expected: str) -> None:
    check_rewritten(RULE, {"app.yaml": text}, {"app.yaml": expected}, unsafe=False)


def test_each_variable_has_a_finding_of_its_own() -> None:
    made = plan({"app.yaml": HEAD + "env_variables:\n  A: 1.10\n  B: 2.10\n"}, RULE)
    assert [(found.line, found.status) for found in findings(made)] == [(4, "fixed"), (5, "fixed")]


def test_a_value_is_not_repeated() -> None:
    made = plan({"app.yaml": VARIABLES + "123456.70\n"}, RULE)
    assert all("123456" not in found.message + found.hint for found in findings(made))


def test_custom_runtimes_have_variables_too() -> None:
    head = "runtime: custom\nenv: flex\nenv_variables:\n  A: "
    files = {"app.yaml": head + "1.10\n", "Dockerfile": "FROM python:3.12\n"}
    check_rewritten(RULE, files, {"app.yaml": head + '"1.10"\n'})
