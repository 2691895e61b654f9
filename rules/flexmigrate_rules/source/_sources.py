"""The Python files of a service, behind cheap looks at their bytes: what no rule wants is never parsed.

Fifteen rules ask for the same files, for each candidate Python and on each pass. What was seen is therefore kept by the
bytes themselves, and the list of files by service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from weakref import WeakKeyDictionary

from flexmigrate.project import Service

_NOT_OURS = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|\.?venv|virtualenv|\.tox|\.nox|\.git|\.eggs|__pycache__)/"
)
_VENDORED = re.compile(r"(?:^|/)(?:_?vendor|vendored|vendors|third_?party|external|extern)/")
_TEST = re.compile(r"(?:^|/)(?:tests?|testing|testdata)/|(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests?|conftest)\.py$")
_LARGEST = 2_000_000
_KEPT = 4096


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One Python file; `test` and `vendored` go by its path."""

    path: str
    data: bytes
    test: bool
    vendored: bool

    @property
    def imports(self) -> frozenset[bytes]:
        """The modules that lines with `import` name, in full and their first parts; more than there are, never less."""
        return imported(self.data)

    @property
    def old(self) -> bool:
        """Whether it looks as if Python 3 would not parse it; only the parser has the last word."""
        from flexmigrate_rules.source._old_syntax import looks_old

        return looks_old(self.data)

    def mentions(self, *needles: bytes) -> bool:
        """Whether one of the needles stands in it."""
        return any(needle in self.data for needle in needles)


_listed: WeakKeyDictionary[Service, tuple[SourceFile, ...]] = WeakKeyDictionary()


def sources(service: Service) -> tuple[SourceFile, ...]:
    """The Python files of the service, those of installed packages left out."""
    found = _listed.get(service)
    if found is None:
        found = _listed[service] = tuple(_files(service))
    return found


def _files(service: Service) -> Iterator[SourceFile]:
    repository = service.repository
    for path in service.files(".py"):
        inner = path[len(service.directory) :]
        if _NOT_OURS.search(inner):
            continue
        planned = repository.overlay.get(path)
        data = repository.data(path) if planned is None else planned.encode("utf-8", "surrogatepass")
        # Code is neither that long nor full of NUL; what is, is data that somebody called `.py`.
        if data and len(data) <= _LARGEST and b"\0" not in data:
            yield SourceFile(path, data, bool(_TEST.search(inner)), bool(_VENDORED.search(inner)))


@lru_cache(maxsize=_KEPT)
def imported(data: bytes) -> frozenset[bytes]:
    """The modules that lines with `import` name, in full and their first parts."""
    if b"import" not in data:
        return frozenset()
    if b"\\\n" in data or b"\r" in data:
        data = data.replace(b"\r", b"\n").replace(b"\\\n", b" ")
    found: set[bytes] = set()
    for line in data.split(b"\n"):
        if b"import" in line:
            for match in _statement().finditer(line):
                plain = match[1] or b""
                names = (name.split(None, 1)[0] for name in plain.split(b",") if name.strip()) if plain else (match[2],)
                for name in names:
                    found.add(name)
                    found.add(name.partition(b".")[0])
    return frozenset(found)


@cache
def _statement() -> re.Pattern[bytes]:
    return re.compile(rb"(?<![\w.])(?:import[ \t]+([\w., \t]+)|from[ \t]+([\w.]+)[ \t]+import\b)")


def may_name(data: bytes, module: bytes, name: bytes) -> bool:
    """Whether a file that imports the module may name something of it: as an attribute, or in the import itself."""
    if b"." + name in data:
        return True
    return name in data and any(name in names or names == {b"*"} for names in _brought(data).get(module, ()))


@lru_cache(maxsize=_KEPT)
def _brought(data: bytes) -> dict[bytes, list[frozenset[bytes]]]:
    found: dict[bytes, list[frozenset[bytes]]] = {}
    for match in _from().finditer(data):
        names = match[2].translate(_blanks()).split()
        found.setdefault(match[1], []).append(frozenset(names) if names else frozenset((b"*",)))
    return found


@cache
def _from() -> re.Pattern[bytes]:
    return re.compile(rb"from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n]*(?:\\\r?\n[^\n]*)*)")


@cache
def _blanks() -> bytes:
    """A table that leaves the characters of names and makes blanks of all others."""
    return bytes(byte if chr(byte).isalnum() or chr(byte) == "_" else 32 for byte in range(128)) + b" " * 128
