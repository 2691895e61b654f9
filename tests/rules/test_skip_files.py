"""skip_files moves to the .gcloudignore beside it, and only where both leave out the same files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import check_quiet, check_reported, check_rewritten
from flexmigrate_rules.app_yaml._skip_patterns import to_gitignore

RULE = "skip-files"
HEAD = "runtime: python\nenv: flex\n"
BESIDE = {".gcloudignore": ".git\n"}

QUIET = {
    "no skip_files": {"app.yaml": HEAD, **BESIDE},
    "no .gcloudignore": {"app.yaml": HEAD + "skip_files:\n- ^venv/.*$\n"},
    ".gcloudignore of another directory": {
        "a/app.yaml": HEAD + "skip_files:\n- ^venv/.*$\n",
        ".gcloudignore": ".git\n",
    },
    "neither": {"app.yaml": HEAD},
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str]) -> None:
    check_quiet(RULE, files)


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": HEAD + "skip_files:\n- ^venv/.*$\n", **BESIDE}, platform=Platform.CLOUD_RUN)


REPORTED = {
    "a look-ahead": ("skip_files:\n- ^venv/.*$\n- ^(.*/)?\\.(?!env).*$\n", "refuses to deploy with both"),
    "a template": ("skip_files:\n- ^{{ folder }}/.*$\n", "refuses to deploy with both"),
    "no list of texts": ("skip_files:\n- {a: b}\n", "refuses to deploy with both"),
    "empty": ("skip_files:\n", "refuses to deploy with both"),
    "only the word, in a comment": ("# skip_files: see .gcloudignore\n", "even without the key"),
}


@pytest.mark.parametrize(("rest", "says"), REPORTED.values(), ids=REPORTED)
def test_reported(rest: str, says: str) -> None:
    check_reported(RULE, {"app.yaml": HEAD + rest, **BESIDE}, says)


def test_hint_names_what_cannot_be_translated() -> None:
    files = {"app.yaml": HEAD + "skip_files:\n- ^venv/.*$\n- ^a+$\n", **BESIDE}
    (found,) = check_reported(RULE, files, "refuses to deploy with both")
    assert "`^a+$`" in found.hint
    assert "venv" not in found.hint


REWRITTEN = {
    "the usual list": (
        "skip_files:\n- ^(.*/)?#.*#$\n- ^(.*/)?.*~$\n- ^venv/.*$\nservice: x\n",
        "service: x\n",
        ".git\n",
        ".git\n\\#*#\n*~\n/venv/\n",
    ),
    "one text with bars": ("skip_files: ^venv/.*$|.*\\.md$\n", "", ".git\n", ".git\n/venv/\n*.md\n"),
    "a block": ("skip_files: |\n  ^venv/.*$|\n  .*\\.md$\n", "", ".git\n", ".git\n/venv/\n*.md\n"),
    "there already": ("skip_files:\n- ^venv/.*$\n", "", "/venv/\n", None),
    "no final newline": ("skip_files:\n- ^venv/.*$\n", "", ".git", ".git\n/venv/"),
    "CRLF": ("skip_files:\n- ^venv/.*$\n- ^env/\n", "", ".git\r\n", ".git\r\n/venv/\r\n/env/\r\n"),
    "an empty ignore file": ("skip_files:\n- ^venv/.*$\n", "", "", "/venv/\n"),
}


@pytest.mark.parametrize(("before", "after", "ignored", "ignores"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(before: str, after: str, ignored: str, ignores: str | None) -> None:
    expected = {"app.yaml": HEAD + after} | ({".gcloudignore": ignores} if ignores is not None else {})
    check_rewritten(RULE, {"app.yaml": HEAD + before, ".gcloudignore": ignored}, expected)


def test_two_services_share_an_ignore_file() -> None:
    lines = "skip_files:\n- ^venv/.*$\n"
    files = {"app.yaml": HEAD + lines, "worker.yaml": HEAD + "service: worker\n" + lines, **BESIDE}
    expected = {"app.yaml": HEAD, "worker.yaml": HEAD + "service: worker\n", ".gcloudignore": ".git\n/venv/\n"}
    check_rewritten(RULE, files, expected)


TRANSLATED = {
    r"^(.*/)?.*\.py[co]$": ("*.py[co]",),
    r"^(.*/)?.*/RCS/.*$": ("**/*/RCS/",),
    r"^google_appengine\.zip$": ("/google_appengine.zip",),
    r"python-su.sh": ("/python-su?sh*",),
    r"^v?env$": ("/venv", "/env"),
    r"^env/": ("/env/",),
    r"node_modules": ("/node_modules*",),
    r"^(.*/)?\..*$": (".*",),
    r"^tests/.*\.txt$": ("/tests/**/*.txt",),
    r"^(.*/)?tests/.*\.txt$": ("**/tests/**/*.txt",),
    r"^(.*/)?(tests?|docs)/.*$": ("tests/", "test/", "docs/"),
    r".*foo.*": ("*foo*",),
    r"^\.hg/.*|^\.svn/.*$": ("/.hg/", "/.svn/"),
}
UNTRANSLATED = (
    r".*",
    r"",
    r"^$",
    r"a*",
    r"a{2}",
    r"\d+",
    r"[^/]*\.c",
    r"^(.*/)?.+\.log$",
    r"(?!x)",
    r"a\*b",
    "(a",
    "a)",
)


@pytest.mark.parametrize(("expression", "lines"), TRANSLATED.items())
def test_translated(expression: str, lines: tuple[str, ...]) -> None:
    assert to_gitignore(expression) == lines


@pytest.mark.parametrize("expression", UNTRANSLATED)
def test_untranslated(expression: str) -> None:
    assert to_gitignore(expression) is None


# What stands in the tree: names that the expressions could tell apart, at three depths.
_NAMES = ("a", "env", "venv", "RCS", "tests", "docs", ".git", ".hg", ".svn", "x.pyc", "x.py", "y.txt", "node_modules")
_NAMES += ("python-su.sh", "python-su.shx", "google_appengine.zip", "afoo", "foob", "test")
_COMPARE = """
import json, re, sys
from googlecloudsdk.api_lib.app import util
from googlecloudsdk.command_lib.util import gcloudignore
root, cases = json.load(sys.stdin)
for expression, lines in cases:
    old = set(util.FileIterator(root, re.compile(expression)))
    chooser = gcloudignore.FileChooser.FromString("\\n".join(lines))
    new = set(chooser.GetIncludedFiles(root, include_dirs=False))
    if old != new:
        print(expression, sorted(old ^ new)[:5])
"""


@pytest.mark.gcloud
def test_gcloud_leaves_out_the_same_files(tmp_path: Path) -> None:
    gcloud = shutil.which("gcloud")
    if gcloud is None and "CLOUDSDK_ROOT" not in os.environ:
        pytest.skip("gcloud is not installed")
    sdk = Path(os.environ.get("CLOUDSDK_ROOT") or Path(str(gcloud)).resolve().parent.parent)
    for first in _NAMES:
        for second in _NAMES:
            place = tmp_path / first / second
            place.mkdir(parents=True, exist_ok=True)
            (place / "f").touch()
            (tmp_path / "files" / first).mkdir(parents=True, exist_ok=True)
            (tmp_path / "files" / first / f"{second}").touch()
    done = subprocess.run(
        [sys.executable, "-c", _COMPARE],
        input=json.dumps([str(tmp_path), list(TRANSLATED.items())]),
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(sdk / "lib"), str(sdk / "lib/third_party")))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
