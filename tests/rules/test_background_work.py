"""Work outside of requests is told by what starts it."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import check_quiet, check_reported
from tests.rules.source_files import service

RULE = "background-work"
RUN = Platform.CLOUD_RUN
QUIET = {
    "locks": service("import threading\nlock = threading.Lock()\nlocal = threading.local()\n"),
    "timers of others": service("from timeit import Timer\nTimer('x')\nimport time\ntime.sleep(1)\n"),
    "a schedule of one's own": service("import schedule\nschedule.every(3)\n", schedule="def every(n): pass\n")
    | {"main.py": "schedule = []\nschedule.append(1)\n"},
    "processes that end": service("import subprocess\nsubprocess.run(['x'])\n"),
    "names": service("class Thread: pass\nThread()\nProcess = 1\n"),
    "tests": service("", tests__test_a="import threading\nthreading.Thread()\n"),
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, platform=RUN)


def test_quiet_on_flex() -> None:
    check_quiet(RULE, service("import threading\nthreading.Thread(target=x).start()\n"))


@pytest.mark.parametrize(
    ("text", "says", "severity"),
    [
        ("import threading\nthreading.Thread(target=x).start()\n", "runs threads", Severity.WARNING),
        ("from threading import Thread as T\nclass W(T): pass\n", "runs threads", Severity.WARNING),
        ("from threading import Timer\nTimer(5, x).start()\n", "runs timers", Severity.WARNING),
        (
            "from apscheduler.schedulers.background import BackgroundScheduler\nBackgroundScheduler().start()\n",
            "runs a scheduler",
            Severity.WARNING,
        ),
        ("import schedule\nschedule.every(10).minutes.do(x)\n", "runs a scheduler", Severity.WARNING),
        (
            "from fastapi import BackgroundTasks\ndef f(t: BackgroundTasks): pass\n",
            "after the response",
            Severity.WARNING,
        ),
        ("import asyncio\nasync def f():\n    asyncio.create_task(x())\n", "may run tasks", Severity.INFO),
        ("import concurrent.futures as c\nc.ThreadPoolExecutor()\n", "may run a pool", Severity.INFO),
    ],
)
def test_loud(text: str, says: str, severity: Severity) -> None:
    (found,) = check_reported(RULE, service(text), says, platform=RUN)
    assert found.severity is severity
    assert "cpu-throttling" in found.hint
