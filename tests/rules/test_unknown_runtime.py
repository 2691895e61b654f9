"""Names of runtimes that the flexible environment does not have."""

from __future__ import annotations

import pytest

from flexmigrate.testing import after, check_quiet, check_reported, check_rewritten, plan

RULE = "unknown-runtime"

QUIET = {
    "python": "runtime: python\nenv: flex\n",
    "quoted": 'runtime: "python"\nenv: flex\n',
    "templated": "runtime: {{ runtime }}\nenv: flex\n",
    "python27 on managed VMs": "runtime: python27\nvm: true\n",
    "python27, which gcloud refuses itself": "runtime: python27\nenv: flex\n",
}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_it_leaves_alone(text: str) -> None:
    check_quiet(RULE, {"app.yaml": text})


def test_a_custom_runtime_is_not_its_business() -> None:
    check_quiet(RULE, {"app.yaml": "runtime: custom\nenv: flex\n", "Dockerfile": "FROM python:3.12\n"})


@pytest.mark.parametrize("name", ["python3", "python37", "python312", "python2"])
def test_names_of_the_standard_environment_become_python(name: str) -> None:
    check_rewritten(
        RULE,
        {"app.yaml": f"runtime: {name}  # site\nenv: flex\n"},
        {"app.yaml": "runtime: python  # site\nenv: flex\n"},
    )


def test_the_compat_image_needs_a_person() -> None:
    check_reported(RULE, {"app.yaml": "runtime: python-compat\nenv: flex\n"}, "bundled APIs")


def test_the_version_is_written_once_the_name_is_right() -> None:
    files = {"app.yaml": "runtime: python37\nenv: flex\nentrypoint: python main.py\n"}
    made = plan(files, RULE, "missing-runtime-config")
    assert 'runtime_version: "3.12"' in after(files, made)["app.yaml"]
