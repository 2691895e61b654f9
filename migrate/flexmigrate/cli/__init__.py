"""The command line: parse, call one function, print, exit. One module for each command."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from flexmigrate import __version__
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.reports.plain import plain

COMMANDS = {
    "plan": "plan",
    "apply": "apply",
    "undo": "undo",
    "rules": "rules",
    "explain": "rules",
    "targets": "targets",
    "verify": "verify",
    "bulk": "bulk",
}
"""Each command with its module, in the order of the help."""


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"flexmigrate {__version__}")
        raise typer.Exit


def common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Move App Engine flexible Python services to a supported runtime, in place."""


def build(arguments: Sequence[str]) -> typer.Typer:
    """The application for a command line; only the command it names is imported, all of them where it names none."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(common)
    named = arguments[0] if arguments and arguments[0] in COMMANDS else None
    for command, name in COMMANDS.items():
        if named in (None, command):
            module = import_module(f"flexmigrate.cli.{name}")
            if command == "bulk":
                app.add_typer(module.app, name=command)
            else:
                app.command(command)(getattr(module, command))
    return app


def main() -> None:
    """Run the command line and exit with the code of the contract (docs/usage.md)."""
    for stream in (sys.stdout, sys.stderr):
        # A name that is no valid text, or a terminal that knows ASCII only, must not end a report half way.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        build(sys.argv[1:])(prog_name="flexmigrate")
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
