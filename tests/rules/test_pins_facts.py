"""The table of pins answers only as widely as it was measured."""

from __future__ import annotations

from pathlib import Path

from flexmigrate_rules.facts import pins
from tests.evidence import pins_facts

EVIDENCE = Path(pins_facts.__file__).with_name("pins.csv")


def row(outcome: str, releases: str, pythons: str, cause: str = "", kind: str = "run") -> dict[str, str]:
    return {
        "kind": kind,
        "package": "a",
        "outcome": outcome,
        "cause": cause,
        "line": "why",
        "releases": releases,
        "pythons": pythons,
    }


def table(*rows: dict[str, str], pairs: object = (), remedies: object = ()) -> pins.Pins:
    pythons = {"3.11": "3.11.7", "3.12": "3.12.1", "3.14": "3.14.0"}
    return pins.Pins({"as_of": "2026-11-22", "pythons": pythons, "rows": rows, "pairs": pairs, "remedies": remedies})


def test_the_facts_are_those_of_the_measurements() -> None:
    assert Path(pins.__file__).with_name("pins.toml").read_text("utf-8") == pins_facts.generate(EVIDENCE)


def test_no_machine_shows_in_the_measurements() -> None:
    text = EVIDENCE.read_text("utf-8")
    assert "/root" not in text
    assert "/tmp" not in text


def test_a_release_between_two_that_agree() -> None:
    facts = table(row("fails", "1.0 2.0", "3.12", "python"), row("works", "3.0", "3.12"))
    assert facts.run("a", "1.5", "3.12").cause == "python"
    assert facts.run("a", "2.0.0", "3.12").cause == "python"
    assert facts.run("a", "2.5", "3.12").outcome == "unknown"
    assert facts.run("a", "0.9", "3.12").outcome == "unknown"
    assert facts.run("a", "3.1", "3.12").outcome == "unknown"
    assert facts.run("a", "1.5rc1", "3.12").outcome == "unknown"
    assert facts.run("a", "not-a-version", "3.12").outcome == "unknown"


def test_a_release_that_was_tried_in_vain_stands_between() -> None:
    facts = table(row("fails", "1.0 2.0", "3.12", "python"), row("unknown", "1.5", "3.12"))
    assert facts.run("a", "1.2", "3.12").outcome == "unknown"


def test_a_python_between_two_that_agree() -> None:
    facts = table(row("fails", "1.0", "3.12 3.14", "python"), row("works", "2.0", "3.12"), row("fails", "2.0", "3.14"))
    assert facts.run("a", "1.0", "3.13").cause == "python"
    assert facts.run("a", "2.0", "3.13").outcome == "unknown"
    assert facts.run("a", "1.0", "3.11").outcome == "unknown"
    assert facts.run("b", "1.0", "3.12").outcome == "unknown"


def test_the_next_that_works_fails_in_nothing() -> None:
    facts = table(
        row("works", "2.0 3.0", "3.12", kind="install"),
        row("fails", "1.0", "3.12", kind="install"),
        row("fails", "2.0", "3.12", "python"),
    )
    assert facts.next_working("a", "1.0", "3.12") == "3.0"
    assert facts.next_working("a", "3.0", "3.12") is None


def test_pairs_and_remedies_hold_for_a_python_between_too() -> None:
    pair = {"package": "a", "partner": "b", "cap": "b<2", "line": "why", "releases": "1.0", "pythons": "3.12 3.14"}
    remedy = {"package": "a", "caps": "b<2", "releases": "1.0", "pythons": "3.12 3.14"}
    facts = table(pairs=[pair], remedies=[remedy])
    assert [one.partner for one in facts.pairs("a", "1.0", "3.13")] == ["b"]
    assert facts.remedy("a", "1.0", "3.13") == ("b<2",)
    assert facts.pairs("a", "1.1", "3.12") == ()
    assert facts.remedy("a", "1.0", "3.11") == ()
