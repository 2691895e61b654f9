"""Reads the names out of git's index file (https://git-scm.com/docs/index-format), versions 2 and 3."""

from __future__ import annotations

import hashlib
import os

_HEADER = 12
_FIXED = 62
_FLAGS = 60
_HASH = 20
_EXTENDED = 0x4000
_LONGEST = 0xFFF


def tracked_names(data: bytes) -> set[str] | None:
    """The names that `git ls-files --cached` lists; None for an index that only git itself should read.

    That is a damaged one, one of another version, one that is split in two, and one that leaves directories out.
    """
    if len(data) < _HEADER + _HASH or data[:4] != b"DIRC" or int.from_bytes(data[4:8], "big") not in (2, 3):
        return None
    if hashlib.sha1(data[:-_HASH], usedforsecurity=False).digest() != data[-_HASH:]:
        return None
    names: set[str] = set()
    place = _HEADER
    for _ in range(int.from_bytes(data[8:12], "big")):
        flags = int.from_bytes(data[place + _FLAGS : place + _FIXED], "big")
        start = place + _FIXED + (2 if flags & _EXTENDED else 0)
        length = flags & _LONGEST
        end = start + length if length < _LONGEST else data.index(b"\0", start)
        names.add(os.fsdecode(data[start:end]))
        # An entry is padded with one to eight NULs to a multiple of eight bytes.
        place += (end - place) // 8 * 8 + 8
    if place > len(data) - _HASH or not names:
        return None
    while place < len(data) - _HASH:
        if not data[place : place + 1].isupper():
            # An extension that must be understood: `link` (split index), `sdir` (sparse directories).
            return None
        place += 8 + int.from_bytes(data[place + 4 : place + 8], "big")
    return names
