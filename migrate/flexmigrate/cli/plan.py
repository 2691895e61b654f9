"""`flexmigrate plan`: the dry run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from flexmigrate.cli import options
from flexmigrate.cli.options import Format, Place
from flexmigrate.cli.progress import Progress
from flexmigrate.errors import ExitCode
from flexmigrate.model import Plan, Platform, Severity
from flexmigrate.planning import Settings, make_plan
from flexmigrate.reports.plain import plain
from flexmigrate.rule import installed_packs


def plan(
    paths: options.Paths = None,
    target: options.TargetOption = Platform.FLEX,
    python: options.PythonOption = "auto",
    system: options.SystemOption = "auto",
    output: options.FormatOption = Format.TEXT,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PLAN.json", help="Also save the plan, for apply PLAN.json.")
    ] = None,
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
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when changes or errors are pending.")] = False,
) -> None:
    """Show what is wrong, why, and the exact changes; nothing is written."""
    asked = options.asked(
        resolve=resolve, project=project, region=region, image=image, name=name, build=build, force=force
    )
    wanted = options.settings(target, python, system, select, ignore, unsafe_fixes, today, asked)
    settle(paths)
    place = options.locate(paths)
    made = plan_place(place, wanted)
    sys.stdout.write(render(made, output))
    if out is not None:
        from flexmigrate import saved

        saved.save(made, out, place.root, wanted, place.only)
        print(f"plan saved; to write exactly this: flexmigrate apply {out}", file=sys.stderr)
    raise typer.Exit(exit_code(made, check))


def settle(paths: Sequence[Path] | None) -> None:
    """Put right what an interrupted flexmigrate left where these paths lie, and say so; else nothing is touched."""
    from flexmigrate import recovery

    for root in dict.fromkeys(path if path.is_dir() else path.parent for path in paths or [Path()]):
        recovery.put_right(root, lambda line: print(f"flexmigrate: {plain(line)}", file=sys.stderr))


def plan_place(place: Place, wanted: Settings) -> Plan:
    """The plan of a place, with progress on a terminal."""
    wanted = options.with_resolver(wanted)
    with Progress(sys.stderr) as progress:
        made = make_plan(place.repository, installed_packs(), wanted, place.only, progress.step)
    return replace(made, root=place.shown)


def render(made: Plan, output: Format, applied: bool = False) -> str:
    """The plan in a format; each is imported only when it is wanted."""
    if output is Format.JSON:
        from flexmigrate.reports import json as json_report

        return json_report.render(made)
    if output is Format.DIFF:
        from flexmigrate.reports import diff

        return diff.render(made)
    from flexmigrate.reports import text
    from flexmigrate.reports.plain import Style

    return text.render(made, Style.of(sys.stdout), applied)


def exit_code(made: Plan, check: bool) -> ExitCode:
    """The contract's code for a plan that was made."""
    if made.skipped:
        return ExitCode.INCOMPLETE
    if not made.services:
        print("flexmigrate: no App Engine flexible Python service was found here", file=sys.stderr)
        return ExitCode.NOTHING_FOUND
    if check and (made.changes or made.count_open(Severity.ERROR)):
        return ExitCode.PENDING
    return ExitCode.OK
