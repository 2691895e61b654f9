"""How sure a statement about a place of the source is, and on which Python the source will run."""

from __future__ import annotations

from functools import cache
from weakref import WeakKeyDictionary

from flexmigrate.model import Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context
from flexmigrate_rules.source._places import Place
from flexmigrate_rules.source._reach import reached
from flexmigrate_rules.source._sources import SourceFile


def running_python(service: Service, context: Context) -> str | None:
    """The Python that the source will run on; None where an image of its own decides and does not say."""
    from flexmigrate_rules.requirements._requirements import target_python

    return target_python(service, context)


def severity(service: Service, file: SourceFile, place: Place, python: str) -> Severity | None:
    """How bad something is that fails at this place; None where it does not happen or the file is prepared for it.

    An error is what surely happens when the service starts. Tests and bundled packages count only if the service
    loads them.
    """
    if place.guarded or not place.reached_on(python):
        return None
    loaded = file.path in reached(service)
    if not loaded and (file.test or file.vendored):
        return None
    return Severity.ERROR if loaded and place.runs else Severity.WARNING


def when(service: Service, file: SourceFile, place: Place) -> str:
    """When it happens, as the end of a sentence."""
    if file.path in reached(service):
        if place.runs:
            return "when the service starts"
        return "when that function is called" if place.late else "when it gets there"
    return "if the file is ever loaded (plain imports from the start command do not lead to it)"


_names: WeakKeyDictionary[Service, frozenset[str]] = WeakKeyDictionary()


def is_local(service: Service, module: str, path: str) -> bool:
    """Whether the service has a module of that name itself, at its top or beside the file that imports it."""
    found = _names.get(service)
    if found is None:
        found = _names[service] = frozenset(_modules(service))
    top = module.partition(".")[0]
    folders = {service.directory, path.rpartition("/")[0]}
    return any((f"{folder}/{top}" if folder else top) in found for folder in folders)


def _modules(service: Service) -> set[str]:
    found: set[str] = set()
    for path in service.files(".py"):
        found.add(path.removesuffix(".py"))
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def required(service: Service, context: Context) -> frozenset[str] | None:
    """The packages that the service asks pip for; None where some line may bring any other."""
    from flexmigrate_rules.requirements._requirements import wanted

    found = wanted(service, context)
    if found is None:
        return frozenset()
    return None if found.opaque else frozenset(found.effective)


@cache
def older(python: str, than: str) -> bool:
    """Whether a version comes before another one."""
    from flexmigrate_rules.facts.runtimes import version_key

    return version_key(python) < version_key(than)
