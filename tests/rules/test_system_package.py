"""Packages that need more of the operating system than pip brings are told."""

from __future__ import annotations

import pytest

from flexmigrate.model import Severity
from flexmigrate.testing import check_quiet, check_reported

RULE = "system-package"
APP: dict[str, str | bytes] = {"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn main:app\n"}

QUIET: dict[str, dict[str, str | bytes]] = {
    "no requirements": APP,
    "pure Python": {**APP, "requirements.txt": "Flask==3.0.3\nPyMySQL\n"},
    "wheels bring it": {**APP, "requirements.txt": "psycopg2-binary\nopencv-python-headless\nPillow\nlxml\n"},
    "for another Python": {**APP, "requirements.txt": 'mysqlclient; python_version < "3"\n'},
    "an image of its own": {
        "app.yaml": "runtime: custom\nenv: flex\n",
        "Dockerfile": "FROM python:3.12\nRUN apt-get install -y gcc\nRUN pip install -r requirements.txt\n",
        "requirements.txt": "mysqlclient\n",
    },
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


REPORTED = {
    "mysqlclient": ("mysqlclient==2.2.4\n", "mysqlclient needs a C compiler and MySQL's client library"),
    "psycopg2": ("psycopg2\n", "psycopg2 needs a C compiler and PostgreSQL's client library"),
    "another spelling": ("Python_LDAP\n", "Python_LDAP needs"),
    "a program": ("pytesseract\n", "needs the program tesseract"),
}


@pytest.mark.parametrize(("requirements", "says"), REPORTED.values(), ids=REPORTED)
def test_reported(requirements: str, says: str) -> None:
    (found,) = check_reported(RULE, {**APP, "requirements.txt": requirements}, says)
    assert found.severity is Severity.WARNING


def test_uwsgi_depends_on_the_python() -> None:
    files = {**APP, "requirements.txt": "uWSGI==2.0.28\n"}
    (late,) = check_reported(RULE, files, "only up to Python 3.11, not on 3.12")
    (early,) = check_reported(RULE, files, "uWSGI is compiled during the build", python="3.11")
    assert (late.severity, early.severity) == (Severity.WARNING, Severity.INFO)
