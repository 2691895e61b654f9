"""What gcloud understands when it reads a scalar of app.yaml: YAML 1.1 with its own ideas of numbers and days.

gcloud resolves plain scalars by the YAML 1.1 rules of its bundled ruamel.yaml 0.15: `yes` is a truth value, `017` is
15, `10:22` is 622, `1e3` is 1000.0. Each value is then converted by the key's own check.
Source: Google Cloud SDK 528.0.0 lib/third_party/ruamel/yaml/resolver.py and constructor.py.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import reduce

Value = str | int | float | bool | date | list[str] | None
"""What a node is to gcloud; a list stands for a sequence, whose members it looks at later."""


class Kind(StrEnum):
    """How a node is written. QUOTED is also for block scalars: whatever is text for certain."""

    PLAIN = "plain"
    QUOTED = "quoted"
    MAPPING = "mapping"
    SEQUENCE = "sequence"


class Unreadable(ValueError):
    """A plain scalar that looks like a number or a day and is none; gcloud stops at it."""


_TRUE = ("y", "yes", "true", "on")
_FALSE = ("n", "no", "false", "off")
# Lower, Capitalised or UPPER, never mIxEd.
_BOOLS = {spelling: word in _TRUE for word in (*_TRUE, *_FALSE) for spelling in (word, word.title(), word.upper())}
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_INT = re.compile(
    r"[-+]?0b[01_]+|[-+]?0?[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+"
)
_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|\.[0-9_]+(?:[eE][-+][0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?"
    r"(?:[ \t]*(?:Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?"
)


def as_read(text: str, kind: Kind) -> Value:
    """What gcloud reads; raises Unreadable where it stops. A mapping has no value of its own and reads as None."""
    if kind is Kind.PLAIN:
        return read_plain(text)
    if kind is Kind.SEQUENCE:
        return []
    return text if kind is Kind.QUOTED else None


def as_text(text: str, kind: Kind) -> str:
    """The text that a key of type text receives, `env_variables` for example: `1.10` -> "1.1", `yes` -> "True"."""
    return str(as_read(text, kind))


def read_plain(text: str) -> Value:
    """A plain scalar by gcloud's rules; raises Unreadable."""
    try:
        return _resolve(text)
    except (ValueError, IndexError, OverflowError) as error:
        raise Unreadable(text) from error


def _resolve(text: str) -> Value:
    if text in _NULL:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _INT.fullmatch(text):
        return _int(text)
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    if moment := _MOMENT.fullmatch(text):
        return _moment(moment)
    # A plain `=` or `<<` has a type of its own in YAML 1.1, for which gcloud has no constructor.
    if text in {"=", "<<"}:
        raise ValueError(text)
    return text


def _split_sign(text: str) -> tuple[int, str]:
    digits = text.replace("_", "").lower()
    sign = -1 if digits[0] == "-" else 1
    return sign, digits[1:] if digits[0] in "+-" else digits


def _int(text: str) -> int:
    sign, digits = _split_sign(text)
    if digits.startswith("0b"):
        return sign * int(digits[2:], 2)
    if digits.startswith("0x"):
        return sign * int(digits[2:], 16)
    if ":" in digits:
        return sign * reduce(lambda total, part: total * 60 + int(part), digits.split(":"), 0)
    return sign * int(digits, 8 if digits[0] == "0" else 10)


def _float(text: str) -> float:
    sign, digits = _split_sign(text)
    if digits in {".inf", ".nan"}:
        return sign * float(digits[1:])
    if ":" in digits:
        return sign * sum(float(part) * 60.0**power for power, part in enumerate(reversed(digits.split(":"))))
    return sign * float(digits)


def _moment(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction = found[7] or ""
    micros = int(fraction[:6].ljust(6, "0")) + (len(fraction) > 6 and int(fraction[6]) > 4)
    moment = datetime(year, month, day, hour, minute, second, micros)
    if found[8]:
        offset = timedelta(hours=int(found[9]), minutes=int(found[10] or 0))
        moment -= -offset if found[8] == "-" else offset
    return moment
