"""Measure which pinned releases install and run on which Python, and write the facts that the rules read.

    python -m tests.evidence.pins --jobs 2 --resume --minutes 30     measure what is not in the results yet
    python -m tests.evidence.pins --only flask                       measure one package again
    python -m tests.evidence.pins --write-facts                      only turn the results into facts

An `install` row installs one release without what it needs: from a wheel, else by building its source. A `run` row
installs it with what it needs, starting without setuptools, and runs what a service would do first with it. Where that
misses pkg_resources it is run again with setuptools < 82; where something that it needs is too new, older releases of
that are tried, to learn which of them is at fault (`caps` without it fail, with it they work).
The newest and a middle Python come first; the others only where those tell that there is something to know.
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

from flexmigrate.proving import environments, interpreters  # noqa: E402
from tests.evidence import pins_cases, pins_facts, pins_trials  # noqa: E402

RESULTS = Path(__file__).with_name("pins.csv")
FACTS = ROOT / "rules" / "flexmigrate_rules" / "facts" / "pins.toml"
FIRST = ("3.12", "3.14")
THEN = ("3.13", "3.11")


class Measuring:
    """The results so far, and what is still to be measured."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._given = dict(one.split("=", 1) for one in options.interpreter)
        self._rows = {_key(row): row for row in pins_trials.read_rows(RESULTS)}
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def run(self) -> None:
        """Both of the first Pythons at a time, then the others."""
        for group in (FIRST, THEN):
            pythons = [one for one in group if one in (self._options.pythons or group)]
            with concurrent.futures.ThreadPoolExecutor(self._options.jobs) as pool:
                for done in [pool.submit(self._measure, python) for python in pythons]:
                    done.result()

    def _measure(self, python: str) -> None:
        given = self._given.get(python)
        interpreter = interpreters.find(python, Path(given) if given else None)
        if interpreter is None:
            print(f"{python}: no interpreter", file=sys.stderr)
            return
        scratch = Path(tempfile.mkdtemp(prefix=f"pins-{python}-"))
        try:
            environment, step = environments.create(interpreter, scratch / "environment")
            if environment is None:
                print(f"{python}: {step.line}", file=sys.stderr)
                return
            for task in self._tasks(python):
                if time.monotonic() - self._began > self._options.minutes * 60:
                    return
                self._keep(
                    list(
                        pins_trials.install(environment, task)
                        if task.kind == "install"
                        else pins_trials.run(environment, task)
                    )
                )
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _tasks(self, python: str) -> list[pins_trials.Task]:
        found = [
            pins_trials.Task(kind, package, release, python)
            for kind, cases in (
                ("run", {name: one.releases for name, one in pins_cases.SMOKES.items()}),
                ("install", pins_cases.INSTALLS),
            )
            for package, releases in cases.items()
            if not self._options.only or package in self._options.only
            for release in releases.split()
        ]
        # Many releases of few packages are worth more than the other way round: what is pinned most comes first.
        turns = sorted(range(len(found)), key=lambda i: (_turn(found[i]), i))
        return [found[i] for i in turns if self._worth(found[i])]

    def _worth(self, task: pins_trials.Task) -> bool:
        with self._lock:
            rows = [
                row
                for row in self._rows.values()
                if (row.kind, row.package, row.release) == (task.kind, task.package, task.release) and not row.beside
            ]
        if self._options.resume and any(row.python.startswith(f"{task.python}.") for row in rows):
            return False
        if task.python in FIRST:
            return True
        works = {_minor(row.python): row.outcome == "works" for row in rows}
        if task.python == "3.13":
            # Between two Pythons with one outcome there is no third one, unless they fail for different reasons.
            return works.get("3.12") is not works.get("3.14") or works.get("3.12") is False
        return works.get("3.12") is False

    def _keep(self, rows: list[pins_trials.Row]) -> None:
        with self._lock:
            self._rows.update({_key(row): row for row in rows})
            pins_trials.write_rows(RESULTS, list(self._rows.values()))
            for row in rows:
                said = (
                    f"{row.python} {row.kind} {row.package}=={row.release} {row.beside}: {row.outcome} {row.line[:90]}"
                )
                print(f"{time.monotonic() - self._began:6.0f} {said}", file=sys.stderr, flush=True)


def _turn(task: pins_trials.Task) -> int:
    """Google's own packages matter most here; to build a source takes longest."""
    names = list(pins_cases.SMOKES if task.kind == "run" else pins_cases.INSTALLS)
    most = ("honcho", "psq", "oauth2client", "gcloud", "gunicorn", "flask", "pyyaml")
    first = task.package.startswith("google-") or task.package in most
    return names.index(task.package) + (0 if first else 1000 if task.kind == "run" else 2000)


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])


def _key(row: pins_trials.Row) -> tuple[str, ...]:
    return row.kind, row.package, row.release, _minor(row.python), row.beside


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1, help="interpreters measured at the same time")
    parser.add_argument("--minutes", type=float, default=1000, help="begin no further measurement after this time")
    parser.add_argument("--resume", action="store_true", help="skip what the results already have")
    parser.add_argument("--only", action="append", default=[], metavar="PACKAGE")
    parser.add_argument("--pythons", action="append", default=[], metavar="X.Y", help="only these")
    parser.add_argument("--interpreter", action="append", default=[], metavar="X.Y=PATH")
    parser.add_argument("--write-facts", action="store_true", help="measure nothing, write the facts file")
    options = parser.parse_args()
    if options.write_facts:
        FACTS.write_text(pins_facts.generate(RESULTS), "utf-8")
    else:
        Measuring(options).run()


if __name__ == "__main__":
    main()
