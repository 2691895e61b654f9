"""Find paths that exist only in the legacy image.

Its virtual environment was `/env`, its program lay in `/home/vmagent/app` with a link `/app` to it, its interpreters in
`/opt/python3.x`. A program built by buildpacks has none of these: commands are on PATH, and the program starts in the
directory that holds its source. A service with an image of its own decides such things itself and is judged only by
what its base image gave away: the last two.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from flexmigrate.documents.text import line_at, line_start
from flexmigrate.documents.yaml import Node
from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._legacy_image import built_on_legacy_image

_TELLING = re.compile(rb"/env/|/home/vmagent|/opt/python[23]|/app\b")
_LARGEST = 1_000_000
_NOT_WITHIN = r"(?<![\w.$}/~%-])"
_PATH_LIKE = re.compile(r"PATH|DIR|HOME|ROOT|FILE|FOLDER|CREDENTIALS|LOCATION|CONFIG", re.IGNORECASE)
_NO_FILE = re.compile(
    r"(?i)(?:script[_-]name|root[_-]path|prefix|mount|url|route|endpoint|location)[\"']?[ \t=:,(]*[\"']?$"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A path of the legacy image: how it is found, and what stands in for it."""

    pattern: re.Pattern[str]
    what: str
    instead: str


_ENV = _Place(
    re.compile(rf"{_NOT_WITHIN}/env/(?:bin|lib)\b[\w./-]*"),
    "the virtual environment of the legacy image",
    "name the command without its directory; the buildpacks put it on PATH",
)
_VMAGENT = _Place(
    re.compile(rf"{_NOT_WITHIN}/home/vmagent(?:/[\w./-]*)?"),
    "the directory of the program in the legacy image",
    "use a path relative to the working directory, or to `__file__`",
)
_OPT = _Place(
    re.compile(rf"{_NOT_WITHIN}/opt/python[23](?:\.\d+)?(?:/[\w./-]*)?(?!\w)"),
    "an interpreter of the legacy image",
    "name `python3`; the runtime has one interpreter, the one that `runtime_version` names",
)
_APP = _Place(
    re.compile(rf"{_NOT_WITHIN}(?<!:)/app(?:/[\w./-]*)?(?![\w-])"),
    "the link to the program in the legacy image",
    "use a path relative to the working directory",
)
_ANYWHERE = (_ENV, _VMAGENT, _OPT)


def check(service: Service, context: Context) -> Iterator[Finding]:
    if service.runtime == "custom":
        if built_on_legacy_image(service):
            yield from _in_files(service, (_VMAGENT, _OPT), (_VMAGENT, _OPT), with_image=True)
        return
    yield from _in_config(service)
    yield from _in_files(service, _ANYWHERE, (*_ANYWHERE, _APP), with_image=False)


def _in_config(service: Service) -> Iterator[Finding]:
    entrypoint = service.node("entrypoint")
    if entrypoint is not None and entrypoint.kind == "scalar":
        for place in (*_ANYWHERE, _APP):
            found = _first(place, entrypoint.value)
            if found:
                yield _finding(
                    service.config, _offset(service, entrypoint, found), f"`entrypoint` names `{found}`", place
                )
    for block in ("env_variables", "build_env_variables"):
        node = service.node(block)
        for entry in node.entries if node is not None else ():
            places = (*_ANYWHERE, _APP) if _PATH_LIKE.search(entry.name or "") else _ANYWHERE
            named = next((place for place in places if _first(place, entry.value.value)), None)
            if named is not None and entry.value.kind == "scalar":
                # The value may be a secret, so the path is not shown.
                what = f"the variable `{entry.name}` points into {named.what}"
                yield _finding(service.config, entry.start, what, named)


def _offset(service: Service, node: Node, found: str) -> int:
    place = service.yaml.text.find(found, node.start, node.end)
    return place if place >= 0 else node.start


def _first(place: _Place, text: str) -> str:
    match = next((match for match in place.pattern.finditer(text) if not _NO_FILE.search(text[: match.start()])), None)
    return match[0].rstrip(".") if match else ""


def _in_files(
    service: Service, in_source: tuple[_Place, ...], in_scripts: tuple[_Place, ...], with_image: bool
) -> Iterator[Finding]:
    for path in service.files():
        if path == service.config or not (kind := _kind(path)) or (kind == "image" and not with_image):
            continue
        data = service.repository.data(path) or b""
        if len(data) > _LARGEST or not _TELLING.search(data):
            continue
        text = service.repository.text(path)
        if text is not None:
            for place in in_source if kind == "source" else in_scripts:
                yield from _in_text(path, text, place)


def _kind(path: str) -> str:
    """What a file is to this rule; empty for those that it does not read."""
    name = posixpath.basename(path)
    if name.endswith(".py"):
        return "source"
    if name == "Dockerfile":
        return "image"
    if name == "Procfile" or name.endswith((".sh", ".bash")) or "supervisor" in name.lower():
        return "script"
    return ""


def _in_text(path: str, text: str, place: _Place) -> Iterator[Finding]:
    found = [match for match in place.pattern.finditer(text) if _counts(text, match)]
    if found:
        lines = len({line_start(text, match.start()) for match in found})
        more = f", here and in {lines - 1} more line{'s' if lines > 2 else ''}" if lines > 1 else ""
        yield _finding(path, found[0].start(), f"`{found[0][0].rstrip('.')}` is written here{more}", place)


def _counts(text: str, match: re.Match[str]) -> bool:
    line, start = line_at(text, match.start()), line_start(text, match.start())
    comment = line.lstrip().startswith("#") and not line.startswith("#!")
    return not comment and not _NO_FILE.search(text[start : match.start()])


def _finding(path: str, offset: int, what: str, place: _Place) -> Finding:
    told = what if place.what in what else f"{what}, {place.what}"
    return Finding(
        f"{told}, which does not exist on the modern runtime",
        path,
        offset,
        hint=place.instead,
        key=f"{place.what}@{offset}",
    )


_EXAMPLE = {"app.yaml": "runtime: python\nenv: flex\nentrypoint: /env/bin/gunicorn -b :$PORT main:app\n"}

RULE = Rule(
    check=check,
    summary="paths that exist only in the legacy image, such as `/env/bin` and `/home/vmagent/app`",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://github.com/GoogleCloudPlatform/python-runtime",
    platforms=frozenset({Platform.FLEX}),
    example=Example(before=_EXAMPLE, after=_EXAMPLE, says="`/env/bin/gunicorn`"),
)
