"""Hides template placeholders behind plain text of the same length, so that spans still fit the original."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from flexmigrate.documents.text import line_end, line_start

_PLACEHOLDER = re.compile(
    r"""
    \{\{ (?: [^{}\r\n] | \}(?!\}) | \{(?!\{) ){0,2000} \}\}     # {{ x }}   Jinja, Helm, Go, Mustache
  | \{\{ -? [ \t]* /\* [^*]{0,2000} \*/ [ \t]* -? \}\}          # {{/* note */}}
  | \{% [^%]{0,2000} %\}                                        # {% if %}  Jinja
  | \{\# [^#]{0,2000} \#\}                                      # {# note #}
  | <% [^%]{0,2000} %>                                          # <%= x %>  ERB
  | \$\$? \{ [^{}\r\n]{0,500} \}                                # ${X}      shell, Terraform
  | %[A-Za-z_][A-Za-z0-9_]{0,80}%                               # %X%       Windows
  | @[A-Za-z_][A-Za-z0-9_.]{1,80}@                              # @X@       Maven, autoconf
    """,
    re.VERBOSE,
)
_MARKS = ("{{", "{%", "{#", "<%", "${", "%", "@")
_HALVES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|<%|%>|\$\{")
_KEYWORD = re.compile(
    r"(?:\{%|<%)[-+~]?\s*(/?\w*)|\{\{[-~]?\s*([#/]?\w*)(?=\s+[^\s|}-])|\{\{[-~]?\s*(else|end|/\w+)\s*[-~]?\}\}"
)
_OPENERS = frozenset(
    (
        "if",
        "unless",
        "for",
        "each",
        "range",
        "with",
        "case",
        "while",
        "block",
        "define",
        "macro",
        "filter",
        "call",
        "raw",
    )
)
_MIDDLES = frozenset(("else", "elif", "elsif", "elseif", "when"))

Branch = tuple[int, ...]
"""Which branches of `{% if %}` and its like a place lies in: where each begins, outermost first."""


class Mask:
    """A text with its placeholders hidden.

    `text` is as long as the original, line for line; `spans` are the hidden places. A placeholder that has its lines
    for itself becomes comments (it is a statement such as `{% if %}`), any other becomes letters that occur nowhere
    else, so that `shown` can put the placeholders back into a value.
    """

    def __init__(self, original: str) -> None:
        self.original = original
        self.text = original
        self.spans: list[tuple[int, int]] = []
        self._starts: list[int] = []
        self._branches: list[tuple[int, Branch]] = []
        if any(mark in original for mark in _MARKS):
            self._hide(original)

    def _hide(self, original: str) -> None:
        matches = _matches(original)
        if not matches:
            return
        self._head, self._note, self._tail = _unused(original)
        self._stand_in = re.compile(f"(?:{self._head}|#{self._note})(?:{self._tail}|\\s+(?={self._tail}))*")
        parts: list[str] = []
        reached = 0
        for match in matches:
            parts += (original[reached : match.start()], self._hidden(match))
            reached = match.end()
            self.spans.append(match.span())
        self.text = "".join((*parts, original[reached:]))
        self._starts = [start for start, _ in self.spans]
        self._branches = _branches(matches)

    def _hidden(self, match: re.Match[str]) -> str:
        start, end = match.span()
        before = self.original[line_start(self.original, start) : start].lstrip("\ufeff")
        after = self.original[end : line_end(self.original, end)]
        if before.strip(" \t") or after.strip(" \t"):
            return self._head + re.sub(r"[^\r\n]", self._tail, match.group()[1:])
        return re.sub(r"[^\r\n]+", self._comment, match.group())

    def _comment(self, line: re.Match[str]) -> str:
        long_enough = "#" + (self._tail if line.start() else self._note) + self._tail * len(line.group())
        return long_enough[: len(line.group())]

    def hides(self, start: int, end: int) -> bool:
        """Whether any of the characters `start..end` stands for a placeholder."""
        return bool(self._within(start, end))

    def shown(self, value: str, start: int, end: int) -> str | None:
        """A value read from `start..end` of the hidden text with its placeholders back; None where they got lost."""
        hidden = iter(self.original[low:high] for low, high in self._within(start, end))
        found = self._stand_in.sub(lambda _: next(hidden, self._head), value)
        lost = any(letter in found for letter in (self._head, self._note, self._tail))
        return None if lost or next(hidden, None) is not None else found

    def branch(self, offset: int) -> Branch:
        """The branches of template statements that are open at a place; the same for two places that come together."""
        index = bisect_right(self._branches, offset, key=lambda place: place[0])
        return self._branches[index - 1][1] if index else ()

    def _within(self, start: int, end: int) -> list[tuple[int, int]]:
        low = max(0, bisect_right(self._starts, start) - 1)
        high = bisect_left(self._starts, end)
        return [span for span in self.spans[low:high] if span[0] < end and start < span[1]]


def _matches(text: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    reached = 0
    while match := _PLACEHOLDER.search(text, reached):
        start, end = match.span()
        # Halves far apart are no pair, unless they look like a statement of several lines.
        if line_end(text, start) >= end or not text[line_start(text, start) : start].strip(" \t\ufeff"):
            found.append(match)
            reached = end
        else:
            reached = start + 1
    return found


def half_open(text: str) -> bool:
    """Whether the text holds one half of a placeholder, which could pair up with another half elsewhere in a file."""
    return _HALVES.search(_PLACEHOLDER.sub("", text)) is not None


def placeholders(text: str) -> list[str]:
    """The placeholders of a text as written."""
    return [match.group() for match in _PLACEHOLDER.finditer(text)]


def _unused(text: str) -> tuple[str, str, str]:
    # Characters for private use: YAML takes them anywhere a letter can stand, and nobody writes them.
    free = (chr(code) for code in range(0xE000, 0xF900) if chr(code) not in text)
    return next(free, "\ue000"), next(free, "\ue001"), next(free, "\ue002")


def _branches(matches: list[re.Match[str]]) -> list[tuple[int, Branch]]:
    found: list[tuple[int, Branch]] = []
    branch: Branch = ()
    for match in matches:
        head = _KEYWORD.match(match.group())
        word = (head.group(1) or head.group(2) or head.group(3) or "") if head else ""
        if word in _OPENERS or word.startswith("#"):
            branch = (*branch, match.end())
        elif word in _MIDDLES and branch:
            branch = (*branch[:-1], match.end())
        elif branch and (word == "end" or word[:1] == "/" or (word.startswith("end") and word[3:] in _OPENERS)):
            branch = branch[:-1]
        else:
            continue
        found.append((match.end(), branch))
    return found
