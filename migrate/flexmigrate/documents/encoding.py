"""Decodes a file so that encoding it again gives the very same bytes, or says why that cannot be done."""

from __future__ import annotations

import codecs
import re

_CODING_LINE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


class Undecodable(ValueError):
    """The bytes are no text in the encoding they claim."""


def decode(path: str, data: bytes) -> tuple[str, str]:
    """The text and the codec that turns it back into `data`; Undecodable when there is none.

    A byte order mark stays in the text as its first character. UTF-8 is assumed unless a UTF-16 mark or, in Python
    source, a coding line (PEP 263) says otherwise.
    """
    encoding = _encoding(path, data)
    try:
        text = data.decode(encoding)
        faithful = text.encode(encoding) == data
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Undecodable(f"not {encoding.upper()} text (byte 0x{data[error.start]:02x} in line {line})") from None
    except (LookupError, UnicodeError):
        raise Undecodable(f"not text in the encoding it names ({encoding})") from None
    if not faithful:
        raise Undecodable(f"does not survive decoding as {encoding}")
    return text, encoding


def _encoding(path: str, data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if data.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    if path.endswith(".py") and not data.startswith(codecs.BOM_UTF8):
        for line in data[:400].splitlines()[:2]:
            match = _CODING_LINE.match(line)
            if match:
                return match.group(1).decode("ascii", "replace").lower()
    return "utf-8"
