"""The words that travel with a change: commit message, pull request title and body, all made from the plan's JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from flexmigrate.reports.plain import plain

_WIDTH = 72
_LONGEST_BODY = 60_000


def title(plan: Mapping[str, Any]) -> str:
    """One line: what moves where."""
    services = [service for service in plan["services"] if service["changes"]]
    what = f"service {plain(services[0]['name'])}" if len(services) == 1 else f"{len(services)} services"
    goals = sorted({_goal(service) for service in services})
    whole = f"Move App Engine {what} to {', '.join(goals)}"
    return whole if len(whole) <= _WIDTH or len(goals) == 1 else f"Move App Engine {what} to supported runtimes"


def message(plan: Mapping[str, Any]) -> str:
    """The commit message."""
    lines = [title(plan), ""]
    for service in plan["services"]:
        if service["changes"]:
            lines += _wrapped(f"{plain(service['config'])}: {_now(service)} -> {_goal(service)}", "")
            lines += [line for finding in _having(service, "fixed") for line in _wrapped(_said(finding), "- ")]
    return "\n".join([*lines, "", f"Made by flexmigrate {plan['tool']['version']}.", ""])


def body(plan: Mapping[str, Any]) -> str:
    """The body of a pull request, in Markdown: what is fixed and why, what is left, and how to deploy."""
    parts = ["Made by flexmigrate: the smallest change that moves this to a supported runtime.\n"]
    for service in plan["services"]:
        if not service["changes"]:
            continue
        parts.append(f"### `{_code(service['config'])}`, service {_text(service['name'])}\n")
        parts.append(f"{_text(_now(service))} → **{_text(_goal(service))}**\n")
        parts.append(_list("Fixed", _having(service, "fixed")))
        left = _having(service, "open")
        parts.append(_list("Left for a person", left))
        lost = [key for key in service["keys"] if key["verdict"] in ("dropped", "manual")]
        parts.append("".join(f"- `{_code(key['key'])}` {key['verdict']}: {_text(key['why'])}\n" for key in lost))
    parts.append(
        "### Before merging\n\nDeploy with `gcloud app deploy --no-promote`, look at the new version, then move the"
        " traffic. The old version keeps serving until then, and moving it back is the way back.\n"
    )
    text = "\n".join(part for part in parts if part)
    return text if len(text) <= _LONGEST_BODY else text[:_LONGEST_BODY] + "\n\n… (cut)\n"


def _having(service: Mapping[str, Any], status: str) -> list[Mapping[str, Any]]:
    return [finding for finding in service["findings"] if finding["status"] == status]


def _list(heading: str, findings: list[Mapping[str, Any]]) -> str:
    items = "".join(
        f"- **{_text(finding['rule'])}** `{_code(finding['path'])}:{finding['line']}` {_text(finding['message'])}"
        + (f" ({_text(finding['hint'])})" if finding["hint"] and finding["status"] == "open" else "")
        + (f" [source]({finding['source']})" if finding["source"].startswith("https://") else "")
        + "\n"
        for finding in findings
    )
    return f"{heading}:\n\n{items}" if items else ""


def _said(finding: Mapping[str, Any]) -> str:
    return plain(f"{finding['rule']} ({finding['path']}:{finding['line']}): {finding['message']}")


def _now(service: Mapping[str, Any]) -> str:
    version = service["current"]["interpreter"] or service["current"]["python_version"] or "unknown"
    return plain(f"Python {version}")


def _goal(service: Mapping[str, Any]) -> str:
    target = service["target"]
    place = "Cloud Run" if target["platform"] == "cloud-run" else str(target["operating_system"])
    return plain(f"Python {target['python']} on {place}")


def _wrapped(text: str, mark: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text, _WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _text(text: str) -> str:
    """Text that Markdown shows as it is; nobody is mentioned and nothing is linked by accident."""
    safe = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")
    for mark in "*_`[]|#":
        safe = safe.replace(mark, f"\\{mark}")
    return safe.replace("@", "@\u200b")


def _code(text: str) -> str:
    return plain(text).replace("`", "'")
