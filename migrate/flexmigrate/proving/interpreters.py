"""Find an interpreter of a given Python version on this machine; only `download` has one fetched.

Candidates are only asked for their version, isolated from the environment and from the current directory, so no file
of a user's project can run here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Origin = Literal["given", "uv", "pyenv", "path"]

_PROBE = "import sys; sys.stdout.write('flexmigrate-python %d.%d.%d' % sys.version_info[:3])"
_PROBE_SECONDS = 20.0
_DOWNLOAD_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python executable that answered, with its full version."""

    path: Path
    version: str
    origin: Origin

    @property
    def minor(self) -> str:
        """The version as platforms write it, `3.12` for 3.12.1."""
        return ".".join(self.version.split(".")[:2])

    @property
    def number(self) -> tuple[int, int]:
        """Major and minor as numbers, to compare with."""
        major, minor = self.minor.split(".")
        return int(major), int(minor)


def probe(path: Path, origin: Origin = "given") -> Interpreter | None:
    """Ask an executable for its Python version; None when it is not a working Python."""
    # -I does not exist in Python 2.7; these three together isolate every version from the caller.
    output = _ask([str(path), "-E", "-s", "-S", "-c", _PROBE])
    marker, _, version = output.strip().partition(" ")
    if marker != "flexmigrate-python" or not version:
        return None
    return Interpreter(path=path, version=version, origin=origin)


def find(version: str, given: Path | None = None, pyenv_root: Path | None = None) -> Interpreter | None:
    """Find an interpreter of version `X.Y`; a given path is the only candidate when there is one."""
    if given is not None:
        found = probe(given)
        return found if found is not None and found.minor == version else None
    for path, origin in _candidates(version, pyenv_root or _default_pyenv_root()):
        found = probe(path, origin)
        if found is not None and found.minor == version:
            return found
    return None


def download(version: str) -> str:
    """Let uv install an interpreter of version `X.Y` where it keeps its own; empty when done, else the reason."""
    uv = find_uv()
    if uv is None:
        return "uv is not installed"
    command = [str(uv), "python", "install", "--no-config", version]
    try:
        done = subprocess.run(
            command,
            cwd=os.sep,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_DOWNLOAD_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"uv python install: {error}"
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return "" if done.returncode == 0 else (said or [f"exit code {done.returncode}"])[-1]


def find_uv() -> Path | None:
    """The uv executable on PATH, when there is one."""
    found = shutil.which("uv")
    return Path(found) if found else None


def _candidates(version: str, pyenv_root: Path) -> Iterator[tuple[Path, Origin]]:
    uv = find_uv()
    if uv is not None:
        options = ["--no-project", "--no-python-downloads", "--no-config", "--system"]
        answer = _ask([str(uv), "python", "find", *options, version]).strip()
        if answer:
            yield Path(answer), "uv"
    versions = pyenv_root / "versions"
    if versions.is_dir():
        for folder in sorted(versions.glob(f"{version}.*"), key=_by_patch, reverse=True):
            yield folder / "bin" / "python", "pyenv"
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield Path(on_path), "path"


def _default_pyenv_root() -> Path:
    named = os.environ.get("PYENV_ROOT")
    return Path(named) if named else Path.home() / ".pyenv"


def _by_patch(folder: Path) -> tuple[int, str]:
    patch = folder.name.rpartition(".")[2]
    return (int(patch), "") if patch.isdigit() else (-1, folder.name)


def _ask(command: list[str]) -> str:
    try:
        # The root directory as working directory: `-c` puts the current one first on sys.path.
        answer = subprocess.run(
            command, cwd=os.sep, capture_output=True, text=True, errors="replace", timeout=_PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""
