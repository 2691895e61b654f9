"""Whether a Dockerfile on a legacy image does only what the buildpacks do anyway, and what it starts."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from flexmigrate.documents.dockerfile import Dockerfile, Instruction, copied, stages
from flexmigrate.documents.dockerfile import command as command_of

_VIRTUALENV = re.compile(
    r"(?:/usr/(?:local/)?bin/)?virtualenv(?:[ \t]+(?:--no-download|--no-site-packages|--clear|-p[ \t]*\S+|"
    r"--python[= \t]\S+|/env/?(?![\w/-])))*"
)
_PIP = re.compile(
    r"(?:/env/bin/)?(?:python3?(?:\.\d+)? -m )?pip3?(?:\.\d+)? install"
    r"(?: (?:--no-cache-dir|--upgrade|-U|--disable-pip-version-check|-q|--quiet|pip|setuptools|wheel"
    r"|(?:-r|--requirement) ?(?:/app/|\./)?requirements\.txt))+"
)
_ENVIRONMENT = re.compile(
    r"(?:(?:VIRTUAL_ENV[= \t]+/env/?|PATH[= \t]+\"?/env/bin:\$\{?PATH\}?\"?|PORT[= \t]+8080|PYTHONUNBUFFERED[= \t]+\w+"
    r"|LANG[= \t]+C\.UTF-8)(?:[ \t]+|$))+"
)
_ROOT = ("/app", "/app/", ".", "./", "/home/vmagent/app", "/home/vmagent/app/")
_HARMLESS = ("LABEL", "MAINTAINER", "EXPOSE")
_PINNED = re.compile(r"virtualenv\b[^\n;&|]*?(?:-p[ \t]*|--python[= \t])(?:\S*/)?python(?P<version>[\d.]*)")


@dataclass(frozen=True, slots=True)
class Plain:
    """A Dockerfile that does only what the buildpacks do, with the command that it starts."""

    command: str


@dataclass(frozen=True, slots=True)
class Special:
    """A Dockerfile that does more: the first instruction that shows it, or the reason."""

    reason: str
    line: int = 0


def pinned_python(file: Dockerfile) -> str | None:
    """What `virtualenv -p` names: `3.6`, `3`, "" for a virtual environment without it, None without one."""
    text = "\n".join(item.arguments.text for item in file.instructions if item.keyword == "RUN")
    found = _PINNED.search(text)
    if found:
        return found["version"].rstrip(".")
    return "" if re.search(r"\bvirtualenv\b", text) else None


def look_at(file: Dockerfile) -> Plain | Special:
    """What the Dockerfile does beyond the buildpacks, or the command that it starts."""
    if len(stages(file)) != 1:
        return Special("it has several stages")
    command = ""
    for instruction in file.instructions:
        if instruction.keyword == "CMD":
            command = _started(instruction)
            if not command:
                return Special("its CMD cannot be told", instruction.line)
        elif not _is_plain(instruction):
            words = " ".join(instruction.arguments.text.split())
            return Special(f"`{instruction.keyword} {words[:40]}`", instruction.line)
    return Plain(command) if command else Special("it has no CMD")


def _is_plain(instruction: Instruction) -> bool:
    text = " ".join(instruction.arguments.text.split())
    if instruction.keyword == "FROM" or instruction.keyword in _HARMLESS:
        return True
    if instruction.keyword == "WORKDIR":
        return text in _ROOT
    if instruction.keyword == "ENV":
        return _ENVIRONMENT.fullmatch(text) is not None
    if instruction.keyword in ("ADD", "COPY"):
        found = copied(instruction)
        if found is None or found[0]:
            return False
        sources, target = found[1], found[2]
        return ((sources == (".",) or sources == ("./",)) and target in _ROOT) or _is_requirements(sources, target)
    if instruction.keyword == "RUN" and not instruction.heredocs:
        steps = [step.strip() for step in text.split("&&")]
        return all(_VIRTUALENV.fullmatch(step) or _PIP.fullmatch(step) for step in steps)
    return False


def _is_requirements(sources: tuple[str, ...], target: str) -> bool:
    return all(source in ("requirements.txt", "./requirements.txt") for source in sources) and (
        target in _ROOT or target in ("/app/requirements.txt", "requirements.txt", "./requirements.txt")
    )


def _started(instruction: Instruction) -> str:
    found = command_of(instruction)
    if found.arguments is None:
        text = " ".join(found.text.split())
        return "" if text.startswith("[") else _without_old_paths(text.removeprefix("exec "))
    words = found.arguments
    if len(words) == 3 and words[:2] in (("sh", "-c"), ("/bin/sh", "-c"), ("bash", "-c"), ("/bin/bash", "-c")):
        return _without_old_paths(words[2].strip().removeprefix("exec "))
    return _without_old_paths(shlex.join(words))


def _without_old_paths(command: str) -> str:
    return re.sub(r"(?<![\w./])/env/bin/", "", command)
