"""Find imports of standard modules that the target's Python no longer has.

Python 3.12 took out `distutils`, `imp` and `asyncore`, 3.13 another nineteen modules such as `cgi` and `telnetlib`
(PEP 594). A file that imports one fails to load, whether or not it uses it. An import that nothing uses can go; others
need a replacement. Imports that are prepared for the failure (`try` … `except ImportError`, a test of
`sys.version_info`) are left alone, and so are those for which a requirement brings the module back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, FixClass, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.source._judging import is_local, required, running_python, severity, when
from flexmigrate_rules.source._sources import SourceFile, sources

if TYPE_CHECKING:
    from flexmigrate_rules.facts.removed import GoneModule
    from flexmigrate_rules.source._reading import Imported


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.facts import removed

    python = running_python(service, context)
    if python is None:
        return
    gone = {name: one for name, one in removed.modules().items() if one.is_gone(python)}
    words = frozenset(name.encode() for name in gone)
    packages: frozenset[str] | None = None
    asked = False
    for file in sources(service):
        if words.isdisjoint(file.imports):
            continue
        if not asked:
            packages, asked = required(service, context), True
        yield from _in_file(service, file, gone, python, packages)


def _in_file(
    service: Service, file: SourceFile, gone: dict[str, GoneModule], python: str, packages: frozenset[str] | None
) -> Iterator[Finding]:
    from flexmigrate_rules.source._reading import read

    text = service.repository.text(file.path)
    if text is None:
        return
    met: dict[str, list[tuple[Severity, Imported]]] = {}
    for one in read(text, file.path).imports:
        module = _module(one.dotted, gone)
        level = severity(service, file, one.place, python) if module else None
        if module and level and not is_local(service, module, file.path):
            met.setdefault(module, []).append((level, one))
    for module, places in met.items():
        told = _careful(gone[module], packages)
        if told is None:
            continue
        places.sort(key=lambda place: place[0] is not Severity.ERROR)
        level, first = places[0]
        dead = not any(one.used for _, one in places)
        finding = Finding(
            _message(gone[module], python, dead, bool(told), when(service, file, first.place)),
            file.path,
            first.offset,
            hint=_hint(gone[module], dead, told),
            severity=Severity.WARNING if told else level,
            source=gone[module].evidence.source.partition(";")[0],
            key=module,
        )
        if dead and len(places) == 1:
            finding = replace(finding, rewrites=(_without(service, text, file.path, first),), fix=FixClass.UNSAFE)
        yield finding


def _module(dotted: str, gone: dict[str, GoneModule]) -> str | None:
    parts = dotted.split(".")
    return next((name for n in (1, 2) if (name := ".".join(parts[:n])) in gone), None)


def _careful(gone: GoneModule, packages: frozenset[str] | None) -> str | None:
    """Why it may work all the same, empty where nothing says so; None where a requirement brings the module back."""
    if packages is None:
        return "a requirement that cannot be read may bring it"
    if any(package in packages for package in gone.packages):
        return None
    carrier = next((package for package in gone.through if package in packages), "")
    if carrier:
        return f"{carrier} may bring a replacement along"
    if "setuptools" in gone.packages:
        return "it works where setuptools is installed, which another package may require"
    return ""


def _message(gone: GoneModule, python: str, dead: bool, perhaps: bool, happens: str) -> str:
    fails = "may fail" if perhaps else "fails"
    since = "Python 3 has no such module" if gone.removed == "3.0" else f"it was taken out in {gone.removed}"
    unused = ", although nothing here uses it" if dead else ""
    return f"the import of `{gone.name}` {fails} on Python {python}{unused}, {happens}: {since}"


def _hint(gone: GoneModule, dead: bool, told: str) -> str:
    hint = "delete the import (--unsafe-fixes does)" if dead else f"use {gone.instead}" if gone.instead else ""
    return "; ".join(part for part in (hint, told) if part)


def _without(service: Service, text: str, path: str, gone: Imported) -> Rewrite:
    from flexmigrate.documents.python_edits import remove_import
    from flexmigrate.documents.python_imports import imports
    from flexmigrate_rules.source._reading import parsed

    source = parsed(text, path)
    found = next((one for one in imports(source) if one.span.start == gone.offset), None)
    return Rewrite(path, refusal="the import was not found again") if found is None else remove_import(source, found)


_HEAD = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
_EXAMPLE = {"app.yaml": _HEAD, "main.py": "import cgi\nimport web\n\napp = web.app\n"}

RULE = Rule(
    check=check,
    summary="imports of standard modules that the new Python lacks",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://peps.python.org/pep-0594/",
    example=Example(
        before=_EXAMPLE,
        after=_EXAMPLE | {"main.py": "import web\n\napp = web.app\n"},
        says="the import of `cgi` fails on Python 3.13",
        python="3.13",
    ),
)
