"""Environments made and filled without a network: the packages are wheels written on the spot."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from flexmigrate.proving import environments, interpreters
from flexmigrate.proving.environments import Environment


def wheel(folder: Path, name: str, version: str, requires: str = "") -> Path:
    path = folder / f"{name}-{version}-py2.py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", f"version = {version!r}\n")
        archive.writestr(f"{info}/METADATA", metadata + (f"Requires-Dist: {requires}\n" if requires else ""))
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    wheel(folder, "tiny", "1.0")
    wheel(folder, "needy", "2.0", "tiny>=3")
    wheel(folder, "setuptools", "41.0.0")
    return folder


@pytest.fixture(scope="module", params=[False, True], ids=["pip", "uv"])
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    if request.param and shutil.which("uv") is None:
        pytest.skip("uv is not installed")
    interpreter = interpreters.probe(Path(sys.executable))
    assert interpreter is not None
    made, step = environments.create(interpreter, tmp_path_factory.mktemp("made") / "env", use_uv=request.param)
    assert made is not None, step.output
    assert (made.uv is not None) is request.param
    return made


def offline(wheels: Path) -> list[str]:
    return ["--no-index", "--find-links", str(wheels)]


def test_starts_without_setuptools(environment: Environment) -> None:
    assert environment.python.exists()
    assert "setuptools" not in environment.installed()


def test_installs_checks_and_removes(environment: Environment, wheels: Path) -> None:
    assert environments.install(environment, [*offline(wheels), "tiny==1.0"]).ok
    assert environment.installed()["tiny"] == "1.0"
    assert environments.check(environment).ok
    assert environments.uninstall(environment, ["tiny"]).ok
    assert "tiny" not in environment.installed()


def test_check_names_what_is_missing(environment: Environment, wheels: Path) -> None:
    assert environments.install(environment, [*offline(wheels), "--no-deps", "needy"]).ok
    step = environments.check(environment)
    assert not step.ok
    assert "needy" in step.line
    assert "tiny" in step.line
    environments.uninstall(environment, ["needy"])


def test_a_failed_installation_says_why(environment: Environment, wheels: Path) -> None:
    step = environments.install(environment, [*offline(wheels), "tiny==9"])
    assert not step.ok
    assert "tiny" in step.line
    assert step.output


def test_setuptools_as_asked(environment: Environment, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    assert environments.set_setuptools(environment, "41.0.0").ok
    assert environment.installed()["setuptools"] == "41.0.0"
    assert environments.set_setuptools(environment, None).ok
    assert "setuptools" not in environment.installed()
    assert environments.set_setuptools(environment, None).ok


def test_exact_removes_the_rest_and_needs_uv(environment: Environment, wheels: Path) -> None:
    environments.install(environment, [*offline(wheels), "setuptools"])
    step = environments.install(environment, [*offline(wheels), "tiny"], exact=True)
    assert step.ok is (environment.uv is not None)
    assert ("setuptools" in environment.installed()) is (environment.uv is None)


def test_a_tool_that_does_not_end_is_ended() -> None:
    step = environments.run_step([sys.executable, "-c", "import time; time.sleep(60)"], 0.3)
    assert not step.ok
    assert step.line == "error: not done after 0 s"
    assert step.seconds < 5


def test_a_missing_tool_is_a_value() -> None:
    step = environments.run_step(["nothere-at-all"], 5)
    assert not step.ok
    assert "nothere-at-all" in step.line


def test_a_silent_failure_still_has_a_line() -> None:
    assert environments.run_step([sys.executable, "-c", "raise SystemExit(7)"], 5).line == "error: exit code 7"


def test_the_callers_python_does_not_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere")
    variables = environments.clean_environment({"NEW": "1"})
    assert "PYTHONPATH" not in variables
    assert "VIRTUAL_ENV" not in variables
    assert variables["NEW"] == "1"
