"""The gunicorn that pip installs is held against the measured starts, and lifted to one that starts."""

from __future__ import annotations

import pytest

from flexmigrate.model import Severity, Status
from flexmigrate.testing import check_quiet, check_reported, check_rewritten, findings, plan

RULE = "gunicorn-incompatible"
HEAD = "runtime: python\nenv: flex\n"
RUN = "entrypoint: gunicorn -b :$PORT main:app\n"
APP: dict[str, str | bytes] = {"app.yaml": HEAD + RUN}


def app(options: str, more: str = "") -> dict[str, str | bytes]:
    return {"app.yaml": HEAD + f"entrypoint: gunicorn -b :$PORT {options} main:app\n" + more}


QUIET: dict[str, dict[str, str | bytes]] = {
    "no requirements": APP,
    "no gunicorn": {**APP, "requirements.txt": "Flask==3.0.3\n"},
    "not pinned": {**APP, "requirements.txt": "gunicorn\n"},
    "a release that starts": {**APP, "requirements.txt": "gunicorn==23.0.0\n"},
    "a lower bound": {**APP, "requirements.txt": "gunicorn>=19.0\n"},
    "a range with one that starts": {**APP, "requirements.txt": "gunicorn>=19,<22\n"},
    "an old one for an older Python": {**APP, "requirements.txt": 'gunicorn==19.9.0; python_version < "3"\ngunicorn\n'},
    "an old setuptools beside it": {**APP, "requirements.txt": "gunicorn==20.1.0\nsetuptools==81.0.0\n"},
    "setuptools held below 82": {**APP, "requirements.txt": "gunicorn==20.1.0\nsetuptools<82\n"},
    "constraints that lift it": {**APP, "requirements.txt": "-c c.txt\ngunicorn\n", "c.txt": "gunicorn==22.0.0\n"},
    "another server": {
        "app.yaml": HEAD + "entrypoint: waitress-serve --port=$PORT main:app\n",
        "requirements.txt": "gunicorn==19.9.0\nwaitress\n",
    },
    "python runs a file": {"app.yaml": HEAD + "entrypoint: python main.py\n", "requirements.txt": "gunicorn==19.9.0\n"},
    "from a repository": {**APP, "requirements.txt": "git+https://github.com/benoitc/gunicorn.git#egg=gunicorn\n"},
    "from a folder": {**APP, "requirements.txt": "-e ./gunicorn\n"},
    "a version from a variable": {**APP, "requirements.txt": "gunicorn==${GUNICORN}\n"},
    "gevent with its extra": {**app("-k gevent"), "requirements.txt": "gunicorn[gevent]==23.0.0\n"},
    "gevent as it was": {**app("-k gevent"), "requirements.txt": "gunicorn==23.0.0\ngevent\n"},
    "an image of its own": {
        "app.yaml": "runtime: custom\nenv: flex\n",
        "Dockerfile": "FROM python:3.8\nRUN pip install -r requirements.txt\nCMD gunicorn -b :$PORT main:app\n",
        "requirements.txt": "gunicorn==19.9.0\n",
    },
    "commented out": {**APP, "requirements.txt": "# gunicorn==19.9.0\ngunicorn==23.0.0\n"},
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


REWRITTEN: dict[str, tuple[dict[str, str | bytes], str, str]] = {
    "a pin": (APP, "gunicorn==20.1.0\n", "gunicorn==21.2.0\n"),
    "an older pin": (APP, "gunicorn==19.9.0\n", "gunicorn==21.2.0\n"),
    "blanks, comment, other lines": (
        APP,
        "Flask\r\ngunicorn == 20.0.4  # keep\r\n\r\nsix",
        "Flask\r\ngunicorn == 21.2.0  # keep\r\n\r\nsix",
    ),
    "a range": (APP, "gunicorn>=19,<20\n", "gunicorn>=21.2.0,<22\n"),
    "an upper bound": (APP, "gunicorn<21\n", "gunicorn>=21.2.0,<22\n"),
    "compatible": (APP, "gunicorn~=20.0\n", "gunicorn~=21.2\n"),
    "any of a major version": (APP, "gunicorn==20.*\n", "gunicorn==21.*\n"),
    "a marker that holds": (
        APP,
        'gunicorn==20.1.0; python_version >= "3"\n',
        'gunicorn==21.2.0; python_version >= "3"\n',
    ),
    "the newest setuptools beside it": (APP, "setuptools\ngunicorn==20.1.0\n", "setuptools\ngunicorn==21.2.0\n"),
    "exec, variables and a shell": (
        {"app.yaml": HEAD + "entrypoint: bash -c 'exec env A=b gunicorn main:app'\n"},
        "gunicorn==20.1.0\n",
        "gunicorn==21.2.0\n",
    ),
    "a script": (
        {
            "app.yaml": HEAD + "entrypoint: ./run.sh\n",
            "run.sh": "#!/bin/sh\nset -e\nexec gunicorn -k gevent main:app\n",
        },
        "gevent\ngunicorn==20.1.0\n",
        "gevent\ngunicorn==21.2.0\n",
    ),
    "eventlet left with 26": (app("-k eventlet"), "eventlet\ngunicorn\n", "eventlet\ngunicorn<=25.3.0\n"),
    "eventlet in a settings file": (
        {**APP, "gunicorn.conf.py": 'worker_class = "eventlet"\n'},
        "eventlet\ngunicorn==27.0.1\n",
        "eventlet\ngunicorn==25.3.0\n",
    ),
    "eventlet in a variable": (
        {"app.yaml": HEAD + RUN + "env_variables:\n  GUNICORN_CMD_ARGS: -k eventlet\n"},
        "eventlet\ngunicorn==27.0.1\n",
        "eventlet\ngunicorn==25.3.0\n",
    ),
    "gevent without packaging": (
        app("-k gevent"),
        "gevent\ngunicorn==27.0.1\n",
        "gevent\ngunicorn==27.0.1\npackaging\n",
    ),
}


@pytest.mark.parametrize(("files", "before", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(files: dict[str, str | bytes], before: str, expected: str) -> None:
    found = check_rewritten(RULE, {**files, "requirements.txt": before}, {"requirements.txt": expected})
    assert [one.severity for one in found] == [Severity.ERROR]


def test_the_file_with_the_line_is_edited() -> None:
    files = {
        "web/app.yaml": HEAD + RUN,
        "web/requirements.txt": "-r ../common/base.txt\n",
        "common/base.txt": "six\ngunicorn==20.1.0\n",
    }
    check_rewritten(RULE, files, {"common/base.txt": "six\ngunicorn==21.2.0\n"})


def test_a_constraint_that_decides_is_edited() -> None:
    files = {**APP, "requirements.txt": "-c c.txt\ngunicorn\n", "c.txt": "gunicorn==20.1.0\n"}
    check_rewritten(RULE, files, {"c.txt": "gunicorn==21.2.0\n"})


def test_a_hash_is_never_left_behind() -> None:
    files = {**APP, "requirements.txt": "gunicorn==20.1.0 --hash=sha256:" + "0" * 64 + "\n"}
    (found,) = check_reported(RULE, files, "gunicorn 20.1.0 does not start on Python 3.12")
    assert "pip install 'gunicorn==21.2.0'" in found.hint


def test_two_lines_are_left_to_a_person() -> None:
    files = {**APP, "requirements.txt": "gunicorn==20.1.0\n-r b.txt\n", "b.txt": "gunicorn<21\n"}
    (found,) = check_reported(RULE, files, "does not start")
    assert "several lines" in found.hint


def test_the_message_says_why_since_when_and_what_else() -> None:
    (found,) = check_reported(RULE, {**APP, "requirements.txt": "gunicorn==20.1.0\n"}, "does not start", unsafe=False)
    assert "it imports pkg_resources, which setuptools 84 no longer has (measured 20" in found.message
    assert found.message.endswith("; 21.0.0 and later start")
    assert (found.path, found.line, found.column) == ("requirements.txt", 1, 1)


def test_the_answer_follows_the_python() -> None:
    files = {**APP, "requirements.txt": "gunicorn==19.9.0\nsetuptools<82\n"}
    check_quiet(RULE, files, python="3.11")
    check_reported(RULE, files, "bundles a six", unsafe=False)


def test_a_worker_that_was_not_measured_does_not_save_it() -> None:
    files = {**app("-k flask_sockets.worker"), "requirements.txt": "gunicorn==19.9.0\nFlask-Sockets\n"}
    (found,) = check_reported(RULE, files, "bundles a six", unsafe=False)
    assert found.severity is Severity.ERROR


def test_a_library_that_was_not_measured_does_not_save_it() -> None:
    files = {**app("-k gevent"), "requirements.txt": "gunicorn==20.1.0\ngevent<23\n"}
    check_reported(RULE, files, "gunicorn 20.1.0 does not start on Python 3.12", unsafe=False)
    check_quiet(RULE, {**app("-k gevent"), "requirements.txt": "gunicorn==23.0.0\ngevent<23\n"})


@pytest.mark.parametrize("line", ["setuptools==58.1.0", "setuptools<60", "setuptools==58.*"])
def test_a_setuptools_that_does_not_work_there(line: str) -> None:
    files = {**APP, "requirements.txt": f"gunicorn==20.1.0\n{line}\n"}
    check_reported(RULE, files, "that of the setuptools asked for does not work there", unsafe=False)


def test_a_pinned_library_counts() -> None:
    files = {**app("-k gevent"), "requirements.txt": "gunicorn==23.0.0\ngevent==21.12.0\n"}
    (found,) = findings(plan(files, RULE, "pin-without-target", unsafe=False))
    assert (found.severity, found.line) == (Severity.ERROR, 2)
    assert "gevent 21.12.0" in found.message
    check_quiet(RULE, {**app("-k gevent"), "requirements.txt": "gunicorn==23.0.0\ngevent==23.9.1\n"})


def test_without_a_start_command_it_is_a_warning() -> None:
    files = {"app.yaml": HEAD, "requirements.txt": "gunicorn==20.1.0\n"}
    (found,) = check_reported(RULE, files, "does not start", unsafe=False)
    assert found.severity is Severity.WARNING


def test_the_same_start_is_told_once() -> None:
    files = {
        "app.yaml": HEAD + "entrypoint: bash -c 'gunicorn a:b & gunicorn c:d'\n",
        "requirements.txt": "gunicorn==20.1.0\n",
    }
    assert len(check_reported(RULE, files, "does not start", unsafe=False)) == 1


def test_what_was_not_measured_is_no_error() -> None:
    (found,) = check_reported(RULE, {**APP, "requirements.txt": "gunicorn==99.0\n"}, "has not been measured")
    assert found.severity is Severity.INFO
    files = {**app("-k meinheld.gmeinheld.MeinheldWorker"), "requirements.txt": "gunicorn==23.0.0\nmeinheld\n"}
    check_quiet(RULE, files)


def test_releases_older_than_the_starts_that_were_made() -> None:
    files = {**APP, "requirements.txt": "gunicorn==19.4.5\n"}
    found = check_rewritten(RULE, files, {"requirements.txt": "gunicorn==21.2.0\n"})
    assert "No module named 'gunicorn.six.moves'" in found[0].message


def test_a_command_that_cannot_be_told_makes_it_a_warning() -> None:
    files = {"app.yaml": HEAD + "entrypoint: ./start $MODE\n", "requirements.txt": "gunicorn==20.1.0\n"}
    (found,) = check_reported(RULE, files, "does not start", unsafe=False)
    assert found.severity is Severity.WARNING


def test_packaging_may_come_with_something_else() -> None:
    files = {**app("-k gevent"), "requirements.txt": "gevent\ngunicorn==27.0.1\npandas\n"}
    (found,) = check_reported(RULE, files, "unless another requirement brings it", unsafe=False)
    assert found.severity is Severity.WARNING


def test_one_line_for_setuptools_is_enough_where_something_else_needs_it_too() -> None:
    files = {**APP, "requirements.txt": "google-cloud-datastore==2.8.0\ngunicorn==20.1.0\n"}
    check_quiet(RULE, files)
    made = plan(files, RULE, "setuptools-pkg-resources")
    assert [(one.rule, one.status) for one in findings(made)] == [("setuptools-pkg-resources", Status.FIXED)]
    assert made.changes[0].after == "google-cloud-datastore==2.8.0\ngunicorn==20.1.0\nsetuptools<82\n"


def test_a_legacy_image_is_replaced_so_its_server_counts() -> None:
    files = {
        "app.yaml": "runtime: custom\nenv: flex\n",
        "Dockerfile": "FROM gcr.io/google-appengine/python\nADD requirements.txt /app/requirements.txt\n"
        "RUN pip install -r /app/requirements.txt\nADD . /app\nCMD gunicorn -b :$PORT main:app\n",
        "requirements.txt": "gunicorn==20.1.0\n",
    }
    check_rewritten(RULE, files, {"requirements.txt": "gunicorn==21.2.0\n"})
