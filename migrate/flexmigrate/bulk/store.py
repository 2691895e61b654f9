"""The campaign: an SQLite database in a directory, with one writer. Whatever is in it survives the writer's death."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Self

from flexmigrate import fs, locking
from flexmigrate.bulk import schema
from flexmigrate.bulk.model import HANDED_OVER, Kind, Outcome, Source, State, Task
from flexmigrate.bulk.redaction import bare_url
from flexmigrate.bulk.work import clean
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.state import Home

FILE = "campaign.db"
CACHE = "cache"
_PAGE = 500


def now() -> str:
    """This moment as the campaign writes it."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


def connect(directory: Path, create: bool = False) -> sqlite3.Connection:
    """An open campaign; UserError when there is none and none is to be created, or another program's file is there."""
    file = directory / FILE
    if not create and not file.is_file():
        raise UserError(f"{directory} holds no campaign", "flexmigrate bulk plan makes one", ExitCode.USAGE)
    try:
        if create:
            # It repeats lines of configuration files: for this user only.
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        # The thread that reads results is not always the one that opened the campaign; they take turns.
        connection = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        # Of the standard ways to be durable this one survives a killed process and costs no wait per commit.
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")
        _check_version(connection, create)
    except sqlite3.Error as error:
        raise UserError(f"{file} cannot be used: {error}", "give another directory with --campaign") from error
    except OSError as error:
        raise UserError(f"{directory} cannot be used: {fs.why(error)}", "give another --campaign") from error
    return connection


def _check_version(connection: sqlite3.Connection, create: bool) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0 and create and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        connection.executescript(
            f"BEGIN IMMEDIATE; {schema.TABLES} {schema.VIEWS} PRAGMA application_id = {schema.APPLICATION_ID};"
            f"PRAGMA user_version = {schema.VERSION}; COMMIT;"
        )
    elif version != schema.VERSION:
        raise UserError(
            f"the campaign has tables of version {version}, and this flexmigrate knows version {schema.VERSION}",
            "begin a new campaign in another directory",
        )


