"""Proposes a file: new, the same already, or there with another content."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from flexmigrate.model import Creation, Edit, Finding, FixClass, KeyNote, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context


@dataclass(frozen=True, slots=True)
class Draft:
    """A file to write: `says` is the finding's message."""

    path: str
    text: str
    says: str
    notes: tuple[KeyNote, ...] = ()
    executable: bool = False


def propose(service: Service, context: Context, draft: Draft, follow: bool = False) -> Finding | None:
    """The finding that brings the file; None where it is there with exactly this text.

    A file with another content is left alone unless `force` is given. `follow` brings a file that this very plan
    creates up to date with what other rules have changed since.
    """
    repository = service.repository
    path = draft.path
    existing = repository.text(path)
    if existing is None and not repository.exists(path):
        creation = Creation(path, draft.text, draft.executable)
        return Finding(
            draft.says, service.config, key=path, severity=Severity.INFO, creations=(creation,), key_notes=draft.notes
        )
    if existing is None:
        hint = "move it away; what would be written cannot be compared with it"
        return Finding(f"{path} exists already and is no text", path, hint=hint, key_notes=draft.notes)
    if existing.replace("\r\n", "\n") == draft.text:
        return None
    planned = path in repository.overlay and repository.data(path) is None
    if planned and not follow:
        return None
    if planned or context.options.get("force"):
        says = draft.says if planned else f"{path} is replaced, as --force asks ({difference(existing, draft.text)})"
        rewrite = Rewrite(path, (Edit(path, 0, len(existing), existing, draft.text),))
        severity = Severity.INFO if planned else None
        return Finding(says, path, key=path, severity=severity, rewrites=(rewrite,), key_notes=draft.notes)
    return Finding(
        f"{path} exists already and differs from what would be written: {difference(existing, draft.text)}",
        path,
        key=path,
        hint="--force takes ours",
        fix=FixClass.MANUAL,
        key_notes=draft.notes,
    )


def difference(existing: str, ours: str) -> str:
    """How far two texts are apart, in lines; the lines themselves may hold secrets and are not shown."""
    before, after = existing.splitlines(), ours.splitlines()
    only_here = only_ours = 0
    for tag, a_start, a_end, b_start, b_end in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        if tag != "equal":
            only_here += a_end - a_start
            only_ours += b_end - b_start
    return f"{_lines(only_here)} only there, {_lines(only_ours)} only in ours"


def _lines(number: int) -> str:
    return f"{number} line{'' if number == 1 else 's'}"
