"""Measure which gunicorn boots on which Python, and write the facts that the rules read.

    python -m tests.evidence.gunicorn_matrix --jobs 2 --resume              measure what is not in the results yet
    python -m tests.evidence.gunicorn_matrix --only 3.12:20.1.0:gevent      measure some again
    python -m tests.evidence.gunicorn_matrix --write-facts                  only turn the results into facts

Interpreters are found through uv, pyenv and PATH; others are named with `--interpreter 3.14=/path/to/python3.14`.
Every release is really installed (by uv where it can, else by pip) into a fresh virtual environment that starts without
setuptools, and really started; identical sets of installed versions are started once.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "migrate")]

from packaging.specifiers import SpecifierSet  # noqa: E402
from packaging.version import Version  # noqa: E402

from flexmigrate.proving import environments, interpreters  # noqa: E402
from tests.evidence import boots, gunicorn_facts, tables  # noqa: E402

HERE = Path(__file__).resolve().parent
BOOTS = HERE / "gunicorn_boots.csv"
RELEASES = HERE / "gunicorn_releases.csv"
FACTS = ROOT / "rules" / "flexmigrate_rules" / "facts" / "gunicorn.toml"

# Newest targets first: what matters most is measured first.
PYTHONS = ("3.12", "3.13", "3.14", "3.11", "3.10", "3.15", "3.9", "3.8", "3.7", "3.6", "2.7")
# fmt: off
GUNICORNS = (
    "19.6.0", "19.7.0", "19.7.1", "19.8.0", "19.8.1", "19.9.0", "19.10.0", "20.0.0", "20.0.2", "20.0.3", "20.0.4",
    "20.1.0", "21.0.0", "21.0.1", "21.1.0", "21.2.0", "22.0.0", "23.0.0", "24.0.0", "24.1.0", "24.1.1", "25.0.0",
    "25.0.1", "25.0.2", "25.0.3", "25.1.0", "25.2.0", "25.3.0", "26.0.0", "26.1.0", "26.2.0", "27.0.0", "27.0.1",
)
# fmt: on


class Matrix:
    """The results so far, and what is still to be measured."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._given = dict(one.split("=", 1) for one in options.interpreter)
        self._results = Path(options.results)
        self._lock = threading.Lock()
        self._rows = {_key(row): row for row in tables.read_rows(self._results)}
        self._releases = {one.gunicorn: one for one in tables.read_releases(RELEASES)}
        self._began = time.monotonic()

    def run(self) -> None:
        """Measure every interpreter, as many at a time as asked for."""
        with concurrent.futures.ThreadPoolExecutor(self._options.jobs) as pool:
            # Old pins matter least, so every Python's other rows come before them.
            runs = [pool.submit(self._measure, python, pins) for pins in (False, True) for python in PYTHONS]
            for done in concurrent.futures.as_completed(runs):
                done.result()

    def _measure(self, python: str, pins: bool) -> None:
        todo = [
            (group, gunicorn)
            for group in boots.GROUPS
            for gunicorn in reversed(GUNICORNS)
            if Version(gunicorn) >= Version(group.first)
            and gunicorn in (group.only or GUNICORNS)
            and (group.library_from == "pin") == pins
            and self._wanted(python, gunicorn, group)
        ]
        if not todo:
            return
        given = self._given.get(python)
        interpreter = interpreters.find(python, Path(given) if given else None)
        if interpreter is None:
            self._say(f"{python}: no interpreter")
            return
        scratch = Path(tempfile.mkdtemp(prefix=f"gunicorn-matrix-{python}-"))
        try:
            self._measure_with(interpreter, todo, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _measure_with(
        self, interpreter: interpreters.Interpreter, todo: list[tuple[boots.Group, str]], scratch: Path
    ) -> None:
        benches: dict[str, boots.Bench] = {}
        for group, gunicorn in todo:
            # One refused installation is evidence enough that this Python is excluded, whatever the worker.
            if group is not boots.GROUPS[0] and self._excludes(gunicorn, interpreter.version):
                continue
            # Without uv nothing removes what another group installed, so each group gets its own environment.
            exact = interpreter.number >= environments.OLDEST_FOR_UV and not self._options.with_pip
            place = "all" if exact else f"{group.name}-{gunicorn if self._options.with_pip else ''}"
            if place not in benches:
                folder = scratch / f"environment-{len(benches)}"
                environment, step = environments.create(interpreter, folder, use_uv=exact)
                if environment is None:
                    self._say(f"{interpreter.version}: no environment: {step.line}")
                    return
                benches[place] = boots.Bench(environment, scratch / "app")
            bench = benches[place]
            rows = list(bench.measure(gunicorn, group))
            self._keep(rows, bench.release(gunicorn))
            served = sum(row.outcome == "serves" for row in rows)
            self._say(f"{interpreter.version} gunicorn {gunicorn} {group.name}: {served}/{len(rows)} serve")

    def _wanted(self, python: str, gunicorn: str, group: boots.Group) -> bool:
        only = [one.split(":") for one in self._options.only]
        asked = (python, gunicorn, group.name)
        if only and not any(all(a in ("*", b) for a, b in zip(one, asked, strict=False)) for one in only):
            return False
        return not (self._options.resume and self._has(python, gunicorn, group))

    def _has(self, python: str, gunicorn: str, group: boots.Group) -> bool:
        workers = {*group.workers, "+".join(group.workers)}
        pin = group.wanted[0].replace("==", " ") if group.library_from == "pin" else ""
        return any(
            row.gunicorn == gunicorn
            and row.python.startswith(python + ".")
            and row.worker in workers
            and row.library_from == group.library_from
            and (not pin or row.library.replace("==", " ") == pin)
            for row in self._rows.values()
        )

    def _excludes(self, gunicorn: str, python: str) -> bool:
        known = self._releases.get(gunicorn)
        return known is not None and python not in SpecifierSet(known.requires_python)

    def _keep(self, rows: list[tables.Row], release: tables.Release | None) -> None:
        with self._lock:
            self._rows.update({_key(row): row for row in rows})
            tables.write_table(self._results, self._rows.values())
            if release is not None and self._releases.get(release.gunicorn) != release:
                self._releases[release.gunicorn] = release
                tables.write_table(RELEASES, self._releases.values())

    def _say(self, words: str) -> None:
        print(f"{time.monotonic() - self._began:7.1f} s  {words}", file=sys.stderr, flush=True)


def _key(row: tables.Row) -> tuple[str, ...]:
    pin = row.library.replace("==", " ") if row.library_from == "pin" else ""
    return row.gunicorn, row.python, row.worker, row.library_from, pin, row.setuptools


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1, help="interpreters measured at the same time")
    parser.add_argument("--resume", action="store_true", help="skip what the results already have")
    parser.add_argument("--only", action="append", default=[], metavar="PYTHON[:GUNICORN[:GROUP]]", help="* for any")
    parser.add_argument("--interpreter", action="append", default=[], metavar="X.Y=PATH")
    parser.add_argument("--with-pip", action="store_true", help="pip and one new environment for each installation")
    parser.add_argument("--results", default=str(BOOTS), metavar="CSV")
    parser.add_argument("--write-facts", action="store_true", help="measure nothing, write the facts file")
    options = parser.parse_args()
    if options.write_facts:
        FACTS.write_text(gunicorn_facts.generate(BOOTS, RELEASES), "utf-8")
    else:
        Matrix(options).run()


if __name__ == "__main__":
    main()
