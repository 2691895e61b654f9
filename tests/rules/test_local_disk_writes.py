"""Writes are told from reads, and what is meant to be fleeting is left alone."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import check_quiet, check_reported
from tests.rules.source_files import said, service

RULE = "local-disk-writes"
RUN = Platform.CLOUD_RUN
QUIET = {
    "reading": service("open('x')\nopen('x', 'r')\nopen('x', mode='rb')\nPath('x').read_text()\n"),
    "under /tmp": service("open('/tmp/x', 'w')\nBASE = '/tmp'\nopen(BASE + '/x', 'w')\n"),
    "a temporary file": service("import tempfile\nopen(tempfile.mkstemp()[1], 'w')\n"),
    "a database in memory": service("import sqlite3\nsqlite3.connect(':memory:')\n"),
    "another open": service("webbrowser.open('w')\nimage.open(x)\nzip.open('a', 'member')\n"),
    "a text": service("x = \"open('x', 'w')\"\n# open('x', 'w')\n"),
    "media elsewhere": service("MEDIA_ROOT = 'm'\nDEFAULT_FILE_STORAGE = 'storages.backends.gcloud.X'\n"),
    "tests": service("", tests__test_a="open('x', 'w')\n"),
    "logging to stdout": service("import logging\nlogging.StreamHandler()\n"),
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, platform=RUN)


def test_quiet_on_flex() -> None:
    check_quiet(RULE, service("open('x', 'w')\n"))


LOUD = {
    "open": ("open('x', 'w')\n", "writes files"),
    "open by keyword": ("open(name, mode='ab')\n", "writes files"),
    "io": ("import io\nio.open('x', 'w+')\n", "writes files"),
    "path": ("from pathlib import Path\nPath('x').write_text('y')\n", "writes files"),
    "path open": ("from pathlib import Path\nPath('x').open('w')\n", "writes files"),
    "SQLite": ("import sqlite3\nsqlite3.connect('data.db')\n", "SQLite"),
    "SQLAlchemy": ("URI = 'sqlite:///data.db'\n", "SQLite"),
    "Django's SQLite": ("DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}\n", "SQLite"),
    "log": ("import logging.handlers\nlogging.handlers.RotatingFileHandler('x.log')\n", "logs to a file"),
    "media": ("MEDIA_ROOT = 'media'\n", "stores uploads"),
    "uploads": ("app.config['UPLOAD_FOLDER'] = 'up'\n", "stores uploads"),
}


@pytest.mark.parametrize(("text", "says"), LOUD.values(), ids=LOUD)
def test_loud(text: str, says: str) -> None:
    check_reported(RULE, service(text), says, platform=RUN)


def test_one_finding_a_file() -> None:
    (found,) = said(RULE, service("open('x', 'w')\nopen('y', 'w')\n"), platform=RUN)
    assert "2 places" in found.message
