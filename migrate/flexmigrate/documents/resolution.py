"""What is asked of a package resolver and what it answers, as frozen data; the resolver itself is at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from flexmigrate.documents import packages


class Outcome(StrEnum):
    """Whether the requirements can be installed together; `unknown` where nobody could tell."""

    RESOLVED = "resolved"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ResolveRequest:
    """What pip is asked to install on CPython `python`, 64-bit Linux.

    `requirements` and `constraints` are `name[extras]specifier`, without markers. `options` are those of the files, by
    their long names; their values may hold credentials and show in no `repr`.
    With `lowest` the named packages are wanted as old as possible, what they need is not.
    """

    python: str
    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    lowest: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer to one request, with normalised names throughout.

    `versions` are those that pip would install. `unbuilt` are packages for which there is only source: as nothing is
    built, they and what they need were left out. `involved` are the words of the explanation that may be packages,
    `reason` is that explanation in one line without credentials; both are empty where the outcome is `resolved`.
    """

    outcome: Outcome
    versions: Mapping[str, str] = field(default_factory=dict)
    unbuilt: frozenset[str] = frozenset()
    involved: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What an index tells of one release of a package.

    `requires_python` holds what its files declare, each once; `yanked` is the reason for which it was taken back (may
    be empty), None where it was not.
    """

    exists: bool
    wheels: bool = False
    source: bool = False
    requires_python: tuple[str, ...] = ()
    yanked: str | None = None

    def admits(self, python: str) -> bool:
        """Whether pip on this Python looks at any file of the release. A declaration that is none excludes nothing."""
        return not self.requires_python or any(_admits(one, python) for one in self.requires_python)


class Resolver(Protocol):
    """Answers from an index. The same question has the same answer as long as one plan is being made."""

    def resolve(self, request: ResolveRequest) -> Resolution:
        """Whether and with which versions pip could install all this."""

    def release(self, name: str, version: str, options: tuple[tuple[str, str], ...]) -> Release | None:
        """What the index tells of a release; None where it cannot be asked."""


def _admits(declared: str, python: str) -> bool:
    full = packages.target_environment(python)["python_full_version"]
    try:
        return packages.specifier_set(declared).contains(full, prereleases=True)
    except packages.PackagingError:
        return True
