"""Starting, asking and stopping, with tiny servers as commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flexmigrate.proving import processes
from flexmigrate.proving.serving import Limits, Request, Serving, State, free_port, serve

QUICK = Limits(listen=4, answer=3, stop=2)
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}

SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (self.path + " " + self.headers.get("X-Forwarded-Proto", "none")).encode()
        self.send_response(STATUS)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
ADDRESS, STATUS, PORT = "", 200, int(os.environ["PORT"])
"""
FOREVER = "http.server.HTTPServer((ADDRESS, PORT), Handler).serve_forever()\n"


def run(tmp_path: Path, code: str, limits: Limits = QUICK, request: Request | None = None) -> Serving:
    script = tmp_path / "server.py"
    script.write_text(textwrap.dedent(code), "utf-8")
    return serve([sys.executable, str(script)], cwd=tmp_path, environment=ENVIRONMENT, limits=limits, request=request)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text("utf-8")


@pytest.fixture
def pid_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "pid"
    yield path
    if path.exists() and alive(int(path.read_text("ascii"))):
        os.kill(int(path.read_text("ascii")), signal.SIGKILL)


def test_serves_and_stops(tmp_path: Path) -> None:
    outcome = run(tmp_path, SERVER + FOREVER, request=Request("/ready", {"X-Forwarded-Proto": "https"}))
    assert outcome.state is State.ANSWERED
    assert outcome.answer is not None
    assert (outcome.answer.status, outcome.answer.body) == (200, b"/ready https")
    assert outcome.seconds_to_listen is not None
    assert outcome.seconds_to_answer is not None
    assert outcome.seconds_to_stop is not None
    assert outcome.exit_code is None
    assert [one.port for one in outcome.listened_on] == [outcome.port]


def test_a_server_error_is_an_answer(tmp_path: Path) -> None:
    outcome = run(tmp_path, SERVER + "STATUS = 503\n" + FOREVER)
    assert outcome.state is State.ANSWERED
    assert outcome.answer is not None
    assert outcome.answer.status == 503


def test_the_port_stands_in_arguments_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "http.server", "{port}"]
    outcome = serve(command, cwd=tmp_path, environment=ENVIRONMENT, limits=QUICK)
    assert outcome.state is State.ANSWERED


def test_died_with_the_reason(tmp_path: Path) -> None:
    outcome = run(tmp_path, "import nothere")
    assert (outcome.state, outcome.exit_code) == (State.DIED, 1)
    assert outcome.decisive_line == "ModuleNotFoundError: No module named 'nothere'"
    assert outcome.seconds_to_stop is None


def test_died_while_a_request_hangs(tmp_path: Path) -> None:
    code = "class Handler:\n    def __init__(self, *_): os._exit(3)\n"
    outcome = run(tmp_path, SERVER + code + FOREVER)
    assert (outcome.state, outcome.exit_code) == (State.DIED, 3)


def test_a_command_that_cannot_start_is_an_outcome(tmp_path: Path) -> None:
    outcome = serve(["nothere-at-all"], cwd=tmp_path, environment=ENVIRONMENT, limits=QUICK)
    assert (outcome.state, outcome.exit_code) == (State.DIED, 127)
    assert "nothere-at-all" in outcome.decisive_line


def test_listens_on_loopback_only(tmp_path: Path) -> None:
    outcome = run(tmp_path, SERVER + "ADDRESS = '127.0.0.1'\n" + FOREVER)
    assert outcome.state is State.LOOPBACK_ONLY
    assert outcome.answer is None


def test_listens_elsewhere(tmp_path: Path) -> None:
    outcome = run(tmp_path, SERVER + "PORT = 0\n" + FOREVER)
    assert outcome.state is State.LISTENS_ELSEWHERE
    assert outcome.port not in [one.port for one in outcome.listened_on]


def test_a_helper_port_first_is_no_fault(tmp_path: Path) -> None:
    helper = "import socket, time\nhelper = socket.create_server(('', 0))\ntime.sleep(0.7)\n"
    assert run(tmp_path, SERVER + helper + FOREVER).state is State.ANSWERED


def test_never_listens(tmp_path: Path) -> None:
    outcome = run(tmp_path, "import time; time.sleep(60)", Limits(listen=0.5, answer=1, stop=2))
    assert outcome.state is State.NEVER_LISTENED
    assert outcome.seconds_to_listen is None


def test_listens_but_never_answers(tmp_path: Path) -> None:
    hangs = "import os, socket, time\ns = socket.create_server(('', int(os.environ['PORT'])))\ntime.sleep(60)\n"
    outcome = run(tmp_path, hangs, Limits(listen=4, answer=0.5, stop=2))
    assert outcome.state is State.NO_ANSWER
    assert outcome.seconds_to_answer is None


def test_what_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    began = time.monotonic()
    outcome = run(tmp_path, SERVER + stubborn + FOREVER, Limits(listen=4, answer=3, stop=0.3))
    assert outcome.state is State.ANSWERED
    assert outcome.seconds_to_stop is None
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("detach", ["", "os.setsid()"], ids=["grandchild", "daemon in its own session"])
def test_nothing_is_left_running(tmp_path: Path, pid_file: Path, detach: str) -> None:
    code = f"""
import os, time
if os.fork() == 0:
    {detach or "pass"}
    if os.fork() == 0:
        open({str(pid_file)!r}, "w").write(str(os.getpid()))
        time.sleep(60)
    os._exit(0)
while not os.path.exists({str(pid_file)!r}) or not os.path.getsize({str(pid_file)!r}):
    time.sleep(0.01)
raise ValueError("leader dies first")
"""
    outcome = run(tmp_path, code)
    assert outcome.decisive_line == "ValueError: leader dies first"
    assert not alive(int(pid_file.read_text("ascii")))


def test_an_interrupt_leaves_nothing_running(tmp_path: Path, pid_file: Path) -> None:
    caller = tmp_path / "caller.py"
    server = f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    caller.write_text(
        "import pathlib, sys\nfrom flexmigrate.proving.serving import serve\n"
        f"serve([sys.executable, '-c', {server!r}], cwd=pathlib.Path('/'), environment={{}})\n",
        "utf-8",
    )
    calling = subprocess.Popen(
        [sys.executable, str(caller)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not (pid_file.exists() and pid_file.read_text("ascii")):
            time.sleep(0.02)
        calling.send_signal(signal.SIGINT)
        _, errors = calling.communicate(timeout=10)
    finally:
        calling.kill()
    assert b"KeyboardInterrupt" in errors
    assert not alive(int(pid_file.read_text("ascii")))


def test_output_is_bounded(tmp_path: Path) -> None:
    loud = "import sys\nsys.stderr.write('first\\n' + 'x' * 3_000_000 + '\\n')\nraise ValueError('last')\n"
    outcome = run(tmp_path, loud)
    assert len(outcome.stderr) < 70_000
    assert outcome.stderr.startswith("first")
    assert "bytes left out" in outcome.stderr
    assert outcome.decisive_line == "ValueError: last"


def test_free_ports_are_free() -> None:
    assert free_port() not in {one.port for one in processes.listening_inodes().values()}


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("0.0.0.0", False), ("127.0.0.1", True), ("127.8.0.1", True), ("::", False), ("::1", True)],
)
def test_loopback(address: str, loopback: bool) -> None:
    assert processes.Listener(address, 80).loopback_only is loopback
