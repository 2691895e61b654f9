"""The number of workers is held against cores and memory."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import check_quiet, check_reported

RULE = "gunicorn-workers"
HEAD = "runtime: python\nenv: flex\n"


def app(options: str, resources: str = "") -> dict[str, str | bytes]:
    return {"app.yaml": HEAD + f"entrypoint: gunicorn -b :$PORT {options} main:app\n{resources}"}


QUIET: dict[str, dict[str, str | bytes]] = {
    "no number": app(""),
    "what is advised": app("-w 5"),
    "more cores": app("-w 9", "resources:\n  cpu: 2\n  memory_gb: 4\n"),
    "a variable": app("-w $WORKERS"),
    "a template": app("-w 9", "resources:\n  cpu: {{ cpu }}\n"),
    "settings": {**app(""), "gunicorn.conf.py": "workers = 3\n"},
    "settings that count cores": {
        **app(""),
        "gunicorn.conf.py": "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\n",
    },
    "another server": {"app.yaml": HEAD + "entrypoint: uvicorn main:app --workers 20\n"},
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


REPORTED: dict[str, tuple[dict[str, str | bytes], str]] = {
    "too many": (app("-w 9"), "9 workers share 1 core; gunicorn advises at most 5"),
    "too many for several cores": (app("--workers=20", "resources:\n  cpu: 4\n"), "20 workers share 4 cores"),
    "too little memory": (app("-w 15", "resources:\n  cpu: 8\n  memory_gb: 0.6\n"), "15 workers share 0.6 GB"),
    "settings": ({**app(""), "gunicorn.conf.py": "workers = 12\n"}, "12 workers share 1 core"),
    "the environment": (app("", "env_variables:\n  WEB_CONCURRENCY: '8'\n"), "8 workers share 1 core"),
}


@pytest.mark.parametrize(("files", "says"), REPORTED.values(), ids=REPORTED)
def test_reported(files: dict[str, str | bytes], says: str) -> None:
    (found,) = check_reported(RULE, files, says)
    assert found.severity is Severity.INFO


def test_counted_cores_matter_on_cloud_run() -> None:
    files = {**app(""), "gunicorn.conf.py": "import os\nworkers = os.cpu_count() * 2\n"}
    check_reported(RULE, files, "multiprocessing.cpu_count()", platform=Platform.CLOUD_RUN)
