"""Dependencies in files that the build does not read are told, with the command that exports them."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import check_quiet, check_reported

RULE = "dependencies-not-in-requirements"
APP: dict[str, str | bytes] = {"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn main:app\n"}
PIPFILE = '[packages]\nflask = "*"\n'
PROJECT = '[project]\nname = "a"\ndependencies = ["flask"]\n'

QUIET: dict[str, dict[str, str | bytes]] = {
    "nothing at all": APP,
    "requirements beside a Pipfile": {**APP, "requirements.txt": "flask\n", "Pipfile": PIPFILE},
    "an empty file is an answer": {**APP, "requirements.txt": "", "Pipfile": PIPFILE},
    "a project that only configures tools": {**APP, "pyproject.toml": "[tool.black]\nline-length = 100\n"},
    "a project without dependencies": {**APP, "pyproject.toml": '[project]\nname = "a"\ndependencies = []\n'},
    "a Pipfile of tools": {**APP, "Pipfile": '[packages]\n\n[dev-packages]\npytest = "*"\n'},
    "a setup without dependencies": {**APP, "setup.py": "from setuptools import setup\nsetup(name='a')\n"},
    "a Pipfile of another folder": {**APP, "tools/Pipfile": PIPFILE},
    "an image of its own": {
        "app.yaml": "runtime: custom\nenv: flex\n",
        "Dockerfile": "FROM python:3.12\nRUN pipenv install --system\n",
        "Pipfile": PIPFILE,
    },
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {**APP, "Pipfile": PIPFILE}, platform=Platform.CLOUD_RUN)


REPORTED = {
    "Pipfile": ({"Pipfile": PIPFILE}, "Pipfile", "pipenv requirements"),
    "its lock file": ({"Pipfile": PIPFILE, "Pipfile.lock": "{}\n"}, "Pipfile.lock", "pipenv requirements"),
    "poetry": ({"pyproject.toml": "[tool.poetry]\n", "poetry.lock": "# lock\n"}, "poetry.lock", "poetry export"),
    "uv": ({"pyproject.toml": PROJECT, "uv.lock": "version = 1\n"}, "uv.lock", "uv export"),
    "a project": ({"pyproject.toml": PROJECT}, "pyproject.toml", "uv pip compile"),
    "setup.py": ({"setup.py": "setup(install_requires=['flask'])\n"}, "setup.py", "write `.`"),
    "conda": ({"environment.yml": "dependencies:\n- flask\n"}, "environment.yml", "list the packages"),
}


@pytest.mark.parametrize(("files", "name", "command"), REPORTED.values(), ids=REPORTED)
def test_reported(files: dict[str, str], name: str, command: str) -> None:
    (found,) = check_reported(
        RULE, {**APP, **files}, f"the dependencies stand in {name}, which the build does not read"
    )
    assert command in found.hint
    assert found.path == name


def test_the_folder_is_the_services_own() -> None:
    files = {"web/app.yaml": APP["app.yaml"], "web/Pipfile": PIPFILE, "requirements.txt": "flask\n"}
    (found,) = check_reported(RULE, files, "Pipfile")
    assert found.path == "web/Pipfile"
