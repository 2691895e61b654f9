"""Managed VMs and the aliases of the flexible environment become `env: flex`."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import check_quiet, check_reported, check_rewritten

RULE = "managed-vm"

QUIET = {
    "flex": "runtime: python\nenv: flex\n",
    "flex in quotes": 'runtime: python\nenv: "flex"\n',
    "flex with a comment": "runtime: python\nenv: flex  # not 2\n",
    "custom runtime": "runtime: custom\nenv: flex\n",
    "vm switched off": "runtime: python\nenv: flex\nvm: false\n",
    "vm from a template": "runtime: python\nenv: flex\nvm: {{ vm }}\n",
    "env from a template": "runtime: python\nenv: {{ env }}\n",
    "env from a template beside vm": "runtime: python\nvm: true\nenv: ${ENV}\n",
    "settings of Managed VMs only": "runtime: python\nenv: flex\nvm_settings:\n  a: b\n",
    "standard environment": "runtime: python312\n",
    "a variable of that name": "runtime: python\nenv: flex\nenv_variables:\n  vm: true\n",
}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_quiet(text: str) -> None:
    check_quiet(RULE, {"app.yaml": text, "Dockerfile": "FROM python:3.12\n"})


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": "runtime: python\nvm: true\n"}, platform=Platform.CLOUD_RUN)


REPORTED = {
    "the standard runtime": ("runtime: python27\nvm: true\n", "cannot go on in the flexible environment"),
    "the standard runtime with env": ("runtime: python27\nvm: true\nenv: flex\n", "cannot go on"),
    "the standard environment": ("runtime: python\nvm: true\nenv: standard\n", "names the standard environment"),
    "the standard environment by number": ("runtime: python\nvm: true\nenv: 1\n", "names the standard environment"),
    "given twice": ("runtime: python\nvm: true\nvm: true\n", "Managed VMs"),
}


@pytest.mark.parametrize(("text", "says"), REPORTED.values(), ids=REPORTED)
def test_reported(text: str, says: str) -> None:
    check_reported(RULE, {"app.yaml": text}, says)


REWRITTEN = {
    "vm": ("runtime: python\nvm: true\n", "runtime: python\nenv: flex\n"),
    "vm with a comment": ("runtime: python\nvm: true  # big\n", "runtime: python\nenv: flex  # big\n"),
    "vm says yes": ("runtime: python\nvm: yes\n", "runtime: python\nenv: flex\n"),
    "vm in quotes": ('"runtime": "python"\n"vm": "true"\n', '"runtime": "python"\n"env": "flex"\n'),
    "vm first": ("vm: true\nruntime: python\n", "env: flex\nruntime: python\n"),
    "custom runtime": ("runtime: custom\nvm: true\napi_version: 1\n", "runtime: custom\nenv: flex\napi_version: 1\n"),
    "compat runtime": ("runtime: python-compat\nvm: true\n", "runtime: python-compat\nenv: flex\n"),
    "vm beside env": ("runtime: python\nenv: flex\nvm: true\n", "runtime: python\nenv: flex\n"),
    "vm before env": ("runtime: python\nvm: true\nenv: flex  # kept\n", "runtime: python\nenv: flex  # kept\n"),
    "vm beside an alias": ("runtime: python\nenv: 2\nvm: true\n", "runtime: python\nenv: flex\n"),
    "vm beside an empty env": ("runtime: python\nenv:\nvm: true\n", "runtime: python\nenv: flex\n"),
    "vm and its settings": (
        "runtime: python\nvm: true\nvm_settings:\n  a: b\n",
        "runtime: python\nenv: flex\nvm_settings:\n  a: b\n",
    ),
    "two": ("runtime: python\nenv: 2  # flex\n", "runtime: python\nenv: flex  # flex\n"),
    "two in quotes": ("runtime: python\nenv: '2'\n", "runtime: python\nenv: flex\n"),
    "flexible": ("runtime: python\nenv: flexible\n", "runtime: python\nenv: flex\n"),
    "flow mapping": ("{runtime: python, vm: true}\n", "{runtime: python, env: flex}\n"),
    "Windows line ends": ("runtime: python\r\nvm: true\r\n", "runtime: python\r\nenv: flex\r\n"),
    "no final newline": ("runtime: python\nenv: flex\nvm: true", "runtime: python\nenv: flex"),
}


@pytest.mark.parametrize(("text", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(text: str, expected: str) -> None:
    check_rewritten(RULE, {"app.yaml": text, "Dockerfile": "FROM python:3.12\n"}, {"app.yaml": expected})


def test_the_alias_that_works_is_no_warning() -> None:
    (found,) = check_rewritten(
        RULE, {"app.yaml": "runtime: python\nenv: flexible\n"}, {"app.yaml": "runtime: python\nenv: flex\n"}
    )
    assert found.severity == "info"
