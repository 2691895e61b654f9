"""`flexmigrate apply`: writes what the plan announces, or exactly a saved plan."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from flexmigrate import dirty, disk, saved
from flexmigrate.cli import options
from flexmigrate.cli.options import Format, Place
from flexmigrate.cli.plan import plan_place, render, settle
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.model import Plan, Platform, Severity, Skipped
from flexmigrate.reports.diff import change_diff
from flexmigrate.reports.plain import plain, plain_lines
from flexmigrate.rule import installed_packs
from flexmigrate.writing import MOVED_ON, Write, write_all, writes_of

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
    resolve: options.ResolveOption = False,
    project: options.ProjectOption = None,
    region: options.RegionOption = None,
    image: options.ImageOption = None,
    name: options.NameOption = None,
    build: options.BuildOption = options.Build.DOCKERFILE,
    force: options.ForceOption = False,
    allow_dirty: AllowDirtyOption = False,
    yes: YesOption = False,
) -> None:
    """Show the plan, ask once on a terminal, and write it."""
    if paths and len(paths) == 1 and saved.is_saved_plan(paths[0]):
        raise typer.Exit(_apply_saved(paths[0], allow_dirty, yes, resolve))
    asked = options.asked(
        resolve=resolve, project=project, region=region, image=image, name=name, build=build, force=force
    )
    wanted = options.settings(target, python, system, select, ignore, unsafe_fixes, today, asked)
    settle(paths)
    place = options.locate(paths)
    made = plan_place(place, wanted)
    writes = writes_of(made)
    if writes:
        _refuse_dirty(place.root, writes, allow_dirty)
    asks = bool(writes) and not yes and sys.stdin.isatty() and sys.stdout.isatty()
    if asks:
        sys.stdout.write(render(made, output))
        typer.confirm(f"Write {_files(writes)}?", abort=True)
    failures = write_all(place.root, writes, made.tool)
    made = replace(made, skipped=(*made.skipped, *failures))
    if asks:
        print("Written." if not failures else "")
        tell_failures(failures)
    else:
        sys.stdout.write(render(made, output, applied=True))
    raise typer.Exit(_exit_code(made))


def _apply_saved(path: Path, allow_dirty: bool, yes: bool, resolve: bool) -> ExitCode:
    """Plan again what the saved plan asks for, and write it if that gives the saved plan."""
    data = saved.load(path)
    request = saved.request_of(data)
    if request.settings.options.get("resolve") and not resolve:
        # A file somebody sent must not be what switches the network on.
        raise UserError(
            f"{path} was made with --resolve", "say --resolve again to let it use the network", ExitCode.USAGE
        )
    root = Path(request.root)
    settle([root])
    saved.require_current(data, root, installed_packs())
    place = Place(root, request.root, disk.open_repository(root), request.only)
    try:
        made = plan_place(place, request.settings)
    except UserError as error:
        error.code = ExitCode.STALE_PLAN
        raise
    saved.require_same(data, made, root)
    writes = writes_of(made)
    if writes:
        _refuse_dirty(root, writes, allow_dirty)
    for change in made.changes:
        sys.stdout.write(plain_lines(change_diff(change)))
    if writes and not yes and sys.stdin.isatty() and sys.stdout.isatty():
        typer.confirm(f"Write {_files(writes)}?", abort=True)
    failures = write_all(root, writes, made.tool, strict=True)
    tell_failures(failures)
    print(f"{_files(writes)} written as planned" if not failures else "the plan was not written in full")
    if any(failure.reason == MOVED_ON for failure in failures):
        return ExitCode.STALE_PLAN
    return _exit_code(replace(made, skipped=(*made.skipped, *failures)))


def _refuse_dirty(root: Path, writes: Sequence[Write], allow_dirty: bool) -> None:
    """UserError when git could not bring back what is there now."""
    if allow_dirty:
        return
    changed = dirty.uncommitted(root, tuple(write.path for write in writes))
    if changed:
        listed = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        raise UserError(
            f"git holds changes that are not committed ({listed}); nothing was written",
            "commit or stash them first, or say --allow-dirty",
        )


def tell_failures(failures: Sequence[Skipped]) -> None:
    """One line on standard error for each thing that could not be done."""
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
