"""Names, versions, specifiers and markers as the packaging standards define them.

The only module that imports `packaging`, and only once something has to be parsed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet as SpecifierSet
    from packaging.version import Version as Version

_SEPARATORS = re.compile(r"[-_.]+")
_NEWEST_PATCH = 99


class PackagingError(ValueError):
    """A text that is no requirement, specifier, version or marker."""


class Pep508(NamedTuple):
    """What a PEP 508 requirement says; `marker` is in canonical spelling."""

    name: str
    extras: tuple[str, ...]
    specifier: SpecifierSet
    url: str | None
    marker: str | None


def normalise(name: str) -> str:
    """The name by which an index knows a package."""
    return _SEPARATORS.sub("-", name).lower()


def parse_pep508(text: str) -> Pep508:
    """Read `name[extras]specifier; marker` or `name @ url`; PackagingError when it is neither."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        found = Requirement(text)
        marker = str(found.marker) if found.marker else None
    except (InvalidRequirement, RecursionError) as error:
        raise PackagingError(_first_line(error)) from None
    return Pep508(found.name, tuple(sorted(found.extras)), found.specifier, found.url, marker)


def specifier_set(text: str) -> SpecifierSet:
    """Read `>=1,<2`; PackagingError when it is none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(text)
    except InvalidSpecifier as error:
        raise PackagingError(_first_line(error)) from None


def version(text: str) -> Version:
    """Read a version; PackagingError when it is none."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text)
    except InvalidVersion as error:
        raise PackagingError(_first_line(error)) from None


def canonical_marker(text: str) -> str:
    """The marker in canonical spelling; PackagingError when it is none."""
    from packaging.markers import InvalidMarker, Marker

    try:
        return str(Marker(text))
    except (InvalidMarker, RecursionError) as error:
        raise PackagingError(_first_line(error)) from None


def marker_true(marker: str, python: str) -> bool:
    """Whether a marker holds under CPython `python` on 64-bit Linux, whatever runs this.

    `X.Y` stands for its newest patch release, which is what the platforms install. What cannot be decided holds, so
    that nothing is overlooked.
    """
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate(target_environment(python))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, RecursionError, ValueError):
        return True


def target_environment(python: str) -> dict[str, str]:
    """The values of all PEP 508 environment markers on the target."""
    parts = python.split(".")
    full = python if len(parts) > 2 else f"{python}.{_NEWEST_PATCH}"
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": ".".join(parts[:2]),
        "sys_platform": "linux",
        "extra": "",
    }


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
