"""Fit gunicorn's workers to the CPUs of a Cloud Run instance.

`multiprocessing.cpu_count()` counts the cores that the sandbox shows, not those that the limit grants, and each worker
is a copy of the program in memory that now also holds the files. Google's samples for Cloud Run start one worker for
each CPU, eight threads in it, and no worker timeout, because Cloud Run itself ends requests that take too long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, FixClass, Platform, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule

if TYPE_CHECKING:
    from flexmigrate_rules.web_server._gunicorn import Settings

_THREADS = 8
_COUNTS = ("nproc", "cpu_count", "getconf")


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.web_server._entrypoint import start
    from flexmigrate_rules.web_server._gunicorn import gunicorns

    for settings in gunicorns(service, start(service)):
        yield from _of(service, context, settings)


def _of(service: Service, context: Context, settings: Settings) -> Iterator[Finding]:
    from flexmigrate_rules.web_server._entrypoint import offset

    server = settings.started.server
    assert server is not None
    written = settings.started.written
    cpus = _cpus(service, context)
    advice = f"--workers {cpus} --threads {_THREADS} --timeout 0"
    assigned = settings.assigned("workers") if server.workers is None and not settings.unread else None
    if assigned is not None and settings.file is not None:
        if any(call.endswith("cpu_count") for call in assigned.calls):
            yield Finding(
                f"the number of workers follows the cores that the sandbox shows; this service gets {cpus} "
                f"CPU{'s' if cpus > 1 else ''}",
                settings.file,
                assigned.span.start,
                hint=f"--unsafe-fixes writes {cpus}; Google's samples also set threads = {_THREADS} and timeout = 0",
                key="workers",
                fix=FixClass.UNSAFE,
                rewrites=(_workers(settings, cpus),),
            )
    elif server.workers is not None and any(word in server.workers for word in _COUNTS):
        yield Finding(
            "the number of workers follows the cores that the sandbox shows",
            written.path,
            offset(written, server.option("workers")),
            hint=f"write {advice}",
            fix=FixClass.MANUAL,
            key="workers",
        )
    elif _single(settings):
        yield Finding(
            "gunicorn answers one request at a time in each worker; Cloud Run sends an instance many at once",
            written.path,
            written.offset,
            hint=f"{advice} is what Google's samples start",
            fix=FixClass.MANUAL,
            severity=Severity.INFO,
            key="threads",
        )


def _cpus(service: Service, context: Context) -> int:
    from flexmigrate_rules.cloud_run._service.config import Config
    from flexmigrate_rules.cloud_run._service.resources import sized

    return max(1, int(float(sized(Config(service, context)).cpu)))


def _workers(settings: Settings, cpus: int) -> Rewrite:
    from flexmigrate.documents.python_edits import set_assignment

    assert settings.source is not None
    return set_assignment(settings.source, "workers", str(cpus))


def _single(settings: Settings) -> bool:
    """Whether it is known to start workers that do one thing at a time."""
    server = settings.started.server
    if server is None or settings.unread or settings.assigned("threads") is not None:
        return False
    return settings.worker == "sync" and server.threads in (None, "1")


_HEAD = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
_EXAMPLE = {
    "app.yaml": _HEAD,
    "gunicorn.conf.py": "import multiprocessing\n\nworkers = multiprocessing.cpu_count() * 2\n",
}

RULE = Rule(
    check=check,
    summary="gunicorn's workers against the CPUs of a Cloud Run instance",
    severity=Severity.WARNING,
    fix=FixClass.UNSAFE,
    source="https://github.com/GoogleCloudPlatform/python-docs-samples/blob/main/run/helloworld/Dockerfile",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before=_EXAMPLE,
        after={"app.yaml": _HEAD, "gunicorn.conf.py": "import multiprocessing\n\nworkers = 1\n"},
        says="this service gets 1 CPU",
        platform=Platform.CLOUD_RUN,
    ),
)
