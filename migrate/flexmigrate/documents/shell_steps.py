"""What a command line turns out to start, as frozen data."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from flexmigrate.documents.shell_words import Word
from flexmigrate.documents.spans import Span


@dataclass(frozen=True, slots=True)
class Run:
    """A simple command: `words[0]` names the program, once all wrappers are taken off.

    `env` are the variables set for it, in order; `wrappers` the programs that start it, outermost first; `joined` the
    operator behind it (`&&`, `||`, `;`, `|`, `&`) or nothing at the end.
    """

    words: tuple[Word, ...]
    span: Span
    env: tuple[tuple[str, Word], ...] = ()
    wrappers: tuple[str, ...] = ()
    joined: str = ""

    @property
    def program(self) -> str:
        """The name of the program without its directory."""
        return posixpath.basename(self.words[0].text) if self.words else ""


@dataclass(frozen=True, slots=True)
class Script:
    """A shell script of the service to be read on; `path` is as written, `sourced` means it runs in the same shell."""

    path: str
    words: tuple[Word, ...]
    span: Span
    env: tuple[tuple[str, Word], ...] = ()
    wrappers: tuple[str, ...] = ()
    joined: str = ""
    sourced: bool = False


@dataclass(frozen=True, slots=True)
class Processes:
    """Processes of a Procfile to be read on: `file` as written or None for the usual one; no `names` means all.

    `variables` are the environment variables among the names, which stand there as written.
    """

    file: str | None
    names: tuple[str, ...]
    span: Span
    env: tuple[tuple[str, Word], ...] = ()
    wrappers: tuple[str, ...] = ()
    joined: str = ""
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A command that cannot be told, and why."""

    reason: str
    span: Span
    joined: str = ""


Step = Run | Script | Processes | Unknown
