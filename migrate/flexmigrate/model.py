"""The words of a plan as frozen data; nothing here reads, writes or decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad it is to leave a finding open."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class FixClass(StrEnum):
    """Who may carry out a fix: anyone, only those who said `--unsafe-fixes`, or only a person."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    MANUAL = "manual"


class Status(StrEnum):
    """What the plan does about a finding."""

    FIXED = "fixed"
    OPEN = "open"
    SUPPRESSED = "suppressed"


class Verdict(StrEnum):
    """What becomes of one configuration key on the target."""

    KEPT = "kept"
    CHANGED = "changed"
    DROPPED = "dropped"
    MANUAL = "manual"


class Platform(StrEnum):
    """Where a service goes."""

    FLEX = "flex"
    CLOUD_RUN = "cloud-run"


class Position(NamedTuple):
    """A place in a text for people: both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `text[start:end]`, which must be `old`, by `new`; offsets count characters of the decoded text."""

    path: str
    start: int
    end: int
    old: str
    new: str
    rule: str = ""


class Op(StrEnum):
    """The kinds of change an edit can announce about a YAML document's data."""

    SET = "set"
    RENAME = "rename"
    INSERT = "insert"
    REMOVE = "remove"


Route = tuple[str | int, ...]
"""Way to a YAML node: keys as written in the file, numbers for places in a sequence."""

YamlValue = str | int | Mapping[str, "YamlValue"] | tuple["YamlValue", ...]
"""Data an edit can write: text (always read back as text), whole numbers, booleans, mappings and sequences of them."""


class Quoted(str):
    """Text to be written in quotes even where YAML would not need them."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """What an edit means for the data of a YAML document, so that the written text can be held against it.

    `before` names the sibling in front of which an inserted key goes; None puts it last. `document` counts the YAML
    documents of the file from 0.
    """

    op: Op
    route: Route
    value: YamlValue = ""
    before: str | None = None
    document: int = 0


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Edits of one file that belong together, with what they mean; or the reason why they cannot be made.

    `slots` name what is created (`app.yaml#runtime_config.operating_system`), so that two rules creating the same key
    are a conflict and not a duplicate key.
    """

    path: str
    edits: tuple[Edit, ...] = ()
    intents: tuple[Intent, ...] = ()
    slots: tuple[str, ...] = ()
    refusal: str | None = None

    def __add__(self, other: Rewrite) -> Rewrite:
        """Both rewrites of the same file as one; a refusal of either refuses the whole."""
        if self.path != other.path:
            raise ValueError(f"rewrites of different files: {self.path} and {other.path}")
        return Rewrite(
            self.path,
            self.edits + other.edits,
            self.intents + other.intents,
            self.slots + other.slots,
            self.refusal or other.refusal,
        )


@dataclass(frozen=True, slots=True)
class Creation:
    """A file that does not exist yet. An existing file with another content is never overwritten."""

    path: str
    text: str
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's statement about one place of one service.

    A rule leaves `rule`, `source`, `severity` and `fix` empty where its own defaults hold; the engine fills them in.
    `offset` is a character offset in the text of `path`, turned into line and column by the engine.
    `key` groups findings that are about the same thing whatever their wording (defaults to the place).
    """

    message: str
    path: str
    offset: int = 0
    hint: str = ""
    rule: str = ""
    severity: Severity | None = None
    fix: FixClass | None = None
    source: str = ""
    key: str = ""
    rewrites: tuple[Rewrite, ...] = ()
    creations: tuple[Creation, ...] = ()
    key_notes: tuple[KeyNote, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyNote:
    """What a rule says about a configuration key, to be joined with the facts table of keys."""

    key: str
    verdict: Verdict
    becomes: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """A finding as it stands in a plan: complete, placed, and with its status."""

    rule: str
    severity: Severity
    fix: FixClass
    status: Status
    message: str
    hint: str
    path: str
    line: int
    column: int
    source: str


@dataclass(frozen=True, slots=True)
class KeyVerdict:
    """The verdict for one configuration key that was met (`manual_scaling.instances`)."""

    key: str
    line: int
    verdict: Verdict
    becomes: str
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """One file before and after; `edits` are against the original text. `before` is None for a file to create."""

    path: str
    before: str | None
    after: str
    before_sha256: str | None
    after_sha256: str
    edits: tuple[Edit, ...]
    encoding: str = "utf-8"
    executable: bool = False

    @property
    def action(self) -> str:
        return "create" if self.before is None else "edit"


@dataclass(frozen=True, slots=True)
class Runtime:
    """A Python version on an operating system that the target platform offers."""

    python: str
    operating_system: str
    end_of_support: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Where services go, and why there. `python` is None when each service has its own (or the platform picks)."""

    platform: Platform
    python: str | None
    operating_system: str | None
    chosen: str
    why: tuple[str, ...] = ()
    end_of_support: str = ""


@dataclass(frozen=True, slots=True)
class Current:
    """What a service runs today, as far as its files tell."""

    python_version: str | None
    interpreter: str | None
    runtime: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """Everything a plan says about one service."""

    config: str
    name: str
    current: Current
    target: Target
    findings: tuple[ReportedFinding, ...]
    keys: tuple[KeyVerdict, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that could not be read, parsed, edited or decided, with its reason."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Bystander:
    """A configuration file of App Engine that is not a flexible Python service, and what it is instead."""

    path: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class ToolVersions:
    """What made a plan."""

    version: str
    rules: Mapping[str, str] = field(default_factory=dict)
    facts_as_of: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done to the services under `root`, with the hash of every file that decided it.

    `inputs` maps each path that was consulted to its SHA-256, or to None where the file's absence counted.
    """

    tool: ToolVersions
    target: Target
    root: str
    services: tuple[ServicePlan, ...]
    skipped: tuple[Skipped, ...]
    bystanders: tuple[Bystander, ...]
    inputs: Mapping[str, str | None]

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(change for service in self.services for change in service.changes)

    def count_open(self, severity: Severity) -> int:
        """How many findings of this severity stay open when the plan is applied."""
        return sum(
            finding.status is Status.OPEN and finding.severity is severity
            for service in self.services
            for finding in service.findings
        )


def attribute(rewrite: Rewrite, rule: str) -> Rewrite:
    """The rewrite with every edit signed by its rule."""
    return replace(rewrite, edits=tuple(replace(edit, rule=rule) for edit in rewrite.edits))
