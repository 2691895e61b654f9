"""What an old pin needs is held down where its newest release was seen to break the pin."""

from __future__ import annotations

import pytest

from flexmigrate.model import Severity
from flexmigrate.testing import check_quiet, check_reported, check_rewritten

RULE = "unpinned-transitive"
APP = {"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"}

QUIET = {
    "nothing": "",
    "not pinned": "Flask\n",
    "a release of today": "Flask==3.0.3\n",
    "the companion is pinned": "Flask==2.0.3\nWerkzeug==2.0.3\n",
    "the companion is held down": "Flask==2.0.3\nWerkzeug<3\n",
    "a release that nobody measured": "Flask==0.5\n",
    "a marker for another Python": 'Flask==2.0.3; python_version < "3.9"\n',
}


@pytest.mark.parametrize("requirements", QUIET.values(), ids=QUIET)
def test_quiet(requirements: str) -> None:
    check_quiet(RULE, {**APP, "requirements.txt": requirements})


def test_a_constraint_holds_it_down() -> None:
    check_quiet(RULE, {**APP, "requirements.txt": "Flask==2.0.3\n-c c.txt\n", "c.txt": "Werkzeug==2.3.8\n"})


REWRITTEN = {
    "a new line": ("Flask==2.0.3\n", "Flask==2.0.3\nwerkzeug<3\n"),
    "a line without version": ("Flask==2.0.3\nWerkzeug\n", "Flask==2.0.3\nWerkzeug<3\n"),
    "a lower bound": ("Flask==2.0.3\nWerkzeug >= 2.0\n", "Flask==2.0.3\nWerkzeug >= 2.0,< 3\n"),
    "no final newline": ("Flask==2.0.3", "Flask==2.0.3\nwerkzeug<3"),
}


@pytest.mark.parametrize(("before", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(before: str, expected: str) -> None:
    check_rewritten(RULE, {**APP, "requirements.txt": before}, {"requirements.txt": expected})


def test_several_companions_go_in_together() -> None:
    files = {**APP, "requirements.txt": "Flask==1.1.2\r\n"}
    (change,) = check_reported(RULE, files, "Flask 1.1.2 does not work with the newest", unsafe=False)
    assert change.severity is Severity.ERROR
    check_rewritten(
        RULE, files, {"requirements.txt": "Flask==1.1.2\r\nitsdangerous<2.1\r\njinja2<3.1\r\nwerkzeug<2.1\r\n"}
    )


def test_it_is_a_warning_where_no_file_imports_it() -> None:
    files = {
        **APP,
        "requirements.txt": "Flask==2.0.3\n",
        "main.py": "import bottle\n",
        "tests/test_a.py": "import flask\n",
    }
    (found,) = check_reported(RULE, files, "does not work", unsafe=False)
    assert found.severity is Severity.WARNING


def test_hashes_are_left_to_a_person() -> None:
    files = {**APP, "requirements.txt": "Flask==2.0.3 --hash=sha256:" + "0" * 64 + "\n"}
    (found,) = check_reported(RULE, files, "does not work")
    assert "add `werkzeug<3`" in found.hint
