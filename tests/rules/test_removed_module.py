"""Imports of modules that are gone are errors where they surely fail, and quiet where the file is prepared."""

from __future__ import annotations

import pytest

from flexmigrate.model import FixClass, Severity
from flexmigrate.testing import check_quiet, check_reported, check_rewritten
from tests.rules.source_files import said, service

RULE = "removed-module"
USED = "import cgi\ncgi.parse()\n"

QUIET = {
    "modules that stay": service("import html, email, collections.abc\nfrom . import cgi\n"),
    "a module of the service": service("import cgi\ncgi.x()\n", cgi="x = 1\n"),
    "a package of the service": service("from cgi.x import y\n", cgi__x="y = 1\n"),
    "beside the file": service("import a.b\n", a__b="import cgi\n", a__cgi=""),
    "try": service("try:\n    import cgi\nexcept ImportError:\n    cgi = None\n"),
    "fallback": service("try:\n    import html\nexcept ImportError:\n    import cgi\n"),
    "suppress": service("from contextlib import suppress\nwith suppress(ImportError):\n    import cgi\n"),
    "version": service("import sys\nif sys.version_info < (3, 13):\n    import cgi\n"),
    "else of version": service("import sys\nif sys.version_info >= (3,):\n    import queue\nelse:\n    import Queue\n"),
    "six": service("import six\nif six.PY2:\n    import urllib2\n"),
    "both versions and more": service("import sys\nif sys.version_info[0] == 2 and x:\n    import urllib2\n"),
    "type checking": service("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import cgi\n"),
    "a text": service('"""\nimport cgi\n"""\nx = "import cgi"\n# import cgi\n'),
    "a test": service("", tests__test_a=USED, test_b=USED),
    "a bundled package": service("", vendor__x=USED),
    "backport": {**service(USED), "requirements.txt": "legacy-cgi; python_version >= '3.13'\n"},
    "standard backport": {**service("import uu\nuu.x\n"), "requirements.txt": "standard-uu==3.13.0\n"},
    "a name like a module": service("from x import cgi\ncgi = 1\nnew = user = parser = 2\n"),
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, python="3.13")


def test_quiet_before_it_is_gone() -> None:
    check_quiet(RULE, service(USED), python="3.12")
    check_quiet(RULE, service("import distutils\ndistutils.x\n"), python="3.11")


LOUD = {
    "import": (USED, "3.13", Severity.ERROR),
    "from": ("from cgi import parse\nparse()\n", "3.13", Severity.ERROR),
    "several": ("import os, cgi as c\nc.x\n", "3.13", Severity.ERROR),
    "submodule": ("import lib2to3.pgen2 as p\np.x\n", "3.13", Severity.ERROR),
    "tix": ("import tkinter.tix\ntkinter.tix.Tk\n", "3.13", Severity.ERROR),
    "in a class": ("class A:\n    import cgi\n    cgi.x\n", "3.13", Severity.ERROR),
    "in try for something else": (
        "try:\n    import imp\n    imp.x\nexcept KeyError:\n    pass\n",
        "3.12",
        Severity.ERROR,
    ),
    "new versions": ("import sys\nif sys.version_info >= (3,):\n    import imp\n    imp.x\n", "3.12", Severity.ERROR),
    "Python 2": ("import urllib2\nurllib2.urlopen(x)\n", "3.12", Severity.ERROR),
    "in a function": ("def f():\n    import cgi\n    cgi.x\n", "3.13", Severity.WARNING),
    "under a condition": ("if x:\n    import cgi\n    cgi.x\n", "3.13", Severity.WARNING),
    "distutils": ("from distutils.util import strtobool\nstrtobool(x)\n", "3.12", Severity.WARNING),
}


@pytest.mark.parametrize(("text", "python", "severity"), LOUD.values(), ids=LOUD)
def test_loud(text: str, python: str, severity: Severity) -> None:
    found = check_reported(RULE, service(text), f" on Python {python}", python=python)
    assert ("may fail" in found[0].message) is ("distutils" in text)
    assert [one.severity for one in found] == [severity]
    assert found[0].fix is FixClass.MANUAL


def test_a_file_that_is_not_loaded_is_a_warning() -> None:
    (found,) = said(RULE, service("", tools=USED), python="3.13")
    assert found.severity is Severity.WARNING
    assert "plain imports" in found.message


@pytest.mark.parametrize(
    ("requirements", "severity"),
    [
        ("flask\n", Severity.ERROR),
        ("webob\n", Severity.WARNING),
        ("-r missing.txt\n", Severity.WARNING),
        ("git+https://example.com/x.git\n", Severity.WARNING),
    ],
)
def test_what_requirements_may_bring(requirements: str, severity: Severity) -> None:
    (found,) = said(RULE, {**service(USED), "requirements.txt": requirements}, python="3.13")
    assert found.severity is severity


def test_setuptools_brings_distutils() -> None:
    files = {**service("from distutils.util import strtobool\nstrtobool(x)\n"), "requirements.txt": "setuptools<82\n"}
    check_quiet(RULE, files, python="3.12")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import cgi\nx = 1\n", "x = 1\n"),
        ("import os, imp\nos.x\n", "import os\nos.x\n"),
        ("from pipes import quote  # old\r\nx = 1\r\n", "x = 1\r\n"),
    ],
)
def test_a_dead_import_goes(before: str, after: str) -> None:
    found = check_rewritten(RULE, service(before), {"main.py": after}, python="3.13")
    assert [one.fix for one in found] == [FixClass.UNSAFE]


def test_a_dead_import_stays_without_unsafe_fixes() -> None:
    (found,) = said(RULE, service("import cgi\n"), python="3.13", unsafe=False)
    assert found.severity is Severity.ERROR
    assert "nothing here uses it" in found.message


def test_what_somebody_keeps_is_no_dead_import() -> None:
    check_reported(RULE, service("import cgi  # noqa: F401\n"), "fails", python="3.13")


def test_one_finding_for_a_module() -> None:
    text = "from distutils.core import setup, Extension\nimport distutils.log\nsetup(Extension, distutils.log)\n"
    assert len(said(RULE, service(text), python="3.12")) == 1
