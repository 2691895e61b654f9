"""`flexmigrate targets`: which versions a service could go to, and what stands in the way."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from flexmigrate.cli import options
from flexmigrate.cli.options import ListFormat
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.model import Platform
from flexmigrate.reports.targets import as_json, as_text
from flexmigrate.rule import installed_packs
from flexmigrate.targets import survey


def targets(
    paths: options.Paths = None,
    target: options.TargetOption = Platform.FLEX,
    system: options.SystemOption = "auto",
    output: Annotated[ListFormat, typer.Option("--format", help="How the table is printed.")] = ListFormat.TEXT,
    unsafe_fixes: options.UnsafeOption = False,
    today: options.TodayOption = None,
    resolve: options.ResolveOption = False,
) -> None:
    """Show every Python version on offer, what stays open on it, and why auto chooses what it chooses."""
    wanted = options.settings(target, "auto", system, None, None, unsafe_fixes, today, options.asked(resolve=resolve))
    place = options.locate(paths)
    found = survey(
        place.repository, installed_packs(), replace(options.with_resolver(wanted), python="auto"), place.only
    )
    if not found:
        raise UserError("no App Engine flexible Python service was found here", code=ExitCode.NOTHING_FOUND)
    sys.stdout.write(as_json(found) if output is ListFormat.JSON else as_text(found))
