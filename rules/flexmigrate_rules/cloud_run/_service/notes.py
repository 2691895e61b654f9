"""Short ways to say what became of a key."""

from __future__ import annotations

from flexmigrate.model import KeyNote, Verdict


def changed(key: str, becomes: str, why: str) -> KeyNote:
    """The key lives on in another form."""
    return KeyNote(key, Verdict.CHANGED, becomes, why)


def dropped(key: str, why: str, becomes: str = "") -> KeyNote:
    """The key has no counterpart and nobody misses it."""
    return KeyNote(key, Verdict.DROPPED, becomes, why)


def manual(key: str, why: str, becomes: str = "") -> KeyNote:
    """A person has to see to the key."""
    return KeyNote(key, Verdict.MANUAL, becomes, why)


def plural(number: int, noun: str) -> str:
    """`1 instance`, `2 instances`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shown(number: float) -> str:
    """A number without a needless `.0`."""
    return f"{number:g}"
