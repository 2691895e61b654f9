"""A service without a version gets its block where a person would put it."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import after, check_quiet, check_reported, check_rewritten, findings, plan

RULE = "missing-runtime-config"
HEAD = "runtime: python\nenv: flex\n"
BLOCK = 'runtime_config:\n  operating_system: "ubuntu22"\n  runtime_version: "3.12"\n'

QUIET = {
    "legacy version": HEAD + "runtime_config:\n  python_version: 3\n",
    "legacy version without a value": HEAD + "runtime_config:\n  python_version:\n",
    "operating system only": HEAD + "runtime_config:\n  operating_system: ubuntu22\n",
    "version only": HEAD + 'runtime_config:\n  runtime_version: "3.12"\n',
    "flow mapping": HEAD + "runtime_config: {python_version: 3}\n",
    "version from a template": HEAD + "runtime_config:\n  python_version: {{ python }}\n",
    "block from a template": HEAD + "runtime_config: {{ runtime }}\n",
    "an alias": "x: &a {python_version: 3}\n" + HEAD + "runtime_config: *a\n",
    "merged keys": "x: &a {python_version: 3}\n" + HEAD + "runtime_config:\n  <<: *a\n",
    "custom runtime": "runtime: custom\nenv: flex\nruntime_config:\n",
    "Managed VM of the standard runtime": "runtime: python27\nvm: true\n",
    "standard environment": "runtime: python312\n",
    "runtime from a template": "runtime: {{ runtime }}\nenv: flex\n",
}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_quiet(text: str) -> None:
    check_quiet(RULE, {"app.yaml": text, "Dockerfile": "FROM python:3.12\n"})


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": HEAD}, platform=Platform.CLOUD_RUN)


REWRITTEN = {
    "nothing else": (HEAD, HEAD + BLOCK),
    "behind the entrypoint": (
        HEAD + "entrypoint: run\n\nresources:\n  cpu: 1\n",
        HEAD + "entrypoint: run\n\n" + BLOCK + "\nresources:\n  cpu: 1\n",
    ),
    "no blank lines in the file": (
        HEAD + "entrypoint: run\nresources:\n  cpu: 1\n",
        HEAD + "entrypoint: run\n" + BLOCK + "resources:\n  cpu: 1\n",
    ),
    "what clings to the head": (
        HEAD + "entrypoint: run\nservice: a\nresources:\n  cpu: 1\n\nbeta_settings:\n  a: b\n",
        HEAD + "entrypoint: run\nservice: a\n\n" + BLOCK + "\nresources:\n  cpu: 1\n\nbeta_settings:\n  a: b\n",
    ),
    "blank lines within the head": (
        "runtime: python\n\nenv: flex\n\nentrypoint: run\n\nresources:\n  cpu: 1\n",
        "runtime: python\n\nenv: flex\n\nentrypoint: run\n\n" + BLOCK + "\nresources:\n  cpu: 1\n",
    ),
    "an entrypoint far away": (
        HEAD + "\nresources:\n  cpu: 1\n\nentrypoint: run\n",
        HEAD + "\n" + BLOCK + "\nresources:\n  cpu: 1\n\nentrypoint: run\n",
    ),
    "a comment that closes the head": (
        "# [START runtime]\n" + HEAD + "# [END runtime]\n\n# CPUs\nresources:\n  cpu: 1\n",
        "# [START runtime]\n" + HEAD + "# [END runtime]\n\n" + BLOCK + "\n# CPUs\nresources:\n  cpu: 1\n",
    ),
    "a comment of the next key": (
        HEAD + "# CPUs\nresources:\n  cpu: 1\n",
        HEAD + BLOCK + "# CPUs\nresources:\n  cpu: 1\n",
    ),
    "a closing comment without final newline": (HEAD + "# end", HEAD + "# end\n" + BLOCK.rstrip("\n")),
    "no final newline": (HEAD.rstrip("\n"), (HEAD + BLOCK).rstrip("\n")),
    "Managed VM": ("runtime: python\nvm: true\n", "runtime: python\nvm: true\n" + BLOCK),
    "Windows line ends": (
        (HEAD + "\nresources:\n  cpu: 1\n").replace("\n", "\r\n"),
        (HEAD + "\n" + BLOCK + "\nresources:\n  cpu: 1\n").replace("\n", "\r\n"),
    ),
    "four blanks, single quotes": (
        HEAD + "env_variables:\n    A: 'b'\n",
        HEAD + BLOCK.replace("  ", "    ").replace('"', "'") + "env_variables:\n    A: 'b'\n",
    ),
    "an entrypoint of several lines": (
        HEAD + "entrypoint: >-\n  run\n  this\n\nresources:\n  cpu: 1\n",
        HEAD + "entrypoint: >-\n  run\n  this\n\n" + BLOCK + "\nresources:\n  cpu: 1\n",
    ),
    "empty block": (HEAD + "runtime_config:\n", HEAD + BLOCK),
    "empty block with a comment": (
        HEAD + "runtime_config:  # none\nservice: a\n",
        HEAD + BLOCK.replace("config:", "config:  # none") + "service: a\n",
    ),
    "empty flow mapping": (
        HEAD + "runtime_config: {}\n",
        HEAD + 'runtime_config: {operating_system: "ubuntu22", runtime_version: "3.12"}\n',
    ),
    "empty operating system": (HEAD + "runtime_config:\n  operating_system:\n", HEAD + BLOCK),
    "empty version": (HEAD + "runtime_config:\n  runtime_version:\n", HEAD + BLOCK),
    "both empty, with a comment": (
        HEAD + "runtime_config:\n  operating_system:  # which\n  runtime_version:\n",
        HEAD + BLOCK.replace('ubuntu22"', 'ubuntu22"  # which'),
    ),
    "null": (HEAD + "runtime_config: null\n", HEAD + BLOCK),
    "a block that says something else": (
        HEAD + "runtime_config:\n  # note\n  document_root: web\n",
        HEAD + BLOCK.replace("config:\n", "config:\n  # note\n") + "  document_root: web\n",
    ),
    "a flow mapping that says something else": (
        HEAD + "runtime_config: {document_root: web}\n",
        HEAD + 'runtime_config: {operating_system: "ubuntu22", runtime_version: "3.12", document_root: web}\n',
    ),
    "everything in one flow mapping": (
        "{runtime: python, env: flex}\n",
        '{runtime: python, env: flex, runtime_config: {operating_system: "ubuntu22", runtime_version: "3.12"}}\n',
    ),
}


@pytest.mark.parametrize(("text", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(text: str, expected: str) -> None:
    check_rewritten(RULE, {"app.yaml": text}, {"app.yaml": expected})


def test_latest_writes_the_operating_system_only() -> None:
    made = plan({"app.yaml": HEAD}, RULE, python="latest")
    assert after({"app.yaml": HEAD}, made)["app.yaml"] == HEAD + 'runtime_config:\n  operating_system: "ubuntu24"\n'


def test_latest_in_a_block_that_says_something_else() -> None:
    text = HEAD + "runtime_config:\n  document_root: web\n"
    made = plan({"app.yaml": text}, RULE, python="latest")
    expected = HEAD + 'runtime_config:\n  operating_system: "ubuntu24"\n  document_root: web\n'
    assert after({"app.yaml": text}, made)["app.yaml"] == expected


def test_says_that_it_was_python_2() -> None:
    (found,) = findings(plan({"app.yaml": HEAD}, RULE))
    assert "Python 2.7.12" in found.message
    assert "ready for Python 3" in found.message


def test_what_cannot_be_edited_stays_open() -> None:
    check_reported(RULE, {"app.yaml": HEAD + "runtime_config: &x\n"}, "without a version")


def test_both_rules_agree_on_a_managed_vm() -> None:
    text = "runtime: python\nvm: true\n"
    made = plan({"app.yaml": text}, RULE, "managed-vm", "legacy-python-version")
    assert after({"app.yaml": text}, made)["app.yaml"] == HEAD + BLOCK
