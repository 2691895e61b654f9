"""Turn the measured rows into the compact facts file that the rules load."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests.evidence.boots import AFTER_SILENCE
from tests.evidence.gunicorn_causes import KINDS, PINNED_LIBRARY, cause_of
from tests.evidence.tables import Release, Row, read_releases, read_rows

HEADER = """\
# Which gunicorn serves on which Python. Generated: change the measurements, not this file.
#
# A list of versions is written `20.0.0..20.1.0 21.2.0`; a range means every release of `releases` (or every Python of
# `[pythons]`) from its first to its last, and all of them were measured. What stands nowhere was not measured.
#
# unsteady          releases that at least once listened without ever answering and served when started again
# [pythons]         minor version = the patch release measured
# [setuptools.*]    the releases that the setuptools states stand for, in an environment that starts without it:
#                   old = newest before 82, newest = newest for that Python, resolved = what `pip install` brings along
#                   with a gunicorn that declares setuptools; one that declares none brings none, unless the library
#                   of one of the workers in brought_by does
# [libraries.*]     the worker libraries that pip picks on a Python when nothing pins them
# [[declared]]      what the releases themselves declare: requires_python, and setuptools where they need it
# [[causes]]        why one fails: the exception as seen, and what it means
# [[boots]]         workers    worker classes with this outcome
#                   library    newest: `gunicorn` and the library as two requirements; extra: `gunicorn[LIBRARY]`;
#                              `NAME VERSION`: pinned; empty: needs none
#                   setuptools states with this outcome: absent, old, newest, resolved
#                   gunicorn   releases with this outcome
#                   serves     Pythons on which it answered a request with 200
#                   fails      `cause: Pythons; cause: Pythons` on which it was started and did not
"""
SOURCE = "measured with tests/evidence/gunicorn_matrix.py"
_STATES = ("absent", "old", "newest", "resolved")
_WORKERS = ("sync", "gthread", "gevent", "eventlet", "tornado", "uvicorn", "uvicorn-worker", "asgi")

Outcome = tuple[str, str]
"""What the row says of its Pythons: the `serves` and the `fails` text."""


def generate(boots: Path, releases: Path) -> str:
    """The text of the facts file."""
    rows = read_rows(boots)
    declared = sorted(read_releases(releases), key=lambda one: Version(one.gunicorn))
    gunicorns = [one.gunicorn for one in declared]
    full = {minor(row.python): row.python for row in rows}
    pythons = sorted(full, key=Version)
    as_of = max(row.measured for row in rows)
    parts = [
        HEADER,
        f'as_of = {as_of}\nsource = "{SOURCE}"\nreleases = "{" ".join(gunicorns)}"\n' + _unsteady(rows, gunicorns),
        _table("pythons", {f'"{one}"': full[one] for one in pythons}),
        *(_table(f"setuptools.{_key(one)}", _setuptools(rows, one, declared)) for one in pythons),
        *(_table(f"libraries.{_key(one)}", _libraries(rows, one)) for one in pythons),
        *_declared(declared, gunicorns),
        *_causes(rows),
        *_boots(rows, declared, pythons),
    ]
    return "\n".join(part for part in parts if part)


def _unsteady(rows: list[Row], gunicorns: Sequence[str]) -> str:
    silent = {row.gunicorn for row in rows if row.line.startswith(AFTER_SILENCE)}
    return f'unsteady = "{ranges(silent, gunicorns)}"\n'


def minor(python: str) -> str:
    """3.12 for 3.12.1."""
    return ".".join(python.split(".")[:2])


def ranges(chosen: Iterable[str], universe: Sequence[str]) -> str:
    """The chosen members of an ordered list, with runs of neighbours written as ranges."""
    numbers = sorted(universe.index(one) for one in set(chosen))
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " ".join(universe[run[0]] if len(run) == 1 else f"{universe[run[0]]}..{universe[run[-1]]}" for run in runs)


def cause_of_row(row: Row, requires_python: str) -> str | None:
    """The cause id of a row, empty when it serves; None when the release's own metadata says all about it."""
    if row.outcome == "serves":
        return ""
    if row.outcome == "fails":
        return cause_of(row.line, row.worker, row.library_from == "pin")
    return None if row.python not in SpecifierSet(requires_python) else "library-not-installable"


def spread(row: Row) -> list[tuple[str, str]]:
    """The worker and setuptools states a row speaks of: what was not installed was not installed for all of them."""
    states = _STATES if row.setuptools == "any" else (row.setuptools,)
    return [(worker, state) for worker in row.worker.split("+") for state in states]


