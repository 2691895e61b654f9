"""What stays out of the image: .dockerignore from .gcloudignore, or from the expressions of skip_files.

The patterns mean the same to docker and, by `--ignore-file`, to gcloud; so the Dockerfile itself is not among them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flexmigrate_rules.cloud_run._service.config import Config

ALWAYS = (
    *("**/.git", "**/.gitignore", "/.gcloudignore", "/service*.yaml", "/MIGRATION*.md"),
    *("**/__pycache__", "**/*.pyc", "**/*.pyo", "**/.venv", "**/venv", "**/.pytest_cache", "**/.mypy_cache"),
)
_INCLUDE = re.compile(r"#!include:\s*(\S+)")
# Each expression that can be said as a pattern, with the pattern; `\1` is a plain name.
_NAME = r"([\w@-]+(?:(?:\\?[./-])[\w@-]+)*)"
_SHAPES = (
    (re.compile(r"\^?\(\.\*/\)\?\.\*\\\.(\w+)\$?"), r"**/*.\1"),
    (re.compile(r"\^?\(\.\*/\)\?\.\*\\\.py\[co\]\$?"), "**/*.py[co]"),
    (re.compile(r"\^?\(\.\*/\)\?#\.\*#\$?"), "**/#*#"),
    (re.compile(r"\^?\(\.\*/\)\?\.\*~\$?"), "**/*~"),
    (re.compile(r"\^?\(\.\*/\)\?\.\*/RCS/\.\*\$?"), "**/RCS"),
    (re.compile(r"\^?\(\.\*/\)\?\\\.\.\*\$?"), "**/.*"),
    (re.compile(r"\^?\(\.\*/\)\?(\\?\.?" + _NAME[1:-1] + r")/?(?:\.\*)?\$?"), r"**/\1"),
    (re.compile(r"\^?\.\*\\\.(\w+)\$?"), r"**/*.\1"),
    (re.compile(r"\^(\\?\.?" + _NAME[1:-1] + r")/?(?:\.\*|\(\.\*\)\?|\(/\.\*\)\?)?\$?"), r"/\1"),
)


@dataclass(frozen=True, slots=True)
class Ignore:
    """The patterns with a heading for where they come from, and what could not be said as one."""

    origin: str
    patterns: tuple[str, ...]
    untold: tuple[str, ...] = ()


def ignored(config: Config) -> Ignore:
    """What App Engine does not upload, as patterns of a .dockerignore."""
    text = config.service.text(".gcloudignore")
    if text is not None:
        return Ignore(".gcloudignore", tuple(_from_gcloudignore(config, text, set())))
    expressions = _skip_files(config)
    patterns: list[str] = []
    untold: list[str] = []
    for expression in expressions:
        pattern = from_expression(expression)
        (patterns if pattern else untold).append(pattern or expression)
    return Ignore("skip_files" if expressions else "", tuple(dict.fromkeys(patterns)), tuple(untold))


def dockerignore(config: Config) -> str:
    """The text of the .dockerignore."""
    found = ignored(config)
    lines = ["# What stays out of the image; written by flexmigrate.", *ALWAYS]
    if found.patterns:
        lines += ["", f"# from {found.origin}", *found.patterns]
    if found.untold:
        lines += ["", "# These expressions of skip_files cannot be said as a pattern:"]
        lines += [f"#   {expression}" for expression in found.untold]
    return "\n".join(lines) + "\n"


def _skip_files(config: Config) -> list[str]:
    node = config.node("skip_files")
    if node is None:
        return []
    if node.kind == "scalar":
        return node.value.split()
    return [config.resolved(item).value for item in node.items if config.resolved(item).kind == "scalar"]


def from_expression(expression: str) -> str:
    """The pattern for a regular expression of skip_files; empty where none says the same."""
    expression = expression.strip()
    for shape, pattern in _SHAPES:
        found = shape.fullmatch(expression)
        if found:
            return re.sub(r"\\([./-])", r"\1", found.expand(pattern))
    return ""


def _from_gcloudignore(config: Config, text: str, seen: set[str]) -> list[str]:
    lines: list[str] = []
    for line in text.splitlines():
        include = _INCLUDE.match(line.strip())
        if include:
            other = config.service.text(include[1])
            if other is not None and include[1] not in seen:
                lines += _from_gcloudignore(config, other, seen | {include[1]})
            continue
        lines.append(from_gitignore(line))
    return lines


def from_gitignore(line: str) -> str:
    """A line of a .gitignore in the words of a .dockerignore, which knows rooted patterns only."""
    pattern = line.rstrip()
    if not pattern or pattern.startswith("#"):
        return pattern
    negated = pattern.startswith("!")
    pattern = pattern.removeprefix("!")
    anywhere = "/" not in pattern.rstrip("/")
    pattern = pattern.strip("/")
    if not pattern.startswith("**"):
        # The slash in front means the same to docker; gcloud, which reads the file too, needs it.
        pattern = f"**/{pattern}" if anywhere else f"/{pattern}"
    return f"!{pattern}" if negated else pattern
