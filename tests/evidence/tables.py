"""The results as files: one row a boot, one row a release, sorted so that two runs differ only where results differ."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from packaging.version import Version


@dataclass(frozen=True, slots=True)
class Row:
    """One boot, or one installation that did not come to one."""

    gunicorn: str
    python: str
    worker: str
    library: str
    library_from: str
    setuptools: str
    setuptools_version: str
    outcome: str
    line: str
    measured: str


@dataclass(frozen=True, slots=True)
class Release:
    """What a gunicorn release says about itself."""

    gunicorn: str
    requires_python: str
    requires_setuptools: str
    requires: str
    extras: str


def read_rows(path: Path) -> list[Row]:
    """The rows of a results file; none when there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [Row(**line) for line in csv.DictReader(stream)]


def read_releases(path: Path) -> list[Release]:
    """The releases of a metadata file; none when there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [Release(**line) for line in csv.DictReader(stream)]


def write_table(path: Path, rows: Iterable[Row] | Iterable[Release]) -> None:
    """Write the rows, all or none of them."""
    ordered = sorted(rows, key=_order)
    if not ordered:
        return
    written = path.with_suffix(".new")
    with written.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([field.name for field in fields(ordered[0])])
        writer.writerows(astuple(row) for row in ordered)
    # A run that is ended while it writes must not cost the results of hours.
    written.replace(path)


def _order(row: Row | Release) -> tuple[Version, Version, tuple[str, ...]]:
    python = Version(row.python) if isinstance(row, Row) else Version("0")
    return python, Version(row.gunicorn), astuple(row)
