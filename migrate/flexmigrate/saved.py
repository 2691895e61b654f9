"""Saves a plan, and accepts one back only when making it again gives the very same plan.

A digest alone would stop accidents, not forgers: anybody can compute one. So nothing that a saved plan says is ever
written; it says what to plan and with which result, and the plan that is made anew is written if it is the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flexmigrate import __version__, disk, fs, git
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.model import Plan, Platform
from flexmigrate.planning import Settings
from flexmigrate.project import Unreadable
from flexmigrate.reports import json as json_report
from flexmigrate.rule import Pack

_NOTE = (
    "This file repeats lines of your configuration, secrets included where they stand near a change. Keep it private."
)
_LARGEST = 200_000_000
# What is compared with the plan made anew; the rest of the file is about the file.
_COMPARED = ("tool", "target", "services", "skipped", "bystanders", "inputs", "summary")


@dataclass(frozen=True, slots=True)
class Request:
    """What a saved plan was asked for: the root as it was written, the config files (None: all), and the settings."""

    root: str
    only: frozenset[str] | None
    settings: Settings


def save(plan: Plan, target: Path, root: Path, settings: Settings, only: frozenset[str] | None) -> None:
    """Write the plan for a later `apply`, readable by its owner only; UserError when that is impossible."""
    data = json_report.as_data(plan)
    data["note"] = _NOTE
    data["git_head"] = git.head(root)
    data["links"] = _links(plan, root)
    data["request"] = {"only": None if only is None else sorted(only), "settings": settings_as_data(settings)}
    data["digest"] = json_report.digest(data)
    try:
        disk.write_atomically(target, json_report.dumps(data).encode(), mode=0o600)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {fs.why(error)}", "choose another place for --out") from error


def is_saved_plan(path: Path) -> bool:
    """Whether the file is meant to be a saved plan (which says nothing about whether it can be trusted)."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return b'"flexmigrate.plan/' in file.read(200)
    except OSError:
        # As a plan it will be refused with the reason; as a config file it would only be "not found".
        return True


def load(path: Path) -> Mapping[str, Any]:
    """The saved plan as data; UserError with code STALE_PLAN when it was not made by flexmigrate or was edited."""
    try:
        data = json.loads(fs.read(path.resolve(), _LARGEST))
    except (OSError, ValueError, RecursionError):
        raise _refusal(f"{path} is no saved plan") from None
    if not isinstance(data, dict) or data.get("schema") != json_report.SCHEMA:
        raise _refusal(f"{path} is no saved plan of this version's kind ({json_report.SCHEMA})")
    try:
        same = data.get("digest") == json_report.digest(data)
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise _refusal(f"{path} was changed after it was made")
    return data


def request_of(data: Mapping[str, Any]) -> Request:
    """What the plan was asked for; UserError with code STALE_PLAN when it does not say that."""
    try:
        request = data["request"]
        only = request["only"]
        if not isinstance(data["root"], str) or "\0" in data["root"]:
            raise TypeError("no root")
        wanted = None if only is None else frozenset(_texts(only))
        return Request(data["root"], wanted, settings_from_data(request["settings"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _refusal("the plan is incomplete") from None


def require_current(data: Mapping[str, Any], root: Path, packs: Sequence[Pack]) -> None:
    """UserError with code STALE_PLAN when another version made the plan or a file that decided it has moved on."""
    tool = data.get("tool")
    now = {
        "version": __version__,
        "rules": {pack.name: pack.version for pack in packs},
        "facts_as_of": max((pack.facts_as_of for pack in packs), default=""),
    }
    for name, value in now.items():
        made = tool.get(name) if isinstance(tool, dict) else None
        if made != value:
            raise _refusal(f"the plan was made with another {name.replace('_', ' ')} ({made}, here {value})")
    if not root.is_dir():
        raise _refusal(f"{root} is no directory here")
    _require_inputs(data.get("inputs"), root)
    head = git.head(root)
    if data.get("git_head") != head:
        raise _refusal(f"the plan was made for commit {data.get('git_head')}, and here is {head}")


def require_same(data: Mapping[str, Any], plan: Plan, root: Path) -> None:
    """UserError with code STALE_PLAN when the plan made anew is not the saved one."""
    again = json.loads(json_report.dumps(json_report.as_data(plan)))
    for key in _COMPARED:
        if data.get(key) != again[key]:
            raise _refusal(f"planning again gives another result ({key}) than the saved plan")
    if data.get("links") != _links(plan, root):
        raise _refusal("a file to write has become a symbolic link, or leads elsewhere than it did")


def settings_as_data(settings: Settings) -> dict[str, Any]:
    """The settings as plain data."""
    return {
        "today": settings.today.isoformat(),
        "platform": settings.platform.value,
        "python": settings.python,
        "operating_system": settings.operating_system,
        "select": sorted(settings.select),
        "ignore": sorted(settings.ignore),
        "unsafe": settings.unsafe,
        "options": dict(settings.options),
    }


def settings_from_data(data: Mapping[str, Any]) -> Settings:
    """And back; KeyError, TypeError or ValueError when the data holds none."""
    python, system = _texts([data["python"], data["operating_system"]])
    options = data["options"]
    return Settings(
        date.fromisoformat(data["today"]),
        Platform(data["platform"]),
        python,
        system,
        frozenset(_texts(data["select"])),
        frozenset(_texts(data["ignore"])),
        unsafe=data["unsafe"] is True,
        options=dict(zip(_texts(list(options)), _texts(list(options.values())), strict=True)),
    )


def _require_inputs(inputs: object, root: Path) -> None:
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


def _links(plan: Plan, root: Path) -> dict[str, str]:
    """Where the files to write that are reached through symbolic links really are."""
    real_root = root.resolve()
    found: dict[str, str] = {}
    for change in plan.changes:
        try:
            real = disk.resolve_inside(real_root, change.path).relative_to(real_root).as_posix()
        except Unreadable as error:
            real = str(error)
        if real != change.path:
            found[change.path] = real
    return found


def _texts(values: Sequence[Any]) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError("not a list of texts")
    return list(values)


def _refusal(message: str) -> UserError:
    return UserError(f"{message}; nothing was written", "make a new plan", ExitCode.STALE_PLAN)
