"""`flexmigrate verify` as a person and a script meet it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.verify.services import FIXTURES, RUNNING, copied

CODE = "from flexmigrate.cli import main; main()"


def verify(root: Path, *words: str, yes: bool = True) -> subprocess.CompletedProcess[str]:
    options = ["--python", RUNNING, "--interpreter", sys.executable, "--today", "2026-11-22", *(["--yes"] * yes)]
    return subprocess.run(
        [sys.executable, "-c", CODE, "verify", *options, *words],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=dict(os.environ),
        check=False,
    )


def test_a_proven_service(tmp_path: Path) -> None:
    done = verify(copied("serves", tmp_path))
    assert done.returncode == 0, done.stderr
    assert "starts `python main.py`" in done.stderr
    assert "Proven: it starts, answers and stops" in done.stdout
    assert "1 service · 1 proven" in done.stdout


def test_nothing_runs_without_a_word(tmp_path: Path, scratch: Path) -> None:
    done = verify(copied("serves", tmp_path), yes=False)
    assert done.returncode == 2
    assert "This runs the repository's code" in done.stderr
    assert "say --yes" in done.stderr
    assert not done.stdout
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("dies", 1, "ModuleNotFoundError: No module named 'nothere_at_all'"),
        ("missing_database", 4, "it asks for a database that is not here"),
        ("custom_runtime", 4, "a custom runtime"),
    ],
)
def test_exit_codes(name: str, code: int, says: str, tmp_path: Path) -> None:
    done = verify(copied(name, tmp_path))
    assert done.returncode == code, done.stderr
    assert says in done.stdout


def test_nothing_to_verify(tmp_path: Path) -> None:
    assert verify(tmp_path).returncode == 3


@pytest.mark.parametrize("words", [("--request", "books"), ("--env", "open-sesame"), ("--timeout", "0")])
def test_what_cannot_be_meant(words: tuple[str, ...], tmp_path: Path) -> None:
    done = verify(copied("serves", tmp_path), *words)
    assert done.returncode == 2
    assert "open-sesame" not in done.stderr + done.stdout


def test_several_services_and_the_worst_of_them(tmp_path: Path) -> None:
    root = tmp_path / "many"
    root.mkdir()
    for name in ("serves", "dies", "template"):
        copied(name, root)
    done = verify(root, "--format", "json")
    assert done.returncode == 1
    data = json.loads(done.stdout)
    assert data["schema"] == "flexmigrate.verify/1"
    assert data["summary"] == {"services": 3, "proven": 1, "failed": 1, "hindered": 1}
    dies = next(one for one in data["services"] if one["config"] == "dies/app.yaml")
    assert dies["cause"]["line"].startswith("ModuleNotFoundError")
    assert dies["predicted_by"] is None
    assert re.fullmatch(rf"flex, Python {re.escape(RUNNING)}\.\d+, start: ModuleNotFoundError: .*", dies["report"])


def test_the_secret_is_nowhere(tmp_path: Path) -> None:
    for output in ("text", "json"):
        done = verify(copied("says_its_secret", tmp_path / output), "--format", output)
        assert done.returncode == 1
        assert "open-sesame" not in done.stdout + done.stderr
        assert "<TOKEN>" in done.stdout


def test_keep_leaves_the_copy_and_its_logs(tmp_path: Path, scratch: Path) -> None:
    done = verify(copied("dies", tmp_path), "--keep", "--format", "json")
    kept = Path(json.loads(done.stdout)["services"][0]["kept"])
    assert "nothere_at_all" in (kept / "log" / "stderr.txt").read_text("utf-8")
    assert kept.parent == scratch.resolve()
    subprocess.run(["rm", "-rf", str(kept)], check=True)


def test_starting_the_tool_loads_nothing_of_this() -> None:
    code = "import sys, flexmigrate.cli; print([n for n in sys.modules if 'proving' in n or 'flexmigrate.verify' in n])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_fixture_is_used() -> None:
    used = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [folder.name for folder in FIXTURES.iterdir() if f'"{folder.name}"' not in used] == []
