"""`flexmigrate apply`: writes what the plan announces, or exactly a saved plan."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from flexmigrate import git, saved
from flexmigrate.cli import options
from flexmigrate.cli.options import Format
from flexmigrate.cli.plan import plan_place, render
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.model import Plan, Platform, Severity, Skipped
from flexmigrate.reports.plain import plain
from flexmigrate.rule import installed_packs
from flexmigrate.writing import Write, write_all, writes_of

AllowDirtyOption = Annotated[
    bool, typer.Option("--allow-dirty", help="Write although git holds changes that are not committed.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def apply(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]... | PLAN.json", help="As for plan, or a saved plan.  [default: .]"),
    ] = None,
    target: options.TargetOption = Platform.FLEX,
    python: options.PythonOption = "auto",
    system: options.SystemOption = "auto",
    output: options.FormatOption = Format.TEXT,
    select: options.SelectOption = None,
    ignore: options.IgnoreOption = None,
    unsafe_fixes: options.UnsafeOption = False,
    today: options.TodayOption = None,
    allow_dirty: AllowDirtyOption = False,
    yes: YesOption = False,
) -> None:
    """Show the plan, ask once on a terminal, and write it."""
    if paths and len(paths) == 1 and saved.is_saved_plan(paths[0]):
        raise typer.Exit(_apply_saved(paths[0], allow_dirty, yes))
    wanted = options.settings(target, python, system, select, ignore, unsafe_fixes, today)
    place = options.locate(paths)
    made = plan_place(place, wanted)
    writes = writes_of(made)
    if writes:
        _refuse_dirty(place.root, writes, allow_dirty)
    asks = bool(writes) and not yes and sys.stdin.isatty() and sys.stdout.isatty()
    if asks:
        sys.stdout.write(render(made, output))
        typer.confirm(f"Write {_files(writes)}?", abort=True)
    failures = write_all(place.root, writes)
    made = replace(made, skipped=(*made.skipped, *failures))
    if asks:
        print("Written." if not failures else "")
        _tell(failures)
    else:
        sys.stdout.write(render(made, output, applied=True))
    raise typer.Exit(_exit_code(made))


def _apply_saved(path: Path, allow_dirty: bool, yes: bool) -> ExitCode:
    data = saved.load(path)
    root = Path(str(data.get("root", ".")))
    writes = saved.writes(data, root, installed_packs())
    if writes:
        _refuse_dirty(root, writes, allow_dirty)
    _show_saved(data)
    if writes and not yes and sys.stdin.isatty() and sys.stdout.isatty():
        typer.confirm(f"Write {_files(writes)}?", abort=True)
    failures = write_all(root, writes)
    _tell(failures)
    print(f"{_files(writes)} written as planned" if not failures else "the plan was not written in full")
    if failures or data["skipped"]:
        return ExitCode.INCOMPLETE
    return ExitCode.PENDING if data["summary"]["errors"] else ExitCode.OK


def _show_saved(data: Mapping[str, Any]) -> None:
    from flexmigrate.reports.plain import plain_lines

    for service in data["services"]:
        for change in service["changes"]:
            sys.stdout.write(plain_lines(change["diff"]))


def _refuse_dirty(root: Path, writes: Sequence[Write], allow_dirty: bool) -> None:
    """UserError when git could not bring back what is there now."""
    if allow_dirty:
        return
    dirty = git.uncommitted(root, tuple(write.path for write in writes))
    if dirty:
        listed = ", ".join(dirty[:3]) + (f" and {len(dirty) - 3} more" if len(dirty) > 3 else "")
        raise UserError(
            f"git holds changes that are not committed ({listed}); nothing was written",
            "commit or stash them first, or say --allow-dirty",
        )


def _tell(failures: Sequence[Skipped]) -> None:
    for failure in failures:
        print(f"flexmigrate: {plain(failure.path)}: {plain(failure.reason)}", file=sys.stderr)


def _files(writes: Sequence[Write]) -> str:
    return f"{len(writes)} file{'' if len(writes) == 1 else 's'}"


def _exit_code(made: Plan) -> ExitCode:
    if made.skipped:
        return ExitCode.INCOMPLETE
    if not made.services:
        print("flexmigrate: no App Engine flexible Python service was found here", file=sys.stderr)
        return ExitCode.NOTHING_FOUND
    return ExitCode.PENDING if made.count_open(Severity.ERROR) else ExitCode.OK
