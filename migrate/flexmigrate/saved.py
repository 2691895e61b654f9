"""Saves a plan, and reads one back only when it is the plan that was made and nothing has moved on since."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flexmigrate import __version__, disk, git
from flexmigrate.documents import edits as text_edits
from flexmigrate.documents.encoding import Undecodable, decode
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.model import Change, Plan
from flexmigrate.project import Unreadable
from flexmigrate.reports import json as json_report
from flexmigrate.rule import Pack
from flexmigrate.writing import Write

_NOTE = (
    "This file repeats lines of your configuration, secrets included where they stand near a change. Keep it private."
)


def save(plan: Plan, target: Path, root: Path) -> None:
    """Write the plan for a later `apply`, readable by its owner only; UserError when that is impossible."""
    data = json_report.as_data(plan)
    data["note"] = _NOTE
    data["git_head"] = git.head(root)
    data["digest"] = json_report.digest(data)
    try:
        disk.write_atomically(target, json_report.dumps(data).encode(), mode=0o600)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror}", "choose another place for --out") from error


def is_saved_plan(path: Path) -> bool:
    """Whether the file is meant to be a saved plan (which says nothing about whether it can be trusted)."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        return b'"flexmigrate.plan/' in file.read(200)


def load(path: Path) -> Mapping[str, Any]:
    """The saved plan as data; UserError with code STALE_PLAN when it was not made by flexmigrate or was edited."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise _refusal(f"{path} is no saved plan") from None
    if not isinstance(data, dict) or data.get("schema") != json_report.SCHEMA:
        raise _refusal(f"{path} is no saved plan of this version's kind ({json_report.SCHEMA})")
    if data.get("digest") != json_report.digest(data):
        raise _refusal(f"{path} was changed after it was made")
    return data


def writes(data: Mapping[str, Any], root: Path, packs: Sequence[Pack]) -> list[Write]:
    """What the saved plan writes below `root`, checked in full before anything is written.

    UserError with code STALE_PLAN when another version made the plan, a file that decided it is not what it was, a path
    leads outside the root, or an edit would give other bytes than the plan announced.
    """
    _same_makers(data, packs)
    _same_inputs(data, root)
    try:
        changes = [
            (config, *json_report.change_from_data(change))
            for service in data["services"]
            for config in [str(service["config"])]
            for change in service["changes"]
        ]
    except (KeyError, TypeError, ValueError):
        raise _refusal("the plan is incomplete") from None
    return [_write(config, change, root) for config, change, _ in changes]


def _same_makers(data: Mapping[str, Any], packs: Sequence[Pack]) -> None:
    tool = data.get("tool") or {}
    now = {
        "version": __version__,
        "rules": {pack.name: pack.version for pack in packs},
        "facts_as_of": max((pack.facts_as_of for pack in packs), default=""),
    }
    for name, value in now.items():
        if tool.get(name) != value:
            raise _refusal(f"the plan was made with another {name.replace('_', ' ')} ({tool.get(name)}, here {value})")


def _same_inputs(data: Mapping[str, Any], root: Path) -> None:
    inputs = data.get("inputs")
    if not isinstance(inputs, dict):
        raise _refusal("the plan does not say what decided it")
    for path, planned in inputs.items():
        try:
            now = disk.sha256_of(root, path)
        except Unreadable:
            now = None
        if now != planned:
            what = "is new" if planned is None else "is gone" if now is None else "has changed"
            raise _refusal(f"{path} {what} since the plan was made")


def _write(config: str, change: Change, root: Path) -> Write:
    try:
        disk.resolve_inside(root.resolve(), change.path)
        data = disk.read(root, change.path)
    except Unreadable as error:
        raise _refusal(f"{change.path}: {error}") from None
    if (data is None) != (change.before is None):
        raise _refusal(f"{change.path} {'is gone' if data is None else 'exists already'}")
    try:
        before = decode(change.path, data)[0] if data is not None else ""
        after = text_edits.apply(before, change.edits).encode(change.encoding)
    except (Undecodable, ValueError, LookupError):
        raise _refusal(f"{change.path} is not what the plan was made for") from None
    write = Write(config, change.path, change.before_sha256, after, change.executable)
    if write.after_sha256 != change.after_sha256:
        raise _refusal(f"{change.path} would not get the bytes that the plan announced")
    return write


def _refusal(message: str) -> UserError:
    return UserError(f"{message}; nothing was written", "make a new plan", ExitCode.STALE_PLAN)
