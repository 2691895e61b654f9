"""`flexmigrate rules` and `flexmigrate explain RULE`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from flexmigrate.cli.options import ListFormat
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.reports.rules import explain_rule, list_rules, rules_as_json
from flexmigrate.rule import installed_packs


def rules(
    output: Annotated[ListFormat, typer.Option("--format", help="How the list is printed.")] = ListFormat.TEXT,
) -> None:
    """List every rule with its severity and what it does."""
    packs = installed_packs()
    sys.stdout.write(rules_as_json(packs) if output is ListFormat.JSON else list_rules(packs))


def explain(rule: Annotated[str, typer.Argument(metavar="RULE", help="The rule's name.")]) -> None:
    """Print a rule's reason, its source, and one example before and after."""
    known = {one.name: one for pack in installed_packs() for one in pack.all_rules()}
    if rule not in known:
        raise UserError(f"there is no rule called {rule}", "flexmigrate rules lists them", ExitCode.USAGE)
    sys.stdout.write(explain_rule(known[rule]))
