"""What a Dockerfile builds on and runs, and rewrites of single instructions that leave everything else alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flexmigrate.documents.dockerfile_parse import Dockerfile, Instruction, parse
from flexmigrate.documents.shell import Step, read, read_words
from flexmigrate.documents.shell_words import tokens
from flexmigrate.documents.spans import Span, replace_span
from flexmigrate.documents.text import newline_at
from flexmigrate.model import Rewrite

__all__ = [
    "Command",
    "Dockerfile",
    "From",
    "ImageReference",
    "Instruction",
    "command",
    "copied",
    "environment",
    "parse",
]
__all__ += ["image_reference", "remove_instruction", "replace_image", "replace_instruction", "stages", "steps"]

_FLAG = re.compile(r"--([a-z-]+)(?:=(\S*))?[ \t]*")
_WORD = re.compile(r"\S+")
_VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^${}]*))?\})")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*")


@dataclass(frozen=True, slots=True)
class ImageReference:
    """`[registry/]repository[:tag][@digest]`; what is not written is empty."""

    registry: str
    repository: str
    tag: str
    digest: str

    def __str__(self) -> str:
        name = f"{self.registry}/{self.repository}" if self.registry else self.repository
        return name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


@dataclass(frozen=True, slots=True)
class From:
    """The begin of a stage. `written` is the image as it stands at `image_span`; `image` that with variables replaced.

    `image` is None where a variable has no value here; `stage` is the earlier stage that it names, counted from 0.
    """

    instruction: Instruction
    written: str
    image_span: Span
    image: str | None
    platform: str = ""
    alias: str = ""
    stage: int | None = None

    @property
    def reference(self) -> ImageReference | None:
        """The parts of the image's name; None where they cannot be told, or it is an earlier stage."""
        return image_reference(self.image) if self.image and self.stage is None else None


@dataclass(frozen=True, slots=True)
class Command:
    """The argument of RUN, CMD or ENTRYPOINT: `arguments` in exec form, None in shell form; `text` as joined."""

    text: str
    arguments: tuple[str, ...] | None
    instruction: Instruction


def image_reference(image: str) -> ImageReference | None:
    """Split an image's name; None when it is none."""
    if not _REFERENCE.fullmatch(image):
        return None
    name, _, digest = image.partition("@")
    first, slash, rest = name.partition("/")
    registry = first if slash and ("." in first or ":" in first or first == "localhost") else ""
    repository = rest if registry else name
    head, colon, tag = repository.rpartition(":")
    return ImageReference(registry, head if colon else repository, tag if colon else "", digest)


def stages(file: Dockerfile) -> tuple[From, ...]:
    """The FROM instructions in order."""
    found: list[From] = []
    defaults: dict[str, str] = {}
    for instruction in file.instructions:
        if instruction.keyword == "FROM":
            stage = _from(instruction, defaults, found)
            if stage:
                found.append(stage)
        elif instruction.keyword == "ARG" and not found:
            # Only what stands before the first FROM can be used in one.
            for name, value in _pairs(instruction.arguments.text):
                if value is not None and (known := substitute(value, defaults)) is not None:
                    defaults[name] = known
    return tuple(found)


def _from(instruction: Instruction, defaults: Mapping[str, str], before: list[From]) -> From | None:
    text = instruction.arguments.text
    flags, place = _flags(text)
    image = _WORD.match(text, place)
    if image is None:
        return None
    rest = text[image.end() :].split()
    alias = rest[1] if len(rest) == 2 and rest[0].upper() == "AS" else ""
    resolved = substitute(image[0].strip("\"'"), defaults)
    named = {stage.alias.lower(): number for number, stage in enumerate(before) if stage.alias}
    return From(
        instruction,
        image[0],
        instruction.arguments.span(*image.span()),
        resolved,
        dict(flags).get("platform", ""),
        alias,
        named.get((resolved or "").lower()),
    )


def substitute(text: str, values: Mapping[str, str]) -> str | None:
    """The text with `$X`, `${X}`, `${X:-default}` and `${X:+other}` replaced; None where a value is missing."""
    missing = False

    def value(found: re.Match[str]) -> str:
        nonlocal missing
        known = values.get(found[1] or found[2])
        use, other = found[3] or "", found[4] or ""
        if use.endswith("+"):
            return other if known else ""
        if use.endswith("-") and not known:
            return other
        missing = missing or known is None
        return known or ""

    result = _VARIABLE.sub(value, text)
    return None if missing or "$" in result else result


