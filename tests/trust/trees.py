"""A small repository with several services, what an apply would write to it, and what it looks like."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path

from flexmigrate.writing import Write

SERVICES = ("front", "api")
APP = "# {0}\nruntime: python\nenv: flex\nservice: {0}\nruntime_config:\n  python_version: 3\n"

Snapshot = dict[str, tuple[bytes, int] | None]


def build(root: Path, services: tuple[str, ...] = SERVICES) -> None:
    """Two services with modes that are not the usual ones."""
    for name in services:
        directory = root / name
        directory.mkdir(parents=True)
        (directory / "app.yaml").write_bytes(APP.format(name).encode())
        (directory / "requirements.txt").write_bytes(b"flask==3.1.0\r\ngunicorn==23.0.0")
        (directory / "app.yaml").chmod(0o640)
        (directory / "requirements.txt").chmod(0o444)


def writes(root: Path, services: tuple[str, ...] = SERVICES) -> list[Write]:
    """Two edits and two creations for each service, one of them executable and in a directory to make."""
    found: list[Write] = []
    for name in services:
        for path in ("app.yaml", "requirements.txt"):
            before = (root / name / path).read_bytes()
            digest = hashlib.sha256(before).hexdigest()
            found.append(Write(f"{name}/app.yaml", f"{name}/{path}", digest, before + b"# migrated\n"))
        found.append(Write(f"{name}/app.yaml", f"{name}/Dockerfile", None, b"FROM python:3.12\n"))
        found.append(Write(f"{name}/app.yaml", f"{name}/deploy/run/start.sh", None, b"#!/bin/sh\n", executable=True))
    return found


def look(root: Path) -> Snapshot:
    """Every file with its bytes and mode, every directory as None; git's own left out."""
    found: Snapshot = {}
    for directory, names, files in os.walk(root):
        if ".git" in names:
            names.remove(".git")
        for name in names:
            found[os.path.relpath(Path(directory, name), root)] = None
        for name in files:
            path = Path(directory, name)
            found[os.path.relpath(path, root)] = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
    return found


def part(snapshot: Snapshot, service: str) -> Snapshot:
    """What belongs to one service."""
    return {path: value for path, value in snapshot.items() if path == service or path.startswith(f"{service}/")}


def git(root: Path, *arguments: str) -> str:
    """Run git as a person would, with a name to commit under."""
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    finished = subprocess.run(["git", *settings, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return finished.stdout


def commit_all(root: Path) -> None:
    """Make the tree a git repository with everything committed."""
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")


def copy(template: Path, target: Path) -> None:
    """A fresh copy with modes and times."""
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(template, target, symlinks=True)
