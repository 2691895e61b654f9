"""`flexmigrate bulk`: the same for thousands of repositories. The machinery is imported when a command runs."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flexmigrate.cli import options
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.model import Platform

if TYPE_CHECKING:
    from flexmigrate.reports.campaign_data import Campaign

app = typer.Typer(help="Plan and apply over many repositories, resumable.", no_args_is_help=True)


class StatusFormat(StrEnum):
    """How the state of a campaign is printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class ReportFormat(StrEnum):
    """The kinds of report on a campaign."""

    HTML = "html"
    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"
    SARIF = "sarif"


Campaign_ = Annotated[
    Path, typer.Option("--campaign", metavar="DIR", help="Where the campaign is kept.", show_default=False)
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, help="Worker processes; 1 works in this one.  [default: all cores]")
]
DaskOption = Annotated[
    str | None, typer.Option("--dask", metavar="ADDRESS", help="Work on a Dask cluster (tcp://scheduler:8786).")
]
Timeout = Annotated[float, typer.Option("--timeout", min=0, help="Seconds for one repository; 0: no limit.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most N repositories this time.")]


@app.command("plan")
def plan(
    campaign: Campaign_,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="Directories of checkouts, list files, URLs, - for standard input.  [default: those known]",
        ),
    ] = None,
    target: options.TargetOption = Platform.FLEX,
    python: options.PythonOption = "auto",
    system: options.SystemOption = "auto",
    select: options.SelectOption = None,
    ignore: options.IgnoreOption = None,
    unsafe_fixes: options.UnsafeOption = False,
    today: options.TodayOption = None,
    jobs: Jobs = None,
    dask: DaskOption = None,
    limit: Limit = None,
    timeout: Timeout = 300,
) -> None:
    """Plan every repository that is new or has changed; nothing but the campaign is written."""
    from flexmigrate.bulk import running

    wanted = options.settings(target, python, system, select, ignore, unsafe_fixes, today)
    means = running.Means(jobs, dask, limit, timeout)
    with running.plan(campaign, sources or [], wanted, today is not None, means):
        _finish(campaign)


@app.command("apply")
def apply(
    campaign: Campaign_,
    select_repo: Annotated[
        list[str] | None,
        typer.Option("--select-repo", metavar="GLOB", help="Only repositories with such a name or source; repeatable."),
    ] = None,
    wave: Annotated[int | None, typer.Option("--wave", min=1, metavar="N", help="At most N of them this time.")] = None,
    needs_human: Annotated[
        bool, typer.Option("--include-needs-human", help="Also those that have open errors besides their changes.")
    ] = False,
    branch: Annotated[
        str | None, typer.Option("--branch", metavar="NAME", help="Write to this branch and not to the checkout.")
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Commit to a branch.  [branch: flexmigrate]")] = False,
    push: Annotated[bool, typer.Option("--push", help="Also push the branch; never by force.")] = False,
    pull_request: Annotated[
        bool, typer.Option("--pull-request", help="Also open a pull request with gh or glab.")
    ] = False,
    pace: Annotated[float, typer.Option("--pace", min=0, metavar="SECONDS", help="Between two pull requests.")] = 2.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, and push without a dry run.")] = False,
    jobs: Jobs = None,
    dask: DaskOption = None,
    timeout: Timeout = 300,
) -> None:
    """Apply the plans of repositories that are ready: to the checkouts, or as one commit on a branch of each."""
    from flexmigrate.bulk import applying, running

    published = commit or push or pull_request
    wanted = applying.Wanted(
        tuple(select_repo or ()), wave, needs_human, branch or ("flexmigrate" if published else None),
        push or pull_request, pull_request, pace,
    )  # fmt: skip
    means = running.Means(jobs, dask, None, timeout)
    if dask is not None:
        raise UserError("--dask is for plan and retry", "branches are made where the campaign is", ExitCode.USAGE)
    announced = applying.announce(campaign, wanted)
    sys.stdout.write(announced.text)
    if dry_run or not announced.count:
        raise typer.Exit(ExitCode.OK)
    if not yes:
        if sys.stdin.isatty() and sys.stdout.isatty():
            typer.confirm(f"Do this to {announced.count} repositories?", abort=True)
        elif wanted.push:
            print("flexmigrate: this was a dry run; --yes pushes", file=sys.stderr)
            raise typer.Exit(ExitCode.OK)
    with applying.apply(campaign, wanted, means):
        _finish(campaign, applied=True)


@app.command("status")
def status(
    campaign: Campaign_,
    output: Annotated[StatusFormat, typer.Option("--format", help="What is printed.")] = StatusFormat.TEXT,
) -> None:
    """Show where all repositories stand; also while another flexmigrate works on the campaign."""
    if output is StatusFormat.TEXT:
        _finish(campaign)
    report(campaign, ReportFormat(output.value))


@app.command("retry")
def retry(
    campaign: Campaign_,
    failed: Annotated[bool, typer.Option("--failed", help="Those that failed (the default).")] = False,
    stale: Annotated[bool, typer.Option("--stale", help="Those that moved on since they were planned.")] = False,
    jobs: Jobs = None,
    dask: DaskOption = None,
    limit: Limit = None,
    timeout: Timeout = 300,
) -> None:
    """Plan again what failed or moved on, with the options of the last plan."""
    from flexmigrate.bulk import running

    if failed and stale:
        raise UserError("--failed and --stale are two things", "give one of them", ExitCode.USAGE)
    with running.retry(campaign, stale, running.Means(jobs, dask, limit, timeout)):
        _finish(campaign)


@app.command("report")
def report(
    campaign: Campaign_,
    output: Annotated[ReportFormat, typer.Option("--format", help="What is written.")] = ReportFormat.HTML,
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH", help="Where to.  [default: printed]")] = None,
) -> None:
    """Write one report on the whole campaign."""
    from importlib import import_module

    found = _campaign(campaign)
    parts = import_module(f"flexmigrate.reports.campaign_{output.value}").render(found)
    if out is None:
        sys.stdout.writelines(parts)
        return
    try:
        # Reports repeat lines of configuration files; whoever shares one decides that.
        with open(out, "w", encoding="utf-8", newline="\n", opener=_private) as file:
            file.writelines(parts)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}", "choose another place for --out") from error
    print(f"flexmigrate: written to {out}", file=sys.stderr)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _campaign(directory: Path) -> Campaign:
    from flexmigrate.bulk import queries, store

    return queries.campaign(store.connect(directory))


def _finish(directory: Path, applied: bool = False) -> None:
    """Print where the campaign stands and exit with the code of the contract."""
    from flexmigrate.reports import campaign_text
    from flexmigrate.reports.plain import Style

    found = _campaign(directory)
    sys.stdout.write(campaign_text.render(found, Style.of(sys.stdout), str(directory)))
    if found.count("failed"):
        raise typer.Exit(ExitCode.INCOMPLETE)
    if applied and found.count("needs-human", "stale"):
        raise typer.Exit(ExitCode.PENDING)
    raise typer.Exit(ExitCode.OK)
