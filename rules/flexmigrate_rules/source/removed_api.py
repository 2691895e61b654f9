"""Find names that the target's Python took out of the standard library.

`collections.Mapping` went in 3.10, `inspect.getargspec` and `asyncio.coroutine` in 3.11, `ssl.wrap_socket` in 3.12, and
`async` and `await` became reserved words in 3.7. What was only moved or renamed is replaced, imports included; what
needs a decision is reported with what to use. Uses that a file is prepared to lose (`hasattr`, `try`, a test of
`sys.version_info`) are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, FixClass, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.source._judging import is_local, running_python, severity, when
from flexmigrate_rules.source._sources import SourceFile, imported, may_name, sources

if TYPE_CHECKING:
    from flexmigrate_rules.facts.removed import GoneName
    from flexmigrate_rules.source._reading import Named

_RESERVED = "https://docs.python.org/3/whatsnew/3.7.html#summary-release-highlights"


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.facts import removed
    from flexmigrate_rules.source._removed_members import in_file

    python = running_python(service, context)
    if python is None:
        return
    gone = {name: one for name, one in removed.names().items() if one.is_gone(python)}
    for file in sources(service):
        if _suspicious(file.data, python):
            yield from _in_file(service, file, gone, python)
        yield from in_file(service, file, python)
    yield from _reserved(service)


@lru_cache(maxsize=4096)
def _suspicious(data: bytes, python: str) -> bool:
    """Whether the file may name something that is gone."""
    modules = _modules(python)
    near = modules.keys() & imported(data)
    return any(may_name(data, module, name) for top in near for module, name in modules[top])


@cache
def _modules(python: str) -> dict[bytes, list[tuple[bytes, bytes]]]:
    """The names that are gone, each in its module, by the first part of the module."""
    from flexmigrate_rules.facts import removed

    found: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for name, one in removed.names().items():
        if one.is_gone(python):
            module, _, last = name.rpartition(".")
            found.setdefault(module.partition(".")[0].encode(), []).append((module.encode(), last.encode()))
    return found


def _reserved(service: Service) -> Iterator[Finding]:
    """`async` and `await` as names: the file does not even parse, so nothing else can be said about it."""
    from flexmigrate_rules.source._reach import reached
    from flexmigrate_rules.source._syntax import offset, problems

    for file, text, problem in problems(service):
        if problem.construct == "async or await as a name":
            loaded = file.path in reached(service)
            yield Finding(
                f"`async` and `await` are reserved words since Python 3.7; line {problem.line} uses one as a name",
                file.path,
                offset(text, problem.line),
                hint="rename it (asyncio.async is asyncio.ensure_future), or take a newer version of a bundled package",
                severity=Severity.ERROR if loaded else Severity.WARNING,
                source=_RESERVED,
                key="reserved",
            )


def _in_file(service: Service, file: SourceFile, gone: dict[str, GoneName], python: str) -> Iterator[Finding]:
    from flexmigrate_rules.source._reading import read

    text = service.repository.text(file.path)
    if text is None:
        return
    groups: dict[tuple[str, FixClass], list[tuple[Severity, Named]]] = {}
    prepared: set[str] = set()
    for named in read(text, file.path).names:
        one = gone.get(named.dotted)
        if one is None or is_local(service, named.dotted, file.path):
            continue
        level = severity(service, file, named.place, python)
        if level is None:
            prepared.add(named.dotted)
            continue
        if not named.clear or one.fails:
            level = Severity.WARNING
        group = named.dotted.rpartition(".")[0] if one.fix is not FixClass.MANUAL else named.dotted
        groups.setdefault((group, one.fix), []).append((level, named))
    for (group, fix), places in groups.items():
        names = list(dict.fromkeys(named.dotted for _, named in places))
        places.sort(key=lambda place: place[0] is not Severity.ERROR)
        level, first = places[0]
        one = gone[first.dotted]
        rewrites: tuple[Rewrite, ...] = ()
        if fix is not FixClass.MANUAL and prepared.isdisjoint(names):
            rewrites = (_replaced(text, file.path, tuple((name, gone[name].instead) for name in sorted(names))),)
        yield Finding(
            _message(one, names, python, when(service, file, first.place)),
            file.path,
            first.offset,
            hint=_hint([gone[name] for name in names]),
            severity=level,
            fix=fix,
            source=one.evidence.source.partition(";")[0],
            key=f"{group} {fix}",
            rewrites=rewrites,
        )


def _message(one: GoneName, names: list[str], python: str, happens: str) -> str:
    if one.fails:
        return f"`{one.name}` {one.fails} on Python {python}"
    listed = ", ".join(f"`{name}`" for name in names)
    fail = "fail" if len(names) > 1 else "fails"
    gone = "they were" if len(names) > 1 else "it was"
    return f"{listed} {fail} on Python {python}, {happens}: {gone} taken out in {one.removed}"


def _hint(ones: list[GoneName]) -> str:
    instead = ", ".join(dict.fromkeys(one.instead for one in ones if one.instead))
    notes = dict.fromkeys(one.note for one in ones if one.note)
    return "; ".join(part for part in (f"use {instead}" if instead else "", *notes) if part)


@lru_cache(maxsize=256)
def _replaced(text: str, path: str, replacements: tuple[tuple[str, str], ...]) -> Rewrite:
    # Each candidate Python asks for the same.
    from flexmigrate.documents.python_renames import replace_names
    from flexmigrate_rules.source._reading import parsed

    return replace_names(parsed(text, path), dict(replacements))


_HEAD = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
_BEFORE = "import collections\n\n\nclass Settings(collections.MutableMapping):  # by name\n    pass\n"
_AFTER = "import collections.abc\n\n\nclass Settings(collections.abc.MutableMapping):  # by name\n    pass\n"

RULE = Rule(
    check=check,
    summary="names that the new Python took out of the standard library",
    severity=Severity.ERROR,
    fix=FixClass.SAFE,
    source="https://docs.python.org/3/whatsnew/index.html",
    example=Example(
        before={"app.yaml": _HEAD, "main.py": _BEFORE},
        after={"app.yaml": _HEAD, "main.py": _AFTER},
        says="`collections.MutableMapping` fails on Python 3.12",
    ),
)
