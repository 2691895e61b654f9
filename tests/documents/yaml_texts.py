"""YAML documents made up as text, in every style at once, together with the data they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import strategies as st

Data = object
NAMES = ["a", "b", "env", "key_1", "über", "on", "3.10", "x y"]
TEXTS = [
    "v",
    "two words",
    "3.10",
    "yes",
    "",
    "it's",
    'a "b"',
    "é 😀",
    "a: b",
    "# no comment",
    "x" * 40,
    "-dash",
    "{{ t }}",
]
NUMBERS = ["1", "0", "-7"]


@dataclass(frozen=True)
class Written:
    """A document as text, and its data as PyYAML would load it."""

    text: str
    data: Data


class Writer:
    """Draws data and writes it down in the same breath, so that text and data cannot disagree by a shared mistake."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def one_of(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def document(self) -> Written:
        lines, data = self.mapping(0, 0)
        head = self.one_of("", "", "", "# head\n", "---\n", "%YAML 1.1\n---\n", "\n\n")
        ends_in_text = "|" in "".join(lines[-6:])
        # Blank lines behind a text block can be part of it.
        tail = self.one_of("", "", "", "# tail\n", "...\n", "" if ends_in_text else "\n  \n")
        text = head + "".join(f"{line}\n" for line in lines) + tail
        if self.draw(st.integers(0, 4)) == 0 and not ends_in_text:
            text = text.removesuffix("\n")
        if self.draw(st.integers(0, 4)) == 0:
            text = text.replace("\n", self.one_of("\r\n", "\r"))
        if self.draw(st.integers(0, 6)) == 0 and not head.startswith("%"):
            text = "\ufeff" + text
        return Written(text, data)

    def names(self) -> list[str]:
        return self.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))

    def key(self, name: str) -> str:
        plain = [name] if name not in ("on", "3.10") else []
        return self.one_of(f"'{name}'", f'"{name}"', *plain * 4)

    def comment(self, margin: str) -> list[str]:
        return self.draw(
            st.sampled_from([[], [], [], [], [f"{margin}# note: x"], [""], ["", f"{margin}    # deep", ""]])
        )

    def behind(self) -> str:
        return self.one_of("", "", "", "  # why", " ", " # {a: 'b")

    def mapping(self, column: int, depth: int) -> tuple[list[str], dict[str, Data]]:
        margin, lines, data = " " * column, list[str](), dict[str, Data]()
        for name in self.names():
            # A comment that is deeper than a text block above it would be text.
            if not any(re.search(r": [|>]", line) for line in lines):
                lines += self.comment(margin)
            head = f"{margin}{self.key(name)}{self.one_of('', '', ' ')}:"
            below, data[name] = self.value(column, depth)
            lines += [head + below[0], *below[1:]]
        return lines, data

    def value(self, column: int, depth: int) -> tuple[list[str], Data]:
        """What stands behind a colon, and the lines below it."""
        kind = self.draw(st.integers(0, 11 if depth < 3 else 7))
        if kind < 4:
            text, data = self.scalar()
            return [f" {text}{self.behind()}"], data
        if kind == 4:
            return [self.behind()], None
        if kind == 5:
            text, data = self.flow(depth)
            return [f" {text}{self.behind()}"], data
        if kind == 6:
            return self.text_block(column)
        if kind == 7:
            return [" one", " " * (column + 1) + "two" + self.behind()], "one two"
        if kind < 10:
            lines, below = self.mapping(column + self.draw(st.sampled_from([1, 2, 2, 3, 4, 8])), depth + 1)
            return [self.behind(), *lines], below
        items, found = self.sequence(column + self.draw(st.sampled_from([0, 0, 2, 4])), depth + 1)
        return [self.behind(), *items], found

    def sequence(self, column: int, depth: int) -> tuple[list[str], list[Data]]:
        lines, data = list[str](), list[Data]()
        for _ in range(self.draw(st.integers(1, 3))):
            dash = " " * column + self.one_of("- ", "-   ")
            if self.draw(st.booleans()):
                text, value = self.scalar()
                lines.append(dash + text + self.behind())
                data.append(value)
                continue
            below, found = self.mapping(len(dash), depth)
            while not below[0].strip() or below[0].lstrip().startswith("#"):
                below = below[1:]
            lines += [dash + below[0][len(dash) :], *below[1:]]
            data.append(found)
        return lines, data

    def scalar(self, flow: bool = False) -> tuple[str, Data]:
        if self.draw(st.integers(0, 3)) == 0:
            number = self.draw(st.sampled_from(NUMBERS))
            return number, int(number)
        value = self.draw(st.sampled_from(TEXTS))
        options = ["'" + value.replace("'", "''") + "'"]
        if value != "{{ t }}":
            options.append('"' + value.replace('"', '\\"') + '"')
        if re.fullmatch(r"[a-zé][\w 😀']*", value) and value != "yes" and not flow:
            options += [value] * 3
        return self.one_of(*options), value

    def flow(self, depth: int) -> tuple[str, Data]:
        gap = self.one_of("", " ")
        if self.draw(st.booleans()):
            items = [self.flow_value(depth) for _ in range(self.draw(st.integers(0, 3)))]
            return "[" + gap + ", ".join(text for text, _ in items) + gap + "]", [value for _, value in items]
        pairs = [(name, *self.flow_value(depth)) for name in self.names()]
        comma = self.one_of("", "", ",")
        text = "{" + gap + ", ".join(f"{self.key(name)}: {text}" for name, text, _ in pairs) + comma + gap + "}"
        return text, {name: value for name, _, value in pairs}

    def flow_value(self, depth: int) -> tuple[str, Data]:
        return self.flow(depth + 1) if depth < 2 and self.draw(st.integers(0, 4)) == 0 else self.scalar(flow=True)

    def text_block(self, column: int) -> tuple[list[str], Data]:
        margin = " " * (column + self.draw(st.integers(1, 4)))
        chomp = self.one_of("", "-", "+")
        note = self.one_of("", "  # note")
        body = self.draw(st.sampled_from([["x"], ["x", "  y"], ["x: 1", "", "# z"], ["- x", "{{ t }}"]]))
        blanks = self.draw(st.integers(0, 2))
        end = {"": "\n", "-": "", "+": "\n" * (1 + blanks)}[chomp]
        lines = [f" |{chomp}{note}", *(margin + line if line else "" for line in body), *[""] * blanks]
        return lines, "\n".join(body) + end


@st.composite
def written(draw: st.DrawFn) -> Written:
    """A document of one mapping."""
    return Writer(draw).document()
