"""Which files of a service are surely loaded when it starts, followed from its start command by plain imports.

Only statements at the left margin count, and what Django loads by the names in its settings. A file that is not found
this way may still be loaded; what is said of it is then said more carefully.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from weakref import WeakKeyDictionary

from flexmigrate.project import Service

_LIKELY = ("main.py", "app.py", "wsgi.py", "application.py", "server.py")
_DJANGO = ("__init__", "apps", "models", "admin")
_reached: WeakKeyDictionary[Service, frozenset[str]] = WeakKeyDictionary()


def reached(service: Service) -> frozenset[str]:
    """The paths of the files that are loaded when the service starts."""
    found = _reached.get(service)
    if found is None:
        found = _reached[service] = frozenset(_follow(service))
    return found


def _follow(service: Service) -> set[str]:
    starts, bases = _starts(service)
    known = frozenset(service.repository.paths)
    done: set[str] = set()
    pending = list(starts)
    while pending:
        path = pending.pop()
        if path in done or path not in known:
            continue
        done.add(path)
        data = service.repository.data(path) or b""
        planned = service.repository.overlay.get(path)
        for module in _loaded(planned.encode("utf-8", "surrogatepass") if planned is not None else data):
            pending += _files(module, path, bases, known)
    return done


def _starts(service: Service) -> tuple[list[str], list[str]]:
    """The files that start, and the directories in which modules are looked for."""
    from flexmigrate_rules.web_server._entrypoint import local_path, start

    starting = start(service)
    bases = [service.directory]
    files: list[str] = []
    for one in starting.started:
        server = one.server
        if server is None or not server.app:
            continue
        folder = server.option("chdir")
        if folder is not None and not folder.variables:
            bases.insert(0, service.path(folder.text))
        if server.app.endswith(".py"):
            path = local_path(service, server.app)
            if path is not None:
                files.append(path)
                bases.insert(0, posixpath.dirname(path))
        else:
            files += (f for base in bases for f in _module(server.app.partition(":")[0].partition("(")[0], base))
    known = set(service.repository.paths)
    files = [path for path in files if path in known]
    if not files:
        likely = [path for name in _LIKELY if (path := service.path(name)) in known]
        files = likely[:1] or likely
    return files, list(dict.fromkeys(bases))


def _module(dotted: str, base: str) -> list[str]:
    """The files that importing a module would run, were they there."""
    parts = [part for part in dotted.split(".") if part]
    found = [posixpath.join(base, *parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    return [*found, posixpath.join(base, *parts) + ".py"] if parts else []


def _files(module: str, path: str, bases: list[str], known: frozenset[str]) -> Iterator[str]:
    if not module.startswith("."):
        for base in bases:
            found = [one for one in _module(module, base) if one in known]
            if found:
                yield from found
                return
        return
    level = len(module) - len(module.lstrip("."))
    folder = posixpath.dirname(path)
    for _ in range(level - 1):
        folder = posixpath.dirname(folder)
    yield posixpath.join(folder, "__init__.py")
    yield from _module(module.lstrip("."), folder)


@lru_cache(maxsize=2048)
def _loaded(data: bytes) -> tuple[str, ...]:
    """The modules that a file loads without any condition, as it names them."""
    found: list[str] = []
    for match in _import().finditer(data.replace(b"\r\n", b"\n")):
        module, names, plain = ((part or b"").decode("ascii", "ignore") for part in match.groups())
        if plain:
            found += (name.split()[0] for name in plain.split(",") if name.split())
            continue
        found.append(module)
        head = module if module.endswith(".") else f"{module}."
        names = re.sub(r"#[^\n]*", "", names.strip("()"))
        found += (head + name.split()[0] for name in names.replace("\\", " ").split(",") if name.split())
    if b"DJANGO_SETTINGS_MODULE" in data or b"ROOT_URLCONF" in data or b"urlpatterns" in data:
        found += (name.decode("ascii", "ignore") for name in _string().findall(data))
    if b"INSTALLED_APPS" in data:
        names_ = [name.decode("ascii", "ignore") for name in _string().findall(data)]
        found += (f"{name}.{part}" for name in names_ for part in _DJANGO)
        found += (
            f"{name.rpartition('.')[0].removesuffix('.apps')}.{part}"
            for name in names_
            for part in _DJANGO
            if "." in name
        )
    return tuple(dict.fromkeys(found))


@cache
def _import() -> re.Pattern[bytes]:
    return re.compile(
        rb"(?m)^(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n;]*(?:\\\n[^\n]*)*)|import[ \t]+([\w., \t]+))"
    )


@cache
def _string() -> re.Pattern[bytes]:
    return re.compile(rb"[\"']([A-Za-z_]\w*(?:\.\w+)*)[\"']")
