"""Translate `skip_files` regular expressions into lines of a .gcloudignore, where both leave out the same files.

gcloud matches each path below the source directory, with `/`, from its start, directories before what they hold. Only a
small part of the language has a counterpart; the rest is None and left to a person. A `.*` within a name is taken to
stay within that name.
"""

from __future__ import annotations

import re
from itertools import product

_ANY_DEPTH = re.compile(r"\(\??:?\.\*/\)\?")
_CLASS = re.compile(r"\[[A-Za-z0-9_.-]+\]")
_PLAIN = re.compile(r"[A-Za-z0-9_~@%,=:;<>&'\"` -]")
_MOST_LINES = 12
_END, _MANY, _ONE, _SLASH, _DEEP = "$", ".*", ".", "/", "**/"

Atoms = tuple[str, ...]


class _Untranslatable(Exception):
    """The expression says something that ignore files cannot say."""


def to_gitignore(expression: str) -> tuple[str, ...] | None:
    """The lines that leave out what the expression leaves out; None where there are none."""
    try:
        reader = _Reader(expression.replace("\r", "").replace("\n", ""))
        lines = [_line(atoms) for atoms in reader.alternatives(top=True)]
    except _Untranslatable:
        return None
    return tuple(dict.fromkeys(lines))


class _Reader:
    """Reads an expression into all ways through its alternatives; an atom is a letter, a class or one of the marks."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def alternatives(self, top: bool) -> list[Atoms]:
        found = self.sequence(top)
        while self.text.startswith("|", self.place):
            self.place += 1
            found += self.sequence(top)
        if top and self.place < len(self.text):
            raise _Untranslatable
        if len(found) > _MOST_LINES:
            raise _Untranslatable
        return found

    def sequence(self, top: bool) -> list[Atoms]:
        if top and self.text.startswith("^", self.place):
            self.place += 1
        parts: list[list[Atoms]] = []
        while self.place < len(self.text) and self.text[self.place] not in "|)":
            parts.append(self.part())
        ways = 1
        for part in parts:
            ways *= len(part)
            if ways > _MOST_LINES:
                raise _Untranslatable
        return [tuple(atom for piece in way for atom in piece) for way in product(*parts)]

    def part(self) -> list[Atoms]:
        deep = _ANY_DEPTH.match(self.text, self.place)
        if deep:
            self.place = deep.end()
            return [(_DEEP,)]
        one = self.item()
        following = self.text[self.place : self.place + 1]
        if following and following in "*+{":
            if following == "*" and one == [(_ONE,)]:
                self.place += 1
                return [(_MANY,)]
            raise _Untranslatable
        if following == "?":
            self.place += 1
            return [*one, ()]
        return one

    def item(self) -> list[Atoms]:
        text, start = self.text, self.place
        self.place += 1
        character = text[start]
        if character == "(":
            if text.startswith("(?", start):
                if not text.startswith("(?:", start):
                    raise _Untranslatable
                self.place += 2
            inner = self.alternatives(top=False)
            if not text.startswith(")", self.place):
                raise _Untranslatable
            self.place += 1
            return inner
        if character == "[":
            found = _CLASS.match(text, start)
            if found is None:
                raise _Untranslatable
            self.place = found.end()
            return [(found[0],)]
        if character == "\\":
            escaped = text[start + 1 : start + 2]
            self.place += 1
            # A letter behind a backslash is a class or a place; a star would be a wildcard in an ignore file.
            if not escaped or escaped.isalnum() or escaped in "*?[]\\\n":
                raise _Untranslatable
            return [(_SLASH if escaped == "/" else "\\" + escaped,)]
        if character in (_ONE, _SLASH, _END, "#") or _PLAIN.match(character):
            return [(character if character != "#" else "\\#",)]
        raise _Untranslatable


def _line(atoms: Atoms) -> str:
    closed = bool(atoms) and atoms[-1] == _END
    body = list(atoms[:-1] if closed else atoms)
    if _END in body:
        raise _Untranslatable
    anchored = True
    if body and body[0] == _DEEP:
        anchored = False
        body.pop(0)
    if _DEEP in body or not body:
        raise _Untranslatable
    written = ""
    for number, atom in enumerate(body):
        first, last = number == 0, number == len(body) - 1
        if atom == _MANY:
            if last and written.endswith("/"):
                return _placed(written, anchored)
            if first:
                anchored = False
                # With a slash behind it there is at least one directory, with a name it begins one.
                written = "*" if last or body[1] != _SLASH else "**/*"
            else:
                written += "**/*" if written.endswith("/") else "*"
        elif atom == _ONE:
            written += "?"
        elif atom.startswith("\\"):
            written += atom[1]
        else:
            written += atom
    if not closed and body[-1] not in (_MANY, _SLASH):
        written += "*"
    if written.endswith("/") and closed:
        raise _Untranslatable
    return _placed(written, anchored)


def _placed(written: str, anchored: bool) -> str:
    name = written.rstrip("/")
    if not name.strip("*/?") or name.startswith("/") or name != name.strip():
        # Everything, or nothing that a person would have meant.
        raise _Untranslatable
    if anchored:
        return f"/{written}"
    if "/" in name and not written.startswith("**/"):
        return f"**/{written}"
    return f"\\{written}" if written[0] in "#!" else written
