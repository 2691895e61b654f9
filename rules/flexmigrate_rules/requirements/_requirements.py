"""What pip is asked to install for a service, with includes followed and markers evaluated for the target."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, Rewrite
from flexmigrate.project import Service
from flexmigrate.rule import Context

if TYPE_CHECKING:
    from flexmigrate.documents.requirements import Effective, Requirement, Requirements

FILE = "requirements.txt"
_IMAGE_PYTHON = re.compile(r"(3\.[0-9]+)(?:[.-]|$)")
_INSTALLS = re.compile(r"\bpip[0-9.]*\s+install\b[^&;|\n]*?(?:-r|--requirement)[ =]*([^\s&;|\"']+)")
_NEWEST_KEPT = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """The requirements of a service. `python` is the version they are installed for; `path` the file pip is given."""

    path: str
    requirements: Requirements
    python: str
    effective: dict[str, Effective]

    def __contains__(self, name: str) -> bool:
        return name in self.effective

    def first(self, name: str) -> Requirement | None:
        """The first line that requires a package on the target; None when none does."""
        found = self.effective.get(name)
        return found.requirements[0] if found else None

    def pinned(self, name: str) -> str | None:
        """The only version that the lines about a package allow, as written; None when they allow several."""
        found = self.effective.get(name)
        if found is None or found.specifier is None:
            return None
        pins = {pin for entry in (*found.requirements, *found.constraints) if (pin := entry.pinned)}
        return pins.pop() if len(pins) == 1 else None

    def line_deciding(self, name: str) -> Requirement | None:
        """The one line whose version clauses count; None where several lines speak of the package."""
        found = self.effective.get(name)
        if found is None:
            return None
        entries = (*found.requirements, *found.constraints)
        speaking = [entry for entry in entries if entry.specifier is None or len(entry.specifier)]
        if len(entries) == 1 or len(speaking) == 1:
            return (speaking or list(entries))[0]
        return found.requirements[0] if not speaking and not found.duplicated else None

    @property
    def opaque(self) -> bool:
        """Whether some line may bring packages that no other line tells of."""
        from flexmigrate.documents.requirements import RequirementKind

        return bool(
            self.requirements.problems
            or self.requirements.unparsed
            or any(entry.kind is not RequirementKind.NAME for entry in self.requirements.required)
        )

    @property
    def hashed(self) -> bool:
        """Whether pip is in the mode in which every line needs its hash."""
        return any(entry.hashes for entry in self.requirements.required)


def wanted(service: Service, context: Context) -> Wanted | None:
    """What the service asks pip for on the target; None without a requirements file, or where the target is unknown."""
    python = target_python(service, context)
    path = requirements_path(service)
    if python is None or path is None or service.repository.text(path) is None:
        return None
    return _resolved(service, path, python)


def requirements_path(service: Service) -> str | None:
    """The file that the build hands to pip: the buildpacks' fixed name, or the one that a Dockerfile installs."""
    if service.runtime == "custom":
        text = service.text("Dockerfile")
        named = [] if text is None else [found[1] for found in _INSTALLS.finditer(text.replace("\\\n", " "))]
        for name in named:
            for path in (service.path(name.lstrip("/").removeprefix("app/")), service.path(posixpath.basename(name))):
                if path in service.repository.paths:
                    return path
        return None
    return service.path(FILE)


def target_python(service: Service, context: Context) -> str | None:
    """The Python that the service will run on: the target's, or the one that its own Dockerfile names.

    None for images that bring packages of their own, setuptools above all: there nothing measured holds.
    """
    if service.runtime != "custom":
        return context.python
    from flexmigrate.documents.dockerfile import stages
    from flexmigrate_rules.app_yaml._legacy_image import dockerfile, is_legacy

    file = dockerfile(service)
    if file is None:
        return None
    last = next(iter(reversed(stages(file))), None)
    if last is None:
        return None
    if is_legacy(last):
        return context.python
    reference = last.reference
    if reference is None or reference.repository.rpartition("/")[2] != "python":
        return None
    tag = _IMAGE_PYTHON.match(reference.tag)
    # Up to 3.11 the official image brings an old setuptools.
    return tag[1] if tag and int(tag[1][2:]) >= 12 else None


_newest: dict[tuple[str, str], tuple[dict[str, str | None], Wanted]] = {}


def _resolved(service: Service, path: str, python: str) -> Wanted:
    """The parsed requirements; the same texts are parsed once, although every rule and every pass asks for them."""
    from flexmigrate.documents.requirements import resolve

    read = service.repository.text
    known = _newest.get((path, python))
    if known is not None and all(read(one) == text for one, text in known[0].items()):
        return known[1]
    texts: dict[str, str | None] = {}

    def remember(one: str) -> str | None:
        texts[one] = read(one)
        return texts[one]

    requirements = resolve(path, remember)
    found = Wanted(path, requirements, python, requirements.effective(python))
    _newest[path, python] = (texts, found)
    while len(_newest) > _NEWEST_KEPT:
        del _newest[next(iter(_newest))]
    return found


def add(service: Service, found: Wanted, line: str, after: Requirement | None = None) -> Rewrite:
    """Add a line to the file that pip is given, behind `after` where that stands in it."""
    from flexmigrate.documents.requirements import add_requirement

    text = service.repository.text(found.path) or ""
    if found.hashed:
        return Rewrite(found.path, refusal="the file pins by hash, and then pip takes no line without one")
    return add_requirement(found.path, text, line, after if after is not None and after.path == found.path else None)


def with_rewrites(finding: Finding, rewrites: Iterable[Rewrite], otherwise: str) -> Finding:
    """The finding with these edits; where one is refused, without any and with `otherwise` as what to do instead."""
    made = tuple(rewrites)
    refusal = next((one.refusal for one in made if one.refusal), None)
    if refusal:
        return replace(finding, hint=f"{otherwise} ({refusal})")
    return replace(finding, rewrites=tuple(one for one in made if one.edits))


def place(entry: Requirement) -> int:
    """Where a requirement begins in its file."""
    return entry.name_span.start if entry.name_span is not None else entry.span.start
