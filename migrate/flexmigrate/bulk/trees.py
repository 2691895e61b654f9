"""The files of a commit as a Repository, read from git's objects, and a commit from a plan; no checkout is touched.

Because nothing is checked out and nothing is added, no filter, no hook and no line-end conversion has a part in it: the
new blobs are the old ones plus exactly the planned edits.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from flexmigrate import disk
from flexmigrate.bulk import gitio
from flexmigrate.errors import UserError
from flexmigrate.places import check_name
from flexmigrate.project import CONFIG_NAME, Repository, Unreadable
from flexmigrate.writing import Write

_LINK = "120000"
_FILES = ("100644", "100755", "100664")
_MOST_LINKS = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a commit's tree."""

    mode: str
    oid: str


class CommitFiles:
    """All files of one commit. With `have` (a partial clone) only these blobs are there; others count as missing."""

    def __init__(self, place: Path, commit: str, have: set[str] | None = None) -> None:
        self.place = place
        self.commit = commit
        self.have = have
        self.missing: set[str] = set()
        self.entries: dict[str, Entry] = {}
        for line in gitio.run(place, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            if line:
                about, _, name = line.partition(b"\t")
                mode, _, oid = about.decode("ascii").split(" ")
                self.entries[os.fsdecode(name)] = Entry(mode, oid)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            with suppress(OSError):
                self._process.communicate(timeout=5)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()

    def repository(self) -> Repository:
        """A snapshot of the commit for planning; `missing` afterwards holds the blobs that it should have had."""
        self.missing = set()
        return Repository(tuple(sorted(self.entries)), self.read)

    def candidates(self) -> set[str]:
        """The blobs of everything that could be a service's configuration."""
        return {
            entry.oid
            for name, entry in self.entries.items()
            if entry.mode in _FILES and CONFIG_NAME.search(posixpath.basename(name))
        }

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, links inside the repository followed; the same answers as from a working tree."""
        real = self._resolve(path)
        entry = self.entries.get(real)
        if entry is None or entry.mode not in _FILES:
            return None
        return self._blob(entry.oid)

    def _resolve(self, path: str) -> str:
        """The path with every link on the way followed; Unreadable when it leaves the repository."""
        for _ in range(_MOST_LINKS):
            path = posixpath.normpath(path)
            if path.startswith(("../", "/")) or path == "..":
                raise Unreadable("outside the repository")
            parts = path.split("/")
            for count in range(1, len(parts) + 1):
                entry = self.entries.get("/".join(parts[:count]))
                if entry is not None and entry.mode == _LINK:
                    aim = os.fsdecode(self._blob(entry.oid) or b"")
                    joined = posixpath.normpath(posixpath.join(*parts[: count - 1], aim) if count > 1 else aim)
                    if joined.startswith(("../", "/")) or joined == "..":
                        raise Unreadable("a symbolic link that leaves the repository; it is not followed")
                    path = posixpath.join(joined, *parts[count:])
                    break
            else:
                return path
        raise Unreadable("a symbolic link that leads nowhere")

    def _blob(self, oid: str) -> bytes | None:
        if self.have is not None and oid not in self.have:
            self.missing.add(oid)
            return None
        if self._process is None:
            self._process = subprocess.Popen(
                ["git", "-C", str(self.place), "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=gitio.environment(None),
            )
        source, sink = self._process.stdout, self._process.stdin
        if source is None or sink is None:
            raise UserError("git gives no answer")
        sink.write(f"{oid}\n".encode())
        sink.flush()
        head = source.readline().split()
        if len(head) != 3:
            raise Unreadable("missing in git's objects")
        size = int(head[2])
        if size > disk.MAX_FILE_BYTES:
            remaining = size
            while remaining > 0:
                remaining -= len(source.read(min(remaining, 1 << 20)))
            source.read(1)
            raise Unreadable(f"larger than {disk.MAX_FILE_BYTES:,} bytes")
        data = source.read(size)
        source.read(1)
        return data

    def tree_with(self, writes: Sequence[Write]) -> str:
        """The tree of this commit with these files written; UserError when one cannot be."""
        lines = []
        for write in writes:
            try:
                check_name(write.path)
            except Unreadable as error:
                raise UserError(f"{write.path}: {error}") from None
            real = self._resolve(write.path)
            entry = self.entries.get(real)
            if (entry is None) != (write.before_sha256 is None) or (entry is not None and entry.mode not in _FILES):
                raise UserError(f"{write.path} is not what was planned")
            oid = gitio.run(self.place, "hash-object", "-w", "--stdin", text=write.after).decode().strip()
            mode = entry.mode if entry else "100755" if write.executable else "100644"
            lines.append(f"{mode} {oid}\t{real}\0")
        with tempfile.TemporaryDirectory(prefix="flexmigrate-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            gitio.run(self.place, "read-tree", self.commit, more=index)
            gitio.run(
                self.place, "update-index", "-z", "--add", "--index-info",
                text=os.fsencode("".join(lines)), more=index,
            )  # fmt: skip
            return gitio.run(self.place, "write-tree", "--missing-ok", more=index).decode().strip()
