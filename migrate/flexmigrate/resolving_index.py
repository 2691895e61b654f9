"""Asks a package index which files there are of a package and what they declare (the JSON form of PEP 691)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple
from urllib.request import Request, urlopen

from flexmigrate.documents import packages
from flexmigrate.documents.resolution import Release

if TYPE_CHECKING:
    from flexmigrate.documents.packages import Version

_TYPE = "application/vnd.pypi.simple.v1+json"
_SECONDS = 20
_LARGEST = 50_000_000
_AT_ONCE = 8
_GZIP = 31


class _File(NamedTuple):
    name: str
    requires_python: str
    yanked: bool | str


class Index:
    """One index; every package is asked for once."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._known: dict[str, tuple[_File, ...] | None] = {}

    def release(self, name: str, version: str) -> Release | None:
        """What the index tells of a release; None where it cannot be asked or answers in another form."""
        files = self._files(name)
        key = _key(version)
        if files is None or key is None:
            return None
        # Reading thousands of file names takes longer than fetching them, and mostly the version stands there as asked.
        likely = releases_of([file for file in files if version in file.name], name)
        return likely.get(key) or releases_of(files, name).get(key, Release(exists=False))

    def versions_not_for(self, name: str, python: str) -> list[str]:
        """The versions whose files all declare that they are not for this Python."""
        releases = releases_of(self._files(name) or (), name)
        return [str(version) for version, one in releases.items() if not one.admits(python)]

    def prefetch(self, names: Iterable[str]) -> None:
        """Ask for several packages at once."""
        missing = [name for name in names if name not in self._known]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for name, found in zip(missing, pool.map(self._fetch, missing), strict=True):
                self._known[name] = found

    def _files(self, name: str) -> tuple[_File, ...] | None:
        if name not in self._known:
            self._known[name] = self._fetch(name)
        return self._known[name]

    def _fetch(self, name: str) -> tuple[_File, ...] | None:
        request = Request(f"{self._url}/{name}/", headers={"Accept": _TYPE, "Accept-Encoding": "gzip"})
        try:
            with urlopen(request, timeout=_SECONDS) as answer:
                if answer.headers.get_content_type() != _TYPE:
                    return None
                data = answer.read(_LARGEST)
                if answer.headers.get("Content-Encoding") == "gzip":
                    data = zlib.decompressobj(_GZIP).decompress(data, _LARGEST)
            return read_files(data)
        except (OSError, zlib.error, ValueError, KeyError, TypeError, AttributeError):
            return None


def read_files(data: bytes) -> tuple[_File, ...]:
    """The files of a package's page; ValueError, KeyError, TypeError or AttributeError when it is none."""
    return tuple(
        _File(str(file["filename"]), str(file.get("requires-python") or ""), file.get("yanked", False))
        for file in json.loads(data)["files"]
    )


def releases_of(files: Iterable[_File], name: str) -> dict[Version, Release]:
    """The releases that these files make up."""
    by_version: dict[Version, list[_File]] = {}
    for file in files:
        version = _version_of(file.name, name)
        if version is not None:
            by_version.setdefault(version, []).append(file)
    return {version: _release(some) for version, some in by_version.items()}


def _release(files: list[_File]) -> Release:
    wheels = [file for file in files if file.name.endswith(".whl")]
    declared = dict.fromkeys(file.requires_python for file in files)
    reason = next((file.yanked for file in files if isinstance(file.yanked, str)), "")
    return Release(
        exists=True,
        wheels=bool(wheels),
        source=len(wheels) < len(files),
        requires_python=() if "" in declared else tuple(declared),
        yanked=reason if all(file.yanked for file in files) else None,
    )


def _version_of(filename: str, name: str) -> Version | None:
    """The version in a file's name, None for what is neither a wheel nor a source distribution of this package."""
    if filename.endswith(".whl"):
        return _key(filename.split("-")[1]) if filename.count("-") >= 4 else None
    for ending in (".tar.gz", ".zip", ".tar.bz2", ".tgz"):
        stem = filename.removesuffix(ending)
        # The name itself may hold dashes, but its length is known.
        if (
            stem != filename
            and packages.normalise(stem[: len(name)]) == name
            and stem[len(name) : len(name) + 1] == "-"
        ):
            return _key(stem[len(name) + 1 :])
    return None


def _key(text: str) -> Version | None:
    # Not the text: 1.30 and 1.30.0 are the same version.
    try:
        return packages.version(text)
    except packages.PackagingError:
        return None
