"""Insert the `runtime_config` block that a service without a version needs.

A flexible Python service that names no version has always run Python 2.7.12, and only the legacy runtime has that.
The modern runtimes are chosen by `operating_system` and `runtime_version`; without them nothing can be deployed. The
block goes where people put it: behind `runtime`, `env` and `entrypoint`, after a blank line where the file parts its
blocks by blank lines. That the source ran on Python 2.7 is the bigger news: it has to be ready for Python 3 first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from flexmigrate.documents.text import line_at, newline_at, next_line
from flexmigrate.documents.yaml import Entry, Node
from flexmigrate.model import Finding, FixClass, Platform, Quoted, Rewrite, Severity, YamlValue
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._versions import LEGACY, SYSTEM, VERSION, put

NAME = "runtime_config"
_HEAD = ("runtime", "env", "vm", "entrypoint")
_WITH_HEAD = (*_HEAD, "service", "module", "application", "version", "api_version", "threadsafe", "service_account")
_BLANK_LINE = re.compile(r"(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)")


def check(service: Service, context: Context) -> Iterator[Finding]:
    if service.runtime != "python":
        return
    entry = service.root.entry(NAME)
    if entry is not None and (entry.value.kind == "alias" or entry.value.templated):
        return
    if entry is not None and _has_version(entry.value):
        return
    speaks_of = entry or service.root.entry("runtime")
    what = "`runtime_config` without a version" if entry else "no `runtime_config`"
    yield Finding(
        f"{what} means Python 2.7.12 on the legacy runtime, which can no longer be deployed: "
        "the source has run on Python 2.7 and must be ready for Python 3",
        service.config,
        speaks_of.start if speaks_of else 0,
        hint=f"run its tests on Python {context.python} before you deploy",
        key=NAME,
        rewrites=(_rewrite(service, context, entry),),
    )


def _has_version(config: Node) -> bool:
    if config.entry(LEGACY[1]) is not None or config.entry("<<") is not None:
        return True
    modern = (config.get(SYSTEM[1]), config.get(VERSION[1]))
    return any(node is not None and not node.is_empty for node in modern)


def _rewrite(service: Service, context: Context, entry: Entry | None) -> Rewrite:
    block: dict[str, YamlValue] = {SYSTEM[1]: Quoted(context.operating_system)}
    if context.write_version:
        block[VERSION[1]] = Quoted(context.python)
    if entry is None:
        return _new_block(service, block)
    if not entry.value.entries:
        return service.editor.replace((NAME,), block)
    first = entry.value.entries[0].name
    rewrite = put(service, SYSTEM, Quoted(context.operating_system), before=first)
    if context.write_version:
        below = SYSTEM[1] if service.node(*SYSTEM) is not None else None
        rewrite += put(service, VERSION, Quoted(context.python), after=below, before=None if below else first)
    return rewrite


def _new_block(service: Service, block: dict[str, YamlValue]) -> Rewrite:
    anchor = _anchor(service)
    rewrite = service.editor.insert((NAME,), block, after=anchor.name)
    if len(rewrite.edits) != 1 or service.root.flow:
        return rewrite
    text, edit = service.yaml.text, rewrite.edits[0]
    newline = newline_at(text, anchor.start)
    lines = edit.new.strip("\r\n")
    place = _behind_comments(text, edit.start)
    if place == len(text) and not text.endswith(("\n", "\r")):
        new = newline + lines
    else:
        new = lines + newline
    if _parts_blocks(service):
        new = newline + new
        if place < len(text) and line_at(text, place).strip():
            new += newline
    return replace(rewrite, edits=(replace(edit, start=place, end=place, new=new),))


def _anchor(service: Service) -> Entry:
    """The last of the keys that say what the service is, where they stand together, and what clings to it."""
    entries = service.root.entries
    names = [entry.name for entry in entries]
    index = last = names.index("runtime")
    while index + 1 < len(entries) and names[index + 1] in _WITH_HEAD:
        index += 1
        if names[index] in _HEAD:
            last = index
    while last + 1 < len(entries) and names[last + 1] in _WITH_HEAD and not _gap(service, last):
        last += 1
    return entries[last]


def _parts_blocks(service: Service) -> bool:
    return any(_gap(service, index) for index in range(len(service.root.entries) - 1))


def _gap(service: Service, index: int) -> bool:
    """Whether a blank line stands between an entry of the file and the next one."""
    entries = service.root.entries
    return _BLANK_LINE.search(service.yaml.text, entries[index].end, entries[index + 1].start) is not None


def _behind_comments(text: str, place: int) -> int:
    """Behind the comment lines that close what stands above; a comment right above a key is the key's."""
    end = place
    while end < len(text) and line_at(text, end).lstrip().startswith("#"):
        end = next_line(text, end)
    return end if end == len(text) or not line_at(text, end).strip() else place


RULE = Rule(
    check=check,
    summary="without `runtime_config` a service is Python 2.7; the block for a modern Python is inserted",
    severity=Severity.ERROR,
    fix=FixClass.SAFE,
    source="https://cloud.google.com/appengine/docs/flexible/python/runtime",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n\n"
            "manual_scaling:\n  instances: 1\n"
        },
        after={
            "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n\n"
            'runtime_config:\n  operating_system: "ubuntu22"\n  runtime_version: "3.12"\n\n'
            "manual_scaling:\n  instances: 1\n"
        },
        says="Python 2.7.12",
    ),
)
