"""Hold the number of gunicorn's workers against the cores and the memory that the service asks for.

gunicorn advises two to four workers for each core, plus one; each is a copy of the application in memory. A number
written for another machine, or `multiprocessing.cpu_count()` where the machine has more cores than the container may
use, starts workers that wait for each other or run out of memory, often only under load.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.web_server._entrypoint import offset, start
from flexmigrate_rules.web_server._gunicorn import Settings, gunicorns

# A bare Flask application takes about 30 MB.
_MEGABYTES_EACH = 48
_DEFAULT_MEMORY = 0.6


def check(service: Service, context: Context) -> Iterator[Finding]:
    for settings in gunicorns(service, start(service)):
        found = _workers(settings)
        if found is None:
            continue
        count, path, place, counted = found
        cores = _number(service, "cpu", 1.0)
        memory = _number(service, "memory_gb", _DEFAULT_MEMORY)
        if cores is None or memory is None:
            continue
        if counted:
            if context.platform is Platform.CLOUD_RUN:
                yield Finding(
                    f"the number of workers follows multiprocessing.cpu_count(), and the service asks for {cores:g} "
                    "cores whatever the machine has",
                    path,
                    place,
                    hint="write the number, or take it from the variable WEB_CONCURRENCY",
                    key="workers",
                )
            continue
        most = math.floor(4 * cores) + 1
        if count > most:
            yield Finding(
                f"{count} workers share {cores:g} core{'' if cores == 1 else 's'}; gunicorn advises at most {most}",
                path,
                place,
                hint="threads cost less than workers: --threads",
                key="workers",
            )
        elif count * _MEGABYTES_EACH > memory * 1024:
            yield Finding(
                f"{count} workers share {memory:g} GB of memory, less than {_MEGABYTES_EACH} MB for each",
                path,
                place,
                hint="ask for more `memory_gb`, or use threads: --threads",
                key="workers",
            )


def _workers(settings: Settings) -> tuple[int, str, int, bool] | None:
    """The number of workers, where it stands, and whether the machine's cores are counted."""
    server = settings.started.server
    assert server is not None
    if server.workers is not None:
        if not server.workers.isdigit():
            return None
        place = offset(settings.started.written, server.option("workers"))
        return int(server.workers), settings.started.written.path, place, False
    assigned = None if settings.unread else settings.assigned("workers")
    if assigned is None or settings.file is None:
        return None
    if assigned.known and isinstance(assigned.value, int):
        return assigned.value, settings.file, assigned.span.start, False
    if any(call.endswith("cpu_count") for call in assigned.calls):
        return 0, settings.file, assigned.span.start, True
    return None


def _number(service: Service, name: str, default: float) -> float | None:
    node = service.node("resources", name)
    if node is None:
        return default
    try:
        return float(node.value)
    except ValueError:
        return None


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT -w 9 main:app\n"
RULE = Rule(
    check=check,
    summary="more gunicorn workers than cores or memory suggest",
    severity=Severity.INFO,
    fix=FixClass.MANUAL,
    source="https://docs.gunicorn.org/en/stable/design.html#how-many-workers",
    example=Example(before={"app.yaml": _APP}, after={"app.yaml": _APP}, says="9 workers share 1 core"),
)
