"""Verifications for a person: the stages with their times, the decisive line, and who saw it coming."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Protocol

from flexmigrate.model import Platform
from flexmigrate.proving.verdicts import Kind, Outcome, Stage, Verdict, Verification
from flexmigrate.reports.plain import Style, plain

WIDTH = 110
_LABELS = {
    Outcome.OK: "ok",
    Outcome.FAILED: "failed",
    Outcome.HINDERED: "stuck",
    Outcome.NOT_REACHED: "-",
    Outcome.NOT_ASKED: "-",
}
_PLATFORMS = {Platform.FLEX: "the flexible environment", Platform.CLOUD_RUN: "Cloud Run"}


class Announced(Protocol):
    """What would be run for one service."""

    @property
    def config(self) -> str: ...
    @property
    def installs(self) -> bool: ...
    @property
    def command(self) -> str: ...
    @property
    def origin(self) -> str: ...


def announcement(services: Sequence[Announced]) -> str:
    """What is said before any code of the repository runs; empty when none will."""
    if not services:
        return ""
    lines = ["This runs the repository's code as you, on a scratch copy; it can do whatever you can:"]
    for one in services:
        if one.installs:
            lines.append(f"  {plain(one.config)}: installs requirements.txt")
        if one.command:
            lines.append(f"  {plain(one.config)}: starts `{plain(' '.join(one.command.split()))}`")
    return "\n".join(lines) + "\n"


def render(done: Sequence[Verification], style: Style) -> str:
    """The whole report."""
    return "\n\n".join([*("\n".join(_service(one, style)) for one in done), _summary(done, style)]) + "\n"


def _service(one: Verification, style: Style) -> Iterator[str]:
    source = "as it is" if one.as_is else "as planned"
    version = f"Python {one.interpreter or one.python}"
    yield style.bold(f"{plain(one.config)} · service {plain(one.name)} · {source}, {version}, {one.platform}")
    if one.command:
        yield from _wrapped(f"{' '.join(one.command.split())}  ({one.origin})", "  ")
    for stage in one.stages:
        yield _line(stage, style)
        if one.cause is not None and one.cause.stage is stage.name:
            yield from _cause(one, style)
    for remark in one.remarks:
        yield from _wrapped(f"note: {remark}", "  ")
    yield f"  {_verdict(one, style)}"
    if one.folder:
        yield f"  kept: {plain(one.folder)}"


def _line(stage: Stage, style: Style) -> str:
    colour = {Outcome.OK: style.green, Outcome.FAILED: style.red, Outcome.HINDERED: style.yellow}.get(
        stage.outcome, style.dim
    )
    ran = stage.outcome in (Outcome.OK, Outcome.FAILED, Outcome.HINDERED)
    seconds = f"{stage.seconds:6.1f} s" if ran else " " * 8
    detail = f"  {plain(stage.detail)}" if stage.detail else ""
    return f"  {colour(f'{_LABELS[stage.outcome]:<6}')} {stage.name:<11} {seconds}{detail}".rstrip()


def _cause(one: Verification, style: Style) -> Iterator[str]:
    assert one.cause is not None
    for line in _wrapped(one.cause.line, " " * 9):
        yield style.bold(line)
    if one.cause.meaning:
        yield from _wrapped(one.cause.meaning, " " * 9)
    if one.cause.kind is not Kind.SERVICE:
        return
    if one.prediction is not None:
        said = one.prediction
        yield from _wrapped(f"predicted by {said.rule} ({said.path}:{said.line}): {said.message}", " " * 9)
    elif one.report:
        yield from _wrapped("not predicted; to make it a fact that the next plan knows, report:", " " * 9)
        yield from _wrapped(one.report, " " * 11)


def _verdict(one: Verification, style: Style) -> str:
    where = f"Python {one.python} on {_PLATFORMS[one.platform]}"
    if one.verdict is Verdict.PROVEN:
        return style.green(f"Proven: it starts, answers and stops on {where}.")
    if one.verdict is Verdict.FAILED:
        return style.red(f"Failed: it is not ready for {where}.")
    kind = f"; {one.cause.kind}" if one.cause is not None else ""
    return style.yellow(f"Not tried to the end{kind}: nothing is said about {where}.")


def _summary(done: Sequence[Verification], style: Style) -> str:
    counts = [(sum(one.verdict is verdict for one in done), verdict) for verdict in Verdict]
    words = {Verdict.PROVEN: "proven", Verdict.FAILED: "failed", Verdict.HINDERED: "not tried to the end"}
    parts = [f"{number} {words[verdict]}" for number, verdict in counts if number]
    lines = [style.bold(" · ".join([f"{len(done)} service{'' if len(done) == 1 else 's'}", *parts]))]
    if any(one.verdict is Verdict.PROVEN and not one.as_is for one in done):
        lines.append("Next: flexmigrate apply   write what was tried here (with the same options)")
    return "\n".join(lines)


def _wrapped(text: str, margin: str) -> list[str]:
    wide = WIDTH - len(margin)
    lines = textwrap.wrap(plain(text), wide, break_long_words=False, break_on_hyphens=False)
    return [margin + line for line in lines]
