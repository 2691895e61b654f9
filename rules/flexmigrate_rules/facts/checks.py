"""Predict whether gcloud's parser takes a value: its type checks, ranges, patterns and lists of words.

Source: Google Cloud SDK 528.0.0 lib/googlecloudsdk/appengine/api/validation.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flexmigrate_rules.facts.scalars import Value

LARGEST = 2**63 - 1
"""gcloud's own ceiling for whole numbers that have a range."""

CONTAINERS = frozenset({"mapping", "map", "sequence"})
TYPES = CONTAINERS | {"text", "integer", "number", "boolean", "pattern", "choice", "regex", "list"}


@dataclass(frozen=True, slots=True)
class Check:
    """What gcloud demands of a value; the words are those of keys.toml."""

    type: str
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    choices: tuple[str, ...] = ()

    def objection(self, value: Value) -> str:
        """Why gcloud refuses this value (never None, which is a matter of the row); empty where it takes it."""
        match self.type:
            case "text" | "boolean":
                return ""
            case "integer" | "number":
                return self._number_objection(value)
            case "pattern":
                # As gcloud wraps it, with `match` and `$`: a final newline passes.
                fits = re.match(f"^(?:{self.pattern})$", str(value))
                return "" if fits else f"{_shown(value)} does not match {self.pattern}"
            case "choice":
                return "" if str(value) in self.choices else f"{_shown(value)} is none of {', '.join(self.choices)}"
            case "regex":
                return _regex_objection(value)
            case "list":
                return "" if isinstance(value, str | list) else f"{_shown(value)} is not a list"
            case "sequence":
                return "" if isinstance(value, list) else f"{_shown(value)} is not a list"
        return f"{_shown(value)} is not a mapping"

    def _number_objection(self, value: Value) -> str:
        whole = self.type == "integer"
        kind = "a whole number" if whole else "a number"
        try:
            number = _convert(value, whole)
        except (TypeError, ValueError, OverflowError):
            return f"{_shown(value)} is not {kind}"
        if self.minimum is not None and number < self.minimum:
            return f"{_shown(value)} is below {self.minimum:g}"
        if self.maximum is not None and number > self.maximum:
            return f"{_shown(value)} is above {self.maximum}"
        return ""


def _convert(value: Value, whole: bool) -> float:
    """Python's own int() and float(), as gcloud calls them: they take more spellings than YAML does."""
    if not isinstance(value, str | int | float):
        raise TypeError(value)
    return int(value) if whole else float(value)


def _regex_objection(value: Value) -> str:
    if isinstance(value, list):
        return ""
    try:
        re.compile(str(value).replace("\n", "").replace("\r", ""))
    except re.error as error:
        return f"{_shown(value)} is not a regular expression: {error}"
    return ""


def _shown(value: Value) -> str:
    return "a list" if isinstance(value, list) else f"`{value}`"
