"""cron.yaml, dispatch.yaml and queue.yaml: found by what they hold, written out as shell scripts of gcloud commands."""

from __future__ import annotations

import posixpath
import re
import shlex
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flexmigrate.documents.yaml import Node, YamlError, YamlFile
from flexmigrate.project import Service, discover_services
from flexmigrate.rule import Context
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.identity import run_name

WIDTH = 110


@dataclass(frozen=True, slots=True)
class Companion:
    """A file beside the services, with the members of its list."""

    path: str
    file: YamlFile
    entries: tuple[Node, ...]

    def line(self, node: Node) -> int:
        """The line of a node, from 1."""
        return self.file.line(node.start)


def companions(service: Service, kind: str) -> Iterator[Companion]:
    """The files `<kind>.yaml` of the repository that hold a list under `kind`; for its first service only."""
    if not service.first:
        return
    for path in service.repository.paths:
        if posixpath.basename(path) not in (f"{kind}.yaml", f"{kind}.yml"):
            continue
        text = service.repository.text(path)
        if text is None:
            continue
        try:
            file = YamlFile(text)
        except YamlError:
            continue
        root = file.documents[0] if file.documents else None
        node = root.get(kind) if root is not None and root.kind == "mapping" else None
        if node is not None and node.kind == "sequence":
            yield Companion(path, file, tuple(item for item in node.items if item.kind == "mapping"))


def script_path(companion: Companion, name: str) -> str:
    """Where the script goes: beside the file."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(companion.path), name))


def run_names(service: Service, context: Context) -> dict[str, str]:
    """The Cloud Run name of every App Engine service that the repository holds."""
    found = discover_services(service.repository).services
    names = {other.name: run_name(Config(other, context)) for other in found}
    return {**names, service.name: run_name(Config(service, context))}


def text(node: Node, key: str) -> str:
    """A scalar of an entry, or empty."""
    return (node.text(key) or "").strip()


def comment(words: str) -> list[str]:
    """A comment of a shell script."""
    return textwrap.wrap(
        words, WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False, break_on_hyphens=False
    )


def head(config: Config, purpose: str) -> list[str]:
    """How each script begins: what it is for, and the values it needs."""
    lines = ["#!/bin/sh", *comment(f"{purpose} Written by flexmigrate; read it, then run it."), "set -eu", ""]
    for name, option in (("PROJECT_ID", "project"), ("REGION", "region")):
        value = config.option(option)
        lines.append(f"{name}={quoted(value)}" if value else f': "${{{name}:?set {name} to your own}}"')
    return lines


def command(words: Iterable[str]) -> str:
    """A command over several lines; words with a `$` in them are left to the shell."""
    first, *rest = words
    return " \\\n  ".join((first, *rest))


def quoted(value: str) -> str:
    """A value as one word of a shell."""
    return shlex.quote(value)


def identifier(words: str) -> str:
    """A name for a resource, made from any text."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(value: str) -> str:
    """`2d`, `90`, `1.5h` as gcloud's duration in seconds; as written where it is none."""
    number, unit = (value[:-1], value[-1]) if value[-1:] in _UNITS else (value, "s")
    try:
        return f"{round(float(number) * _UNITS[unit], 3):.10g}s"
    except ValueError:
        return value
