"""Runs `uv pip compile` on requirements and reads what it says."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flexmigrate.documents import packages
from flexmigrate.documents.requirements import redacted
from flexmigrate.documents.resolution import Outcome, Resolution, ResolveRequest
from flexmigrate.errors import UserError

OLDEST_UV = "0.9.8"
# Ubuntu 22.04, the older of the platform's systems: what has a wheel there has one on the newer ones.
_PLATFORM = "x86_64-manylinux_2_35"
_LONGEST_REASON = 400
_SOURCE_ONLY = re.compile(r"Wheels are required for `([^`\s]+)` because building from source is disabled")
_NO_SOLUTION = re.compile(r"No solution found")
_CLOSED = re.compile(r"could not be queried|401 Unauthorized|403 Forbidden")
_UNREACHABLE = re.compile(r"Failed to fetch|Request failed|error sending request|dns error", re.IGNORECASE)
_RESOLVED_LINE = re.compile(r"(?m)^([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+)")
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_CONCLUSION = re.compile(r"^Because |,? ?we can conclude that your requirements are unsatisfiable\.?$")
_DEFAULT_INDEX = re.compile(r"(?m)^--index-url[ =](\S+)")
# The rest of the environment stays away from a program that is given lines of a repository which may be anybody's.
_PASSED_ON = re.compile(
    r"(?i)PATH|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|SYSTEMROOT|TMPDIR|TEMP|TMP|NETRC|XDG_\w+|SSL_CERT_\w+|\w+_PROXY"
    r"|UV_(?:INDEX\w*|DEFAULT_INDEX|EXTRA_INDEX_URL|CACHE_DIR|CONFIG_FILE|SYSTEM_CERTS|NATIVE_TLS|INSECURE_HOST"
    r"|HTTP_TIMEOUT|KEYRING_PROVIDER|OFFLINE|CONCURRENT_\w+)"
)
HEEDED = ("index-url", "extra-index-url", "find-links", "no-index")
"""The options that say where packages are looked for."""

Run = Callable[[Sequence[str], Path, float], "subprocess.CompletedProcess[str]"]


def find_uv() -> str:
    """The program, UserError where it is missing or too old."""
    command = _installed()
    try:
        shown = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
        found = re.search(r"\d+\.\d+\.\d+", shown)
    except (OSError, subprocess.SubprocessError):
        found = None
    if found is None or packages.version(found[0]) < packages.version(OLDEST_UV):
        raise UserError(
            f"--resolve needs uv {OLDEST_UV} or newer, and here is {found[0] if found else 'one that does not run'}",
            "pip install --upgrade 'flexmigrate[resolve]'",
        )
    return command


def _installed() -> str:
    try:
        return str(importlib.import_module("uv").find_uv_bin())
    except (ImportError, AttributeError, OSError):
        found = shutil.which("uv")
    if found is None:
        raise UserError("--resolve needs uv, which is not installed", "pip install 'flexmigrate[resolve]'")
    return found


def ask(
    command: str,
    request: ResolveRequest,
    excluded: frozenset[str],
    narrowed: Mapping[str, str],
    seconds: float,
    run: Run,
) -> tuple[Resolution, set[str]]:
    """The answer without the excluded packages, and the packages that fail it for want of a wheel only."""
    done = _compile(command, request, excluded, narrowed, seconds, run)
    if done is None:
        return Resolution(Outcome.UNKNOWN, reason="it took too long"), set()
    if done.returncode == 0:
        versions = {packages.normalise(found[1]): found[2] for found in _RESOLVED_LINE.finditer(done.stdout)}
        return Resolution(Outcome.RESOLVED, versions, excluded), set()
    said = done.stderr
    if not _NO_SOLUTION.search(said) or _CLOSED.search(said):
        return Resolution(Outcome.UNKNOWN, reason=_trouble(said)), set()
    explanation = said.partition("cause:")[2].partition("\n\n")[0]
    shown = _CONCLUSION.sub("", " ".join(_URL.sub(lambda found: redacted(found[0]), explanation).split()))
    shown = shown.replace(", we can conclude that", ", so")
    involved = frozenset(packages.normalise(word) for word in _WORD.findall(explanation))
    lacking = {packages.normalise(found[1].partition("[")[0]) for found in _SOURCE_ONLY.finditer(said)}
    return Resolution(Outcome.IMPOSSIBLE, {}, excluded, involved, _short(shown)), lacking


def default_index(command: str, seconds: float, run: Run) -> str:
    """The address of the index that uv asks when no requirement names one; empty where that is not to be had."""
    done = _compile(command, ResolveRequest("3.12", ()), frozenset(), {}, seconds, run, "--emit-index-url")
    found = _DEFAULT_INDEX.search(done.stdout) if done else None
    return found[1] if found else ""


def _compile(
    command: str,
    request: ResolveRequest,
    excluded: frozenset[str],
    narrowed: Mapping[str, str],
    seconds: float,
    run: Run,
    *more: str,
) -> subprocess.CompletedProcess[str] | None:
    if seconds <= 0:
        return None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In files, not on the command line, which every user of the machine can read.
        options = [f"--{name} {value}".rstrip() for name, value in request.options if name in HEEDED]
        _write(folder / "requirements.in", [*options, *request.requirements])
        _write(folder / "constraints.txt", [*request.constraints, *narrowed.values()])
        _write(folder / "excludes.txt", sorted(excluded))
        # uv looks for one in every folder above, also in those that others can write to.
        _write(folder / "uv.toml", [])
        arguments = [
            *(command, "--no-progress", "--color", "never", "pip", "compile"),
            *("requirements.in", "--constraints", "constraints.txt", "--excludes", "excludes.txt"),
            *("--python", sys.executable, "--no-python-downloads"),
            *("--python-version", packages.target_environment(request.python)["python_full_version"]),
            *("--python-platform", _PLATFORM, "--no-build", "--no-header", "--no-annotate"),
            # As pip: all indexes are equal, and the newest version wins.
            *(
                "--index-strategy",
                "unsafe-best-match",
                "--resolution",
                "lowest-direct" if request.lowest else "highest",
            ),
            "--no-sources",
            *(("--prerelease", "allow") if ("pre", "") in request.options else ()),
            *more,
        ]
        try:
            return run(arguments, folder, seconds)
        except subprocess.TimeoutExpired:
            return None


def run_uv(command: Sequence[str], folder: Path, seconds: float) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds,
        check=False,
    )


def _write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _trouble(said: str) -> str:
    if _CLOSED.search(said):
        return "an index wants credentials that are not known here"
    if _UNREACHABLE.search(said):
        return "an index could not be reached"
    line = next((line for line in said.splitlines() if line.startswith("error")), said.partition("\n")[0])
    return _short("uv: " + " ".join(_URL.sub(lambda found: redacted(found[0]), line).split()))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]} …"
