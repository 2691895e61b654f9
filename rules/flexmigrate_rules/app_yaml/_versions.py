"""What `runtime_config` says about the Python of a service, shared by the rules that judge it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from flexmigrate.documents.yaml import Node
from flexmigrate.model import Quoted, Rewrite, Route
from flexmigrate.project import Service
from flexmigrate.rule import Context
from flexmigrate_rules.facts.runtimes import default_python, operating_systems_for, support

SYSTEM = ("runtime_config", "operating_system")
VERSION = ("runtime_config", "runtime_version")
LEGACY = ("runtime_config", "python_version")

_MINOR = re.compile(r"([0-9]+\.[0-9]+)(?:\.(?:[0-9]+|\*))?")


@dataclass(frozen=True, slots=True)
class Modern:
    """The modern keys as written; None for a key that is absent or empty."""

    config: Node
    system: str | None
    version: str | None

    @property
    def python(self) -> str | None:
        """The version as `X.Y`: the written one, else the default of the operating system; None when unknown."""
        if self.version is not None:
            return minor(self.version)
        return default_python(self.system) if self.system is not None else None


def modern(service: Service) -> Modern | None:
    """The modern keys of a `runtime: python` service; None where there are none that can be read for certain.

    A service that still has `python_version` is legacy whatever else it has.
    """
    config = service.node("runtime_config")
    if service.runtime != "python" or config is None or config.entry("python_version") is not None:
        return None
    for route in (SYSTEM, VERSION):
        node = service.node(*route)
        if node is not None and (node.kind != "scalar" or node.templated):
            return None
    found = Modern(config, service.value(*SYSTEM), service.value(*VERSION))
    return found if found.system is not None or found.version is not None else None


def put(service: Service, route: Route, value: str, *, before: str | None = None, after: str | None = None) -> Rewrite:
    """Give a key of `runtime_config` a value, be the key there or not; nothing to do where it has the value."""
    if service.node(*route) is None:
        return service.editor.insert(route, Quoted(value), before=before, after=after)
    return Rewrite(service.config) if service.value(*route) == value else service.editor.set(route, value)


def moved(service: Service, context: Context) -> Rewrite:
    """Make the modern keys name the runtime of the plan; with `--python latest` only the operating system."""
    system = context.operating_system
    if context.write_version:
        return put(service, SYSTEM, system, before=VERSION[1]) + put(
            service, VERSION, Quoted(context.python), after=SYSTEM[1]
        )
    if service.node(*SYSTEM) is None:
        return service.editor.set(VERSION, Quoted(system)) + service.editor.rename(VERSION, SYSTEM[1])
    rewrite = put(service, SYSTEM, system)
    return rewrite if service.node(*VERSION) is None else rewrite + service.editor.remove(VERSION)


def minor(version: str) -> str | None:
    """`3.12` for `3.12`, `3.12.1` and `3.12.*`; None for anything that does not name one minor version."""
    found = _MINOR.fullmatch(version.strip())
    return found[1] if found else None


def deployable(python: str | None, system: str | None, today: date) -> bool:
    """Whether the flexible environment takes this version on that day, on this operating system where one is given."""
    offer = support(python) if python is not None else None
    if python is None or offer is None or not offer.is_available(today):
        return False
    return system is None or any(pairing.operating_system == system for pairing in operating_systems_for(python))
