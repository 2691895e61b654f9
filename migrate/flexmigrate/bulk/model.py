"""The words of a campaign as frozen, picklable data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flexmigrate.planning import Settings
from flexmigrate.saved import settings_as_data


class State(StrEnum):
    """Where a repository stands. docs/bulk.md has the same table."""

    NEW = "new"
    CLEAN = "clean"
    NOTHING_TO_DO = "nothing-to-do"
    PLANNED = "planned"
    NEEDS_HUMAN = "needs-human"
    APPLIED = "applied"
    COMMITTED = "committed"
    PUSHED = "pushed"
    PULL_REQUEST = "pull-request"
    FAILED = "failed"
    STALE = "stale"


HANDED_OVER = (State.APPLIED, State.COMMITTED, State.PUSHED, State.PULL_REQUEST)
"""States that an apply has brought about; a plan of the same commit leaves them alone."""


class Kind(StrEnum):
    """How a repository is reached."""

    DIRECTORY = "directory"
    URL = "url"


@dataclass(frozen=True, slots=True)
class Source:
    """One repository as a person named it. `location` may hold a token and is never stored or shown as it is."""

    kind: Kind
    location: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """One repository to work on. `key` is the cache key of what is known of it, None when nothing is."""

    id: int
    kind: Kind
    location: str
    name: str
    key: str | None = None
    commit: str | None = None
    digest: str | None = None
    after: tuple[tuple[str, str], ...] = ()
    """The planned files with the hash of what they will hold; only for an apply."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an apply is to do. Without a branch it writes to the checkouts."""

    globs: tuple[str, ...] = ()
    wave: int | None = None
    needs_human: bool = False
    branch: str | None = None
    push: bool = False
    pull_request: bool = False
    pace: float = 2.0


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all repositories of a run; `cache` is where clones of remote repositories are kept."""

    settings: Settings
    made_by: str
    timeout: float
    cache: str
    credentials: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Pairs of a URL's beginning with and without user and password, for this run only."""

    def options_key(self) -> str:
        """A digest of everything but the repository that decides a plan."""
        data = {"made_by": self.made_by, "settings": settings_as_data(self.settings)}
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


Row = tuple[str | int | float | None, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a plan says, as rows of the campaign's tables (columns: flexmigrate.bulk.schema)."""

    services: tuple[Row, ...] = ()
    findings: tuple[Row, ...] = ()
    changes: tuple[Row, ...] = ()
    skipped: tuple[Row, ...] = ()
    bystanders: tuple[Row, ...] = ()
    plan: bytes | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one repository.

    `rows` is None when what the campaign holds of the plan stays as it is; `unchanged` when all of it does.
    """

    id: int
    state: State
    reason: str = ""
    commit: str | None = None
    key: str | None = None
    digest: str | None = None
    seconds: float = 0.0
    rows: Rows | None = None
    unchanged: bool = False
    branch: str | None = None
    written: str | None = None
    link: str | None = None
