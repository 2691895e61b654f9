"""Start a command as a platform would, wait until it serves on $PORT, ask for a page, stop it, leave nothing behind."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from flexmigrate.proving.capture import Capture
from flexmigrate.proving.decisive import decisive_line
from flexmigrate.proving.processes import TOKEN_NAME, Family, Listener, has_proc, listening_inodes

_POLL_SECONDS = 0.02
# A server may open a helper port before its own, so one elsewhere is believed only after this long.
_SETTLE_SECONDS = 2.0
_MOST_BODY = 64 * 1024


class State(StrEnum):
    """How far a started command got."""

    ANSWERED = "answered"
    NO_ANSWER = "listens but does not answer"
    DIED = "died"
    LISTENS_ELSEWHERE = "listens on another port"
    LOOPBACK_ONLY = "listens on loopback only"
    NEVER_LISTENED = "never listened"


@dataclass(frozen=True, slots=True)
class Request:
    """The page to ask for."""

    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each stage may take, in seconds; `settle` is how long it must live on after its answer."""

    listen: float = 30.0
    answer: float = 10.0
    stop: float = 10.0
    settle: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Serving:
    """What came of one start."""

    state: State
    port: int
    exit_code: int | None
    answer: Answer | None
    listened_on: tuple[Listener, ...]
    seconds_to_listen: float | None
    seconds_to_answer: float | None
    seconds_to_stop: float | None
    """Time from SIGTERM to the end of the process; None when it had died before or had to be killed."""
    stdout: str
    stderr: str

    @property
    def decisive_line(self) -> str:
        """The line of its output that says most about a failure."""
        return decisive_line(self.stderr) or decisive_line(self.stdout)


def free_port() -> int:
    """A TCP port that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


def serve(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    port: int | None = None,
    request: Request | None = None,
    limits: Limits | None = None,
) -> Serving:
    """Run the command until it answered, failed or ran out of time; every process it started is gone on return.

    `{port}` in an argument and PORT in the environment are the port to listen on. SIGTERM goes to the command's first
    process only, as a container platform sends it. Where the environment holds a token (TOKEN_NAME) it marks the
    processes, else a new one does.
    """
    limits = limits or Limits()
    port = free_port() if port is None else port
    command = [part.replace("{port}", str(port)) for part in command]
    try:
        return _serve(command, cwd, environment, port, request or Request(), limits)
    except OSError as error:
        # What a shell says and returns for a command that it cannot start.
        code = 127 if isinstance(error, FileNotFoundError) else 126
        return Serving(State.DIED, port, code, None, (), None, None, None, "", f"{command[0]}: {error.strerror}\n")


def _serve(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str], port: int, request: Request, limits: Limits
) -> Serving:
    began = time.monotonic()
    with _started(command, cwd, environment, port) as run:
        state, listeners = _wait_for_port(run, port, limits.listen)
        listening = time.monotonic() - began if state is None else None
        answer = None
        answered = None
        if state is None:
            state, answer = _ask(run, port, request, limits.answer)
            answered = time.monotonic() - began if answer else None
            if answer and limits.settle:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    run.process.wait(limits.settle)
        exit_code = run.process.poll()
        stopped = _stop(run, limits.stop) if exit_code is None else None
    return Serving(
        state, port, exit_code, answer, listeners, listening, answered, stopped, run.stdout.text(), run.stderr.text()
    )


@dataclass(frozen=True, slots=True)
class _Run:
    process: subprocess.Popen[bytes]
    family: Family
    stdout: Capture
    stderr: Capture


@contextlib.contextmanager
def _started(command: Sequence[str], cwd: Path, environment: Mapping[str, str], port: int) -> Iterator[_Run]:
    token = environment.get(TOKEN_NAME) or uuid.uuid4().hex
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**environment, "PORT": str(port), TOKEN_NAME: token},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    family = Family(process.pid, token)
    captures: list[Capture] = []
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        captures += [Capture(process.stdout), Capture(process.stderr)]
        yield _Run(process, family, *captures)
    finally:
        family.kill()
        process.wait()
        for capture in captures:
            capture.close()


def _wait_for_port(run: _Run, port: int, seconds: float) -> tuple[State | None, tuple[Listener, ...]]:
    """No state means: a member of the family listens on the port for everybody."""
    deadline = time.monotonic() + seconds
    next_look = time.monotonic() + _SETTLE_SECONDS / 4
    strange_since: float | None = None
    while time.monotonic() < deadline:
        if run.process.poll() is not None:
            return State.DIED, ()
        if not has_proc():
            if _accepts(port):
                return None, ()
        elif any(listener.port == port for listener in listening_inodes().values()) or time.monotonic() > next_look:
            next_look = time.monotonic() + _SETTLE_SECONDS / 4
            listeners = run.family.listeners()
            if any(one.port == port and not one.loopback_only for one in listeners):
                return None, listeners
            if listeners:
                strange_since = strange_since or time.monotonic()
                if time.monotonic() - strange_since > _SETTLE_SECONDS:
                    return _misplaced(listeners, port), listeners
        time.sleep(_POLL_SECONDS)
    listeners = run.family.listeners()
    return (_misplaced(listeners, port) if listeners else State.NEVER_LISTENED), listeners


def _misplaced(listeners: Sequence[Listener], port: int) -> State:
    return State.LOOPBACK_ONLY if any(one.port == port for one in listeners) else State.LISTENS_ELSEWHERE


def _ask(run: _Run, port: int, request: Request, seconds: float) -> tuple[State, Answer | None]:
    """Ask again after a broken connection: the worker behind the socket may still be starting."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        answers: list[Answer] = []
        # A thread, so that a server that dies while a request hangs is noticed at once.
        asking = threading.Thread(target=_get, args=(port, request, left, answers), daemon=True)
        asking.start()
        while asking.is_alive():
            asking.join(_POLL_SECONDS)
            if run.process.poll() is not None and not answers:
                return State.DIED, None
        if answers:
            return State.ANSWERED, answers[0]
        time.sleep(_POLL_SECONDS)
    return State.NO_ANSWER, None


def _get(port: int, request: Request, seconds: float, answers: list[Answer]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=max(seconds, 0.1))
    try:
        connection.request("GET", request.path, headers=dict(request.headers))
        response = connection.getresponse()
        answers.append(Answer(response.status, response.read(_MOST_BODY)))
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _stop(run: _Run, seconds: float) -> float | None:
    began = time.monotonic()
    run.process.terminate()
    try:
        run.process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    return time.monotonic() - began
