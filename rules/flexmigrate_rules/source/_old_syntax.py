"""Tells by its bytes whether a file may not be Python 3; right for the most part, and never slow."""

from __future__ import annotations

import codecs
import re
from functools import cache, lru_cache

_KEPT = 4096


@lru_cache(maxsize=_KEPT)
def looks_old(data: bytes) -> bool:
    """Whether something stands in the file that hardly occurs in Python 3."""
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"<>" in data or (b"\n\t" in data and b"\n " in data):
        return True
    for pattern, before in _patterns():
        for match in pattern.finditer(data):
            start = max(data.rfind(b"\n", 0, match.start()), data.rfind(b"\r", 0, match.start())) + 1
            if before is None or before.fullmatch(data, start, match.start()):
                return True
    return False


@cache
def _patterns() -> tuple[tuple[re.Pattern[bytes], re.Pattern[bytes] | None], ...]:
    """Patterns, each with what has to stand before it in its line; all begin with letters, which keeps them fast."""
    statement = re.compile(rb"[ \t]*|[^#\n\"']*[:;][ \t]*")
    value = re.compile(rb"[ \t]*(?:[\w.\[\]]+[ \t]*[+%]?=|return|yield|[\w.]+[ \t]*=.*[+%])[ \t]*")
    opened = re.compile(rb".*[(,=][ \t]*")
    anywhere = None
    listed = (
        (rb"print(?:[ \t]+(?!(?:in|is|and|or|if|else|for|not)\b)[\w\"'`{\[~]|[\"'`]|[ \t]*>>)", statement),
        (rb"print[ \t]+\([^\n]*\)[ \t]*[%,]", statement),
        (rb"exec[ \t]+[\w\"']", statement),
        (rb"except[ \t]+(?:\([^:\n]{1,120}\)|[^:\n()]{1,80}),[ \t]*\w+[ \t]*:", statement),
        (rb"raise[ \t]+[\w.]+(?:\([^()\n]*\))?[ \t]*,", statement),
        (rb"`[^`\n]{1,60}`(?!`)", value),
        (rb"ur(?<!\wur)[\"']", anywhere),
        (rb"UR(?<!\wUR)[\"']", anywhere),
        (rb"0[0-7]{2,}(?=[ \t]*[),\n])", opened),
        (rb"L(?<=[0-9]L)\b", opened_number()),
        (rb"l(?<=\W[0-9]l)\b", opened_number()),
        (rb"def[ \t]+\w+[ \t]*\((?:[^()\n=:]*,)?[ \t]*\(", statement),
        (rb"lambda[ \t]+(?:[\w, \t]*,)?[ \t]*\([\w, \t]+\)[ \t]*:", anywhere),
        (rb"True[ \t]*=[^=]", statement),
        (rb"False[ \t]*=[^=]", statement),
        (rb"async(?<!\wasync)[ \t]*(?:[=(]|\b(?<=\.async)|\b(?<=(?:as|ss|ef|rt)[ \t]async))", anywhere),
        (rb"await(?<!\wawait)[ \t]*(?:=[^=]|\b(?<=\.await)|\b(?<=(?:as|ss|ef|rt)[ \t]await))", anywhere),
    )
    return tuple((re.compile(pattern), before) for pattern, before in listed)


def opened_number() -> re.Pattern[bytes]:
    """A line up to the last letter of a number that begins behind a bracket or an operator."""
    return re.compile(rb"[^#\n]*(?:[(,=\[+*/%<>:-]|\breturn)[ \t]*(?:0[xX])?[0-9a-fA-F]+")
