"""For the authors of rules: plan a repository given as texts, and hold a rule to its promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from flexmigrate.model import Plan, Platform, ReportedFinding
from flexmigrate.planning import Settings, make_plan
from flexmigrate.project import Repository
from flexmigrate.rule import Pack, installed_packs

TODAY = date(2026, 11, 22)
Files = Mapping[str, str | bytes]


def repository(files: Files) -> Repository:
    """A repository that exists in memory only."""
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return Repository(tuple(sorted(contents)), contents.get)


def plan(
    files: Files,
    *select: str,
    platform: Platform = Platform.FLEX,
    python: str = "3.12",
    operating_system: str = "auto",
    today: date = TODAY,
    unsafe: bool = True,
    packs: Sequence[Pack] | None = None,
    **options: str,
) -> Plan:
    """The plan for these files with only the selected rules (all without any), unsafe fixes included."""
    settings = Settings(
        today, platform, python, operating_system, frozenset(select), frozenset(), unsafe=unsafe, options=options
    )
    return make_plan(repository(files), packs or installed_packs(), settings)


def findings(plan: Plan) -> list[ReportedFinding]:
    """Every finding of a plan."""
    return [finding for service in plan.services for finding in service.findings]


def after(files: Files, plan: Plan) -> dict[str, str]:
    """The texts once the plan is applied."""
    result = {path: text if isinstance(text, str) else text.decode("utf-8") for path, text in files.items()}
    return result | {change.path: change.after for change in plan.changes}


def check_quiet(rule: str, files: Files, **settings: object) -> None:
    """Promise that the rule has nothing to say about these files."""
    made = plan(files, rule, **settings)  # type: ignore[arg-type]
    assert made.services or made.bystanders, "no service was found in the files"
    assert not findings(made), findings(made)
    assert not made.changes
    assert not made.skipped, made.skipped


def check_reported(rule: str, files: Files, says: str, **settings: object) -> list[ReportedFinding]:
    """Promise that the rule reports `says` and changes nothing; its findings are returned."""
    made = plan(files, rule, **settings)  # type: ignore[arg-type]
    found = findings(made)
    assert any(says in finding.message for finding in found), (says, found, made.skipped)
    assert not made.changes, [change.after for change in made.changes]
    return found


def check_rewritten(rule: str, files: Files, expected: Mapping[str, str], **settings: object) -> list[ReportedFinding]:
    """Promise that the rule turns the files into exactly `expected` (the changed ones), and then has nothing to do."""
    made = plan(files, rule, **settings)  # type: ignore[arg-type]
    changed = {change.path: change.after for change in made.changes}
    assert changed == dict(expected), (changed, findings(made), made.skipped)
    again = plan(after(files, made), rule, **settings)  # type: ignore[arg-type]
    assert not again.changes, "a second run changes something"
    return findings(made)
