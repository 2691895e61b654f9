"""The steps in which a requirement is relaxed, and how it is written before and after."""

from __future__ import annotations

from flexmigrate.documents import packages
from flexmigrate.documents.requirements import Requirement


def steps(entry: Requirement) -> list[str]:
    """What to allow instead of a line's own specifier, the smallest change first; at the end everything."""
    clauses = list(entry.specifier or ())
    pin = entry.pinned
    if not clauses:
        return []
    if pin is None:
        lower = ",".join(sorted(str(clause) for clause in clauses if clause.operator in (">=", ">", "!=")))
        return list(dict.fromkeys([lower, ""]))
    try:
        version = packages.version(pin)
    except packages.PackagingError:
        return [""]
    own = version.public
    return [series_of(own), f">={own},<{_after(own, 1)}", f">={own}", ""]


def series_of(version: str) -> str:
    """What allows this release and the later ones of its series (`1.2.3`, `1.2.4`, … but not `1.3`)."""
    return f">={version},<{_after(version, 2)}"


def _after(version: str, numbers: int) -> str:
    """The first version behind those that begin with the same numbers."""
    found = packages.version(version)
    release = [*found.release, 0][:numbers]
    epoch = f"{found.epoch}!" if found.epoch else ""
    return epoch + ".".join(str(number) for number in (*release[:-1], release[-1] + 1))


def is_final(version: str | None) -> bool:
    """Whether there is a version, and no pre-release."""
    return version is not None and not packages.version(version).is_prerelease


def written(entry: Requirement, version: str) -> str:
    """The specifier to write for a version, as exact as the line was."""
    if entry.pinned is not None:
        return f"=={version}"
    return f">={version},<{_after(version, 1)}"


def text_of(line: Requirement, specifier: str | None) -> str:
    """The requirement as a resolver is given it; with another specifier where one is named."""
    extras = f"[{','.join(line.extras)}]" if line.extras else ""
    own = str(line.specifier) if line.specifier is not None else ""
    return f"{line.name}{extras}{own if specifier is None else specifier}"
