"""Install one gunicorn with one worker library, boot it as App Engine does, and say what happened, row by row."""

from __future__ import annotations

import datetime
import email.parser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flexmigrate.proving import environments
from flexmigrate.proving.decisive import without_machine_paths
from flexmigrate.proving.environments import Environment, Step
from flexmigrate.proving.serving import Limits, Serving, State, serve
from tests.evidence.tables import Release, Row

# How long a server takes to stop is not asked here, and some workers take seconds.
LIMITS = Limits(listen=15, answer=8, stop=0.2)

# Silence without an exception may be a busy machine, or a server that hangs only sometimes.
MOST_STARTS = 5
AFTER_SILENCE = "answered only at start"
_WITHOUT_REASON = (State.NO_ANSWER.value, State.NEVER_LISTENED.value, State.LISTENS_ELSEWHERE.value)

WSGI_APP = """\
def app(environ, start_response):
    body = b"served by wsgi"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
ASGI_APP = """\
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"14")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"served by asgi"})
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Workers that one set of libraries serves, and the setuptools states worth measuring with it."""

    name: str
    workers: tuple[str, ...]
    library: str = ""
    wanted: tuple[str, ...] = ()
    library_from: str = ""
    extra: str = ""
    first: str = "0"
    only: tuple[str, ...] = ()
    states: tuple[str, ...] = ("resolved", "absent", "old", "newest")


CLASSES = {"uvicorn": "uvicorn.workers.UvicornWorker", "uvicorn-worker": "uvicorn_worker.UvicornWorker"}
ASGI_WORKERS = ("uvicorn", "uvicorn-worker", "asgi")


_WITH_PINS = ("19.9.0", "20.0.4", "20.1.0", "21.2.0", "23.0.0", "27.0.1")


def _pins(library: str, *versions: str) -> list[Group]:
    states = ("resolved", "old")
    return [
        Group(pin, (library,), library, (pin,), "pin", only=_WITH_PINS, states=states)
        for pin in (f"{library}=={one}" for one in versions)
    ]


GROUPS = (
    Group("plain", ("sync", "gthread")),
    Group("gevent", ("gevent",), "gevent", ("gevent",), "newest"),
    Group("eventlet", ("eventlet",), "eventlet", ("eventlet",), "newest"),
    Group("tornado", ("tornado",), "tornado", ("tornado",), "newest"),
    Group("uvicorn", ("uvicorn",), "uvicorn", ("uvicorn",), "newest"),
    Group("uvicorn-worker", ("uvicorn-worker",), "uvicorn-worker", ("uvicorn-worker",), "newest", first="20.1.0"),
    Group("asgi", ("asgi",), first="22.0.0"),
    *(
        Group(f"[{one}]", (one,), one, (), "extra", extra=one, first="19.8.0", states=("resolved",))
        for one in ("gevent", "eventlet", "tornado")
    ),
    *_pins("eventlet", "0.24.1", "0.30.2", "0.33.3", "0.36.1"),
    *_pins("tornado", "4.5.3", "5.1.1", "6.1"),
    *_pins("gevent", "24.11.1", "23.9.1", "22.10.2", "21.12.0", "20.9.0"),
)


def requirements(group: Group, gunicorn: str) -> list[str]:
    """What a requirements.txt would say."""
    return [f"gunicorn[{group.extra}]=={gunicorn}" if group.extra else f"gunicorn=={gunicorn}", *group.wanted]


class Bench:
    """One interpreter's environment, in which releases follow one another, and the boots already seen in it."""

    def __init__(self, environment: Environment, scratch: Path) -> None:
        self.environment = environment
        self.python = environment.interpreter.version
        self._scratch = scratch
        self._seen: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[str, str]] = {}
        self._hopeless: dict[str, Step] = {}
        for name, text in (("wsgi", WSGI_APP), ("asgi", ASGI_APP)):
            folder = scratch / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "main.py").write_text(text, "utf-8")
        self.setuptools = {state: self._newest(wanted) for state, wanted in _SETUPTOOLS.items()}

    def measure(self, gunicorn: str, group: Group) -> Iterator[Row]:
        """Every row of one release with one set of libraries."""
        step = self._hopeless.get(group.name) or self._resolve(requirements(group, gunicorn))
        if not step.ok:
            # A pin that cannot be built fails alike with every gunicorn, and slowly.
            if group.library_from == "pin" and "gunicorn" not in step.line:
                self._hopeless[group.name] = step
            yield self._row(gunicorn, group, "any", "any", "any", "not-installable", step.line)
            return
        resolved = self.environment.installed().get("setuptools", "")
        versions = {"resolved": resolved, "absent": "", **self.setuptools}
        for state in group.states:
            step = environments.set_setuptools(self.environment, versions[state] or None)
            for worker in group.workers:
                outcome, line = self._boot(worker) if step.ok else ("not-installable", step.line)
                yield self._row(gunicorn, group, worker, state, versions[state], outcome, line)

    def release(self, gunicorn: str) -> Release | None:
        """The metadata of the release that is installed now."""
        for info in self.environment.folder.glob(f"lib/python*/site-packages/gunicorn-{gunicorn}.dist-info/METADATA"):
            said = email.parser.Parser().parsestr(info.read_text("utf-8"))
            needs = [line.replace("(", "").replace(")", "") for line in said.get_all("Requires-Dist") or []]
            plain = [line for line in needs if "extra ==" not in line]
            brings = next((line for line in plain if line.startswith("setuptools")), "")
            extras = ";".join(sorted(said.get_all("Provides-Extra") or []))
            return Release(gunicorn, said.get("Requires-Python", ""), brings, ",".join(sorted(plain)), extras)
        return None

    def _resolve(self, wanted: list[str]) -> Step:
        if self.environment.uv is not None:
            return environments.install(self.environment, wanted, exact=True)
        environments.set_setuptools(self.environment, None)
        return environments.install(self.environment, wanted)

    def _newest(self, wanted: str) -> str:
        environments.install(self.environment, ["--upgrade", wanted])
        return self.environment.installed().get("setuptools", "")

    def _boot(self, worker: str) -> tuple[str, str]:
        key = (worker, tuple(sorted(self.environment.installed().items())))
        if key not in self._seen:
            outcome, line, start = *_judge(self._start(worker)), 1
            while line in _WITHOUT_REASON and start < MOST_STARTS:
                outcome, line, start = *_judge(self._start(worker)), start + 1
            late = f"{AFTER_SILENCE} {start}" if outcome == "serves" and start > 1 else line
            self._seen[key] = outcome, late
        return self._seen[key]

    def _start(self, worker: str) -> Serving:
        binaries = self.environment.folder / "bin"
        variables = {"PATH": f"{binaries}:/usr/bin:/bin", "HOME": str(self._scratch), "LANG": "C.UTF-8"}
        command = [str(binaries / "gunicorn"), "-b", ":{port}", "main:app"]
        if worker != "sync":
            command[1:1] = ["-k", CLASSES.get(worker, worker)]
        folder = self._scratch / ("asgi" if worker in ASGI_WORKERS else "wsgi")
        return serve(command, cwd=folder, environment=variables, limits=LIMITS)

    def _row(self, gunicorn: str, group: Group, worker: str, *rest: str) -> Row:
        version = self.environment.installed().get(group.library, "") if rest[2] != "not-installable" else ""
        library = f"{group.library} {version}".strip() if version or not group.wanted else " ".join(group.wanted)
        workers = "+".join(group.workers) if worker == "any" else worker
        state, setuptools, outcome, line = rest
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        # After its first statement, uv's proof only repeats what the row says.
        line = without_machine_paths(line).partition(", we can conclude that")[0]
        values = (gunicorn, self.python, workers, library, group.library_from, state, setuptools, outcome, line)
        return Row(*values, today)


_SETUPTOOLS = {"old": "setuptools<82", "newest": "setuptools"}


def _judge(outcome: Serving) -> tuple[str, str]:
    if outcome.answer is not None and outcome.answer.status == 200:
        return "serves", ""
    what = f"answered {outcome.answer.status}" if outcome.answer else outcome.state.value
    # Without an exception or a death, the last log line is no reason.
    has_reason = outcome.state is State.DIED or "Traceback" in outcome.stderr
    return "fails", (outcome.decisive_line if has_reason else "") or what
