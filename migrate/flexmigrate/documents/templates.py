"""Hides template placeholders behind plain text of the same length, so that spans still fit the original."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"""
    \{\{ (?: [^{}] | \}(?!\}) | \{(?!\{) ){0,2000} \}\}    # {{ x }}   Jinja, Helm, Go, Mustache
  | \{% [^%]{0,2000} %\}                                   # {% if %}  Jinja
  | \{\# [^#]{0,2000} \#\}                                 # {# note #}
  | <% [^%]{0,2000} %>                                     # <%= x %>  ERB
  | \$\$? \{ [^{}\r\n]{0,500} \}                           # ${X}      shell, Terraform
  | %[A-Za-z_][A-Za-z0-9_]{0,80}%                          # %X%       Windows
  | @[A-Za-z_][A-Za-z0-9_.]{1,80}@                         # @X@       Maven, autoconf
    """,
    re.VERBOSE,
)
_MARKS = ("{{", "{%", "{#", "<%", "${", "%", "@")
_OWN_LINES = re.compile(r"^[ \t]*$")


class Mask:
    """A text with its placeholders hidden.

    `text` is as long as the original, line for line; `spans` are the hidden places. A placeholder that has its lines
    for itself becomes comments (it is a statement such as `{% if %}`), any other becomes letters.
    """

    def __init__(self, original: str) -> None:
        self.text = original
        self.spans: list[tuple[int, int]] = []
        if any(mark in original for mark in _MARKS):
            self._hide(original)

    def _hide(self, original: str) -> None:
        parts: list[str] = []
        reached = 0
        for match in _PLACEHOLDER.finditer(original):
            parts += (original[reached : match.start()], _stand_in(original, match))
            reached = match.end()
            self.spans.append(match.span())
        self.text = "".join((*parts, original[reached:]))

    def hides(self, start: int, end: int) -> bool:
        """Whether any of the characters `start..end` stands for a placeholder."""
        return any(low < end and start < high for low, high in self.spans)


def _stand_in(original: str, match: re.Match[str]) -> str:
    before = original[max(original.rfind("\n", 0, match.start()), original.rfind("\r", 0, match.start())) + 1 : match.start()]
    after = re.split(r"[\r\n]", original[match.end() : match.end() + 200], maxsplit=1)[0]
    statement = bool(_OWN_LINES.match(before.lstrip("\ufeff")) and _OWN_LINES.match(after))
    if statement:
        return re.sub(r"[^\r\n]+", lambda line: "#" + "t" * (len(line.group()) - 1), match.group())
    return re.sub(r"[^\r\n]", "t", match.group())
