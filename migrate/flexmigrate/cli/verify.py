"""`flexmigrate verify`: proves on a scratch copy that the service starts and answers on the target's Python."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flexmigrate.cli import options
from flexmigrate.cli.options import ListFormat
from flexmigrate.cli.plan import plan_place
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.model import Plan, Platform

if TYPE_CHECKING:
    from flexmigrate.proving.verdicts import Stage, Verification
    from flexmigrate.verify import Options

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


def verify(
    paths: options.Paths = None,
    target: options.TargetOption = Platform.FLEX,
    python: options.PythonOption = "auto",
    system: options.SystemOption = "auto",
    unsafe_fixes: options.UnsafeOption = False,
    today: options.TodayOption = None,
    as_is: Annotated[bool, typer.Option("--as-is", help="Try the source as it is, without the plan.")] = False,
    interpreter: Annotated[
        Path | None, typer.Option("--interpreter", metavar="PATH", help="The Python to use.", show_default=False)
    ] = None,
    download: Annotated[bool, typer.Option("--download", help="Let uv download a Python that is missing.")] = False,
    request: Annotated[
        str | None,
        typer.Option(
            "--request",
            metavar="PATH",
            help="The page to ask for.  [default: the readiness path, or /]",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Seconds the service may take to listen.", min=0.1)
    ] = 60.0,
    env: Annotated[
        list[str] | None, typer.Option("--env", metavar="K=V", help="Also set this variable; repeatable.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the scratch folder and its logs.")] = False,
    output: Annotated[
        ListFormat, typer.Option("--format", help="What is printed on standard output.")
    ] = ListFormat.TEXT,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Run the repository's code without asking.")] = False,
) -> None:
    """Install and start the migrated service in a scratch copy, and ask it for a page. Runs the repository's code."""
    wanted = options.settings(target, python, system, None, None, unsafe_fixes, today)
    variables = tuple(_assignment(one) for one in env or ())
    if request is not None and not request.startswith("/"):
        raise UserError(f"--request {request} is no path", "it begins with /", ExitCode.USAGE)
    place = options.locate(paths)
    made = plan_place(place, wanted)
    if not made.services:
        _tell_skipped(made)
        if made.skipped:
            raise typer.Exit(ExitCode.INCOMPLETE)
        raise UserError("no App Engine flexible Python service was found here", code=ExitCode.NOTHING_FOUND)
    _ask(made, place.root, as_is, yes)

    from flexmigrate.verify import Options

    how = Options(
        as_is=as_is,
        interpreter=interpreter.absolute() if interpreter else None,
        download=download,
        request=request,
        timeout=timeout,
        variables=variables,
        keep=keep,
    )
    done = _run(made, place.root, how)
    sys.stdout.write(_rendered(made, done, output))
    _tell_skipped(made)
    raise typer.Exit(_exit_code(made, done))


def _assignment(text: str) -> tuple[str, str]:
    found = _ASSIGNMENT.fullmatch(text)
    if found is None:
        # The text may hold a secret, so it is not repeated.
        raise UserError("--env takes NAME=value", "for example --env DEBUG=1", ExitCode.USAGE)
    return found[1], found[2]


def _ask(made: Plan, root: Path, as_is: bool, yes: bool) -> None:
    """Say that code of the repository will run, and what; go on only when that is wanted."""
    from flexmigrate.reports.verify import announcement
    from flexmigrate.verify.announcing import commands

    sys.stderr.write(announcement(commands(root, made, as_is)))
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UserError(
            "verify runs the repository's code, and there is no terminal to ask on", "say --yes", ExitCode.USAGE
        )
    if not typer.confirm("Run it?", err=True):
        print("flexmigrate: nothing was run", file=sys.stderr)
        raise typer.Exit(ExitCode.INCOMPLETE)


def _run(made: Plan, root: Path, how: Options) -> list[Verification]:
    from flexmigrate.verify import Subject, verify_service

    told = _Told()
    done = []
    for service in made.services:
        told.begin(service.config)
        done.append(verify_service(Subject(root, service.config, replace(made, root=".")), how, told))
        told.end()
    return done


class _Told:
    """The stage under way, on standard error and only on a terminal."""

    def __init__(self) -> None:
        self.on = sys.stderr.isatty()
        self.config = ""

    def begin(self, config: str) -> None:
        self.config = config
        self._show("copy")

    def __call__(self, stage: Stage) -> None:
        self._show(f"{stage.name} {stage.outcome}")

    def end(self) -> None:
        if self.on:
            sys.stderr.write("\r\x1b[K")

    def _show(self, text: str) -> None:
        if self.on:
            from flexmigrate.reports.plain import plain

            sys.stderr.write(f"\r\x1b[K{plain(self.config)[:40]}: {text} …")
            sys.stderr.flush()


def _rendered(made: Plan, done: list[Verification], output: ListFormat) -> str:
    if output is ListFormat.JSON:
        from flexmigrate.reports import verify_json

        return verify_json.render(made, done)
    from flexmigrate.reports import verify as report
    from flexmigrate.reports.plain import Style

    return report.render(done, Style.of(sys.stdout))


def _tell_skipped(made: Plan) -> None:
    from flexmigrate.reports.plain import plain

    for skipped in made.skipped:
        print(f"flexmigrate: {plain(skipped.path)}: {plain(skipped.reason)}", file=sys.stderr)


def _exit_code(made: Plan, done: list[Verification]) -> ExitCode:
    from flexmigrate.proving.verdicts import Verdict

    verdicts = {one.verdict for one in done}
    if Verdict.FAILED in verdicts:
        return ExitCode.PENDING
    return ExitCode.INCOMPLETE if Verdict.HINDERED in verdicts or made.skipped else ExitCode.OK
