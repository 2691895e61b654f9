"""A setuptools with pkg_resources is asked for where a pinned package was measured to need it."""

from __future__ import annotations

import pytest

from flexmigrate.testing import check_quiet, check_reported, check_rewritten

RULE = "setuptools-pkg-resources"
APP: dict[str, str | bytes] = {"app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"}

QUIET: dict[str, dict[str, str | bytes]] = {
    "no requirements": APP,
    "nothing that needs it": {**APP, "requirements.txt": "Flask==3.0.3\n"},
    "not pinned": {**APP, "requirements.txt": "google-cloud-datastore\n"},
    "a release without it": {**APP, "requirements.txt": "google-cloud-datastore==2.15.2\n"},
    "gunicorn alone": {**APP, "requirements.txt": "gunicorn==20.1.0\n"},
    "an old setuptools": {**APP, "requirements.txt": "google-cloud-datastore==2.8.0\nsetuptools==81.0.0\n"},
    "setuptools held down": {**APP, "requirements.txt": "google-cloud-datastore==2.8.0\nsetuptools<82\n"},
    "held down by a constraint": {
        **APP,
        "requirements.txt": "google-cloud-datastore==2.8.0\nsetuptools\n-c c.txt\n",
        "c.txt": "setuptools<81\n",
    },
    "for another Python": {**APP, "requirements.txt": 'google-cloud-datastore==2.8.0; python_version < "3.9"\n'},
    "nobody imports it": {**APP, "requirements.txt": "google-cloud-datastore==2.8.0\n", "main.py": "import flask\n"},
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


REWRITTEN = {
    "a new line": ("google-cloud-datastore==2.8.0\n", "google-cloud-datastore==2.8.0\nsetuptools<82\n"),
    "no final newline": ("google-cloud-datastore==2.8.0", "google-cloud-datastore==2.8.0\nsetuptools<82"),
    "setuptools without a version": (
        "setuptools\ngoogle-cloud-datastore==2.8.0\n",
        "setuptools<82\ngoogle-cloud-datastore==2.8.0\n",
    ),
    "setuptools of today": (
        "setuptools==84.0.0\r\ngoogle-cloud-datastore==2.8.0\r\n",
        "setuptools<82\r\ngoogle-cloud-datastore==2.8.0\r\n",
    ),
    "setuptools from some version on": (
        "setuptools>=40\ngoogle-cloud-datastore==2.8.0\n",
        "setuptools<82\ngoogle-cloud-datastore==2.8.0\n",
    ),
}


@pytest.mark.parametrize(("before", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(before: str, expected: str) -> None:
    check_rewritten(RULE, {**APP, "requirements.txt": before}, {"requirements.txt": expected})


def test_all_that_need_it_are_named() -> None:
    files = {**APP, "requirements.txt": "google-cloud-datastore==2.8.0\ngunicorn==20.1.0\n"}
    check_reported(RULE, files, "google-cloud-datastore 2.8.0 and gunicorn 20.1.0 import pkg_resources", unsafe=False)


def test_hashes_are_left_to_a_person() -> None:
    files = {**APP, "requirements.txt": "google-cloud-datastore==2.8.0 --hash=sha256:" + "0" * 64 + "\n"}
    (found,) = check_reported(RULE, files, "imports pkg_resources")
    assert "add `setuptools<82`" in found.hint
