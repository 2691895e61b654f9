"""How long `plan` takes on one small repository, against merely importing its two big libraries.

`python -m tests.benchmarks.startup` prints the best of several runs of each; nothing is asserted.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent.parent / "fixtures" / "projects" / "bookshelf" / "before"
RUNS = 15


def best_milliseconds(*arguments: str, cwd: Path) -> float:
    """The shortest of several runs of Python with these arguments."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, check=False)
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "bookshelf"
        shutil.copytree(EXAMPLE, copy)
        bare = best_milliseconds("-c", "pass", cwd=copy)
        libraries = best_milliseconds("-c", "import typer, ruamel.yaml", cwd=copy)
        plan = best_milliseconds("-c", "from flexmigrate.cli import main; main()", "plan", "--python", "3.12", cwd=copy)
    print(f"python alone              {bare:7.1f} ms")
    print(f"import typer, ruamel.yaml {libraries:7.1f} ms")
    print(f"flexmigrate plan          {plan:7.1f} ms   {plan / libraries:.2f} times the imports")


if __name__ == "__main__":
    main()
