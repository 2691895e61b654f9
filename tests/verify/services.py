"""The small services of fixtures/verify, planned for the Python that runs the tests, and tried."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

from flexmigrate import disk
from flexmigrate.model import Plan, Platform
from flexmigrate.planning import Settings, make_plan
from flexmigrate.proving.verdicts import Outcome, StageName, Verification
from flexmigrate.rule import installed_packs
from flexmigrate.verify import Options, Subject, verify_service
from flexmigrate.verify.stages import PREFIX

FIXTURES = Path(__file__).parents[2] / "fixtures" / "verify"
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
TODAY = date(2026, 11, 22)


def copied(name: str, folder: Path) -> Path:
    """A copy of a fixture, so that what a test writes stays in its own folder."""
    return Path(shutil.copytree(FIXTURES / name, folder / name))


def planned(root: Path, platform: Platform = Platform.FLEX, python: str = RUNNING, unsafe: bool = False) -> Plan:
    """The plan of a repository."""
    wanted = Settings(TODAY, platform, python, unsafe=unsafe)
    return make_plan(disk.open_repository(root), installed_packs(), wanted)


def options(**given: Any) -> Options:
    """Options for a service that starts at once, with the Python that runs the tests."""
    quick = {"interpreter": Path(sys.executable), "timeout": 30.0, "grace": 5.0}
    return Options(**{**quick, **given})


def tried(root: Path, platform: Platform = Platform.FLEX, **given: Any) -> Verification:
    """What comes of trying the one service of a repository."""
    plan = planned(root, platform)
    return verify_service(Subject(root, plan.services[0].config, plan), options(**given))


def outcome(one: Verification, name: StageName) -> Outcome:
    """How a stage ended."""
    found = one.stage(name)
    assert found is not None
    return found.outcome


def marked(scratch: Path) -> set[int]:
    """Living processes that a verification below this folder started."""
    mark = os.fsencode(str(scratch / PREFIX))
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            ours = mark in (entry / "environ").read_bytes() or mark in (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if ours:
            found.add(int(entry.name))
    return found


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
