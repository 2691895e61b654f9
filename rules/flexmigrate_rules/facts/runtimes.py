"""Which Python runs where and until when, and what the legacy spellings really ran.

Dates are days; `end_of_support` and `deploys_end` are the last day that still counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from flexmigrate.model import Runtime
from flexmigrate_rules.facts.tables import Evidence, Row, read

_SECTIONS = {"flex": "flex", "cloud-run": "cloud_run"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A Python version as a platform offers it. An absent date is None; no `available` means not generally available.

    `operating_system` is the scheduled one, empty where no source states it. `base_images` are for Cloud Run.
    """

    platform: str
    python: str
    operating_system: str
    preview: date | None
    available: date | None
    end_of_support: date | None
    deprecated: date | None
    decommissioned: date | None
    base_images: tuple[str, ...]
    evidence: Evidence

    @property
    def deploys_end(self) -> date | None:
        """Last day on which deployments are taken: App Engine stops at the end of support, Cloud Run later."""
        return self.end_of_support if self.platform == "flex" else self.decommissioned

    @property
    def runtime(self) -> Runtime:
        """The offer in the engine's words."""
        last = self.end_of_support.isoformat() if self.end_of_support else ""
        note = f"unverified: {self.evidence.unverified}" if self.evidence.unverified else ""
        return Runtime(self.python, self.operating_system, last, note)

    def is_available(self, today: date) -> bool:
        """Generally available on this day and not past its end of support."""
        if self.available is None or self.end_of_support is None:
            return False
        return self.available <= today <= self.end_of_support


@dataclass(frozen=True, slots=True)
class Pairing:
    """An operating system that a Python version runs on: scheduled, or only seen (then `why` tells by whom)."""

    operating_system: str
    scheduled: bool
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class LegacyVersion:
    """What one spelling of `python_version` ran; `interpreter` and `runtime_id` are empty where it was refused."""

    written: str
    accepted: bool
    interpreter: str
    runtime_id: str
    why: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class LegacyImage:
    """The base image of hand-written Dockerfiles: its names in FROM lines and what its bare commands run."""

    names: tuple[str, ...]
    python: str
    python3: str
    interpreters: tuple[str, ...]
    why: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Gcloud:
    """The first gcloud version that understands the modern keys, and versions that cannot deploy Python."""

    minimum: str
    broken: tuple[str, ...]
    evidence: Evidence


@cache
def schedule(platform: str) -> tuple[Offer, ...]:
    """Every modern runtime of "flex" or "cloud-run", newest first, previews and past ones included.

    ValueError for another platform.
    """
    if platform not in _SECTIONS:
        raise ValueError(f"no platform is called {platform}")
    found = [_offer(row, platform) for row in read("runtimes.toml").rows(_SECTIONS[platform])]
    return tuple(sorted(found, key=lambda offer: version_key(offer.python), reverse=True))


def available(platform: str, today: date) -> tuple[Runtime, ...]:
    """What is generally available and supported on that day, newest first; `note` tells what is unverified.

    `end_of_support` is the last day of support, as YYYY-MM-DD. ValueError for another platform.
    """
    return tuple(offer.runtime for offer in schedule(platform) if offer.is_available(today))


def support(python: str, platform: str = "flex") -> Offer | None:
    """The schedule's row of a version `X.Y`; None for legacy and unknown versions."""
    return next((offer for offer in schedule(platform) if offer.python == python), None)


@cache
def operating_systems_for(python: str) -> tuple[Pairing, ...]:
    """The operating systems of a version on the flexible environment, the scheduled one first; empty for unknown."""
    return tuple(pairing for version, pairing in _pairings() if version == python)


def default_python(operating_system: str) -> str | None:
    """The version that an operating system gets when `runtime_version` is left out; None for an unknown one."""
    return _defaults().get(operating_system)


def legacy_interpreter(written: str | None) -> str | None:
    """The Python that `python_version` as written ran on the legacy runtime ("3.6.10"); None where it was refused.

    None and "" mean that it is absent. `legacy_version` tells more.
    """
    return legacy_version(written).interpreter or None


def legacy_version(written: str | None) -> LegacyVersion:
    """The row of a spelling of `python_version`; a spelling that the legacy builder refuses has `accepted` False."""
    text = written or ""
    return _legacy().get(text) or LegacyVersion(text, False, "", "", *_refused())


@cache
def legacy_image() -> LegacyImage:
    """Google's legacy base image for custom runtimes."""
    row = read("legacy.toml").row("image")
    image = LegacyImage(
        names=row.texts("names"),
        python=row.take("python", str),
        python3=row.take("python3", str),
        interpreters=row.texts("interpreters"),
        why=row.take("why", str),
        evidence=row.evidence(),
    )
    row.finish()
    return image


@cache
def gcloud() -> Gcloud:
    """What the modern runtimes ask of the Google Cloud CLI."""
    row = read("runtimes.toml").row("gcloud")
    found = Gcloud(row.take("minimum", str), row.texts("broken"), row.evidence())
    row.finish()
    return found


def version_key(python: str) -> tuple[int, ...]:
    """A version for comparing: "3.10" is newer than "3.9"."""
    return tuple(int(part) for part in python.split("."))


def _offer(row: Row, platform: str) -> Offer:
    # `also` is read by _pairings.
    row.rows("also")
    found = Offer(
        platform=platform,
        python=row.take("python", str),
        operating_system=row.take("operating_system", str),
        preview=row.take("preview", date, None),
        available=row.take("available", date, None),
        end_of_support=row.take("end_of_support", date, None),
        deprecated=row.take("deprecated", date, None),
        decommissioned=row.take("decommissioned", date, None),
        base_images=row.texts("base_image"),
        evidence=row.evidence(),
    )
    row.finish()
    return found


def _pairings() -> Iterator[tuple[str, Pairing]]:
    for row in read("runtimes.toml").rows("flex"):
        python, system, source = row.take("python", str), row.take("operating_system", str), row.source()
        if system:
            yield python, Pairing(system, True, "", source)
        for other in row.rows("also"):
            seen = Pairing(other.take("operating_system", str), False, other.take("evidence", str), other.source())
            other.finish()
            yield python, seen


@cache
def _defaults() -> dict[str, str]:
    defaults = {}
    for row in read("runtimes.toml").rows("default"):
        defaults[row.take("operating_system", str)] = row.take("python", str)
        row.take("since", date, None)
        row.evidence()
        row.finish()
    return defaults


@cache
def _legacy() -> dict[str, LegacyVersion]:
    versions = {}
    for row in read("legacy.toml").rows("version"):
        version = LegacyVersion(
            written=row.take("written", str),
            accepted=row.take("accepted", bool),
            interpreter=row.take("interpreter", str, ""),
            runtime_id=row.take("runtime_id", str, ""),
            why=row.take("why", str, ""),
            evidence=row.evidence(),
        )
        row.finish()
        versions[version.written] = version
    return versions


def _refused() -> tuple[str, Evidence]:
    row = read("legacy.toml").row("refused")
    found = row.take("why", str), row.evidence()
    row.finish()
    return found
