"""The command line: parse, call one function, print, exit. One module for each command."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer

from flexmigrate import __version__
from flexmigrate.cli import apply as apply_command
from flexmigrate.cli import bulk as bulk_command
from flexmigrate.cli import plan as plan_command
from flexmigrate.cli import rules as rules_command
from flexmigrate.cli import targets as targets_command
from flexmigrate.cli import undo as undo_command
from flexmigrate.cli import verify as verify_command
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.reports.plain import plain

app = typer.Typer(
    name="flexmigrate",
    help="Move App Engine flexible Python services to a supported runtime, in place.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("plan")(plan_command.plan)
app.command("apply")(apply_command.apply)
app.command("undo")(undo_command.undo)
app.command("rules")(rules_command.rules)
app.command("explain")(rules_command.explain)
app.command("targets")(targets_command.targets)
app.command("verify")(verify_command.verify)
app.add_typer(bulk_command.app, name="bulk")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"flexmigrate {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Move App Engine flexible Python services to a supported runtime, in place."""


def main() -> None:
    """Run the command line and exit with the code of the contract (docs/usage.md)."""
    for stream in (sys.stdout, sys.stderr):
        # A name that is no valid text, or a terminal that knows ASCII only, must not end a report half way.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app(prog_name="flexmigrate")
    except UserError as error:
        print(f"flexmigrate: {plain(error.message)}", file=sys.stderr)
        if error.hint:
            print(f"  {plain(error.hint)}", file=sys.stderr)
        sys.exit(error.code)
    except KeyboardInterrupt:
        print("flexmigrate: stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader (head, less) has what it wanted; Python must not complain again while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        # The disk's trouble and no bug: what was being written is whole, or the next flexmigrate makes it so.
        where = f" ({plain(str(error.filename))})" if error.filename else ""
        print(f"flexmigrate: {error.strerror or error}{where}", file=sys.stderr)
        sys.exit(ExitCode.INCOMPLETE)
    except Exception:
        traceback.print_exc()
        print("flexmigrate: this is a bug; nothing half-written is left behind. Please report it.", file=sys.stderr)
        sys.exit(ExitCode.BUG)
