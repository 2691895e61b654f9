"""The pinned packages of a service that were measured to need `pkg_resources`, and whether a setuptools brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flexmigrate.project import Service
from flexmigrate_rules.requirements._requirements import Wanted
from flexmigrate_rules.requirements._use import imported

if TYPE_CHECKING:
    from flexmigrate.documents.requirements import Requirement


def answered_by_setuptools(service: Service, found: Wanted) -> list[tuple[Requirement, str, str]]:
    """The requirements that need pkg_resources and do not find it, with their versions and what was said then.

    Only those that the service imports; where an old setuptools is asked for there is none.
    """
    from flexmigrate_rules.facts import pins
    from flexmigrate_rules.requirements._gunicorn_choice import setuptools_state

    own = found.effective.get("setuptools")
    if own is not None and setuptools_state(own.specifier, found.python) != "newest":
        return []
    needing: list[tuple[Requirement, str, str]] = []
    for name in found.effective:
        version = found.pinned(name)
        entry = found.first(name)
        if version is None or entry is None:
            continue
        answer = pins.load().run(name, version, found.python)
        if answer.cause == "pkg_resources" and imported(service, name) is not False:
            needing.append((entry, version, answer.line))
    return needing
