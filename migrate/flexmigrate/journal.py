"""What is written down before the first byte of a repository changes, so that any crash can be put right.

A run is one apply or one undo. Its directory holds `journal.json` (versions, paths, modes, hashes; never a value of a
file), `bytes` (the old and the new contents, compressed), `progress` (one byte sequence for each service that is
complete) and at the end `finished.json`. A directory without `journal.json` is of a run that had changed nothing yet; a
run without `finished.json` was interrupted.

A journal may come with a repository that was made by somebody else, so reading one believes nothing.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from flexmigrate import fs
from flexmigrate.errors import UserError
from flexmigrate.model import ToolVersions
from flexmigrate.runs import RUN_ID, SCHEMA, Blobs, Content, Run, run_from_data
from flexmigrate.state import Home

KEPT_RUNS = 20
LARGEST_FILE = 64_000_000
_LARGEST_JOURNAL = 256_000_000


def new_run(home: Home, kind: str, tool: ToolVersions | None = None) -> Run:
    """A run with the next number, still without content."""
    numbers = [int(name[:6]) for name in fs.names(home.state / "runs") if RUN_ID.fullmatch(name)]
    return Run(
        id=f"{max(numbers, default=0) + 1:06d}-{secrets.token_hex(6)}",
        kind=kind,
        started=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        base=str(home.base),
        groups=(),
        tool={"version": tool.version, "rules": dict(tool.rules), "facts_as_of": tool.facts_as_of} if tool else {},
    )


def record(home: Home, run: Run, blobs: Blobs) -> None:
    """Write the journal of a run down for good; OSError when that fails, and then no run has begun."""
    directory = _directory(home, run.id)
    try:
        if fs.status(directory.parent) is None:
            fs.make_directory(directory.parent, 0o700)
        fs.make_directory(directory, 0o700)
        fs.write_new(directory / "bytes", b"".join(blobs.pieces), 0o600)
        _put(directory, "journal.json", {"schema": SCHEMA, **asdict(run)})
        fs.sync_directory(directory.parent)
        fs.sync_directory(home.state)
    except OSError:
        forget(home, run.id)
        raise


def mark_done(home: Home, run: Run, group: int) -> None:
    """Note that a service is complete; it spares a later recovery the guess and is no promise by itself."""
    with suppress(OSError):
        descriptor = fs.open_append(_directory(home, run.id) / "progress")
        try:
            fs.write(descriptor, f"{group}\n".encode())
        finally:
            fs.close(descriptor)


def done(home: Home, run: Run) -> frozenset[int]:
    """The services that were noted as complete."""
    try:
        lines = fs.read(_directory(home, run.id) / "progress", 10_000_000).split(b"\n")
    except OSError:
        return frozenset()
    # What a crash cut off is no number with a line end behind it.
    return frozenset(int(line) for line in lines[:-1] if line.isdigit())


def finish(home: Home, run: Run, written: Sequence[int]) -> None:
    """Close a run: these of its services are written, the others are as before. OSError when it cannot be noted."""
    _put(_directory(home, run.id), "finished.json", {"written": list(written)})


def written(home: Home, run_id: str) -> tuple[int, ...] | None:
    """The services that a closed run has written; None for a run that was interrupted."""
    path = _directory(home, run_id) / "finished.json"
    if fs.status(path) is None:
        return None
    try:
        return tuple(int(number) for number in json.loads(fs.read(path, _LARGEST_JOURNAL))["written"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path) from error


def run_ids(home: Home) -> list[str]:
    """Every run that was recorded, oldest first."""
    return [name for name in fs.names(home.state / "runs") if RUN_ID.fullmatch(name) and _recorded(home, name)]


def interrupted(home: Home) -> list[str]:
    """The runs that were recorded and never closed, oldest first. Changes nothing."""
    return [name for name in run_ids(home) if fs.status(_directory(home, name) / "finished.json") is None]


def load(home: Home, run_id: str) -> Run:
    """A recorded run; UserError when its journal is damaged."""
    path = _directory(home, run_id) / "journal.json"
    try:
        data = json.loads(fs.read(path, _LARGEST_JOURNAL))
        return run_from_data(run_id, data)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path) from error


def contents(home: Home, run_id: str, content: Content) -> bytes:
    """The bytes that belong to a recorded content; OSError when they are no longer what they were."""
    piece = fs.read_part(_directory(home, run_id) / "bytes", content.offset, content.length)
    try:
        data = zlib.decompressobj().decompress(piece, LARGEST_FILE)
    except zlib.error:
        data = b""
    if hashlib.sha256(data).hexdigest() != content.sha256:
        raise OSError("the journal's copy of the file is damaged")
    return data


def forget(home: Home, run_id: str) -> None:
    """Remove what is left of a run. The journal goes first: without it the rest means nothing."""
    directory = _directory(home, run_id)
    with suppress(OSError):
        names = fs.names(directory)
        for name in sorted(names, key=lambda name: name != "journal.json"):
            fs.remove(directory / name)
        fs.remove_directory(directory)


def prune(home: Home) -> None:
    """Remove the oldest closed runs beyond those kept, and what never became a run."""
    with suppress(OSError, UserError):
        recorded = run_ids(home)
        old = [name for name in recorded[:-KEPT_RUNS] if written(home, name) is not None]
        stillborn = set(filter(RUN_ID.fullmatch, fs.names(home.state / "runs"))) - set(recorded)
        for name in (*old, *stillborn):
            forget(home, name)


def _put(directory: Path, name: str, data: object) -> None:
    passing = directory / f"{name}.new"
    if fs.status(passing) is not None:
        fs.remove(passing)
    fs.write_new(passing, json.dumps(data, indent=1).encode(), 0o600)
    fs.replace(passing, directory / name)
    fs.sync_directory(directory)


def _directory(home: Home, run_id: str) -> Path:
    return home.state / "runs" / run_id


def _recorded(home: Home, run_id: str) -> bool:
    return fs.status(_directory(home, run_id) / "journal.json") is not None


def _damaged(path: Path) -> UserError:
    return UserError(
        f"the journal {path} is damaged",
        f"compare the repository with what git has; then remove {path.parent}",
    )
