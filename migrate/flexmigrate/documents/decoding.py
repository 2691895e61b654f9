"""Bytes to text where a byte order mark or a `coding` comment may name the encoding, always reversible."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    # The UTF-32 mark begins with the UTF-16 one, so it has to be tried first.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PYTHON_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_PYTHON_BLANK = re.compile(rb"[ \t\f]*(?:#.*)?$")
_PIP_COOKIE = re.compile(rb"coding[:=]\s*([-\w.]+)")
_LONGEST_COOKIE_LINE = 1000


class Undecodable(ValueError):
    """The bytes are no text in the encoding they claim; the message says where."""


def decode(path: str, data: bytes) -> tuple[str, str]:
    """The text and its encoding as the readers of this kind of file take it; Undecodable when there is none.

    `text.encode(encoding)` gives `data` again; a byte order mark stays as the first character.
    """
    if path.endswith(".py"):
        return decode_python(data)
    if path.endswith((".txt", ".in")):
        return decode_requirements(data)
    return decode_marked(data)


def decode_marked(
    data: bytes, encoding: str = "utf-8", marks: tuple[tuple[bytes, str], ...] = _MARKS
) -> tuple[str, str]:
    """The text and its encoding, so that `text.encode(encoding) == data`; a byte order mark stays as `\\ufeff`."""
    marked = next((name for mark, name in marks if data.startswith(mark)), None)
    return _strictly(data, marked or encoding)


def decode_requirements(data: bytes) -> tuple[str, str]:
    """As pip decodes requirements: byte order mark, else a `coding` comment in the first two lines, else UTF-8."""
    if any(data.startswith(mark) for mark, _ in _MARKS):
        return decode_marked(data)
    for line in data.split(b"\n", 2)[:2]:
        found = _PIP_COOKIE.search(line[:_LONGEST_COOKIE_LINE]) if line.startswith(b"#") else None
        if found:
            return _strictly(data, found[1].decode("ascii", "replace"))
    return _strictly(data, "utf-8")


def decode_python(data: bytes) -> tuple[str, str]:
    """As PEP 263 says: a UTF-8 mark, else a `coding` comment in the first two lines, else UTF-8."""
    if data.startswith(codecs.BOM_UTF8):
        return _strictly(data, "utf-8")
    for line in data.replace(b"\r", b"\n").split(b"\n", 3)[:2]:
        head = line[:_LONGEST_COOKIE_LINE]
        found = _PYTHON_COOKIE.match(head)
        if found:
            return _strictly(data, found[1].decode("ascii", "replace"))
        if not _PYTHON_BLANK.match(head):
            break
    return _strictly(data, "utf-8")


def _strictly(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        # Codecs such as rot13 or zip translate no bytes to text; `decode` refuses them with LookupError.
        text = data.decode(encoding)
        same = text.encode(encoding) == data
    except LookupError:
        raise Undecodable(f"unknown encoding {encoding!r}") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Undecodable(f"not {encoding.upper()} text (byte 0x{data[error.start]:02x} in line {line})") from None
    except ValueError as error:
        raise Undecodable(f"not {encoding.upper()} text: {error}") from None
    if not same:
        raise Undecodable(f"{encoding} would not give the same bytes back")
    return text, encoding