class Store:
    """The one writer of a campaign. UserError when another flexmigrate is writing to it."""

    def __init__(self, directory: Path, create: bool = False) -> None:
        self.directory = directory
        if not create:
            connect(directory).close()
        else:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = locking.hold(Home(directory.resolve(), directory.resolve()), wait=0)
        self._lock.__enter__()
        try:
            self.connection = connect(directory, create)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()
        self._lock.__exit__(None, None, None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything in the block, or nothing of it."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def begin(self, command: str, options: str) -> int:
        """A new run."""
        row = self.connection.execute(
            "INSERT INTO runs (command, started, options) VALUES (?, ?, ?) RETURNING id", (command, now(), options)
        ).fetchone()
        return int(row[0])

    def finish(self, run: int) -> None:
        """The run came to its end."""
        self.connection.execute("UPDATE runs SET finished = ? WHERE id = ?", (now(), run))

    def last_options(self, command: str) -> tuple[str, bool] | None:
        """The options of the last run of a command, and whether it came to its end."""
        row = self.connection.execute(
            "SELECT options, finished FROM runs WHERE command = ? ORDER BY id DESC LIMIT 1", (command,)
        ).fetchone()
        return None if row is None else (row["options"], row["finished"] is not None)

    def register(self, sources: Iterable[Source], run: int) -> int:
        """Enter repositories that are new and mark all as asked for in this run; how many there were."""
        count = 0
        remaining = iter(sources)
        while page := list(islice(remaining, _PAGE)):
            with self.transaction():
                self.connection.executemany(
                    "INSERT INTO repositories (source, location, kind, name, labels, owner, team, asked_run) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source) DO UPDATE SET asked_run = excluded.asked_run,"
                    " labels = CASE excluded.labels WHEN '{}' THEN labels ELSE excluded.labels END,"
                    " owner = coalesce(excluded.owner, owner), team = coalesce(excluded.team, team)",
                    [_registered(source, run) for source in page],
                )
            count += len(page)
        return count

    def ask_again(self, run: int, where: str, values: Sequence[str] = ()) -> int:
        """Mark known repositories as asked for in this run; how many there are. `where` is never a person's text."""
        return self.connection.execute(f"UPDATE repositories SET asked_run = ? WHERE {where}", (run, *values)).rowcount

    def forget_keys(self, where: str) -> None:
        """Have these planned again even if nothing about them changed. `where` is never a person's text."""
        self.connection.execute(f"UPDATE repositories SET cache_key = NULL WHERE {where}")

    def tasks(self, run: int, limit: int | None = None, with_changes: bool = False) -> Iterator[Task]:
        """What is asked for in this run and not done, those without a plan first; in pages, so that writing goes on."""
        given = 0
        for condition in ("state = 'new'", "state <> 'new'"):
            last = 0
            while limit is None or given < limit:
                rows = self.connection.execute(
                    "SELECT id, kind, location, name, cache_key, commit_sha, changes_digest FROM repositories "
                    f"WHERE asked_run = ? AND done_run IS NOT ? AND id > ? AND {condition} ORDER BY id LIMIT ?",
                    (run, run, last, min(_PAGE, limit - given) if limit is not None else _PAGE),
                ).fetchall()
                if not rows:
                    break
                for row in rows:
                    yield self._task(row, with_changes)
                given += len(rows)
                last = rows[-1]["id"]

    def _task(self, row: sqlite3.Row, with_changes: bool) -> Task:
        changes = self.connection.execute(
            "SELECT path, after_sha256 FROM changes WHERE repository = ? AND ?", (row["id"], with_changes)
        )
        return Task(
            row["id"],
            Kind(row["kind"]),
            os.fsdecode(row["location"]),
            row["name"],
            row["cache_key"],
            row["commit_sha"],
            row["changes_digest"],
            tuple(map(tuple, changes)),
        )

    def record(self, run: int, outcomes: Iterable[Outcome]) -> None:
        """Keep what became of some repositories, all at once."""
        with self.transaction():
            for outcome in outcomes:
                self._record(run, outcome)

    def _record(self, run: int, outcome: Outcome) -> None:
        execute = self.connection.execute
        if outcome.unchanged:
            execute("UPDATE repositories SET done_run = ? WHERE id = ?", (run, outcome.id))
            return
        if outcome.rows is not None:
            self._replace_rows(outcome)
        execute(
            "UPDATE repositories SET changed = CASE WHEN state = ?2 AND reason = ?3 THEN changed ELSE ?9 END,"
            " state = ?2, reason = ?3, commit_sha = coalesce(?4, commit_sha), cache_key = ?5,"
            " changes_digest = coalesce(?6, changes_digest), seconds = ?7, done_run = ?8,"
            " branch = coalesce(?10, branch), written_commit = coalesce(?11, written_commit),"
            " link = coalesce(?12, link)"
            " WHERE id = ?1",
            (outcome.id, outcome.state.value, outcome.reason, outcome.commit, outcome.key, outcome.digest,
             round(outcome.seconds, 4), run, now(), outcome.branch, outcome.written, outcome.link),
        )  # fmt: skip
        if outcome.state in HANDED_OVER or outcome.rows is None:
            execute(
                "INSERT INTO events (repository, at, state, reason, branch, written_commit, link)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (outcome.id, now(), outcome.state.value, outcome.reason, outcome.branch, outcome.written, outcome.link),
            )

    def _replace_rows(self, outcome: Outcome) -> None:
        rows = outcome.rows
        if rows is None:
            return
        self.connection.execute(
            "UPDATE repositories SET branch = NULL, written_commit = NULL, link = NULL, changes_digest = NULL"
            " WHERE id = ?",
            (outcome.id,),
        )
        for table, columns in schema.COLUMNS.items():
            self.connection.execute(f"DELETE FROM {table} WHERE repository = ?", (outcome.id,))
            if values := getattr(rows, table):
                marks = ", ".join("?" * (columns + 1))
                self.connection.executemany(
                    f"INSERT INTO {table} VALUES ({marks})", ((outcome.id, *row) for row in values)
                )
        self.connection.execute("DELETE FROM plans WHERE repository = ?", (outcome.id,))
        if rows.plan is not None:
            self.connection.execute("INSERT INTO plans VALUES (?, ?)", (outcome.id, rows.plan))


def _registered(source: Source, run: int) -> tuple[object, ...]:
    location = bare_url(source.location) if source.kind is Kind.URL else source.location
    labels = {clean(name): clean(value) for name, value in source.labels.items()}
    known = (labels.get("owner"), labels.get("team"))
    text = json.dumps(labels, sort_keys=True)
    return (clean(location), os.fsencode(location), source.kind.value, clean(source.name), text, *known, run)


__all__ = ["CACHE", "FILE", "State", "Store", "connect", "now"]
