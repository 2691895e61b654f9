"""How long planning takes over a repository of 500 Python files, against merely reading them.

`python -m tests.benchmarks.reading [FILES]` prints the best of several runs; nothing is asserted. The files are like
those of a web application; first none, then every tenth holds something that a rule parses and rewrites.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from flexmigrate import disk
from flexmigrate.model import Platform
from flexmigrate.planning import Settings, make_plan
from flexmigrate.rule import Pack, installed_packs
from flexmigrate.testing import TODAY

RUNS = 3
BODY = '''"""Views of part {n}, with `names` in backticks and (`more`) of them."""

import json
import logging
import os
import time
from collections import OrderedDict
from typing import Callable, Iterable, Mapping

from flask import Blueprint, request

logger = logging.getLogger(__name__)
blueprint = Blueprint("part{n}", __name__)


@blueprint.route("/part{n}/<int:number>")
def show(number: int) -> str:
    """Print what is asked for; raise nothing."""
    started = time.time()
    values: Mapping[str, int] = OrderedDict((str(i), i * number) for i in range(10))
    logger.info("part %s took %s", number, time.time() - started)
    return json.dumps(values, default=lambda value: str(value))

'''
FILLER = "\n\ndef helper_{n}_{i}(first, second=None):\n    # keeps {i} apart\n    return [first, second, {i}, os.sep]\n"
TELLING = "\n\nimport collections\n\n\nclass Rows(collections.MutableMapping):\n    pass\n"


def generate(root: Path, files: int, every: int) -> None:
    (root / "app.yaml").write_text("runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n")
    (root / "main.py").write_text("from part0 import views0\n\napp = views0\n")
    for n in range(files):
        folder = root / f"part{n % 20}"
        folder.mkdir(exist_ok=True)
        filler = "".join(FILLER.format(n=n, i=i) for i in range(60))
        (folder / f"views{n}.py").write_text(BODY.format(n=n) + filler + (TELLING if every and n % every == 0 else ""))


def best(action: Callable[[], object]) -> float:
    found = []
    for _ in range(RUNS):
        started = time.perf_counter()
        action()
        found.append(time.perf_counter() - started)
    return min(found)


def main() -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    for every in (0, 10):
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder), files, every)
            measure(Path(folder), every)


def measure(root: Path, every: int) -> None:
    packs = installed_packs()
    paths = sorted(root.rglob("*.py"))
    size = sum(path.stat().st_size for path in paths)
    reading = best(lambda: [hashlib.sha256(path.read_bytes()).digest() for path in paths])
    telling = f"every {every}th one telling" if every else "none of them telling"
    print(f"{len(paths)} files, {size / 1e6:.1f} MB, {telling}: read and hashed in {reading * 1000:.0f} ms")
    source = {rule.name for pack in packs for rule in pack.all_rules() if ".source." in rule.check.__module__}
    for platform in Platform:
        everything = {rule.name for pack in packs for rule in pack.all_rules() if platform in rule.platforms}
        for name, wanted in (("without source rules", everything - source), ("with all rules", everything)):
            settings = Settings(TODAY, platform, select=frozenset(wanted))
            plan = partial(planned, root, packs, settings)
            started = time.perf_counter()
            plan()
            first = time.perf_counter() - started
            print(f"  {platform}, {name}: {first * 1000:.0f} ms, in the same process again {best(plan) * 1000:.0f} ms")


def planned(root: Path, packs: tuple[Pack, ...], settings: Settings) -> None:
    make_plan(disk.open_repository(root), packs, settings)


if __name__ == "__main__":
    main()
