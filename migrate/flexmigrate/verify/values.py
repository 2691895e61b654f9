"""The text a program receives for a value of app.yaml, which gcloud reads by YAML 1.1 and then turns into text.

Source: Google Cloud SDK 528.0.0, its bundled ruamel.yaml 0.15 (resolver.py, constructor.py): `1.10` without quotes is
passed as `1.1`, `yes` as `True`, nothing as `None`.
"""

from __future__ import annotations

import re

from flexmigrate.documents.yaml import Node

_BOOLS = {
    spelling: truth
    for truth, words in (("True", ("y", "yes", "true", "on")), ("False", ("n", "no", "false", "off")))
    for word in words
    for spelling in (word, word.title(), word.upper())
}
_NULLS = ("", "~", "null", "Null", "NULL")
_SIXTIES = re.compile(r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+")
_INT = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)")
_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9_]+(?:[eE][-+][0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


def as_passed(node: Node) -> str:
    """A scalar as `env_variables` hands it down."""
    if node.style or node.tag is not None:
        return node.value
    text = node.value
    if text in _NULLS:
        return "None"
    if text in _BOOLS:
        return _BOOLS[text]
    plain = text.replace("_", "")
    try:
        if _FLOAT.fullmatch(text):
            return str(float(re.sub(r"\.(inf|nan)$", r"\1", plain.lower())))
        if _INT.fullmatch(text):
            return str(_whole(plain))
        if _SIXTIES.fullmatch(text):
            return str(_of_sixties(plain))
    except ValueError:
        return text
    return text


def _whole(text: str) -> int:
    sign, digits = (-1 if text[0] == "-" else 1), text.lstrip("+-").lower()
    if digits.startswith(("0b", "0x")):
        return sign * int(digits, 0)
    return sign * int(digits, 8 if digits[0] == "0" else 10)


def _of_sixties(text: str) -> int:
    sign, total = (-1 if text[0] == "-" else 1), 0
    for part in text.lstrip("+-").split(":"):
        total = total * 60 + int(part)
    return sign * total
