"""Try one service, stage by stage, until it is proven or something stops it."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flexmigrate.model import Plan
from flexmigrate.proving.verdicts import Stage, Verification
from flexmigrate.proving.watchdog import guarded
from flexmigrate.verify.attempt import Attempt

Told = Callable[[Stage], None]
PREFIX = "flexmigrate-verify-"


@dataclass(frozen=True, slots=True)
class Subject:
    """The service to try: the repository, its config file, and the plan that was made for it."""

    root: Path
    config: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class Options:
    """How to try it. `variables` come on top of the service's own; `grace` takes the place of the platform's.

    `timeout` is how long the service may take to listen, `install` how long the installation.
    """

    as_is: bool = False
    interpreter: Path | None = None
    download: bool = False
    request: str | None = None
    timeout: float = 60.0
    install: float = 900.0
    grace: float | None = None
    variables: tuple[tuple[str, str], ...] = ()
    keep: bool = False


def silent(_: Stage) -> None:
    """Tells nobody."""


def verify_service(subject: Subject, options: Options, told: Told = silent) -> Verification:
    """Try a service in a scratch folder; whatever happens, no process and (without `keep`) no file of it is left.

    It runs the repository's code. `told` hears of each stage when it ends. UserError when the repository is not there.
    """
    token = uuid.uuid4().hex
    # Resolved, because tracebacks and links show where a folder really lies.
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    with guarded(token, None if options.keep else folder):
        try:
            return Attempt(subject, options, folder, token, told).made()
        finally:
            if not options.keep:
                remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder also where a program took away its own right to write in it."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    for directory, _, _ in os.walk(folder):
        path = Path(directory)
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)
