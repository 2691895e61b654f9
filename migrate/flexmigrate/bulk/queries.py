"""Reads a campaign for reports. Repositories come one after the other, so that no fleet is too large."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from flexmigrate.bulk.store import now
from flexmigrate.reports.campaign_data import (
    STATES,
    Campaign,
    CampaignFinding,
    CampaignRepository,
    CampaignService,
    Group,
    RuleCount,
)

_EXAMPLES = 3


def campaign(connection: sqlite3.Connection) -> Campaign:
    """Everything that reports count; the repositories are read when they are asked for."""
    run = connection.execute("SELECT options FROM runs WHERE command = 'plan' ORDER BY id DESC LIMIT 1").fetchone()
    options = json.loads(run["options"]) if run else {}
    counts = dict(connection.execute("SELECT state, repositories FROM by_state").fetchall())
    services, files = connection.execute("SELECT count(*), total(files) FROM services").fetchone()
    return Campaign(
        made=now(),
        tool=_tool(options),
        settings=_settings(options),
        states=tuple((state, counts[state]) for state in STATES if counts.get(state)),
        runtimes=tuple(map(tuple, connection.execute("SELECT * FROM by_runtime ORDER BY services DESC, runtime"))),
        rules=tuple(_rules(connection)),
        teams=tuple(_teams(connection)),
        failures=tuple(_groups(connection, "failed")),
        needs=tuple(_groups(connection, "needs-human")),
        services=services,
        files=int(files),
        repositories=lambda: repositories(connection),
    )


def repositories(connection: sqlite3.Connection) -> Iterator[CampaignRepository]:
    """Every repository with its services and findings, by state, then by name."""
    order = " ".join(f"WHEN '{state}' THEN {place}" for place, state in enumerate(STATES))
    for row in connection.execute(f"SELECT * FROM repositories ORDER BY CASE state {order} END, name, id"):
        key = (row["id"],)
        failed = row["state"] == "failed"
        yield CampaignRepository(
            name=row["name"],
            source=row["source"],
            team=row["team"] or row["owner"] or "",
            state=row["state"],
            reason=row["reason"],
            commit=row["commit_sha"] or "",
            branch=row["branch"] or "",
            link=row["link"] or "",
            seconds=row["seconds"] or 0.0,
            services=tuple(
                _service(one) for one in connection.execute("SELECT * FROM services WHERE repository = ?", key)
            ),
            findings=tuple(
                CampaignFinding(*one)
                for one in connection.execute(
                    'SELECT rule, severity, fix, status, message, hint, path, line, "column", source'
                    " FROM findings WHERE repository = ?",
                    key,
                )
            ),
            skipped=tuple(
                (one["path"], one["line"], one["reason"])
                for one in connection.execute("SELECT path, line, reason FROM skipped WHERE repository = ?", key)
            )
            if failed
            else (),
        )


def _service(row: sqlite3.Row) -> CampaignService:
    now_text = row["interpreter"] or row["python_version"] or "unknown"
    system = f" on {row['target_system']}" if row["platform"] == "flex" and row["target_system"] else ""
    platform = "Cloud Run, " if row["platform"] == "cloud-run" else ""
    return CampaignService(
        row["config"],
        row["name"],
        f"custom runtime, Python {now_text}" if row["runtime"] == "custom" else f"Python {now_text}",
        f"{platform}Python {row['target_python']}{system}",
        row["files"],
    )


def _rules(connection: sqlite3.Connection) -> Iterator[RuleCount]:
    for row in connection.execute(
        "SELECT rule, min(severity) AS severity, sum(status = 'fixed') AS fixed, sum(status = 'open') AS still_open,"
        " count(DISTINCT repository) AS repositories FROM findings GROUP BY rule"
        " ORDER BY min(CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END), repositories DESC, rule"
    ):
        yield RuleCount(row["rule"], row["severity"], row["fixed"], row["still_open"], row["repositories"])


def _teams(connection: sqlite3.Connection) -> Iterator[tuple[str, dict[str, int]]]:
    teams: dict[str, dict[str, int]] = {}
    for row in connection.execute("SELECT team, state, repositories FROM by_team"):
        teams.setdefault(row["team"], {})[row["state"]] = row["repositories"]
    if set(teams) != {"(no team)"}:
        yield from sorted(teams.items(), key=lambda item: (-sum(item[1].values()), item[0]))


def _groups(connection: sqlite3.Connection, state: str) -> Iterator[Group]:
    for row in connection.execute(
        "SELECT reason, count(*) AS count FROM repositories WHERE state = ? GROUP BY reason ORDER BY 2 DESC, reason",
        (state,),
    ):
        names = connection.execute(
            "SELECT name FROM repositories WHERE state = ? AND reason = ? ORDER BY name LIMIT ?",
            (state, row["reason"], _EXAMPLES),
        )
        yield Group(row["reason"], row["count"], tuple(name for (name,) in names))


def _tool(options: dict[str, object]) -> str:
    made_by = json.loads(str(options.get("made_by") or "{}"))
    rules = ", ".join(f"{name} {version}" for name, version in made_by.get("rules", {}).items())
    return f"flexmigrate {made_by.get('tool', '')}, rules {rules}, facts of {made_by.get('facts_as_of', '')}"


def _settings(options: dict[str, object]) -> str:
    settings = options.get("settings")
    if not isinstance(settings, dict):
        return ""
    words = [f"target {settings['platform']}", f"Python {settings['python']}", f"decided as on {settings['today']}"]
    if settings["unsafe"]:
        words.append("with unsafe fixes")
    words += [f"{name} {', '.join(settings[name])}" for name in ("select", "ignore") if settings[name]]
    return ", ".join(words)
