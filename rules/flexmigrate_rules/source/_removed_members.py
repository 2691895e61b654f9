"""Attributes that objects of standard classes no longer have; whose object it is can only be guessed at."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, FixClass, Severity
from flexmigrate.project import Service
from flexmigrate_rules.source._judging import severity
from flexmigrate_rules.source._sources import SourceFile

if TYPE_CHECKING:
    from flexmigrate_rules.facts.removed import GoneName
    from flexmigrate_rules.source._reading import Member

# Names that hardly any other class has: without an object of known class, the import of its module is enough.
_TELLING = {"isAlive": b"threading", "readfp": b"configparser", "getiterator": b"xml", "getchildren": b"xml"}
_MODULES = frozenset((b"array", b"threading", b"html", b"xml", b"configparser", b"unittest", b"django"))
_SAME = {
    "threading.Timer": "threading.Thread",
    "configparser.RawConfigParser": "configparser.ConfigParser",
    "configparser.SafeConfigParser": "configparser.ConfigParser",
    "array.ArrayType": "array.array",
    "xml.etree.ElementTree.fromstring": "xml.etree.ElementTree.Element",
    "unittest.case.TestCase": "unittest.TestCase",
    "unittest.IsolatedAsyncioTestCase": "unittest.TestCase",
    "django.test.TestCase": "unittest.TestCase",
    "django.test.SimpleTestCase": "unittest.TestCase",
}


def in_file(service: Service, file: SourceFile, python: str) -> Iterator[Finding]:
    """The findings about one file, one for each class and version."""
    if _MODULES.isdisjoint(file.imports) or not file.mentions(*_needles()):
        return
    from flexmigrate_rules.facts import removed
    from flexmigrate_rules.source._reading import read

    text = service.repository.text(file.path)
    if text is None:
        return
    met: dict[tuple[str, str], list[tuple[GoneName, Member, Severity]]] = {}
    for member in read(text, file.path).members:
        for one in removed.members():
            if one.name == member.name and one.is_gone(python) and _is(one, member, file):
                level = Severity.INFO if file.test else severity(service, file, member.place, python)
                if level is not None and not member.place.guarded:
                    met.setdefault((one.of, one.removed), []).append((one, member, level))
    for (of, version), places in met.items():
        one, first, level = places[0]
        names = ", ".join(dict.fromkeys(f"`{gone.name}`" for gone, _, _ in places))
        sure = "" if _known(first.of) == of else "if this is one: "
        yield Finding(
            f"{sure}{of} has no {names} on Python {python}; taken out in {version}",
            file.path,
            first.offset,
            hint=f"use {one.instead}",
            severity=Severity.INFO if level is Severity.INFO else Severity.WARNING,
            fix=FixClass.MANUAL,
            source=one.evidence.source.partition(";")[0],
            key=f"{of} {version}",
        )


@cache
def _needles() -> tuple[bytes, ...]:
    from flexmigrate_rules.facts import removed

    return tuple(sorted({f".{one.name}".encode() for one in removed.members()}))


def _known(of: str) -> str:
    return _SAME.get(of, of)


def _is(one: GoneName, member: Member, file: SourceFile) -> bool:
    if member.of:
        return _known(member.of) == one.of
    # lxml's elements still have these, and are called the same.
    needed = _TELLING.get(one.name)
    return needed is not None and needed in file.imports and b"lxml" not in file.imports
