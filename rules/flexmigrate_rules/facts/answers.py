"""What the engine asks the facts: which runtimes there are, what a service runs now, what becomes of a key."""

from __future__ import annotations

import re
from datetime import date

from flexmigrate.model import Current, KeyNote, Platform, Runtime, Verdict
from flexmigrate.project import Service
from flexmigrate.rule import KeyFact
from flexmigrate_rules.facts import keys
from flexmigrate_rules.facts import runtimes as schedule
from flexmigrate_rules.facts.tables import as_of

AS_OF = as_of().isoformat()


def runtimes(platform: Platform, today: date) -> tuple[Runtime, ...]:
    """What can be deployed on that day, newest first."""
    return schedule.available(platform, today)


def current(service: Service) -> Current:
    """What the service runs today, by its config file alone."""
    written = service.value("runtime_config", "python_version")
    system = service.value("runtime_config", "operating_system")
    version = service.value("runtime_config", "runtime_version")
    if service.runtime == "custom":
        return Current(written, None, "custom", "decided by the Dockerfile")
    if system is not None:
        python = version or schedule.default_python(system)
        return Current(None, python, service.runtime, f"built by buildpacks on {system}")
    if service.runtime not in ("python", "python27", "python-compat"):
        return Current(written, None, service.runtime, f"`{service.runtime}` is no runtime of the flexible environment")
    interpreter = schedule.legacy_interpreter(written)
    note = "built from the legacy image"
    if written is None:
        note += " (no version is written)" if version is None else ""
    return Current(written, interpreter, service.runtime, note)


def kept(service: Service, platform: Platform, today: date) -> Runtime | None:
    """The modern runtime that a service already has and that can be deployed on that day.

    The version decides: a patch release counts as its minor version, and a system that does not go with the version is
    a matter of its own (operating-system-pair).
    """
    if platform is Platform.CLOUD_RUN:
        return _imaged(service, today)
    if service.value("runtime_config", "python_version") is not None:
        return None
    system = service.value("runtime_config", "operating_system")
    if system is None or service.runtime == "custom":
        return None
    version = service.value("runtime_config", "runtime_version") or schedule.default_python(system) or ""
    minor = ".".join(version.split(".")[:2])
    unscheduled = {pair.operating_system for pair in schedule.operating_systems_for(minor) if not pair.scheduled}
    return next(
        (
            runtime
            for runtime in schedule.available(platform, today)
            # A pair that works although no schedule has it may move either way, so nothing is decided here.
            if runtime.python == minor and system not in unscheduled
        ),
        None,
    )


def _imaged(service: Service, today: date) -> Runtime | None:
    """The Python of a Dockerfile that is there already, so that a second plan does not choose anew."""
    dockerfile = service.data("Dockerfile") or b""
    images = re.findall(rb"(?im)^FROM[ \t]+(?:\S*/)?python:([0-9]+\.[0-9]+)", dockerfile)
    version = images[-1].decode() if images else ""
    offered = schedule.available(Platform.CLOUD_RUN, today)
    return next((runtime for runtime in offered if runtime.python == version), None)


def key_fact(key: str, value: str, platform: Platform) -> KeyFact | None:
    """The verdict of a key (`handlers[0].url`) by the table of keys, None for one that is in no table."""
    row = keys.row_for(key)
    fate = keys.verdict(key, platform.value)
    if row is None or fate is None:
        return None
    note = KeyNote(key, Verdict(fate.verdict), fate.becomes, keys.explain(key, platform.value))
    return KeyFact(note, row.evidence.source)
