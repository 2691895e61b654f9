"""The gunicorn table says what was measured, and nothing more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from flexmigrate_rules.facts import gunicorn
from flexmigrate_rules.facts.gunicorn import Facts, Setuptools
from tests.evidence import gunicorn_causes, gunicorn_facts, tables

EVIDENCE = Path(tables.__file__).parent
BOOTS = EVIDENCE / "gunicorn_boots.csv"
RELEASES = EVIDENCE / "gunicorn_releases.csv"

SMALL: dict[str, Any] = {
    "as_of": "2026-01-01",
    "source": "made up",
    "releases": "1.0.0 1.0.2 1.1.0 2.0.0",
    "unsteady": "1.0.2",
    "pythons": {"3.11": "3.11.7", "3.12": "3.12.1"},
    "setuptools": {"3.11": {"old": "81.0.0"}, "3.12": {"old": "81.0.0", "newest": "84.0.0", "resolved": "84.0.0"}},
    "libraries": {"3.12": {"gevent": "26.0.0"}},
    "declared": [
        {"gunicorn": "1.0.0..1.1.0", "requires_python": ">=3.5", "setuptools": ">=3.0"},
        {"gunicorn": "2.0.0", "requires_python": ">=3.12", "setuptools": ""},
    ],
    "causes": [{"id": "old-age", "exception": "ImportError: x", "meaning": "It is old."}],
    "boots": [
        {
            "workers": "sync gthread",
            "library": "",
            "setuptools": "absent resolved",
            "gunicorn": "1.0.0..1.0.2",
            "serves": "3.11",
            "fails": "old-age: 3.12",
        },
        {
            "workers": "sync",
            "library": "",
            "setuptools": "absent resolved",
            "gunicorn": "1.1.0..2.0.0",
            "serves": "3.11..3.12",
            "fails": "",
        },
        {
            "workers": "gevent",
            "library": "extra",
            "setuptools": "resolved",
            "gunicorn": "2.0.0",
            "serves": "3.12",
            "fails": "",
        },
        {
            "workers": "gevent",
            "library": "gevent 20.9.0",
            "setuptools": "resolved",
            "gunicorn": "2.0.0",
            "serves": "",
            "fails": "library-not-installable: 3.12",
        },
    ],
}


@pytest.fixture(scope="module")
def small() -> Facts:
    return Facts(SMALL)


def test_the_table_is_what_the_measurements_generate() -> None:
    stored = Path(gunicorn.__file__).with_name("gunicorn.toml").read_text("utf-8")
    assert stored == gunicorn_facts.generate(BOOTS, RELEASES)


def test_every_measured_row_is_answered_as_measured() -> None:
    requires = {one.gunicorn: one.requires_python for one in tables.read_releases(RELEASES)}
    rows = tables.read_rows(BOOTS)
    wrong = []
    for row in rows:
        cause = gunicorn_facts.cause_of_row(row, requires[row.gunicorn])
        expected = "requires-python" if cause is None else cause
        library = row.library.replace("==", " ").split(" ")[1] if row.library_from == "pin" else row.library_from
        for worker, state in gunicorn_facts.spread(row):
            said = gunicorn.verdict(row.gunicorn, row.python, worker, state, library)  # type: ignore[arg-type]
            if (said.cause.id if said.cause else "", said.outcome == "serves") != (expected, not expected):
                wrong.append((row, said))
            if row.outcome == "serves" and row.library_from != "pin":
                assert said.evidence is not None
                assert said.evidence.setuptools_version == row.setuptools_version
    assert rows
    assert wrong == []


def test_every_target_python_is_measured() -> None:
    assert {"3.10", "3.11", "3.12", "3.13", "3.14"} <= gunicorn.load().pythons.keys()


def test_ranges() -> None:
    universe = ["1", "2", "3", "4", "5"]
    assert gunicorn_facts.ranges(["5", "1", "3", "2", "2"], universe) == "1..3 5"
    assert gunicorn_facts.ranges([], universe) == ""


def test_an_unexplained_failure_stops_the_facts() -> None:
    with pytest.raises(LookupError, match="explains this failure of worker sync: never seen"):
        gunicorn_causes.cause_of("never seen", "sync")


def test_no_row_names_a_place_on_a_machine() -> None:
    text = BOOTS.read_text("utf-8") + RELEASES.read_text("utf-8")
    assert not any(place in text for place in ("/root", "/tmp", "/home", "/opt", "/usr"))


@pytest.mark.parametrize(
    ("version", "python", "worker", "setuptools", "library", "outcome"),
    [
        pytest.param("1.0.0", "3.12", "sync", "absent", "newest", "fails", id="measured"),
        pytest.param("1.0", "3.12.9", "sync", "absent", "newest", "fails", id="other spellings of both versions"),
        pytest.param("1.1.0", "3.12", "sync", "absent", "newest", "serves", id="measured to serve"),
        pytest.param("1.0.0", "3.12", "sync", "old", "newest", "unknown", id="state not measured"),
        pytest.param("1.0.0", "3.12", "meinheld", "absent", "newest", "unknown", id="worker not measured"),
        pytest.param("1.0.0", "3.13", "sync", "absent", "newest", "unknown", id="Python not measured"),
        pytest.param("not a version", "3.12", "sync", "absent", "newest", "unknown", id="no version"),
        pytest.param("1.0.1", "3.12", "sync", "absent", "newest", "fails", id="patch between two alike"),
        pytest.param("1.1.5", "3.12", "sync", "absent", "newest", "serves", id="patch of the lower minor"),
        pytest.param("1.5.0", "3.12", "sync", "absent", "newest", "unknown", id="a minor nobody measured"),
        pytest.param("1.0.3", "3.12", "sync", "absent", "newest", "unknown", id="neighbours differ"),
        pytest.param("1.0.2rc1", "3.12", "sync", "absent", "newest", "unknown", id="pre-release"),
        pytest.param("0.9", "3.12", "sync", "absent", "newest", "unknown", id="before all"),
        pytest.param("2.0.1", "3.12", "sync", "absent", "newest", "unknown", id="after all"),
        pytest.param("2.0.0", "3.12", "gevent", "resolved", "extra", "serves", id="library as an extra"),
        pytest.param("2.0.0", "3.12", "gevent", "resolved", "newest", "unknown", id="library on its own line"),
        pytest.param("2.0.0", "3.12", "gevent", "resolved", "20.9.0", "fails", id="pinned library"),
        pytest.param("2.0.0", "3.12", "gevent", "resolved", "20.9.1", "unknown", id="another pin"),
        pytest.param("2.0.0", "3.11", "sync", "absent", "newest", "fails", id="refused by its metadata"),
    ],
)
def test_verdict(
    small: Facts, version: str, python: str, worker: str, setuptools: Setuptools, library: str, outcome: str
) -> None:
    assert small.verdict(version, python, worker, setuptools, library).outcome == outcome


def test_a_verdict_names_cause_and_evidence(small: Facts) -> None:
    said = small.verdict(Version("1.0.2"), "3.12", "sync", "resolved")
    assert said.cause == gunicorn.Cause("old-age", "ImportError: x", "It is old.")
    assert said.evidence == gunicorn.Evidence("1.0.2", "3.12.1", "sync", "", "resolved", "84.0.0", "2026-01-01")
    refused = small.verdict("2.0.0", "3.11", "sync", "absent")
    assert refused.cause is gunicorn.REFUSES_PYTHON
    pinned = small.verdict("2.0.0", "3.12", "gevent", "resolved", "20.9.0")
    assert pinned.cause is gunicorn.NO_LIBRARY
    assert pinned.evidence is not None
    assert (pinned.evidence.library, pinned.evidence.setuptools_version) == ("gevent 20.9.0", "")


def test_lowest_serving(small: Facts) -> None:
    assert small.lowest_serving("3.12", "sync", "absent") == Version("1.1.0")
    assert small.lowest_serving("3.11", "gthread", "absent") == Version("1.0.0")
    assert small.lowest_serving("3.12", "sync", "absent", at_least="1.2") == Version("2.0.0")
    assert small.lowest_serving("3.12", "gthread", "absent") is None


def test_what_releases_declare(small: Facts) -> None:
    assert small.declared("1.1") == gunicorn.Declared(">=3.5", ">=3.0")
    assert small.declared("9.9") is None
    assert small.unsteady == {"1.0.2"}
    assert small.declared("nonsense") is None
    assert small.setuptools_version("3.12.1", "newest") == "84.0.0"
    assert small.setuptools_version("3.13", "newest") == ""


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_the_example_of_the_runtime_page(python: str) -> None:
    said = gunicorn.verdict("20.1.0", python, "sync", "resolved")
    assert said.outcome == "fails"
    assert said.cause is not None
    assert said.cause.id == "pkg-resources-missing"
    assert gunicorn.verdict("20.1.0", python, "sync", "old").outcome == "serves"
    assert gunicorn.lowest_serving(python, "sync", "resolved") == Version("21.0.0")
