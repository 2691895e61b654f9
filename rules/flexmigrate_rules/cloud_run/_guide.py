"""The text of MIGRATION.md: the steps in their order with commands, what is open, every key, and what is different."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.model import KeyNote, Severity
from flexmigrate_rules.cloud_run._companions import quoted
from flexmigrate_rules.cloud_run._findings import Open
from flexmigrate_rules.cloud_run._guide_steps import steps
from flexmigrate_rules.cloud_run._layout import path_of
from flexmigrate_rules.cloud_run._mapping import Mapped, image, placeholders
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.identity import run_name, service_account
from flexmigrate_rules.facts.cloud_run_differences import differences


def guide(config: Config, mapped: Mapped, findings: tuple[Open, ...]) -> str:
    """The whole text."""
    blocks = [
        *_opening(config, findings),
        *_steps(config),
        "## What is open",
        _findings_table(findings),
        "## What becomes of every key",
        _keys_table(config, mapped.notes),
        "## What is different on Cloud Run",
        _differences_table(),
    ]
    return "\n\n".join(blocks) + "\n"


def _opening(config: Config, findings: tuple[Open, ...]) -> Iterator[str]:
    service = config.service
    yield f"# Moving `{_cell(service.name)}` from App Engine flexible to Cloud Run"
    yield (
        f"Written by flexmigrate from `{service.config}`. App Engine keeps serving until you move the traffic, step 8. "
        "Nothing before that changes what your users see, and step 9 goes back."
    )
    errors = sum(one.severity is Severity.ERROR for one in findings)
    if errors:
        noun = "finding has" if errors == 1 else "findings have"
        yield f"**{errors} {noun} to be settled first: see [What is open](#what-is-open).**"
    yield "\n".join(
        (
            "The commands are for a POSIX shell in the repository's root and need a current `gcloud`. Set these first:",
            "",
            "```sh",
            f"PROJECT_ID={_shell(config.option('project'), 'your-project')}",
            f"REGION={_shell(config.option('region'), 'europe-west1')}",
            f"IMAGE={_with_variables(image(config))}",
            f"NAME={quoted(run_name(config))}",
            f"ACCOUNT={_with_variables(service_account(config))}",
            "```",
        )
    )
    missing = placeholders(config)
    if missing:
        names = " and ".join(f"`{one}`" for one in missing)
        file = path_of(service, "service.yaml")
        command = f"flexmigrate apply --target cloud-run {_options(config)} --force"
        yield (
            f"`{file}` holds the placeholders {names}. Put your values in by hand, or with the line below, which also "
            "takes back whatever was changed by hand."
        )
        yield f"```sh\n{command}\n```"


def _options(config: Config) -> str:
    given = ['--project "$PROJECT_ID"', '--region "$REGION"']
    given += [f"--{name} {quoted(config.option(name))}" for name in ("name", "image", "build") if config.option(name)]
    return " ".join(given)


def _shell(value: str, example: str) -> str:
    return quoted(value) if value else f"{example}  # yours"


def _with_variables(text: str) -> str:
    """A text whose placeholders become the shell's variables."""
    replaced = re.sub(r"\b(PROJECT_ID|REGION)\b", r"${\1}", text)
    return f'"{replaced}"' if replaced != text else quoted(text)


def _steps(config: Config) -> Iterator[str]:
    yield "## Steps"
    for number, step in enumerate(steps(config), 1):
        lines = [f"### {number}. {step.title}", "", step.why]
        yield "\n".join([*lines, "", "```sh", *step.commands, "```"] if step.commands else lines)


def _findings_table(findings: tuple[Open, ...]) -> str:
    if not findings:
        return "Nothing: no rule has anything left to say."
    rows = []
    for one in findings:
        hint = f". → {_cell(one.hint)}" if one.hint else ""
        rows.append(f"| {one.severity} | `{one.path}:{one.line}` | {one.rule} | {_cell(one.message)}{hint} |")
    return "\n".join(("| | where | rule | what |", "|---|---|---|---|", *rows))


def _keys_table(config: Config, notes: tuple[KeyNote, ...]) -> str:
    said = {note.key: note for note in notes}
    rows = []
    for key, line in config.lines.items():
        note = said.get(key)
        fate = f"{note.verdict} | {_code(note.becomes)} | {_cell(note.why)}" if note else _UNKNOWN
        rows.append(f"| `{_cell(key)}` | {line} | {fate} |")
    return "\n".join(("| key | line | verdict | becomes | why |", "|---|---|---|---|---|", *rows))


_UNKNOWN = "manual | | Not in the table of known keys; check it by hand."


def _differences_table() -> str:
    rows = [
        f"| {one.topic} | {_cell(one.flex)} | {_cell(one.evidence.qualify(one.run))} | {_cell(one.do)} |"
        for one in differences()
    ]
    return "\n".join(("| topic | App Engine flexible | Cloud Run | what to do |", "|---|---|---|---|", *rows))


def _cell(text: str) -> str:
    """Text that stays in its cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text and "`" not in text else _cell(text)
