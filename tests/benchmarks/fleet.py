"""How fast a fleet is planned, how much memory that takes, and how both grow.

`python -m tests.benchmarks.fleet --sizes 2000,20000 --share 0.1` makes repositories in a temporary directory, measures
what merely reading the same files takes and what a loop over `flexmigrate plan` takes (on a few, extrapolated), plans
the fleet and plans it again. `--share` is the part of the repositories that hold a flexible service.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

_LOOP = 20

PYTHON = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef hello():\n    return 'hello'\n"
COMMON = {
    "README.md": "# A service\n\nWhat it does.\n",
    ".gitignore": "*.pyc\n.venv/\n",
    ".github/workflows/ci.yml": "name: ci\non: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: actions/checkout@v4\n      - run: make test\n",
    "docker-compose.yml": "services:\n  db:\n    image: postgres\n",
    "src/main.py": PYTHON,
    "src/util.py": "def double(x):\n    return 2 * x\n",
}
SERVICES = (
    {
        "app.yaml": "# {n}\nruntime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n\nruntime_config:\n"
        "  python_version: 3  # keep\nmanual_scaling:\n  instances: 1\nresources:\n  cpu: 1\n  memory_gb: 0.5\n",
        "requirements.txt": "Flask==2.3.3\ngunicorn==21.2.0\n",
        "main.py": PYTHON,
    },
    {
        "app.yaml": "runtime: python\nvm: true\nentrypoint: gunicorn main:app\n# {n}\nenv_variables:\n  A: b\n",
        "requirements.txt": "Flask==0.12\ngunicorn==19.9.0\nrequests\n",
        "main.py": PYTHON,
    },
    {
        "services/api/api.yaml": "service: api-{n}\nruntime: python\nenv: flex\nruntime_config:\n  python_version: 3\n",
        "services/api/requirements.txt": "Django==2.2\n",
        "services/api/manage.py": "import os\n",
    },
)


def make_fleet(root: Path, count: int, share: float) -> int:
    """Repositories with an index as git makes it; how many bytes their files have.."""
    moments = random.Random(7)
    size = 0
    templates = [_template(root / f"template-{number}", files) for number, files in enumerate(({}, *SERVICES))]
    for number in range(count):
        template = templates[moments.randrange(1, len(templates))] if moments.random() < share else templates[0]
        place = root / "fleet" / f"team-{number % 100:02}" / f"repository-{number:05}"
        shutil.copytree(template, place)
        size += sum(file.stat().st_size for file in place.rglob("*") if ".git/" not in str(file) and file.is_file())
    return size


def _template(place: Path, files: Mapping[str, str]) -> Path:
    for name, text in {**COMMON, **files}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text.replace("{n}", "service"))
    for command in ("init -q -b main", "add -A", "-c user.name=a -c user.email=a@example.com commit -qm first"):
        subprocess.run(["git", "-C", str(place), *command.split()], check=True)
    subprocess.run(["git", "-C", str(place), "gc", "--quiet"], check=True)
    shutil.rmtree(place / ".git" / "hooks", ignore_errors=True)
    return place


def read_everything(root: Path) -> float:
    """Seconds to read every file outside `.git` once."""
    started = time.perf_counter()
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names if name != ".git"]
        for name in files:
            Path(directory, name).read_bytes()
    return time.perf_counter() - started


def loop_of_plans(root: Path) -> float:
    """Seconds for each repository when `flexmigrate plan` is started for one after the other."""
    places = sorted(root.glob("*/*"))
    places = places[:: max(1, len(places) // _LOOP)][:_LOOP]
    started = time.perf_counter()
    for place in places:
        subprocess.run(_command("plan", str(place)), check=False, capture_output=True)
    return (time.perf_counter() - started) / len(places)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from flexmigrate.cli import main; main()", *words]


def plan_fleet(root: Path, campaign: Path, jobs: int) -> tuple[float, float]:
    """Seconds, and the coordinator's peak memory in MB."""
    started = time.perf_counter()
    code = (
        "import sys, resource, atexit\n"
        "atexit.register(lambda: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr))\n"
        "from flexmigrate.cli import main; main()"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, "bulk", "plan", str(root), "--campaign", str(campaign), "--jobs", str(jobs)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return seconds, int(finished.stderr.split()[-1]) / 1024


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="2000")
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    print(f"{options.share:.0%} with a service, {options.jobs} workers, load {os.getloadavg()[0]:.1f} at the start")
    for size in map(int, options.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            make_fleet(root, size, options.share)
            fleet = root / "fleet"
            reading = read_everything(fleet)
            each = loop_of_plans(fleet)
            seconds, memory = plan_fleet(fleet, root / "campaign", options.jobs)
            again, _ = plan_fleet(fleet, root / "campaign", options.jobs)
            store = sum(file.stat().st_size for file in (root / "campaign").iterdir())
            print(
                f"{size:>6,} repositories: {seconds:6.1f} s, {size / seconds * 60:8,.0f} a minute, "
                f"coordinator {memory:.0f} MB, campaign {store / 1e6:.1f} MB\n"
                f"        again, unchanged: {again:.1f} s; only reading the files: {reading:.1f} s; "
                f"a loop over flexmigrate plan: {each * size:,.0f} s (from {_LOOP})"
            )


if __name__ == "__main__":
    main()
