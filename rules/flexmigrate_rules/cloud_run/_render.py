"""Writes service.yaml for people: two blanks deep, texts quoted only where YAML needs it, comments where they help."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from flexmigrate.documents.yaml_data import reads_as_text
from flexmigrate_rules.cloud_run._service.parts import Field, Fields, Many, Value

WIDTH = 110
_PLAIN = re.compile(r"[A-Za-z0-9_./<$][A-Za-z0-9_./@+=<>$(),:;-]*(?: [A-Za-z0-9_./@+=<>$(),:;-]+)*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def render(fields: Fields, head: str = "") -> str:
    """The document as text; `head` becomes the comment at its top."""
    lines = [*_comment(head, 0), *_mapping(fields, 0)]
    return "\n".join(lines) + "\n"


def scalar(value: str | int) -> str:
    """A value as YAML that every version reads back as exactly this text or number."""
    if isinstance(value, int):
        return str(value)
    plain = _PLAIN.fullmatch(value) and reads_as_text(value) and ": " not in value and not value.endswith(":")
    if plain:
        return value
    if value.isprintable() and "\ufeff" not in value:
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(_escaped(character) for character in value) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() and character != "\ufeff":
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _comment(text: str, depth: int) -> Iterator[str]:
    margin = " " * depth
    for paragraph in text.split("\n") if text else ():
        for line in textwrap.wrap(paragraph, WIDTH - depth - 2, break_long_words=False, break_on_hyphens=False) or [""]:
            yield f"{margin}# {line}".rstrip()


def _mapping(fields: Fields, depth: int) -> Iterator[str]:
    for field in fields:
        yield from _field(field, depth)


def _field(field: Field, depth: int) -> Iterator[str]:
    margin = " " * depth
    key = f"{margin}{scalar(field.key)}:"
    match field.value:
        case str() | int():
            line = f"{key} {scalar(field.value)}"
            beside = f"{line}  # {field.comment}"
            if field.comment and len(beside) > WIDTH:
                yield from _comment(field.comment, depth)
            yield beside if field.comment and len(beside) <= WIDTH else line
        case Many():
            yield from _comment(field.comment, depth)
            yield key
            for item in field.value.items:
                yield from _item(item, depth)
        case _:
            yield from _comment(field.comment, depth)
            yield key
            yield from _mapping(field.value, depth + 2)


def _item(item: Value, depth: int) -> Iterator[str]:
    """One member of a sequence; its comments stand above the dash."""
    margin = " " * depth
    if isinstance(item, str | int):
        yield f"{margin}- {scalar(item)}"
        return
    lines = list(_mapping(item, depth + 2)) if isinstance(item, tuple) else []
    first = next((index for index, line in enumerate(lines) if not line.lstrip().startswith("#")), 0)
    for index, line in enumerate(lines):
        if index < first:
            yield line[2:]
        else:
            yield f"{margin}- {line[depth + 2 :]}" if index == first else line
