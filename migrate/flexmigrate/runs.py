"""The words of a journal as frozen data, read back without believing them."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

SCHEMA = "flexmigrate.journal/1"
RUN_ID = re.compile(r"[0-9]{6}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it was or is to be: hash, permission bits, and where its compressed bytes lie."""

    sha256: str
    mode: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One file before and after; None where there is none. The path starts at the base of the home."""

    path: str
    before: Content | None
    after: Content | None


@dataclass(frozen=True, slots=True)
class Group:
    """What happens all or not at all: one service's files."""

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One apply or undo as it was announced before it began.

    `directories` are to be created, `emptied` to be removed at the end where nothing else is in them; parents first.
    """

    id: str
    kind: str
    started: str
    base: str
    groups: tuple[Group, ...]
    directories: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    tool: dict[str, Any] = field(default_factory=dict)
    undoes: str | None = None

    def entries(self, chosen: Sequence[int]) -> Iterator[Entry]:
        """The files of these groups."""
        return (entry for index in chosen if 0 <= index < len(self.groups) for entry in self.groups[index].entries)


class Blobs:
    """Collects the contents of a run that is about to be recorded, and hands them out again."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.size = 0
        self.known: dict[str, bytes] = {}

    def add(self, data: bytes, mode: int) -> Content:
        """Take a content in."""
        piece = zlib.compress(data, 6)
        content = Content(hashlib.sha256(data).hexdigest(), mode, self.size, len(piece))
        self.pieces.append(piece)
        self.size += len(piece)
        self.known[content.sha256] = data
        return content

    def get(self, content: Content) -> bytes:
        """The bytes of a content that was taken in."""
        return self.known[content.sha256]


def run_from_data(run_id: str, data: Any) -> Run:
    """A run as written down; KeyError, TypeError or ValueError when the data is no run."""
    if data["schema"] != SCHEMA or data["id"] != run_id:
        raise ValueError("another schema or run")
    return Run(
        id=run_id,
        kind="undo" if data["kind"] == "undo" else "apply",
        started=_text(data["started"]),
        base=_text(data["base"]),
        groups=tuple(
            Group(_text(group["name"]), tuple(_entry(entry) for entry in group["entries"])) for group in data["groups"]
        ),
        directories=tuple(_text(name) for name in data["directories"]),
        emptied=tuple(_text(name) for name in data["emptied"]),
        tool=dict(data["tool"]),
        undoes=None if data["undoes"] is None else _text(data["undoes"]),
    )


def _entry(data: Any) -> Entry:
    return Entry(_text(data["path"]), _content(data["before"]), _content(data["after"]))


def _content(data: Any) -> Content | None:
    if data is None:
        return None
    offset, length = int(data["offset"]), int(data["length"])
    if offset < 0 or length < 0:
        raise ValueError("a place before the beginning")
    return Content(_text(data["sha256"]), int(data["mode"]) & 0o777, offset, length)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value