def _flags(text: str) -> tuple[list[tuple[str, str]], int]:
    flags: list[tuple[str, str]] = []
    place = 0
    while found := _FLAG.match(text, place):
        flags.append((found[1], found[2] or ""))
        place = found.end()
    return flags, place


def command(instruction: Instruction) -> Command:
    """The command of RUN, CMD or ENTRYPOINT, flags such as `--mount` left out."""
    text = instruction.arguments.text[_flags(instruction.arguments.text)[1] :]
    return Command(text, _exec_form(text), instruction)


def steps(file: Dockerfile) -> tuple[Step, ...]:
    """What the last stage starts: ENTRYPOINT with CMD behind it, or CMD alone. Places are those in the joined text."""
    entrypoint: Command | None = None
    cmd: Command | None = None
    for instruction in file.instructions:
        if instruction.keyword == "FROM":
            entrypoint = cmd = None
        elif instruction.keyword == "CMD":
            cmd = command(instruction)
        elif instruction.keyword == "ENTRYPOINT":
            # A new entrypoint makes docker forget the image's own command, not one of this file.
            entrypoint = command(instruction)
    if entrypoint is not None and entrypoint.arguments:
        behind = (cmd.arguments or ("/bin/sh", "-c", cmd.text)) if cmd else ()
        return read_words((*entrypoint.arguments, *behind))
    started = entrypoint if entrypoint is not None and entrypoint.arguments is None else cmd
    if started is None:
        return ()
    return read(started.text) if started.arguments is None else read_words(started.arguments)


def _exec_form(text: str) -> tuple[str, ...] | None:
    if not text.startswith("["):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, list) and all(isinstance(item, str) for item in found):
        return tuple(found)
    return None


def environment(file: Dockerfile) -> dict[str, str]:
    """What ENV sets in the last stage, as written after quotes are taken off."""
    found: dict[str, str] = {}
    for instruction in file.instructions:
        if instruction.keyword == "FROM":
            found = {}
        elif instruction.keyword == "ENV":
            found |= {name: value for name, value in _pairs(instruction.arguments.text) if value is not None}
    return found


def _pairs(text: str) -> Iterator[tuple[str, str | None]]:
    """`A=1 B="two words"`, the old `A value`, or a name alone."""
    first = _WORD.match(text)
    if first and "=" not in first[0]:
        yield first[0], text[first.end() :].strip() or None
        return
    for token in tokens(text):
        if token.word and (equals := token.word.text.find("=")) > 0:
            yield token.word.text[:equals], token.word.text[equals + 1 :]


def copied(instruction: Instruction) -> tuple[dict[str, str], tuple[str, ...], str] | None:
    """Flags, sources and destination of COPY or ADD; None when it has no destination."""
    text = instruction.arguments.text
    flags, place = _flags(text)
    words = _exec_form(text[place:].strip()) or tuple(text[place:].split())
    return (dict(flags), words[:-1], words[-1]) if len(words) > 1 else None


def replace_image(file: Dockerfile, stage: From, image: str) -> Rewrite:
    """Put another image into a FROM; refused where variables make up the present one."""
    if "$" in stage.written:
        return Rewrite(file.path, refusal=f"the image in line {stage.instruction.line} is given by a variable")
    if stage.stage is not None:
        return Rewrite(file.path, refusal=f"line {stage.instruction.line} builds on another stage, not on an image")
    if not _REFERENCE.fullmatch(image):
        return Rewrite(file.path, refusal=f"{image!r} is no image")
    return replace_span(file.path, file.text, stage.image_span, image)


def replace_instruction(file: Dockerfile, instruction: Instruction, written: str) -> Rewrite:
    """Put another text in place of an instruction, its indentation and line ending kept."""
    newline = newline_at(file.text, instruction.span.start)
    new = newline.join(written.splitlines())
    before = instruction.text_span
    after = parse(file.text[: before.start] + new + file.text[before.end :], file.path)
    count = len(parse(written).instructions)
    if len(after.instructions) != len(file.instructions) - 1 + count:
        return Rewrite(file.path, refusal=f"the instruction in line {instruction.line} cannot be replaced on its own")
    return replace_span(file.path, file.text, before, new)


def remove_instruction(file: Dockerfile, instruction: Instruction) -> Rewrite:
    """Take an instruction away with all its lines; the comments within go with it."""
    return replace_span(file.path, file.text, instruction.span, "")
