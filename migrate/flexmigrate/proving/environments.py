"""Make a fresh virtual environment for an interpreter and install into it, as a value: done, or failed with its cause.

Nothing is taken over from the caller's own environment, and no environment has setuptools unless asked for: builders
of container images do not bring it either, and its presence decides whether old servers start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flexmigrate.proving.capture import Capture
from flexmigrate.proving.decisive import decisive_line
from flexmigrate.proving.interpreters import Interpreter, find_uv
from flexmigrate.proving.processes import TOKEN_NAME, Family

# The oldest Python that uv can still inspect and install for.
OLDEST_FOR_UV = (3, 6)
# The last virtualenv that makes Python 2.7 environments is 20.21.
_VIRTUALENV = "virtualenv<20.22"
_CREATE_SECONDS = 120.0
_MOST_OUTPUT = 1024 * 1024
_CALLERS_PYTHON = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "VIRTUAL_ENV",
    "PIP_REQUIRE_VIRTUALENV",
    "__PYVENV_LAUNCHER__",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One command's outcome; `line` is the decisive line of a failure."""

    ok: bool
    seconds: float
    line: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment and the tool that installs into it."""

    folder: Path
    interpreter: Interpreter
    uv: Path | None
    variables: Mapping[str, str] = field(default_factory=dict)
    """What its tools get in their environment besides the caller's own."""

    @property
    def python(self) -> Path:
        """The environment's own Python."""
        return self.folder / "bin" / "python"

    def installed(self) -> dict[str, str]:
        """Installed distributions by normalised name, read from their metadata folders."""
        found: dict[str, str] = {}
        for info in self.folder.glob("lib/python*/site-packages/*.*-info"):
            name, _, rest = info.name.partition("-")
            found[name.lower().replace("_", "-").replace(".", "-")] = rest.rsplit(".", 1)[0].split("-py")[0]
        return found


def create(
    interpreter: Interpreter,
    folder: Path,
    use_uv: bool = True,
    variables: Mapping[str, str] | None = None,
    empty: bool = False,
) -> tuple[Environment | None, Step]:
    """A new environment without setuptools; with pip only when pip has to install into it, not when it stays `empty`.

    `variables` are added to the environment of every tool that makes it or installs into it.
    """
    variables = dict(variables or {})
    uv = find_uv() if use_uv and interpreter.number >= OLDEST_FOR_UV else None
    if uv is not None or (empty and interpreter.number >= (3, 4)):
        step = run_step([str(interpreter.path), "-m", "venv", "--without-pip", str(folder)], _CREATE_SECONDS, variables)
    elif interpreter.number < (3, 3):
        step = _create_with_virtualenv(interpreter, folder)
    else:
        step = run_step([str(interpreter.path), "-m", "venv", str(folder)], _CREATE_SECONDS, variables)
        if step.ok:
            python = str(folder / "bin" / "python")
            removal = [python, "-m", "pip", "uninstall", "--yes", "setuptools", "wheel"]
            step = run_step(removal, _CREATE_SECONDS, variables)
    return (Environment(folder, interpreter, uv, variables) if step.ok else None), step


def install(
    environment: Environment,
    arguments: Sequence[str],
    seconds: float = 600.0,
    exact: bool = False,
    cwd: Path | None = None,
) -> Step:
    """Install what pip's command line would: specifications, `-r FILE`, `-c FILE`, index options.

    `exact` also removes whatever the arguments do not bring; only uv can do that. Paths that a requirements file
    names start at `cwd`.
    """
    if environment.uv is None:
        if exact:
            return Step(False, 0.0, "error: an exact installation needs uv")
        command = [*_pip(environment), "install", "--no-input", *arguments]
        return run_step(command, seconds, environment.variables, cwd)
    if exact:
        # uv spares these when it did not make the environment itself.
        uninstall(environment, ["pip", "setuptools", "wheel"])
    options = ["--exact"] if exact else []
    command = [*_uv(environment, "install"), *options, *arguments]
    return run_step(command, seconds, environment.variables, cwd)


def uninstall(environment: Environment, names: Sequence[str], seconds: float = 120.0) -> Step:
    """Remove distributions; one that is not there is no failure."""
    if environment.uv is None:
        return run_step([*_pip(environment), "uninstall", "--yes", *names], seconds)
    return run_step([*_uv(environment, "uninstall"), *names], seconds)


def set_setuptools(environment: Environment, version: str | None, seconds: float = 300.0) -> Step:
    """Make setuptools absent (None) or be exactly the given version, touching nothing else."""
    if version is None:
        return uninstall(environment, ["setuptools"]) if "setuptools" in environment.installed() else Step(True, 0.0)
    return install(environment, ["--no-deps", f"setuptools=={version}"], seconds)


def check(environment: Environment, seconds: float = 120.0) -> Step:
    """Whether the installed distributions agree with each other, as `pip check` sees it."""
    command = [*_pip(environment), "check"] if environment.uv is None else _uv(environment, "check")
    return run_step(command, seconds, environment.variables)


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment variables without those that would leak its own Python into another one."""
    kept = {name: value for name, value in os.environ.items() if name not in _CALLERS_PYTHON}
    return {**kept, "PYTHONNOUSERSITE": "1", **(extra or {})}


def run_step(
    command: Sequence[str], seconds: float, extra: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Step:
    """Run one tool to its end or its time limit; every process it started is gone on return, however that comes.

    `extra` are further environment variables; a token among them (TOKEN_NAME) marks the tool's processes.
    """
    began = time.monotonic()
    token = (extra or {}).get(TOKEN_NAME) or uuid.uuid4().hex
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_NO_PROGRESS": "1", "NO_COLOR": "1", **(extra or {})}
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd or os.sep,
            env={**clean_environment(quiet), TOKEN_NAME: token},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return Step(False, time.monotonic() - began, f"error: {command[0]}: {error.strerror}")
    output, in_time = _followed(process, Family(process.pid, token), seconds)
    took = time.monotonic() - began
    if not in_time:
        return Step(False, took, f"error: not done after {seconds:.0f} s", output)
    if process.returncode == 0:
        return Step(True, took, "", output)
    return Step(False, took, decisive_line(output) or f"error: exit code {process.returncode}", output)


def _followed(process: subprocess.Popen[bytes], family: Family, seconds: float) -> tuple[str, bool]:
    """What the process said, and whether it ended by itself in time."""
    captures: list[Capture] = []
    in_time = True
    try:
        assert process.stdout is not None
        captures.append(Capture(process.stdout, _MOST_OUTPUT))
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        in_time = False
    finally:
        family.kill()
        process.wait()
        for capture in captures:
            capture.close()
    return captures[0].text(), in_time


def _create_with_virtualenv(interpreter: Interpreter, folder: Path) -> Step:
    arguments = ["--quiet", "--no-setuptools", "--no-wheel", "--python", str(interpreter.path), str(folder)]
    ways = [[sys.executable, "-m", "virtualenv", *arguments], [str(interpreter.path), "-m", "virtualenv", *arguments]]
    uv = find_uv()
    if uv is not None:
        ways.append([str(uv), "tool", "run", "--no-python-downloads", "--from", _VIRTUALENV, "virtualenv", *arguments])
    step = Step(False, 0.0)
    for way in ways:
        step = run_step(way, _CREATE_SECONDS)
        if step.ok:
            return step
    return step


def _pip(environment: Environment) -> list[str]:
    return [str(environment.python), "-m", "pip"]


def _uv(environment: Environment, verb: str) -> list[str]:
    return [str(environment.uv), "pip", verb, "--no-config", "--python", str(environment.python)]