def _boots(rows: list[Row], declared: list[Release], pythons: Sequence[str]) -> list[str]:
    gunicorns = [one.gunicorn for one in declared]
    requires = {one.gunicorn: one.requires_python for one in declared}
    seen: dict[tuple[str, str, str, str], dict[str, str]] = defaultdict(dict)
    for row in rows:
        cause = cause_of_row(row, requires[row.gunicorn])
        for worker, state in spread(row) if cause is not None else ():
            seen[library_of(row), worker, state, row.gunicorn][minor(row.python)] = cause or ""
    outcomes = {key: _outcome(by_python, pythons) for key, by_python in seen.items()}
    # One axis after the other: releases that behave alike, then states that do, then workers that do.
    by_release = _merge(
        (
            ((library, worker, state), gunicorn, outcome)
            for (library, worker, state, gunicorn), outcome in outcomes.items()
        ),
        lambda found: ranges(found, gunicorns),
    )
    by_state = _merge(
        (((library, worker, releases), state, outcome) for (library, worker, state), releases, outcome in by_release),
        lambda found: " ".join(sorted(found, key=_STATES.index)),
    )
    by_worker = _merge(
        (((library, states, releases), worker, outcome) for (library, worker, releases), states, outcome in by_state),
        lambda found: " ".join(sorted(found, key=_WORKERS.index)),
    )
    ordered = sorted(by_worker, key=lambda one: _place(one[0][0], one[1], one[0][2], one[0][1]))
    return [
        _table(
            "[boots]",
            {
                "workers": workers,
                "library": library,
                "setuptools": states,
                "gunicorn": releases,
                "serves": outcome[0],
                "fails": outcome[1],
            },
        )
        for (library, states, releases), workers, outcome in ordered
    ]


def _merge(
    items: Iterable[tuple[tuple[str, str, str], str, Outcome]], join: Callable[[list[str]], str]
) -> list[tuple[tuple[str, str, str], str, Outcome]]:
    alike: dict[tuple[tuple[str, str, str], Outcome], list[str]] = defaultdict(list)
    for key, member, outcome in items:
        alike[key, outcome].append(member)
    return [(key, join(members), outcome) for (key, outcome), members in alike.items()]


def _place(library: str, workers: str, releases: str, states: str) -> tuple[int, int, str, Version, str]:
    kind = ("", "newest", "extra").index(library) if library in ("", "newest", "extra") else 3
    first = releases.split(" ")[0].split("..")[0]
    return kind, _WORKERS.index(workers.split(" ")[0]), library, Version(first), states


def _outcome(by_python: dict[str, str], pythons: Sequence[str]) -> Outcome:
    causes: dict[str, list[str]] = defaultdict(list)
    for python, cause in by_python.items():
        causes[cause].append(python)
    served = ranges(causes.pop("", []), pythons)
    return served, "; ".join(f"{cause}: {ranges(found, pythons)}" for cause, found in sorted(causes.items()))


def library_of(row: Row) -> str:
    """How the facts name the way a row's library came."""
    return row.library.replace("==", " ") if row.library_from == "pin" else row.library_from


def _setuptools(rows: list[Row], python: str, declared: list[Release]) -> dict[str, str]:
    needing = {one.gunicorn for one in declared if one.requires_setuptools}
    plain = [row for row in rows if minor(row.python) == python and row.worker == "sync"]
    found = {state: {row.setuptools_version for row in plain if row.setuptools == state} for state in ("old", "newest")}
    found["resolved"] = {
        row.setuptools_version for row in plain if row.setuptools == "resolved" and row.gunicorn in needing
    }
    found["brought_by"] = {
        row.worker
        for row in rows
        if minor(row.python) == python
        and (row.library_from, row.setuptools) == ("newest", "resolved")
        and row.setuptools_version
        and row.gunicorn not in needing
    }
    return {state: " ".join(sorted(versions)) for state, versions in found.items() if versions}


def _libraries(rows: list[Row], python: str) -> dict[str, str]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if minor(row.python) == python and row.library_from == "newest" and " " in row.library:
            name, version = row.library.split(" ")
            found[name].add(version)
    return {name: " ".join(sorted(versions, key=Version)) for name, versions in sorted(found.items())}


def _declared(declared: list[Release], gunicorns: Sequence[str]) -> list[str]:
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in declared:
        needs = one.requires_setuptools.removeprefix("setuptools").strip()
        alike[one.requires_python.replace(" ", ""), needs].append(one.gunicorn)
    return [
        _table("[declared]", {"gunicorn": ranges(found, gunicorns), "requires_python": python, "setuptools": needs})
        for (python, needs), found in alike.items()
    ]


def _causes(rows: list[Row]) -> list[str]:
    lines: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.outcome == "fails":
            lines[cause_of(row.line, row.worker, row.library_from == "pin")][row.line] += 1
    return [
        _table("[causes]", {"id": kind.id, "exception": lines[kind.id].most_common(1)[0][0], "meaning": kind.meaning})
        for kind in (*KINDS, PINNED_LIBRARY)
        if lines[kind.id]
    ]


def _key(python: str) -> str:
    return f'"{python}"'


def _table(name: str, values: dict[str, str]) -> str:
    lines = [f"[{name}]", *(f"{key} = {_text(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n" if values else ""


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
