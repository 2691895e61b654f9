"""One trial: install a release, alone or with what it needs, run it, and say what happened in a row."""

from __future__ import annotations

import csv
import datetime
import re
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

from flexmigrate.proving import environments
from flexmigrate.proving.decisive import decisive_line, without_machine_paths
from flexmigrate.proving.environments import Environment, Step
from tests.evidence import pins_cases

BUILD_SECONDS = 60
RUN_SECONDS = 40
OLD_SETUPTOOLS = "setuptools<82"
# What a build on another machine may well have: these failures are about this machine, not about the release.
_MACHINE = re.compile(
    r"(?<!longintrepr\.h: )No such file or directory|mysql_config|pg_config|valid pkg-config|not done after|"
    r"[Rr]ust|Fortran|"
    r"zlib|libxml2|xmlcheck|OpenBLAS|BLAS|lapack|jpeg|headers or library files|ext/_yaml|geos|HDF5|libhdf5|"
    r"llvm|LLVM|Python\.h|"
    r"error: command .*(?:g?cc|g\+\+|x86_64)|sending request|timed out|CMake|cmake|meson|ninja"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement."""

    kind: str
    package: str
    release: str
    python: str
    beside: str
    """What was asked for besides the release, in order."""
    outcome: str
    """works, fails, refused (by Requires-Python or because there is no such file), machine (cannot be told here)."""
    where: str
    """The distribution folder that lacks what a run looked for, or else in which it failed."""
    line: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Task:
    kind: str
    package: str
    release: str
    python: str


def read_rows(path: Path) -> list[Row]:
    """The rows of a results file; none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def write_rows(path: Path, rows: list[Row]) -> None:
    """All rows in a steady order, so that two results can be compared."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in sorted(rows, key=astuple))


def _row(
    environment: Environment, task: Task, beside: tuple[str, ...], outcome: str, line: str, where: str = ""
) -> Row:
    python = environment.interpreter.version
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    line = " ".join(without_machine_paths(line).split())[:240]
    return Row(task.kind, task.package, task.release, python, " ".join(beside), outcome, where, line, today)


def install(environment: Environment, task: Task) -> list[Row]:
    wanted = f"{task.package}=={task.release}"
    wheel = environments.install(
        environment, ["--no-deps", "--dry-run", "--only-binary", ":all:", "--reinstall", wanted]
    )
    if wheel.ok:
        return [_row(environment, task, (), "works", "")]
    step = environments.install(environment, ["--no-deps", wanted], BUILD_SECONDS, exact=True)
    return [_row(environment, task, (), *_installed(step))]


def _installed(step: Step) -> tuple[str, str]:
    if step.ok:
        return "works", ""
    if "Because" in step.line or "no version" in step.line or "no wheels" in step.line:
        return "refused", step.line
    return ("machine" if _MACHINE.search(step.line) or step.line.startswith("error: not") else "fails"), step.line


def run(environment: Environment, task: Task) -> list[Row]:
    """The row with the newest of everything, and those that tell who is at fault."""
    first = _attempt(environment, task, ())
    rows = [first]
    caps: tuple[str, ...] = ()
    if "pkg_resources" in first.line:
        caps = (OLD_SETUPTOOLS,)
        rows.append(_attempt(environment, task, caps))
    if rows[-1].outcome != "fails":
        return rows
    choice = pins_cases.SMOKES[task.package].caps
    kept = caps
    for left_out in range(len(choice)):
        # The first ceilings are for the oldest releases only: newer ones and newer Pythons cannot do with them.
        kept = (*caps, *choice[left_out:])
        rows.append(_attempt(environment, task, kept))
        if rows[-1].outcome == "works" or (left_out and rows[-1].outcome != "refused"):
            break
    if rows[-1].outcome != "works":
        return rows
    for cap in kept[len(caps) :]:
        fewer = tuple(one for one in kept if one != cap)
        if fewer == caps:
            break
        rows.append(_attempt(environment, task, fewer))
        if rows[-1].outcome == "works":
            kept = fewer
    return rows


def _attempt(environment: Environment, task: Task, beside: tuple[str, ...]) -> Row:
    smoke = pins_cases.SMOKES[task.package]
    wanted = [f"{task.package}=={task.release}", *smoke.beside, *beside]
    # Without --upgrade what the last attempt left would count as good enough.
    step = environments.install(environment, ["--upgrade", *smoke.options, *wanted], BUILD_SECONDS, exact=True)
    if not step.ok:
        outcome, line = _installed(step)
        return _row(environment, task, beside, "machine" if outcome == "machine" else "refused", line)
    command = [str(environment.python), "-W", "ignore", "-c", smoke.code]
    done = environments.run_step(command, RUN_SECONDS)
    if done.ok:
        return _row(environment, task, beside, "works", "")
    if done.line.startswith("error: not done"):
        return _row(environment, task, beside, "machine", done.line)
    line = decisive_line(done.output)
    return _row(environment, task, beside, "fails", line, _missed_in(environment, line) or _where(done.output))


def _missed_in(environment: Environment, line: str) -> str:
    """The installed distribution folder that lacks what was looked for; empty where the line names none."""
    found = re.search(r"(?:from|module|No module named) '(\w+)", line)
    installed = found and any(environment.folder.glob(f"lib/python*/site-packages/{found[1]}*"))
    return found[1] if found and installed else ""


def _where(output: str) -> str:
    """The top folder below site-packages of the last frame that has one; empty where none has."""
    places = [one for one in re.findall(r'File "([^"]+)", line', output) if "site-packages/" in one]
    found = re.search(r"site-packages/([^/\"]+)(?:/cloud/([^/\"]+))?", places[-1]) if places else None
    return (found[1].removesuffix(".py") + (f".{found[2]}" if found[2] else "")) if found else ""
