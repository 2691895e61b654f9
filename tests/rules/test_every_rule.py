"""What every rule owes: a reason, a source, an example that works, a test, a page."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from flexmigrate.model import Status
from flexmigrate.rule import Rule, installed_packs
from flexmigrate.testing import after, findings, plan

ROOT = Path(__file__).parent.parent.parent
RULES = [rule for pack in installed_packs() for rule in pack.all_rules()]


@pytest.fixture(params=RULES, ids=lambda rule: rule.name)
def rule(request: pytest.FixtureRequest) -> Rule:
    chosen: Rule = request.param
    return chosen


def test_it_says_why_and_where_that_is_written(rule: Rule) -> None:
    assert len(rule.reason) > 80, "the module's docstring is the reason a person reads"
    assert re.match(r"https://[^\s]+$", rule.source), rule.source
    assert rule.summary
    assert not rule.summary.endswith(".")


def test_its_example_is_true(rule: Rule) -> None:
    example = rule.example
    today = date.fromisoformat(example.today)
    made = plan(example.before, rule.name, platform=example.platform, python=example.python, today=today)
    assert any(example.says in finding.message for finding in findings(made)), findings(made)
    assert after(example.before, made) == dict(example.after)
    assert not made.skipped


def test_its_example_is_settled_by_one_run(rule: Rule) -> None:
    example = rule.example
    today = date.fromisoformat(example.today)
    again = plan(example.after, rule.name, platform=example.platform, python=example.python, today=today)
    assert not again.changes
    if example.before != example.after:
        assert not [finding for finding in findings(again) if finding.status is Status.FIXED]


def test_it_has_a_test_of_its_own(rule: Rule) -> None:
    name = rule.name.replace("-", "_")
    assert list((ROOT / "tests").rglob(f"test_{name}.py")), f"tests/rules/test_{name}.py is missing"
