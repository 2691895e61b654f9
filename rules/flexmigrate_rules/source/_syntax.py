"""What keeps a suspicious file from being Python 3: asked of the parser once, whatever the target."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from flexmigrate.project import Service
from flexmigrate_rules.source._reach import reached
from flexmigrate_rules.source._sources import SourceFile, sources

if TYPE_CHECKING:
    from flexmigrate.documents.python_syntax import SyntaxProblem


def problems(service: Service) -> Iterator[tuple[SourceFile, str, SyntaxProblem]]:
    """The files that Python 3 does not parse, with their text, as far as they matter to the service."""
    for file in sources(service):
        if not file.old or ((file.test or file.vendored) and file.path not in reached(service)):
            continue
        text = service.repository.text(file.path)
        found = _problem(text) if text is not None else None
        if text is not None and found is not None:
            yield file, text, found


@lru_cache(maxsize=1024)
def _problem(text: str) -> SyntaxProblem | None:
    from flexmigrate.documents.python_syntax import syntax_error

    return syntax_error(text, sys.version_info[:2])


def offset(text: str, line: int) -> int:
    """The place of the first character of a line that is no blank."""
    from flexmigrate.documents.python import line_starts

    starts = line_starts(text)
    start = starts[min(line, len(starts)) - 1]
    return start + len(text[start:]) - len(text[start:].lstrip(" \t"))
