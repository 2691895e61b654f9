"""What a requirements file says, entry by entry, as frozen data. Credentials in URLs show in no `repr`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from flexmigrate.documents.spans import Span

if TYPE_CHECKING:
    from flexmigrate.documents.packages import SpecifierSet

_AUTHORITY = re.compile(r"://[^/?#\s]*@")


class RequirementKind(StrEnum):
    """How a requirement says where the package comes from."""

    NAME = "name"
    URL = "url"
    VCS = "vcs"
    PATH = "path"


class IncludeKind(StrEnum):
    """Whether an included file adds packages or only narrows their versions."""

    REQUIREMENT = "requirement"
    CONSTRAINT = "constraint"


@dataclass(frozen=True, slots=True)
class Line:
    """Where an entry stands: file, first line (from 1), and the whole logical line with its line ending.

    `raw` is that logical line as written, `constraint` tells that it only narrows what something else requires.
    """

    path: str
    line: int
    span: Span
    raw: str = field(repr=False)
    constraint: bool = False


@dataclass(frozen=True, slots=True)
class Requirement(Line):
    """One required package.

    `name` is normalised and empty where the line does not state it; `written` is the name as it stands there.
    `specifier` is None where the line does not tell the versions: URL, VCS, path, or a placeholder in it.
    `specifier_span` is empty, right behind name and extras, where there is none, and None where none can be written.
    `text` is the requirement as pip sees it, without options and comment.
    """

    text: str = field(repr=False, default="")
    kind: RequirementKind = RequirementKind.NAME
    name: str = ""
    written: str = ""
    name_span: Span | None = None
    extras: tuple[str, ...] = ()
    specifier: SpecifierSet | None = None
    specifier_span: Span | None = None
    url: str | None = field(repr=False, default=None)
    marker: str | None = None
    hashes: tuple[str, ...] = ()
    editable: bool = False
    options: tuple[tuple[str, str], ...] = ()
    placeholders: tuple[str, ...] = ()

    @property
    def pinned(self) -> str | None:
        """The one version this line allows (`==1.2` or `===1.2`), as written there; None when it allows several."""
        if self.specifier is None or len(self.specifier) != 1:
            return None
        clause = next(iter(self.specifier))
        return clause.version if clause.operator in ("==", "===") and not clause.version.endswith(".*") else None

    @property
    def shown_url(self) -> str | None:
        """The URL or path with credentials masked."""
        return None if self.url is None else redacted(self.url)


@dataclass(frozen=True, slots=True)
class Include(Line):
    """`-r FILE` or `-c FILE`; `target` is the path or URL as written."""

    target: str = ""
    kind: IncludeKind = IncludeKind.REQUIREMENT


@dataclass(frozen=True, slots=True)
class IndexOption(Line):
    """A line's option on where and how packages are found; `kind` is its long name without dashes.

    A line may hold several. `value` is as written and may hold credentials; `shown` never does.
    """

    kind: str = ""
    value: str = field(repr=False, default="")

    @property
    def shown(self) -> str:
        """The value with credentials masked."""
        return redacted(self.value)

    def __str__(self) -> str:
        return f"--{self.kind} {self.shown}".rstrip()


@dataclass(frozen=True, slots=True)
class Unparsed(Line):
    """A line that is none of these, and why; `name` where at least that can be told."""

    reason: str = ""
    name: str = ""


Entry = Requirement | Include | IndexOption | Unparsed


def redacted(url: str) -> str:
    """The URL with user, password and query masked."""
    shown = _AUTHORITY.sub("://****@", url)
    head, mark, query = shown.partition("?")
    fragment = query.partition("#")
    return f"{head}?****{fragment[1]}{fragment[2]}" if mark else head
