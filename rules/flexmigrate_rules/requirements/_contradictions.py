"""Lines that ask for different versions of one package, seen without an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flexmigrate.documents import packages
from flexmigrate.model import Finding, FixClass
from flexmigrate_rules.requirements._requirements import place

if TYPE_CHECKING:
    from flexmigrate.documents.requirements import Effective


def contradicts(one: Effective) -> bool:
    """Whether a line asks for exactly one version that another line does not allow."""
    entries = (*one.requirements, *one.constraints)
    pins = [pin for entry in entries if (pin := entry.pinned) is not None and _version(pin)]
    return any(
        entry.specifier is not None and not entry.specifier.contains(pin, prereleases=True)
        for pin in pins
        for entry in entries
    )


def _version(text: str) -> bool:
    try:
        packages.version(text)
    except packages.PackagingError:
        return False
    return True


def contradiction(one: Effective) -> Finding:
    """What to say about them."""
    entries = (*one.requirements, *one.constraints)
    asked = ", ".join(f"{entry.specifier} ({entry.path}:{entry.line})" for entry in entries if entry.specifier)
    return Finding(
        f"the requirements contradict each other about {one.requirements[0].written or one.name}: {asked}; "
        "pip installs nothing then",
        one.requirements[-1].path,
        place(one.requirements[-1]),
        hint="keep one of the lines",
        fix=FixClass.MANUAL,
        key=f"contradiction:{one.name}",
    )
