"""The options that several commands share, declared once, and what they mean."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flexmigrate import disk
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.model import Platform
from flexmigrate.planning import Settings
from flexmigrate.project import CONFIG_NAME, Repository


class Format(StrEnum):
    """How a plan is printed."""

    TEXT = "text"
    JSON = "json"
    DIFF = "diff"


class Build(StrEnum):
    """How the image for Cloud Run is built."""

    DOCKERFILE = "dockerfile"
    BUILDPACKS = "buildpacks"


class ListFormat(StrEnum):
    """How a list is printed."""

    TEXT = "text"
    JSON = "json"


Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="[PATH]...", help="Directories or config files.  [default: .]")
]
TargetOption = Annotated[Platform, typer.Option("--target", help="Where the services go.")]
PythonOption = Annotated[
    str, typer.Option("--python", metavar="auto|latest|X.Y", help="auto: the newest version without an open error.")
]
SystemOption = Annotated[str, typer.Option("--os", metavar="auto|ubuntuNN", help="The operating system.")]
FormatOption = Annotated[Format, typer.Option("--format", help="What is printed on standard output.")]
SelectOption = Annotated[list[str] | None, typer.Option("--select", metavar="RULE", help="Only this rule; repeatable.")]
IgnoreOption = Annotated[list[str] | None, typer.Option("--ignore", metavar="RULE", help="Not this rule; repeatable.")]
UnsafeOption = Annotated[bool, typer.Option("--unsafe-fixes", help="Also make fixes that may change behaviour.")]
ResolveOption = Annotated[
    bool, typer.Option("--resolve", help="Also resolve the requirements on the package index (network; needs uv).")
]
ProjectOption = Annotated[
    str | None, typer.Option("--project", metavar="ID", help="Cloud Run: the project, instead of a placeholder.")
]
RegionOption = Annotated[
    str | None, typer.Option("--region", metavar="REGION", help="Cloud Run: the region, instead of a placeholder.")
]
ImageOption = Annotated[
    str | None, typer.Option("--image", metavar="IMAGE", help="Cloud Run: the image that service.yaml names.")
]
NameOption = Annotated[str | None, typer.Option("--name", metavar="NAME", help="Cloud Run: the service's name there.")]
BuildOption = Annotated[
    Build, typer.Option("--build", help="Cloud Run: write a Dockerfile, or what a source deploy needs.")
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Cloud Run: replace files that exist and differ from what would be written.")
]
TodayOption = Annotated[
    str | None, typer.Option("--today", metavar="DATE", help="Decide as on this day (YYYY-MM-DD).", show_default=False)
]


def settings(
    target: Platform,
    python: str,
    system: str,
    select: list[str] | None,
    ignore: list[str] | None,
    unsafe: bool,
    today: str | None,
    asked: Mapping[str, str] | None = None,
) -> Settings:
    """The options as the engine takes them; UserError (usage) for what cannot be meant."""
    if python not in ("auto", "latest") and not re.fullmatch(r"3\.[0-9]{1,2}", python):
        raise UserError(
            f"--python {python} is no version", "say auto, latest or a version such as 3.12", ExitCode.USAGE
        )
    if system != "auto" and not re.fullmatch(r"ubuntu[0-9]{2}", system):
        raise UserError(f"--os {system} is no operating system", "say auto or a name such as ubuntu24", ExitCode.USAGE)
    rules = frozenset(select or ()), frozenset(ignore or ())
    return Settings(day(today), target, python, system, *rules, unsafe=unsafe, options=asked or {})


def asked(**given: str | bool | None) -> dict[str, str]:
    """What was given of the options that only rules understand, by name; a flag that was set is `yes`.

    The Dockerfile is what rules write unasked, so asking for it says nothing.
    """
    return {
        name: str(value) if isinstance(value, str) else "yes"
        for name, value in given.items()
        if value and value is not Build.DOCKERFILE
    }


def with_resolver(wanted: Settings) -> Settings:
    """The settings with what `--resolve` takes, where it was given; UserError when uv is not there."""
    if not wanted.options.get("resolve"):
        return wanted
    from flexmigrate.resolving import open_resolver

    return replace(wanted, resolver=open_resolver())


def day(today: str | None) -> date:
    """The day to decide on."""
    if today is None:
        return date.today()
    try:
        return date.fromisoformat(today)
    except ValueError:
        raise UserError(f"--today {today} is no date", "write it as 2026-11-22", ExitCode.USAGE) from None


@dataclass(frozen=True, slots=True)
class Place:
    """The repository that the paths of a command line speak of.

    `root` is where all paths of the plan start, `shown` is how the person wrote it; `only` are the config files asked
    for, None for all.
    """

    root: Path
    shown: str
    repository: Repository
    only: frozenset[str] | None


def locate(paths: list[Path] | None) -> Place:
    """Open what the paths point at; UserError (usage) for one that does not exist.

    One directory is the root itself; a file's root is its directory; several paths have their common directory as root.
    """
    given = paths or [Path()]
    for path in given:
        if not path.exists():
            raise UserError(f"{path} does not exist", "give directories or config files that exist", ExitCode.USAGE)
    if len(given) == 1 and given[0].is_dir():
        return Place(given[0], given[0].as_posix(), disk.open_repository(given[0]), None)
    absolute = [Path(os.path.abspath(path)) for path in given]  # noqa: PTH100  (resolve() would follow links)
    root = Path(os.path.commonpath([path if path.is_dir() else path.parent for path in absolute]))
    repository = disk.open_repository(root)
    only: set[str] = set()
    for path in absolute:
        relative = path.relative_to(root).as_posix()
        if path.is_dir():
            below = repository.below("" if relative == "." else relative)
            only |= {name for name in below if CONFIG_NAME.search(name.rpartition("/")[2])}
        else:
            only.add(relative)
    shown = Path(os.path.relpath(root)).as_posix()
    return Place(root, shown, repository, frozenset(only))
