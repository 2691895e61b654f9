"""gunicorn's workers follow the CPUs of the service, in its settings file by an edit, on its command line in words."""

from __future__ import annotations

import pytest

from flexmigrate.model import FixClass, Platform, Severity
from flexmigrate.testing import check_quiet, check_reported, check_rewritten
from tests.rules.source_files import CONFIG, HEAD, service

RULE = "gunicorn-on-cloud-run"
RUN = Platform.CLOUD_RUN
COUNTED = "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1  # as advised\n"
QUIET = {
    "another server": {**service(), "app.yaml": HEAD + "entrypoint: waitress-serve main:app\n"},
    "threads": {**service(), "app.yaml": CONFIG.replace("-b", "--threads 8 -b")},
    "threads in the settings": {**service(), "gunicorn.conf.py": "workers = 2\nthreads = 4\n"},
    "another worker class": {**service(), "app.yaml": CONFIG.replace("-b", "-k gevent -b")},
    "settings that are not there": {**service(), "app.yaml": CONFIG.replace("-b", "-c $CONF -b")},
    "no start command": {**service(), "app.yaml": HEAD},
    "counted, but not asked": {
        **service(),
        "gunicorn.conf.py": COUNTED,
        "app.yaml": CONFIG.replace("-b", "-w 2 --threads 2 -b"),
    },
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, platform=RUN)


def test_quiet_on_flex() -> None:
    check_quiet(RULE, {**service(), "gunicorn.conf.py": COUNTED})


@pytest.mark.parametrize(("resources", "cpus"), [("", 1), ("resources:\n  cpu: 2\n", 2), ("resources:\n  cpu: 3\n", 4)])
def test_counted_cores_become_the_service_s(resources: str, cpus: int) -> None:
    files = {**service(), "gunicorn.conf.py": COUNTED, "app.yaml": CONFIG + resources}
    expected = {"gunicorn.conf.py": f"import multiprocessing\nworkers = {cpus}  # as advised\n"}
    (found,) = [one for one in check_rewritten(RULE, files, expected, platform=RUN) if one.severity is Severity.WARNING]
    assert found.fix is FixClass.UNSAFE


def test_counted_on_the_command_line() -> None:
    files = {**service(), "app.yaml": CONFIG.replace("-b", "-w $(nproc) -b")}
    check_reported(RULE, files, "follows the cores", platform=RUN)


def test_one_request_at_a_time() -> None:
    (found,) = check_reported(RULE, service(), "one request at a time", platform=RUN)
    assert found.severity is Severity.INFO
    assert "--threads 8" in found.hint
