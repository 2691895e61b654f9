"""Which gunicorn serves on which Python, as measured: asked by version, Python, worker class and setuptools.

An answer is only as wide as the measurements. A release that was not measured takes the outcome of its neighbours when
it lies between two measured releases with the same outcome and belongs to the minor version of one of them; every other
question without a row is answered "unknown".
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

Outcome = Literal["serves", "fails", "unknown"]
Setuptools = Literal["absent", "old", "newest", "resolved"]

NEEDS_NO_LIBRARY = frozenset({"sync", "gthread", "asgi"})


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a gunicorn does not serve: the exception as seen, and what it means."""

    id: str
    exception: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The measured row an answer rests on."""

    gunicorn: str
    python: str
    worker: str
    library: str
    setuptools: str
    setuptools_version: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a combination serves, why not, and the row that says so."""

    outcome: Outcome
    cause: Cause | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What a release declares itself."""

    requires_python: str
    setuptools: str
    """Empty when it does not ask for setuptools."""


REFUSES_PYTHON = Cause(
    "requires-python",
    "No matching distribution found",
    "This release declares a Requires-Python that excludes this Python, so installers refuse it.",
)
NO_LIBRARY = Cause(
    "library-not-installable",
    "No solution found",
    "No release of the worker's library could be installed together with this gunicorn on this Python.",
)

_UNKNOWN = Verdict("unknown")


@dataclass(frozen=True, slots=True)
class _Boots:
    workers: frozenset[str]
    library: str
    states: frozenset[str]
    gunicorns: frozenset[str]
    outcomes: Mapping[str, str]
    """Python to cause id; an empty one serves."""

    def speaks_of(self, gunicorn: str, worker: str, setuptools: str, library: str) -> bool:
        measured_so = setuptools in self.states and gunicorn in self.gunicorns
        return measured_so and self.library == library and worker in self.workers


class Facts:
    """The measured table with its questions."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.as_of: str = str(data["as_of"])
        self.source: str = data["source"]
        self.releases: tuple[str, ...] = tuple(data["releases"].split())
        self.unsteady = frozenset(_spread(data["unsteady"], self.releases))
        """Releases that hung at some starts and served at others, wherever the table says that they serve."""
        self.pythons: Mapping[str, str] = data["pythons"]
        self.causes = {one["id"]: Cause(**one) for one in data["causes"]}
        self.causes |= {one.id: one for one in (REFUSES_PYTHON, NO_LIBRARY)}
        self._setuptools: Mapping[str, Mapping[str, str]] = data["setuptools"]
        self._libraries: Mapping[str, Mapping[str, str]] = data["libraries"]
        self._versions = {Version(one): one for one in self.releases}
        self._declared = {
            release: Declared(row["requires_python"], row["setuptools"])
            for row in data["declared"]
            for release in _spread(row["gunicorn"], self.releases)
        }
        self._boots = [self._boots_of(row) for row in data["boots"]]

    def verdict(
        self, gunicorn: Version | str, python: str, worker: str, setuptools: Setuptools, library: str = "newest"
    ) -> Verdict:
        """Whether this gunicorn serves with this worker on this Python.

        `library` is how requirements bring the worker's library: "newest" as a line of its own, "extra" as
        `gunicorn[LIBRARY]`, or a pinned version. Workers without a library ignore it.
        """
        version = _version(gunicorn)
        minor = _minor(python)
        if version is None or minor not in self.pythons:
            return _UNKNOWN
        measured = self._versions.get(version)
        if measured is not None:
            return self._measured(measured, minor, worker, setuptools, library)
        neighbours = self._neighbours(version)
        if neighbours is None:
            return _UNKNOWN
        below, above = (self._measured(one, minor, worker, setuptools, library) for one in neighbours)
        same = (below.outcome, below.cause) == (above.outcome, above.cause)
        return below if same else _UNKNOWN

    def lowest_serving(
        self,
        python: str,
        worker: str,
        setuptools: Setuptools,
        library: str = "newest",
        at_least: Version | str = "0",
    ) -> Version | None:
        """The lowest measured release that serves, from `at_least` upwards; None when there is none."""
        lowest = _version(at_least) or Version("0")
        for version in sorted(self._versions):
            if version >= lowest and self.verdict(version, python, worker, setuptools, library).outcome == "serves":
                return version
        return None

    def declared(self, gunicorn: Version | str) -> Declared | None:
        """What a release declares itself; None when it is not in the table."""
        version = _version(gunicorn)
        return self._declared.get(self._versions.get(version, "")) if version is not None else None

    def setuptools_version(self, python: str, setuptools: str) -> str:
        """The release that a setuptools state stands for on a Python; empty for none or an unmeasured Python."""
        return self._setuptools.get(_minor(python), {}).get(setuptools, "")

    def _measured(self, gunicorn: str, python: str, worker: str, setuptools: Setuptools, library: str) -> Verdict:
        declared = self._declared[gunicorn]
        full = self.pythons[python]
        wanted, named = self._library(python, worker, library)
        asked_for = declared.setuptools or worker in self.setuptools_version(python, "brought_by").split()
        brought = self.setuptools_version(python, setuptools) if asked_for or setuptools != "resolved" else ""
        evidence = Evidence(gunicorn, full, worker, named, setuptools, brought, self.as_of)
        if declared.requires_python and full not in SpecifierSet(declared.requires_python):
            return Verdict("fails", REFUSES_PYTHON, evidence)
        for row in self._boots:
            if row.speaks_of(gunicorn, worker, setuptools, wanted) and python in row.outcomes:
                cause = row.outcomes[python]
                return Verdict("fails" if cause else "serves", self.causes.get(cause), evidence)
        return _UNKNOWN

    def _library(self, python: str, worker: str, library: str) -> tuple[str, str]:
        """How the table names the way the library comes, and how a person would name the library."""
        if worker in NEEDS_NO_LIBRARY:
            return "", ""
        if library == "extra":
            return library, f"gunicorn[{worker}]"
        if library == "newest":
            return library, f"{worker} {self._libraries.get(python, {}).get(worker, '')}".strip()
        return f"{worker} {library}", f"{worker} {library}"

    def _neighbours(self, version: Version) -> tuple[str, str] | None:
        if version.is_prerelease:
            return None
        below = max((one for one in self._versions if one < version), default=None)
        above = min((one for one in self._versions if one > version), default=None)
        if below is None or above is None or version.release[:2] not in (below.release[:2], above.release[:2]):
            return None
        return self._versions[below], self._versions[above]

    def _boots_of(self, row: Mapping[str, str]) -> _Boots:
        pythons = tuple(self.pythons)
        outcomes = dict.fromkeys(_spread(row["serves"], pythons), "")
        for part in filter(None, row["fails"].split("; ")):
            cause, _, found = part.partition(": ")
            outcomes |= dict.fromkeys(_spread(found, pythons), cause)
        return _Boots(
            frozenset(row["workers"].split()),
            row["library"],
            frozenset(row["setuptools"].split()),
            frozenset(_spread(row["gunicorn"], self.releases)),
            outcomes,
        )


@functools.cache
def load() -> Facts:
    """The table that comes with this package."""
    return Facts(tomllib.loads(Path(__file__).with_name("gunicorn.toml").read_text("utf-8")))


def verdict(
    gunicorn: Version | str, python: str, worker: str, setuptools: Setuptools, library: str = "newest"
) -> Verdict:
    """`Facts.verdict` of the built-in table."""
    return load().verdict(gunicorn, python, worker, setuptools, library)


def lowest_serving(
    python: str, worker: str, setuptools: Setuptools, library: str = "newest", at_least: Version | str = "0"
) -> Version | None:
    """`Facts.lowest_serving` of the built-in table."""
    return load().lowest_serving(python, worker, setuptools, library, at_least)


def _version(text: Version | str) -> Version | None:
    try:
        return text if isinstance(text, Version) else Version(text)
    except InvalidVersion:
        return None


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])


def _spread(text: str, universe: Sequence[str]) -> list[str]:
    found: list[str] = []
    for part in text.split():
        first, dots, last = part.partition("..")
        if dots:
            found += universe[universe.index(first) : universe.index(last) + 1]
        else:
            found.append(first)
    return found
