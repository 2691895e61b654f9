"""Makes repositories to work on."""

from __future__ import annotations

import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from flexmigrate.cli import main

LEGACY = """\
# keep this comment
runtime: python
env: flex
entrypoint: gunicorn -b :$PORT main:app
runtime_config:
  python_version: 3
"""
OPEN_ERROR = LEGACY.replace("entrypoint: gunicorn -b :$PORT main:app\n", "")
MODERN = """\
runtime: python
env: flex
entrypoint: gunicorn -b :$PORT main:app
runtime_config:
  operating_system: "ubuntu24"
  runtime_version: "3.13"
"""
SERVICE = {"app.yaml": LEGACY, "requirements.txt": "Flask==3.0.3\ngunicorn==23.0.0\n", "main.py": "app = None\n"}
NEEDS_HUMAN = {"app.yaml": OPEN_ERROR, "main.py": "x = 1\n"}
BROKEN = {"app.yaml": "runtime: python\nenv: flex\nhandlers: [\n"}
OTHER = {"README.md": "nothing here\n", ".github/workflows/ci.yml": "on: push\n"}

TODAY = "2026-11-22"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "A U Thor",
    "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "A U Thor",
    "GIT_COMMITTER_EMAIL": "author@example.com",
    "NO_COLOR": "1",
}


def git(place: Path, *arguments: str) -> str:
    """The output of a git command that has to succeed."""
    finished = subprocess.run(
        ["git", "-C", str(place), *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return finished.stdout


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Files below a directory."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", newline="")
    return root


def checkout(root: Path, files: Mapping[str, str]) -> Path:
    """A git checkout with one commit."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    write(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    return root


def bare(root: Path, files: Mapping[str, str]) -> str:
    """The URL of a bare repository with one commit."""
    made = checkout(root.with_name(f"{root.name}-seed"), files)
    git(made, "clone", "-q", "--bare", str(made), str(root))
    git(root, "config", "uploadpack.allowFilter", "true")
    git(root, "config", "uploadpack.allowAnySHA1InWant", "true")
    return root.as_uri()


def bulk(*arguments: str | Path, code: int | None = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """`flexmigrate bulk` as a person starts it, but without the time that starting takes."""
    words = ["bulk", *map(str, arguments)]
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    with (
        open(os.devnull) as nothing,  # noqa: PTH123
        mock.patch.dict(os.environ, {**ENVIRONMENT, **more}, clear=True),
        mock.patch.object(sys, "argv", ["flexmigrate", *words]),
        mock.patch.object(sys, "stdin", nothing),
        redirect_stdout(streams[0]),
        redirect_stderr(streams[1]),
    ):
        try:
            main()
            found = 0
        except SystemExit as ended:
            found = int(ended.code or 0)
    texts = []
    for stream in streams:
        stream.flush()
        stream.seek(0)
        texts.append(stream.read())
    assert code is None or found == code, "".join(texts)
    return subprocess.CompletedProcess(words, found, *texts)


def plan(campaign: Path, *arguments: str | Path, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """`flexmigrate bulk plan` on a fixed day, in one process unless said otherwise."""
    jobs = () if {"--jobs", "--dask"} & set(arguments) else ("--jobs", "1")
    return bulk("plan", *arguments, *jobs, "--campaign", campaign, "--today", TODAY, code=code)


def apply(campaign: Path, *arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """`flexmigrate bulk apply` for somebody who is sure."""
    return bulk("apply", "--campaign", campaign, "--yes", "--jobs", "1", *arguments, code=code)


def cloned(root: Path, files: Mapping[str, str]) -> Path:
    """A checkout whose origin is a bare repository."""
    url = bare(root.with_name(f"{root.name}.git"), files)
    git(root.parent, "clone", "-q", url, str(root))
    return root


def query(campaign: Path, sql: str) -> list[tuple[object, ...]]:
    """Ask a campaign the way a person would."""
    connection = sqlite3.connect(campaign / "campaign.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def states(campaign: Path) -> dict[str, str]:
    """The state of every repository by name."""
    return {str(name): str(state) for name, state in query(campaign, "SELECT name, state FROM repositories")}


def end_state(campaign: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that two campaigns over the same fleet must agree in."""
    tables = {
        "repositories": "SELECT source, name, state, reason, commit_sha, cache_key, changes_digest, branch, link"
        " FROM repositories ORDER BY source",
        "plans": "SELECT r.source, p.json FROM plans p JOIN repositories r ON r.id = p.repository ORDER BY 1",
    }
    for table in ("services", "findings", "changes", "skipped", "bystanders"):
        tables[table] = (
            f"SELECT r.source, t.* FROM {table} t JOIN repositories r ON r.id = t.repository ORDER BY r.source, t.rowid"
        )
    found = {}
    for table, sql in tables.items():
        rows = query(campaign, sql)
        # The second column of a plan's table is the repository's number, which depends on the order of registration.
        found[table] = [(row[0], *row[2:]) if table in schema_tables() else row for row in rows]
    return found


def schema_tables() -> frozenset[str]:
    """Tables with a repository's number in front."""
    return frozenset({"services", "findings", "changes", "skipped", "bystanders"})
