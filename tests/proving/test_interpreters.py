"""Finding interpreters, with executables that only pretend to be Python."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from flexmigrate.proving import interpreters

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def nothing_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))


def pretend(path: Path, answer: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_probe_tells_the_full_version() -> None:
    found = interpreters.probe(Path(sys.executable))
    assert found is not None
    assert (found.minor, found.number) == (HERE, sys.version_info[:2])
    assert found.origin == "given"


@pytest.mark.parametrize("answer", ["", "Python 3.12.1", "flexmigrate-python"])
def test_what_is_no_python_is_not_found(tmp_path: Path, answer: str) -> None:
    assert interpreters.probe(pretend(tmp_path / "python", answer)) is None


def test_a_missing_or_failing_file_is_not_found(tmp_path: Path) -> None:
    assert interpreters.probe(tmp_path / "nothere") is None
    shim = tmp_path / "shim"
    shim.write_text("#!/bin/sh\nexit 127\n", "utf-8")
    shim.chmod(0o700)
    assert interpreters.probe(shim) is None


def test_a_given_path_is_the_only_candidate(tmp_path: Path) -> None:
    given = pretend(tmp_path / "python", "flexmigrate-python 3.9.1")
    pretend(tmp_path / "versions" / "3.12.4" / "bin" / "python", "flexmigrate-python 3.12.4")
    assert interpreters.find("3.12", given, pyenv_root=tmp_path) is None
    assert interpreters.find("3.9", given, pyenv_root=tmp_path) == interpreters.Interpreter(given, "3.9.1", "given")


def test_pyenv_gives_its_newest_patch(tmp_path: Path) -> None:
    for patch in ("3.12.9", "3.12.10", "3.12-dev"):
        pretend(tmp_path / "versions" / patch / "bin" / "python", f"flexmigrate-python {patch}")
    found = interpreters.find("3.12", pyenv_root=tmp_path)
    assert found is not None
    assert (found.version, found.origin) == ("3.12.10", "pyenv")


def test_a_broken_pyenv_version_is_passed_over_for_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path / "versions" / "3.12.9" / "bin" / "python", "broken")
    on_path = pretend(tmp_path / "bin" / "python3.12", "flexmigrate-python 3.12.2")
    monkeypatch.setenv("PATH", str(on_path.parent))
    found = interpreters.find("3.12", pyenv_root=tmp_path)
    assert found == interpreters.Interpreter(on_path, "3.12.2", "path")


def test_uv_is_asked_first_and_never_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = pretend(tmp_path / "elsewhere" / "python", "flexmigrate-python 3.12.7")
    uv = pretend(tmp_path / "bin" / "uv", "")
    uv.write_text(f'#!/bin/sh\ncase "$*" in *--no-python-downloads*) echo "{python}";; esac\n', "utf-8")
    monkeypatch.setenv("PATH", str(uv.parent))
    found = interpreters.find("3.12", pyenv_root=tmp_path)
    assert found == interpreters.Interpreter(python, "3.12.7", "uv")


def test_nothing_found(tmp_path: Path) -> None:
    assert interpreters.find("3.12", pyenv_root=tmp_path) is None


def test_nothing_of_the_current_directory_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sitecustomize.py", "site.py", "sys.py", "encodings.py"):
        (tmp_path / name).write_text("raise SystemExit('ran')\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert interpreters.probe(Path(sys.executable)) is not None
