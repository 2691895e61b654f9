"""However the tool is ended, at whatever stage: nothing runs on, and no scratch copy stays."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flexmigrate.verify.stages import PREFIX
from tests.verify.services import RUNNING, copied, marked, tree

CODE = "from flexmigrate.cli import main; main()"
SLOW_BUILD = """\
import time

def build_wheel(*_, **__):
    time.sleep(600)

def get_requires_for_build_wheel(*_, **__):
    return []
"""


def wait_until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def slow_installation(root: Path) -> None:
    """A requirement whose build never ends; it needs no index."""
    (root / "slow").mkdir()
    (root / "slow" / "backend.py").write_text(SLOW_BUILD, "utf-8")
    build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (root / "slow" / "pyproject.toml").write_text(f'{build}[project]\nname = "slow"\nversion = "1"\n', "utf-8")
    (root / "requirements.txt").write_text("./slow\n", "utf-8")


@contextlib.contextmanager
def running(root: Path, scratch: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, "verify", "--yes", "--python", RUNNING, "--today", "2026-11-22", *words],
        cwd=root,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def is_started(scratch: Path, what: bytes) -> bool:
    for pid in marked(scratch):
        with contextlib.suppress(OSError):
            if what in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "):
                return True
    return False


STAGES = (
    pytest.param("serves", slow_installation, b"pip install", id="install"),
    pytest.param("never_listens", None, b"main.py", id="start"),
    pytest.param("hangs", None, b"main.py", id="answer"),
    pytest.param("ignores_sigterm", None, b"main.py", id="stop"),
    pytest.param("spawns", None, b"venv", id="environment"),
)
# The other signals end the tool alike wherever it is.
ALIKE = ("SIGTERM", "SIGKILL", "SIGHUP")


@pytest.mark.parametrize("signal_name", ["SIGINT", *ALIKE])
@pytest.mark.parametrize(("name", "prepare", "when"), STAGES)
def test_nothing_is_left(
    name: str, prepare: Callable[[Path], None] | None, when: bytes, signal_name: str, tmp_path: Path, scratch: Path
) -> None:
    if signal_name in ALIKE and name != "never_listens" and (signal_name, name) != ("SIGKILL", "serves"):
        pytest.skip("ends the tool alike wherever it is")
    root = copied(name, tmp_path)
    if prepare is not None:
        prepare(root)
    before = tree(root)
    with running(root, scratch) as process:
        wait_until(lambda: is_started(scratch, when) or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        time.sleep(0.4 if name == "hangs" else 0.1)
        process.send_signal(getattr(signal, signal_name))
        _, errors = process.communicate(timeout=20)
    if signal_name == "SIGINT":
        assert process.returncode == 130
        assert b"Traceback" not in errors
    wait_until(lambda: not marked(scratch) and not list(scratch.glob(f"{PREFIX}*")))
    assert tree(root) == before


def test_a_second_interrupt_while_it_cleans_up(tmp_path: Path, scratch: Path) -> None:
    with running(copied("never_listens", tmp_path), scratch) as process:
        wait_until(lambda: is_started(scratch, b"main.py"))
        for _ in range(3):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
            time.sleep(0.03)
        process.communicate(timeout=20)
    wait_until(lambda: not marked(scratch) and not list(scratch.glob(f"{PREFIX}*")))


def test_requirements_are_installed_and_checked_without_an_index(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One wheel wants another that is not there: pip is told not to mind, and the check finds it."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    info = "needy-1.0.dist-info"
    with zipfile.ZipFile(wheels / "needy-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("needy.py", "")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: needy\nVersion: 1.0\nRequires-Dist: tiny>=3\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    root = copied("serves", tmp_path)
    (root / "requirements.txt").write_text(f"--no-index\n--find-links {wheels}\nneedy\n", "utf-8")
    monkeypatch.setenv("PIP_NO_DEPS", "1")
    from flexmigrate.proving.verdicts import StageName, Verdict
    from tests.verify.services import tried

    one = tried(root)
    assert one.verdict is Verdict.FAILED
    assert one.cause is not None
    assert one.cause.stage is StageName.CHECK
    assert "needy 1.0 requires tiny" in one.cause.line
