"""Which pinned releases install and run on which Python, as measured.

An answer is only as wide as the measurements: a release that was not measured takes the outcome of its two measured
neighbours where these agree, and is unknown otherwise.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from packaging.version import Version


@dataclass(frozen=True, slots=True)
class Answer:
    """What was seen: `works`, `fails`, `refused` (by its metadata, or because there is no such file) or `unknown`.

    `cause` of a failing run is `python` (the release itself does not work there) or `pkg_resources` (it needs that,
    which only setuptools < 82 has); `line` the decisive line of the output.
    """

    outcome: Literal["works", "fails", "refused", "unknown"] = "unknown"
    cause: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A release that fails because something it needs is too new; the ceiling `cap` was measured to avoid that."""

    partner: str
    cap: str
    line: str


_UNKNOWN = Answer()


class Pins:
    """The measured table with its questions."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.as_of: str = str(data["as_of"])
        self._pythons = tuple(data["pythons"])
        self._answers: dict[tuple[str, str, str], dict[str, Answer]] = {}
        for row in data["rows"]:
            for python in row["pythons"].split():
                known = self._answers.setdefault((row["kind"], row["package"], python), {})
                answer = Answer(row["outcome"], row.get("cause", ""), row.get("line", ""))
                known.update(dict.fromkeys(row["releases"].split(), answer))
        self._pairs: dict[tuple[str, str, str], list[Pair]] = {}
        for row in data["pairs"]:
            for python in row["pythons"].split():
                for release in row["releases"].split():
                    found = self._pairs.setdefault((row["package"], release, python), [])
                    found.append(Pair(row["partner"], row["cap"], row["line"]))
        self._remedies: dict[tuple[str, str, str], tuple[str, ...]] = {
            (row["package"], release, python): tuple(row["caps"].split())
            for row in data["remedies"]
            for python in row["pythons"].split()
            for release in row["releases"].split()
        }

    def install(self, package: str, release: str, python: str) -> Answer:
        """Whether the release can be installed on the Python, from a wheel or its source."""
        return self._between("install", package, release, python)

    def run(self, package: str, release: str, python: str) -> Answer:
        """Whether what a service does first with the release works on the Python."""
        return self._between("run", package, release, python)

    def pairs(self, package: str, release: str, python: str) -> tuple[Pair, ...]:
        """What of the newest that the release needs it fails with; only for releases that were measured themselves."""
        return tuple(self._pairs.get((package, release, self._like(self._pairs, package, release, python)), ()))

    def remedy(self, package: str, release: str, python: str) -> tuple[str, ...]:
        """The ceilings with which the release was seen to work; empty where none were found."""
        return self._remedies.get((package, release, self._like(self._remedies, package, release, python)), ())

    def measured(self, kind: str, package: str, python: str = "") -> list[str]:
        """The releases that were measured, oldest first."""
        found = {
            release
            for (one, name, where), known in self._answers.items()
            if (one, name) == (kind, package) and python in ("", where)
            for release in known
        }
        return sorted(found, key=_version)

    def next_working(self, package: str, release: str, python: str) -> str | None:
        """The lowest newer release that was seen to install there and not seen to fail; None where there is none."""
        here = _version(release)
        for one in sorted(
            {*self.measured("install", package, python), *self.measured("run", package, python)}, key=_version
        ):
            answers = (self.install(package, one, python), self.run(package, one, python))
            if (
                _version(one) > here
                and any(answer.outcome == "works" for answer in answers)
                and all(answer.outcome in ("works", "unknown") for answer in answers)
            ):
                return one
        return None

    def _between(self, kind: str, package: str, release: str, python: str) -> Answer:
        """The answer for a Python; for one that was not measured that of its neighbours, where these agree."""
        own = self._answer(kind, package, release, python)
        if own.outcome != "unknown" or (kind, package, python) in self._answers:
            return own
        below, above = self._neighbours(python)
        first, second = (self._answer(kind, package, release, one) for one in (below, above))
        return first if (first.outcome, first.cause) == (second.outcome, second.cause) else _UNKNOWN

    def _like(self, table: Mapping[tuple[str, str, str], object], package: str, release: str, python: str) -> str:
        """The Python whose answer holds: the one itself, or a neighbour where both of them say the same."""
        below, above = self._neighbours(python)
        same = table.get((package, release, below)) == table.get((package, release, above))
        return below if (package, release, python) not in table and same else python

    def _neighbours(self, python: str) -> tuple[str, str]:
        """The measured Pythons next to one, itself where there is none on a side."""
        here = _version(python)
        below = max((one for one in self._pythons if _version(one) < here), key=_version, default=python)
        above = min((one for one in self._pythons if _version(one) > here), key=_version, default=python)
        return below, above

    def _answer(self, kind: str, package: str, release: str, python: str) -> Answer:
        known = self._answers.get((kind, package, python))
        if not known:
            return _UNKNOWN
        if release in known:
            return known[release]
        try:
            here = _version(release)
        except ValueError:
            return _UNKNOWN
        for one, answer in known.items():
            if _version(one) == here:
                return answer
        if here.is_prerelease:
            return _UNKNOWN
        below = max((one for one in known if _version(one) < here), key=_version, default=None)
        above = min((one for one in known if _version(one) > here), key=_version, default=None)
        if below is None or above is None:
            return _UNKNOWN
        first, second = known[below], known[above]
        return first if (first.outcome, first.cause) == (second.outcome, second.cause) else _UNKNOWN


@functools.cache
def load() -> Pins:
    """The table that comes with this package."""
    return Pins(tomllib.loads(Path(__file__).with_name("pins.toml").read_text("utf-8")))


@functools.lru_cache(maxsize=4096)
def _version(text: str) -> Version:
    from packaging.version import Version

    return Version(text)
