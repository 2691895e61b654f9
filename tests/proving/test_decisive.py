"""The line that names the cause, out of logs as tools really print them."""

from __future__ import annotations

import pytest

from flexmigrate.proving.decisive import decisive_line, without_machine_paths

TRACEBACK = """\
Traceback (most recent call last):
  File "/srv/env/bin/gunicorn", line 5, in <module>
    from gunicorn.app.wsgiapp import run
  File "/srv/env/lib/python3.12/site-packages/gunicorn/util.py", line 25, in <module>
    import pkg_resources
ModuleNotFoundError: No module named 'pkg_resources'
"""
WORKER_FAILED = (
    "[2026-11-22 10:00:00 +0000] [7] [INFO] Starting gunicorn 23.0.0\n"
    "[2026-11-22 10:00:00 +0000] [9] [ERROR] Exception in worker process\n"
    "Traceback (most recent call last):\n"
    '  File "/srv/main.py", line 1, in <module>\n'
    "    import flask\n"
    "ModuleNotFoundError: No module named 'flask'\n"
    "[2026-11-22 10:00:00 +0000] [9] [INFO] Worker exiting (pid: 9)\n"
    "[2026-11-22 10:00:00 +0000] [7] [ERROR] Shutting down: Master\n"
    "[2026-11-22 10:00:00 +0000] [7] [ERROR] Reason: Worker failed to boot.\n"
)
GIVES_UP = """\
Traceback (most recent call last):
  File "/srv/main.py", line 1, in <module>
ValueError: the cause

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "arbiter.py", line 203, in run
gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>
"""
NO_APP = """\
[2026-11-22 10:00:00 +0000] [9] [INFO] Booting worker with pid: 9
Failed to find attribute 'nothing' in 'main'.
[2026-11-22 10:00:00 +0000] [9] [INFO] Worker exiting (pid: 9)
[2026-11-22 10:00:00 +0000] [7] [ERROR] Worker (pid:9) exited with code 4.
[2026-11-22 10:00:00 +0000] [7] [ERROR] Shutting down: Master
[2026-11-22 10:00:00 +0000] [7] [ERROR] Reason: App failed to load.
"""
SYNTAX = """\
Traceback (most recent call last):
  File "/srv/env/lib/python3.7/site-packages/gunicorn/util.py", line 3
    async = 1
          ^
SyntaxError: invalid syntax
"""
UNUSUAL_NAME = """\
Traceback (most recent call last):
  File "/srv/manage.py", line 3, in <module>
werkzeug.exceptions.Teapot: short and stout
"""
UV_RESOLVER = """\
error: No solution found when resolving dependencies
  cause: Because the current Python version (3.9.18) does not satisfy Python>=3.10 and gunicorn==27.0.1 depends on
         Python>=3.10, your requirements are unsatisfiable.
"""
UV_OLD_RESOLVER = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because there is no version of nothere==1 and you require
      nothere==1, it cannot work.
"""
UV_BUILD = """\
error: Failed to build `tornado==5.1.1`
  cause: The build backend returned an error
  cause: Call to `setuptools.build_meta` failed (exit status: 1)

         [stderr]
         Traceback (most recent call last):
           File "<string>", line 146, in <module>
         ImportError: Tornado requires an up-to-date SSL module.

hint: Build failures usually indicate a problem with the package or the build environment
"""
PIP = """\
ERROR: Could not find a version that satisfies the requirement gunicorn==25.0.0 (from versions: 0.1, 0.2)
ERROR: No matching distribution found for gunicorn==25.0.0
"""
COMPILER = """\
gcc -c src/x.c
src/x.c:255:12: fatal error: longintrepr.h: No such file or directory
error: command '/usr/bin/gcc' failed with exit code 1
"""


@pytest.mark.parametrize(
    ("log", "line"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("ready\n", "ready", id="nothing wrong: the last line"),
        pytest.param(TRACEBACK, "ModuleNotFoundError: No module named 'pkg_resources'", id="traceback"),
        pytest.param(WORKER_FAILED, "ModuleNotFoundError: No module named 'flask'", id="worker"),
        pytest.param(GIVES_UP, "ValueError: the cause", id="the exception that only gives up is passed over"),
        pytest.param(SYNTAX, "SyntaxError: invalid syntax (util.py, line 3)", id="syntax error with its place"),
        pytest.param(UNUSUAL_NAME, "werkzeug.exceptions.Teapot: short and stout", id="unusual exception name"),
        pytest.param(
            "bash: line 1: gunicorn: command not found\n", "bash: line 1: gunicorn: command not found", id="sh"
        ),
        pytest.param(
            "[2026-11-22 10:00:00 +0000] [7] [ERROR] Can't connect to ('', 80)\nbye\n",
            "[ERROR] Can't connect to ('', 80)",
            id="log line without exception",
        ),
        pytest.param(
            "Traceback (most recent call last):\n  File \"x\", line 1\nRuntimeError:\n\n    You need 'concurrent'.\n",
            "RuntimeError: You need 'concurrent'.",
            id="message on a later line",
        ),
        pytest.param(NO_APP, "Failed to find attribute 'nothing' in 'main'.", id="gunicorn without traceback"),
        pytest.param(PIP, "ERROR: No matching distribution found for gunicorn==25.0.0", id="pip"),
        pytest.param(COMPILER, "src/x.c:255:12: fatal error: longintrepr.h: No such file or directory", id="compiler"),
        pytest.param(UV_BUILD, "ImportError: Tornado requires an up-to-date SSL module.", id="uv build"),
        pytest.param(
            UV_OLD_RESOLVER,
            "Because there is no version of nothere==1 and you require nothere==1, it cannot work.",
            id="uv resolver, bullets",
        ),
    ],
)
def test_decisive_line(log: str, line: str) -> None:
    assert decisive_line(log) == line


def test_uv_resolver_is_joined_to_one_line() -> None:
    line = decisive_line(UV_RESOLVER)
    assert line.startswith("Because the current Python version (3.9.18)")
    assert line.endswith("your requirements are unsatisfiable.")


def test_a_line_is_bounded() -> None:
    assert len(decisive_line("ValueError: " + "x" * 10_000)) == 400


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("No module named 'x'", "No module named 'x'"),
        ("cannot import name 'a' from 'b' (/tmp/e/lib/python3.12/site-packages/b/c.py)", "(b/c.py)"),
        (
            "from 'collections' (/opt/py/lib/python3.11/collections/__init__.py)",
            "'collections' (collections/__init__.py)",
        ),
        ("in /usr/lib/python3/dist-packages/x/y.py", "in x/y.py"),
        ("SyntaxError: invalid (/home/u/app/main.py, line 3)", "SyntaxError: invalid (main.py, line 3)"),
        ("<object at 0x7f8afa8e5130>", "<object at 0x…>"),
        ("Worker (pid:1234) exited", "Worker (pid:N) exited"),
        ("see https://docs.example.org/a/b", "see https://docs.example.org/a/b"),
        ("text/plain and gunicorn/util.py", "text/plain and gunicorn/util.py"),
    ],
)
def test_without_machine_paths(line: str, expected: str) -> None:
    assert without_machine_paths(line).endswith(expected)
