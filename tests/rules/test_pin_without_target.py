"""Pins that were seen to fail on the target are told, with a newer release that was seen to work."""

from __future__ import annotations

import pytest

from flexmigrate.model import Severity
from flexmigrate.testing import check_quiet, check_reported, check_rewritten, findings, plan

RULE = "pin-without-target"
APP = {"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"}

QUIET = {
    "nothing": "",
    "not pinned": "PyYAML\nnumpy>=1.13\n",
    "a release that installs": "PyYAML==6.0.1\n",
    "a release that nobody measured": "no-such-package==1.0\n",
    "older than what was measured": "PyYAML==3.01\n",
    "for an older Python": 'PyYAML==5.4.1; python_version < "3.10"\n',
    "from a repository": "git+https://github.com/yaml/pyyaml.git@5.4.1#egg=PyYAML\n",
    "the matter of other rules": "gunicorn==19.9.0\nsetuptools==40.0.0\n",
    "a pin that contradicts another": "PyYAML==5.4.1\nPyYAML==6.0.1\n",
}


@pytest.mark.parametrize("requirements", QUIET.values(), ids=QUIET)
def test_quiet(requirements: str) -> None:
    check_quiet(RULE, {**APP, "requirements.txt": requirements})


REWRITTEN = {
    "a source that does not build": ("PyYAML==5.4.1 # config\n", "PyYAML==6.0.1 # config\n"),
    "another spelling": ("pyyaml == 5.4\n", "pyyaml == 6.0.1\n"),
}


@pytest.mark.parametrize(("before", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(before: str, expected: str) -> None:
    check_rewritten(RULE, {**APP, "requirements.txt": before}, {"requirements.txt": expected})


def test_no_newer_release_is_made_up() -> None:
    (found,) = check_reported(RULE, {**APP, "requirements.txt": "MySQL-python==1.2.5\n"}, "cannot be installed")
    assert found.severity is Severity.ERROR
    assert ";" not in found.message


def test_a_release_that_does_not_run_there() -> None:
    files = {**APP, "requirements.txt": "Jinja2==2.8\n"}
    (found,) = check_reported(RULE, files, "Jinja2 2.8 does not work on Python 3.12", unsafe=False)
    assert found.severity is Severity.ERROR


def test_pins_of_one_time_are_raised_together_or_not_at_all() -> None:
    files = {**APP, "requirements.txt": "Flask==0.10.1\nWerkzeug==0.11.11\nJinja2==2.8\nPyYAML==5.4.1\n"}
    made = plan(files, RULE)
    assert made.changes[0].after == "Flask==0.10.1\nWerkzeug==0.11.11\nJinja2==2.8\nPyYAML==6.0.1\n"
    assert "raise it together with werkzeug, jinja2" in findings(made)[0].hint


def test_a_number_of_things_may_bring_what_is_missing() -> None:
    check_quiet(RULE, {**APP, "requirements.txt": "Django==2.2.28\nsetuptools\n"})
    check_reported(RULE, {**APP, "requirements.txt": "Django==2.2.28\n"}, "No module named 'distutils'", unsafe=False)


def test_six_counts_where_its_moves_are_imported() -> None:
    files = {**APP, "requirements.txt": "six==1.11.0\n"}
    (found,) = check_reported(RULE, files, "six 1.11.0 does not work", unsafe=False)
    assert found.severity is Severity.WARNING
    (found,) = check_reported(RULE, {**files, "a.py": "from six.moves import urllib\n"}, "six 1.11.0", unsafe=False)
    assert found.severity is Severity.ERROR


def test_it_is_a_warning_where_no_file_imports_it() -> None:
    files = {**APP, "requirements.txt": "Jinja2==2.8\n", "main.py": "import bottle\n"}
    (found,) = check_reported(RULE, files, "does not work on Python 3.12", unsafe=False)
    assert found.severity is Severity.WARNING


def test_hashes_are_left_to_a_person() -> None:
    files = {**APP, "requirements.txt": "PyYAML==5.4.1 --hash=sha256:" + "0" * 64 + "\n"}
    (found,) = check_reported(RULE, files, "cannot be installed")
    assert "pip install 'pyyaml==6.0.1'" in found.hint
