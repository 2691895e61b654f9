"""Resolves requirements with uv for another Python, without building or running anything.

Only wheels are looked into: the metadata of a source distribution may need its `setup.py` to run, and what a package
index hands out is no more to be run by a dry run than the repository's own code. A package of which there is only
source is left out of the resolution and named.
"""

from __future__ import annotations

import time

from flexmigrate.documents import packages
from flexmigrate.documents.requirements import Requirement, parse
from flexmigrate.documents.resolution import Outcome, Release, Resolution, ResolveRequest
from flexmigrate.resolving_index import Index
from flexmigrate.resolving_uv import HEEDED, Run, ask, default_index, find_uv, run_uv

_SECONDS = 300.0
_SECONDS_EACH = 90.0
_MOST_ROUNDS = 40


def open_resolver() -> UvResolver:
    """A resolver for one run; UserError where uv is missing or too old."""
    return UvResolver(find_uv())


class UvResolver:
    """Asks uv, each question once. When its time is up, what is still asked is answered with `unknown`."""

    def __init__(self, command: str, seconds: float = _SECONDS, run: Run = run_uv) -> None:
        self._command = command
        self._end = time.monotonic() + seconds
        self._run = run
        self._known: dict[ResolveRequest, Resolution] = {}
        self._indexes: dict[str, Index] = {}
        self._default: str | None = None
        # What has turned out to exist as source only: lines for a Python, and packages that no line names.
        self._source: set[tuple[str, str]] = set()
        self._beneath: set[tuple[str, str]] = set()

    def resolve(self, request: ResolveRequest) -> Resolution:
        """Whether and with which versions pip could install all this."""
        if request not in self._known:
            self._known[request] = self._resolve(request)
        return self._known[request]

    def release(self, name: str, version: str, options: tuple[tuple[str, str], ...]) -> Release | None:
        """What the index tells of a release; None where it cannot be asked."""
        index = self._index(options)
        return None if index is None else index.release(packages.normalise(name), version)

    def _resolve(self, request: ResolveRequest) -> Resolution:
        refused = _refusal(request.options)
        if refused:
            return Resolution(Outcome.UNKNOWN, reason=refused)
        excluded = self._known_as_source(request)
        narrowed: dict[str, str] = {}
        found = Resolution(Outcome.UNKNOWN, reason="the search for packages to leave out found no end")
        for _ in range(_MOST_ROUNDS):
            found, lacking = ask(self._command, request, frozenset(excluded), narrowed, self._left(), self._run)
            if found.outcome is Outcome.IMPOSSIBLE and self._leave_out(request, lacking - excluded, excluded):
                continue
            if found.outcome is Outcome.RESOLVED and self._narrow(request, found, narrowed):
                continue
            break
        return found

    def _known_as_source(self, request: ResolveRequest) -> set[str]:
        """What is to be left out from the start: each such package would take a run of its own to be found."""
        pins = _pins(request)
        index = self._index(request.options)
        if index is not None:
            index.prefetch(pins)
            for name, pin in pins.items():
                release = index.release(name, pin)
                if release is not None and release.source and not release.wheels and release.admits(request.python):
                    self._source.add((request.python, f"{name}=={pin}"))
        beneath = {name for python, name in self._beneath if python == request.python}
        lines = _lines(request)
        return {name for name, line in lines.items() if (request.python, line) in self._source} | beneath - lines.keys()

    def _leave_out(self, request: ResolveRequest, lacking: set[str], excluded: set[str]) -> bool:
        """Leave out what pip would build; a pin whose source is not for this Python stays and is the failure."""
        pins, lines = _pins(request), _lines(request)
        buildable: set[str] = set()
        for name in lacking:
            pin = pins.get(name)
            release = self.release(name, pin, request.options) if pin else None
            if release is None or (release.exists and release.source and release.admits(request.python)):
                buildable.add(name)
                if name in lines:
                    self._source.add((request.python, lines[name]))
                else:
                    self._beneath.add((request.python, name))
        excluded |= buildable
        return bool(buildable)

    def _narrow(self, request: ResolveRequest, found: Resolution, narrowed: dict[str, str]) -> bool:
        """Rule out releases that declare an upper bound below this Python: pip passes over them, uv does not."""
        index = self._index(request.options)
        if index is None or time.monotonic() > self._end:
            return False
        index.prefetch(found.versions)
        news = False
        for name, version in found.versions.items():
            release = index.release(name, version)
            if release is not None and release.exists and not release.admits(request.python) and name not in narrowed:
                passed_over = index.versions_not_for(name, request.python)
                narrowed[name] = name + ",".join(f"!={one}" for one in passed_over)
                news = True
        return news

    def _index(self, options: tuple[tuple[str, str], ...]) -> Index | None:
        """The main index, where it can be asked without credentials."""
        given = [value for name, value in options if name == "index-url"]
        if any(name == "no-index" for name, _ in options):
            return None
        url = given[-1] if given else self._default_index()
        if not url.lower().startswith(("https://", "http://")) or "@" in url or "$" in url:
            return None
        return self._indexes.setdefault(url, Index(url))

    def _default_index(self) -> str:
        if self._default is None:
            self._default = default_index(self._command, self._left(), self._run)
        return self._default

    def _left(self) -> float:
        return min(self._end - time.monotonic(), _SECONDS_EACH)


def _entries(request: ResolveRequest) -> list[Requirement]:
    return [entry for line in request.requirements for entry in parse(line) if isinstance(entry, Requirement)]


def _lines(request: ResolveRequest) -> dict[str, str]:
    """What is asked of each package, in one spelling."""
    return {entry.name: f"{entry.name}{entry.specifier}" for entry in _entries(request)}


def _pins(request: ResolveRequest) -> dict[str, str]:
    return {entry.name: entry.pinned for entry in _entries(request) if entry.pinned}


def _refusal(options: tuple[tuple[str, str], ...]) -> str:
    """Why packages cannot be looked for where the options say."""
    for name, value in options:
        if name not in HEEDED or not value:
            continue
        if "${" in value:
            return f"--{name} depends on an environment variable, which is not read"
        if not value.lower().startswith(("https://", "http://")):
            return f"--{name} names a directory, and only indexes on the network are asked"
        if len(value.split()) > 1:
            return f"--{name} is no address"
    return ""
