"""Runs what the README shows, in a fresh copy of the example: `python -m tests.readme_examples`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "fixtures" / "projects" / "bookshelf" / "before"


def blocks(language: str) -> list[str]:
    """The README's fenced blocks of a language."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    """Every `flexmigrate …` line of the README, without its comment."""
    lines = [line.split("#")[0].split() for block in blocks("") for line in block.splitlines()]
    return [words for words in lines if words[:1] == ["flexmigrate"]]


def run(*words: str, cwd: Path) -> str:
    """The output of flexmigrate, which has to succeed or to leave errors for a person (exit 1)."""
    code = "from flexmigrate.cli import main; main()"
    finished = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode not in (0, 1):
        sys.exit(f"flexmigrate {' '.join(words)} ended with {finished.returncode}:\n{finished.stdout}{finished.stderr}")
    return finished.stdout


def main() -> None:
    """Exit with a message when the README does not hold."""
    shown = [line for line in blocks("diff")[0].splitlines() if line.startswith(("+", "-"))]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "bookshelf"
        shutil.copytree(EXAMPLE, copy)
        before = {path.name: path.read_bytes() for path in copy.iterdir()}
        diff = run("plan", "--python", "3.12", "--today", "2026-11-22", "--format", "diff", cwd=copy)
        for line in shown:
            if line not in diff.splitlines():
                sys.exit(f"the README shows a line that plan does not: {line}")
        for words in commands():
            run(*words[1:], cwd=copy)
            print("ok", " ".join(words))
        if {path.name: path.read_bytes() for path in copy.iterdir()} != before:
            sys.exit("after plan, apply and undo the example is not what it was")
    print("the README holds")


if __name__ == "__main__":
    main()
