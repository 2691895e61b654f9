"""Keep the values of environment variables out of what is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

_SHORT = 4


class Redaction:
    """Replaces every value by the name of its variable.

    A value of fewer than four characters is replaced only in quotes: alone it could be any word or number.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        parts = {part: name for name, value in values.items() for part in _parts(value)}
        self._parts = sorted(parts.items(), key=lambda part: len(part[0]), reverse=True)

    def __call__(self, text: str) -> str:
        """The text without the values."""
        for part, name in self._parts:
            if len(part) >= _SHORT:
                text = text.replace(part, f"<{name}>")
            elif part:
                text = re.sub(rf"(['\"]){re.escape(part)}\1", rf"\1<{name}>\1", text)
        return text


def _parts(value: str) -> set[str]:
    """The value, its lines, as Python would spell it, and the password and user in it where it is an address."""
    found = {value, repr(value)[1:-1], *(line.strip() for line in value.splitlines())}
    try:
        address = urlsplit(value)
        secrets = (address.password, address.username) if address.scheme and "@" in address.netloc else ()
    except ValueError:
        secrets = ()
    found |= {form for secret in secrets if secret for form in (secret, unquote(secret))}
    return {part for part in found if part}
