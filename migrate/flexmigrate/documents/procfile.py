"""A Procfile as honcho and the buildpacks read it: one `name: command` a line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flexmigrate.documents.spans import BOM, Span

_NAME = re.compile(r"[A-Za-z0-9_-]+(?=:)")


@dataclass(frozen=True, slots=True)
class Process:
    """The command of one process type, its line (from 1) and the place of the command in the text."""

    command: str
    line: int
    span: Span


def processes(text: str) -> dict[str, Process]:
    """The processes by name in order; a later one of the same name counts, a line without a command is no process."""
    found: dict[str, Process] = {}
    start = len(BOM) if text.startswith(BOM) else 0
    for number, line in enumerate(text[start:].splitlines(keepends=True), start=1):
        name = _NAME.match(line)
        command = line[name.end() + 1 :].strip() if name else ""
        if name and command:
            place = start + line.index(command, name.end() + 1)
            found[name[0]] = Process(command, number, Span(place, place + len(command)))
        start += len(line)
    return found
