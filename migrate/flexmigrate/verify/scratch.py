"""A copy of what would be uploaded of a service, with the plan applied, in a folder of its own."""

from __future__ import annotations

import os
import posixpath
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flexmigrate import git
from flexmigrate.model import Change
from flexmigrate.places import resolve_inside
from flexmigrate.project import Repository, Unreadable

_INCLUDE = "#!include:"


@dataclass(frozen=True, slots=True)
class Copied:
    """How many files were copied, how many of the plan's changes made, and what was left out with its reason."""

    files: int
    changes: int
    left_out: tuple[str, ...]


def copy_service(root: Path, repository: Repository, directory: str, changes: Sequence[Change], target: Path) -> Copied:
    """Fill `target` with the files below the service's directory; OSError when it cannot be done."""
    real_root = root.resolve()
    target.mkdir(parents=True)
    left_out: list[str] = []
    files = 0
    for path in repository.below(directory):
        reason = _copy(real_root, directory, path, target)
        files += not reason
        if reason:
            left_out.append(f"{path}: {reason}")
    made = 0
    for change in changes:
        inside = posixpath.relpath(change.path, directory or ".")
        if inside.startswith("../"):
            continue
        _write(target / inside, change)
        made += 1
    ignored = list(_ignored(target))
    for name in ignored:
        (target / name).unlink(missing_ok=True)
    if ignored:
        left_out.append(
            f"{len(ignored)} file{'' if len(ignored) == 1 else 's'} that .gcloudignore keeps from the upload"
        )
    return Copied(files - len(ignored), made, tuple(left_out))


def _copy(real_root: Path, directory: str, path: str, target: Path) -> str:
    """Copy one file; the reason where it is left out."""
    place = target / posixpath.relpath(path, directory or ".")
    source = real_root / path
    try:
        real = resolve_inside(real_root, path)
        status = real.stat()
    except Unreadable as error:
        return str(error)
    except OSError as error:
        return error.strerror or "cannot be read"
    place.parent.mkdir(parents=True, exist_ok=True)
    base = real_root / directory if directory else real_root
    if source.is_symlink() and real.is_relative_to(base) and source.parent.resolve().is_relative_to(base):
        place.symlink_to(os.path.relpath(real, source.parent.resolve()))
        return ""
    if not stat.S_ISREG(status.st_mode):
        return "no regular file"
    try:
        shutil.copy2(real, place)
    except OSError as error:
        return error.strerror or "cannot be read"
    return ""


def _write(place: Path, change: Change) -> None:
    # A link in the copy must not lead the plan's text to another file.
    if place.is_symlink():
        place.unlink()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(change.after.encode(change.encoding))
    if change.executable:
        place.chmod(0o755)


def _ignored(target: Path) -> Iterator[str]:
    """The files that gcloud does not upload; git answers, because the patterns are its own."""
    listed = target / ".gcloudignore"
    if not listed.is_file():
        return
    lists = [".gcloudignore"]
    for line in listed.read_text("utf-8", "replace").splitlines():
        name = line.removeprefix(_INCLUDE).strip()
        if line.startswith(_INCLUDE) and (target / name).is_file():
            lists.insert(0, name)
    store = f"--git-dir={target.parent / 'ignore.git'}"
    if git.run(target, store, f"--work-tree={target}", "init", "-q", "--template=") is None:
        return
    sources = [f"--exclude-from={target / name}" for name in lists]
    found = git.run(target, store, f"--work-tree={target}", "ls-files", "-z", "--others", "--ignored", *sources)
    yield from (os.fsdecode(name) for name in (found or b"").split(b"\0") if name and not name.endswith(b"/"))
