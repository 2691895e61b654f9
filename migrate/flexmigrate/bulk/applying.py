"""Applies a campaign: says what it would do, does it in waves, and opens pull requests one by one."""

from __future__ import annotations

import functools
import json
import os
import sqlite3
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flexmigrate.bulk import running
from flexmigrate.bulk.applying_one import apply_batch, remote_of
from flexmigrate.bulk.forges import Forge, forge_for
from flexmigrate.bulk.model import Kind, Outcome, State, Wanted
from flexmigrate.bulk.redaction import bare_url
from flexmigrate.bulk.running import Means
from flexmigrate.bulk.store import Store, connect
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.reports.campaign_commit import body, title
from flexmigrate.reports.plain import plain

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Announced:
    """What an apply would do, for people, and to how many repositories."""

    text: str
    count: int


def announce(directory: Path, wanted: Wanted) -> Announced:
    """What an apply would do; nothing is touched."""
    connection = connect(directory)
    chosen = _chosen(connection, wanted)
    steps = ["write to the checkouts"] if not wanted.branch else [f"commit to the branch {plain(wanted.branch)}"]
    steps += ["push it"] * wanted.push + ["open a pull request"] * wanted.pull_request
    lines = [f"{len(chosen):,} repositories: {', '.join(steps)}"]
    for number in chosen[:_SHOWN]:
        row = connection.execute("SELECT name, state, files FROM overview WHERE id = ?", (number,)).fetchone()
        lines.append(f"  {plain(row['name'])}  {row['state']}, {int(row['files'])} to change")
    if len(chosen) > _SHOWN:
        lines.append(f"  and {len(chosen) - _SHOWN:,} more")
    connection.close()
    return Announced("\n".join(lines) + "\n", len(chosen))


def _chosen(connection: sqlite3.Connection, wanted: Wanted) -> list[int]:
    """The repositories whose turn it is, in the order in which they were named."""
    states = [State.PLANNED]
    if wanted.needs_human:
        states.append(State.NEEDS_HUMAN)
    if wanted.push:
        states.append(State.COMMITTED)
    if wanted.pull_request:
        states.append(State.PUSHED)
    marks = ", ".join("?" * len(states))
    globs = " OR ".join(["name GLOB ? OR source GLOB ?"] * len(wanted.globs)) or "1"
    values = [*map(str, states), *(glob for glob in wanted.globs for _ in range(2))]
    rows = connection.execute(
        f"SELECT id FROM repositories r WHERE state IN ({marks}) AND ({globs})"
        " AND EXISTS (SELECT 1 FROM changes WHERE repository = r.id) ORDER BY id LIMIT ?",
        (*values, -1 if wanted.wave is None else wanted.wave),
    )
    return [row["id"] for row in rows]


def apply(directory: Path, wanted: Wanted, means: Means) -> Store:
    """Do it; the campaign stays open. UserError before anything is begun when it cannot be done."""
    store = Store(directory)
    try:
        last = running.last_settings(store)
        if last is None:
            raise UserError("nothing was planned here yet", "flexmigrate bulk plan", ExitCode.USAGE)
        job = running.make_job(directory, last[0], means)
        chosen = _chosen(store.connection, wanted)
        run = store.begin("apply", running.options_text(job))
        with store.transaction():
            store.connection.executemany(
                "UPDATE repositories SET asked_run = ? WHERE id = ?", ((run, number) for number in chosen)
            )
        running.go_through(store, run, job, means, functools.partial(apply_batch, wanted), with_changes=True)
        if wanted.pull_request:
            _open_requests(store, run, chosen, wanted)
    except BaseException:
        store.__exit__()
        raise
    return store


def _open_requests(store: Store, run: int, chosen: Sequence[int], wanted: Wanted) -> None:
    """A pull request for each branch that was pushed, one after the other: forges count."""
    forges: dict[str, Forge] = {}
    for number in chosen:
        row = store.connection.execute(
            "SELECT r.*, p.json FROM repositories r JOIN plans p ON p.repository = r.id WHERE r.id = ? AND state = ?",
            (number, State.PUSHED.value),
        ).fetchone()
        if row is None:
            continue
        plan = json.loads(zlib.decompress(row["json"]))
        state, reason, link = State.PULL_REQUEST, "", ""
        try:
            url = _url_of(row)
            kind, forge = forge_for(url, wanted.pace)
            forge = forges.setdefault(kind, forge)
            link = forge.open(url, str(wanted.branch), title(plan), body(plan))
        except UserError as error:
            # The branch is there; another apply tries again from here.
            state, reason = State.PUSHED, f"no pull request: {error.message}"
            print(f"flexmigrate: {plain(row['name'])}: {plain(reason)}", file=sys.stderr)
        outcome = Outcome(
            number, state, reason, key=row["cache_key"], seconds=row["seconds"] or 0.0, branch=wanted.branch,
            link=link or None,
        )  # fmt: skip
        store.record(run, [outcome])


def _url_of(row: sqlite3.Row) -> str:
    if row["kind"] == Kind.URL.value:
        return str(row["source"])
    return bare_url(remote_of(Path(os.fsdecode(row["location"]))))


__all__ = ["Announced", "Wanted", "announce", "apply"]
