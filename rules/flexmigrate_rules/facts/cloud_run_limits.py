"""What Cloud Run accepts: CPU sizes with their memory, probes, numbers, names and variables.

Memory is in MiB. Names of limits are those of service.yaml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from flexmigrate_rules.facts.tables import Evidence, Row, Table, read

T = TypeVar("T")

PROBES = ("startup", "liveness", "readiness")


@dataclass(frozen=True, slots=True)
class CpuSize:
    """A CPU size as service.yaml writes it, and the memory it goes with (MiB, inclusive).

    Sizes that are not `whole` are for services that take one request at a time.
    """

    cpu: str
    whole: bool
    memory_min: int
    memory_max: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Memory:
    """Bounds of a container's memory in MiB."""

    smallest: int
    largest: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Limit:
    """A range, inclusive; None where no bound or no default is known."""

    name: str
    minimum: int
    maximum: int | None
    default: int | None
    unit: str
    evidence: Evidence

    def objection(self, value: int) -> str:
        """Why Cloud Run refuses the value; empty where it takes it."""
        if value < self.minimum:
            return self.evidence.qualify(f"{self.name} is at least {self.minimum}, not {value}")
        if self.maximum is not None and value > self.maximum:
            return self.evidence.qualify(f"{self.name} is at most {self.maximum}, not {value}")
        return ""

    def clamp(self, value: int) -> int:
        """The nearest value that Cloud Run takes."""
        return max(self.minimum, value if self.maximum is None else min(self.maximum, value))


@dataclass(frozen=True, slots=True)
class ProbeKind:
    """How a probe may ask, what happens without it, and the gcloud that brought it (empty: always there)."""

    probe: str
    asks: tuple[str, ...]
    when_absent: str
    gcloud: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Names:
    """The rule for service names."""

    pattern: str
    longest: int
    rule: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Variables:
    """The rules for environment variables; lengths count characters."""

    longest_name: int
    longest_value: int
    reserved: tuple[str, ...]
    evidence: Evidence


@cache
def cpu_sizes() -> tuple[CpuSize, ...]:
    """Every size, smallest first."""
    return tuple(_cpu_size(row) for row in _table().rows("cpu"))


def smallest_cpu(cpus: float, memory: int) -> CpuSize | None:
    """The smallest whole size with at least this many CPUs that may have at least this much memory (MiB).

    The memory may have to be raised to the size's `memory_min`. None where Cloud Run has nothing that big.
    """
    fitting = (size for size in cpu_sizes() if size.whole and float(size.cpu) >= cpus and memory <= size.memory_max)
    return next(fitting, None)


@cache
def memory() -> Memory:
    """What a container may have in the second-generation environment."""
    row = _table().row("memory")
    return _done(row, Memory(row.take("smallest", int), row.take("largest", int), row.evidence()))


@cache
def probe_limits(probe: str) -> dict[str, Limit]:
    """Ranges of the fields that a "startup", "liveness" or "readiness" probe may have."""
    if probe not in PROBES:
        raise ValueError(f"no probe is called {probe}")
    limits = (_limit(row) for row in _table().rows("probe"))
    return {limit.name: limit for name, limit in limits if name == probe}


@cache
def probe_kind(probe: str) -> ProbeKind:
    """How a "startup", "liveness" or "readiness" probe may ask."""
    return next(kind for kind in map(_probe_kind, _table().rows("probe_kind")) if kind.probe == probe)


def probe_objections(probe: str, fields: dict[str, int]) -> tuple[str, ...]:
    """Why Cloud Run refuses a probe with these numbers; absent fields have their defaults. Empty: it takes it."""
    limits = probe_limits(probe)
    found = [f"a {probe} probe has no {name}" for name in fields if name not in limits]
    found += [limits[name].objection(value) for name, value in fields.items() if name in limits]
    period, timeout = fields.get("periodSeconds", 10), fields.get("timeoutSeconds", 1)
    if timeout > period:
        found.append(f"timeoutSeconds {timeout} is above periodSeconds {period}")
    return tuple(filter(None, found))


def limit(name: str) -> Limit:
    """A number by its name in service.yaml; KeyError for a name that the table does not have."""
    return _limits()[name]


@cache
def names() -> Names:
    """The rule for service names."""
    row = _table().row("name")
    found = Names(row.take("pattern", str), row.take("longest", int), row.take("rule", str), row.evidence())
    return _done(row, found)


def name_objection(name: str) -> str:
    """Why Cloud Run refuses a service name; empty where it takes it."""
    rule = names()
    fits = len(name) <= rule.longest and re.fullmatch(rule.pattern, name)
    return "" if fits else rule.evidence.qualify(f"a Cloud Run name has {rule.rule}")


@cache
def variables() -> Variables:
    """The rules for environment variables."""
    row = _table().row("env")
    lengths = row.take("longest_name", int), row.take("longest_value", int)
    return _done(row, Variables(*lengths, row.texts("reserved"), row.evidence()))


def _table() -> Table:
    return read("cloud_run_limits.toml")


def _done(row: Row, value: T) -> T:
    row.finish()
    return value


def _cpu_size(row: Row) -> CpuSize:
    numbers = row.take("memory_min", int), row.take("memory_max", int)
    return _done(row, CpuSize(row.take("cpu", str), row.take("whole", bool), *numbers, row.evidence()))


def _probe_kind(row: Row) -> ProbeKind:
    name, asks = row.take("probe", str), row.texts("asks")
    absent, gcloud = row.take("when_absent", str), row.take("gcloud", str)
    return _done(row, ProbeKind(name, asks, absent, gcloud, row.evidence()))


@cache
def _limits() -> dict[str, Limit]:
    return {limit.name: limit for _, limit in map(_limit, _table().rows("limit"))}


def _limit(row: Row) -> tuple[str, Limit]:
    """A number, with the probe it belongs to (empty for none)."""
    probe = row.take("probe", str, "")
    found = Limit(
        name=row.take("field" if probe else "name", str),
        minimum=row.take("min", int),
        maximum=row.take("max", int, None),
        default=row.take("default", int, None),
        unit=row.take("unit", str, ""),
        evidence=row.evidence(),
    )
    return probe, _done(row, found)
