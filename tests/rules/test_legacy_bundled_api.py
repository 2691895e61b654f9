"""Bundled services are told by their imports, once a file."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import check_quiet, check_reported
from tests.rules.source_files import said, service

RULE = "legacy-bundled-api"
QUIET = {
    "Cloud libraries": service("from google.cloud import ndb, storage\nimport google.auth\n"),
    "guarded": service("try:\n    from google.appengine.api import users\nexcept ImportError:\n    users = None\n"),
    "a text": service("import os\nx = 'google.appengine.api'\n# from google.appengine.ext import ndb\n"),
    "tests": service("", tests__test_a="from google.appengine.ext import testbed\n"),
    "a package of the service": service("from google.appengine.api import x\n", google__appengine__api="x = 1\n"),
    "webapp2 from PyPI": {**service("import webapp2\n"), "requirements.txt": "webapp2==3.0.0b1\n"},
    "an own webapp2": service("import webapp2\n", webapp2="x = 1\n"),
    "Python 2 only": service("import sys\nif sys.version_info < (3,):\n    from google.appengine.api import mail\n"),
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


@pytest.mark.parametrize("platform", list(Platform))
def test_one_finding_names_all(platform: Platform) -> None:
    text = "from google.appengine.api import memcache, users\nfrom google.appengine.ext import ndb\n"
    text += "from google.appengine.api.taskqueue import Task\n"
    (found,) = check_reported(RULE, service(text), "`memcache`, `users`, `ndb`, `taskqueue`", platform=platform)
    assert found.severity is Severity.ERROR
    assert "google-cloud-tasks" in found.hint


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(service("def f():\n    from google.appengine.api import mail\n"), id="late"),
        pytest.param(service("", tools="import google.appengine.api.mail\n"), id="not loaded"),
        pytest.param(
            {**service("import google.appengine.api.mail\n"), "requirements.txt": "appengine-python-standard\n"},
            id="with its package",
        ),
        pytest.param(service("import webapp2\n"), id="webapp2"),
    ],
)
def test_warnings(files: dict[str, str | bytes]) -> None:
    assert [one.severity for one in said(RULE, files)] == [Severity.WARNING]
