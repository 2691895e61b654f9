"""Tell where the end of an instance is handled: Cloud Run leaves 10 seconds.

Both platforms send SIGTERM before they stop an instance. Cloud Run waits ten seconds and then kills it; a handler or a
`graceful_timeout` that counts on more is cut off. Instances also come and go far more often than flexible VMs do.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule

_SECONDS = 10


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.source._run_reading import files

    yield from _gunicorn(service)
    for file, reading in files(service, b"SIGTERM", b"atexit"):
        place = next(
            (
                offset
                for name, offset in reading.names
                if name in ("signal.SIGTERM", "signal.Signals.SIGTERM", "atexit.register")
            ),
            None,
        )
        if place is not None:
            yield Finding(
                f"what happens here at the end has {_SECONDS} seconds on Cloud Run, from SIGTERM on",
                file.path,
                place,
                hint="finish within them, or do the work before: an instance may end at any time",
                key="end",
            )


def _gunicorn(service: Service) -> Iterator[Finding]:
    from flexmigrate_rules.web_server._entrypoint import offset, start
    from flexmigrate_rules.web_server._gunicorn import gunicorns

    for settings in gunicorns(service, start(service)):
        server = settings.started.server
        assert server is not None
        written = settings.started.written
        seconds, path = server.graceful_timeout, written.path
        place = offset(written, server.option("graceful-timeout"))
        if seconds is None and settings.file is not None:
            assigned = settings.assigned("graceful_timeout")
            if assigned is not None and isinstance(assigned.value, int):
                seconds, path, place = str(assigned.value), settings.file, assigned.span.start
        if seconds is not None and seconds.isdigit() and int(seconds) > _SECONDS:
            yield Finding(
                f"gunicorn's graceful_timeout of {seconds} seconds is cut off: Cloud Run waits {_SECONDS}",
                path,
                place,
                hint=f"set it below {_SECONDS}",
                key="graceful_timeout",
            )


_EXAMPLE = {"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT --graceful-timeout 60 main:app\n"}

RULE = Rule(
    check=check,
    summary="what happens between SIGTERM and the end, for which Cloud Run leaves 10 seconds",
    severity=Severity.INFO,
    fix=FixClass.MANUAL,
    source="https://docs.cloud.google.com/run/docs/container-contract",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(before=_EXAMPLE, after=_EXAMPLE, says="of 60 seconds is cut off", platform=Platform.CLOUD_RUN),
)
