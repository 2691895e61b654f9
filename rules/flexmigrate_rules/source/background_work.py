"""Find work that goes on outside of requests.

A flexible VM computes all the time. Cloud Run by default gives an instance its CPU only while it answers a request, so
that threads, schedulers and tasks after the response stand still in between. The service.yaml that flexmigrate writes
therefore says `cpu-throttling: 'false'`; such a service must keep that line. An instance may also be ended when nobody
asks it anything: what has to happen at a certain time belongs to Cloud Scheduler, Cloud Tasks or a worker pool.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule

_NEEDLES = (b"hread", b"Timer", b"Process", b"scheduler", b"schedule", b"Background", b"create_task", b"ensure_future")
_NAMES = {
    "threading.Thread": "threads",
    "threading.Timer": "timers",
    "_thread.start_new_thread": "threads",
    "multiprocessing.Process": "processes",
    "concurrent.futures.ThreadPoolExecutor": "a pool of threads",
    "concurrent.futures.ProcessPoolExecutor": "a pool of processes",
    "asyncio.create_task": "tasks beside the request",
    "asyncio.ensure_future": "tasks beside the request",
    "schedule.every": "a scheduler",
    "fastapi.BackgroundTasks": "tasks after the response",
    "starlette.background.BackgroundTask": "tasks after the response",
    "starlette.background.BackgroundTasks": "tasks after the response",
}
_PREFIXES = {"apscheduler.": "a scheduler", "flask_apscheduler.": "a scheduler", "django_apscheduler.": "a scheduler"}
_FLEETING = frozenset(("a pool of threads", "a pool of processes", "tasks beside the request"))


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.source._run_reading import files

    for file, reading in files(service, *_NEEDLES):
        told: set[str] = set()
        for name, offset in reading.names:
            kind = _NAMES.get(name) or next((k for prefix, k in _PREFIXES.items() if name.startswith(prefix)), "")
            if not kind or kind in told:
                continue
            told.add(kind)
            perhaps = " may run" if kind in _FLEETING else " runs"
            hint = "keep `run.googleapis.com/cpu-throttling: 'false'` in service.yaml, and at least one instance"
            if kind == "a scheduler":
                hint += "; each instance runs it: Cloud Scheduler calls once"
            yield Finding(
                f"{file.path.rpartition('/')[2]}{perhaps} {kind} outside of requests, where Cloud Run by default "
                "gives no CPU",
                file.path,
                offset,
                hint=hint,
                severity=Severity.INFO if kind in _FLEETING else Severity.WARNING,
                key=kind,
            )


_EXAMPLE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
    "main.py": "import threading\n\nthreading.Thread(target=refresh, daemon=True).start()\n",
}

RULE = Rule(
    check=check,
    summary="threads, schedulers and tasks that go on outside of requests",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://docs.cloud.google.com/run/docs/configuring/billing-settings",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(before=_EXAMPLE, after=_EXAMPLE, says="main.py runs threads", platform=Platform.CLOUD_RUN),
)
