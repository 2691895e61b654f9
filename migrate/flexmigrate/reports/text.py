"""A plan for a person: what is, what will be, what is wrong and why, the exact diff, and what is left to do."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator

from flexmigrate.model import Plan, Platform, ReportedFinding, ServicePlan, Severity, Status, Target, Verdict
from flexmigrate.reports.diff import change_diff
from flexmigrate.reports.next_steps import next_steps
from flexmigrate.reports.plain import Style, plain, plain_lines

WIDTH = 110
_MARGIN = " " * 9


def render(plan: Plan, style: Style, applied: bool = False) -> str:
    """The whole report; `applied` when the changes have just been written."""
    blocks = [*(_service(service, style, applied) for service in plan.services)]
    blocks += filter(None, (_skipped(plan, style), _bystanders(plan, style)))
    blocks.append(_summary(plan, style, applied))
    return "\n\n".join(blocks) + "\n"


def _service(service: ServicePlan, style: Style, applied: bool) -> str:
    lines = [style.bold(f"{plain(service.config)} · service {plain(service.name)}")]
    lines += [*_labelled("now", _now(service)), *_labelled("next", _next(service))]
    for reason in service.target.why:
        lines += _wrapped("passed over " + plain(reason))
    if service.findings:
        lines.append("")
    for finding in service.findings:
        lines += _finding(finding, style, applied)
    lost = [verdict for verdict in service.keys if verdict.verdict in (Verdict.DROPPED, Verdict.MANUAL)]
    if lost:
        lines.append("")
    for verdict in lost:
        becomes = f" → {verdict.becomes}" if verdict.becomes else ""
        lines += _labelled(
            verdict.verdict.value if verdict.verdict is Verdict.MANUAL else "drop",
            plain(f"{verdict.key} ({service.config}:{verdict.line}){becomes}: {verdict.why}"),
        )
    for change in service.changes:
        lines += ["", *_indented(_coloured(plain_lines(change_diff(change)), style))]
    return "\n".join(lines)


def _now(service: ServicePlan) -> str:
    current = service.current
    version = f"Python {current.interpreter}" if current.interpreter else "an unknown Python"
    written = f" (written `python_version: {current.python_version}`)" if current.python_version else ""
    note = f", {current.note}" if current.note else ""
    return plain(f"{version}{written}{note}")


def _next(service: ServicePlan) -> str:
    target = service.target
    if service.current.runtime == "custom" and target.platform is Platform.FLEX and not service.changes:
        return f"stays a custom runtime; Python {plain(str(target.python))} is what its image should move to"
    if target.chosen == "kept" and not service.changes:
        return plain(f"stays on {_runtime(target)}")
    return plain(_runtime(target))


def _runtime(target: Target) -> str:
    place = "Cloud Run" if target.platform == "cloud-run" else str(target.operating_system)
    version = (
        f"Python {target.python}"
        if target.chosen != "latest"
        else f"the platform's newest Python (now {target.python})"
    )
    until = f", supported until {target.end_of_support}" if target.end_of_support else ""
    return f"{version} on {place}{until}"


def _finding(finding: ReportedFinding, style: Style, applied: bool) -> Iterator[str]:
    label, colour = {
        Status.FIXED: ("fixed" if applied else "fix", style.green),
        Status.SUPPRESSED: ("muted", style.dim),
        Status.OPEN: (str(finding.severity).replace("warning", "warn"), _severity_colour(finding.severity, style)),
    }[finding.status]
    yield f"  {colour(f'{label:<6}')} {plain(f'{finding.path}:{finding.line}')}  {style.bold(finding.rule)}"
    yield from _wrapped(plain(finding.message))
    if finding.hint and finding.status is Status.OPEN:
        yield from _wrapped("→ " + plain(finding.hint))
    yield style.dim(_MARGIN + plain(finding.source))


def _severity_colour(severity: Severity, style: Style) -> Callable[[str], str]:
    return {Severity.ERROR: style.red, Severity.WARNING: style.yellow, Severity.INFO: style.cyan}[severity]


def _skipped(plan: Plan, style: Style) -> str:
    lines = []
    for skipped in plan.skipped:
        line = f":{skipped.line}" if skipped.line else ""
        lines.append(f"  {style.red('failed')} {plain(skipped.path)}{line}")
        lines += _wrapped(plain(skipped.reason))
    return "\n".join([style.bold("Could not be done"), *lines]) if lines else ""


def _bystanders(plan: Plan, style: Style) -> str:
    lines = [f"  {plain(one.path)}: {plain(one.reason)}" for one in plan.bystanders]
    return "\n".join([style.bold("Not a flexible Python service"), *lines]) if lines else ""


def _summary(plan: Plan, style: Style, applied: bool) -> str:
    files = len(plan.changes)
    parts = [
        _count(len(plan.services), "service"),
        f"{_count(files, 'file')} {'changed' if applied else 'to change'}",
        f"{_count(plan.count_open(Severity.ERROR), 'error')} open",
    ]
    warnings = plan.count_open(Severity.WARNING)
    if warnings:
        parts.append(f"{_count(warnings, 'warning')} open")
    if plan.skipped:
        parts.append(f"{len(plan.skipped)} could not be done")
    lines = [style.bold(" · ".join(parts))]
    lines += next_steps(plan, applied)
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _labelled(label: str, text: str) -> Iterable[str]:
    first, *rest = textwrap.wrap(text, WIDTH - len(_MARGIN), break_long_words=False, break_on_hyphens=False) or [""]
    return [f"  {label:<6} {first}", *(_MARGIN + line for line in rest)]


def _wrapped(text: str) -> Iterable[str]:
    lines = textwrap.wrap(text, WIDTH - len(_MARGIN), break_long_words=False, break_on_hyphens=False)
    return [_MARGIN + line for line in lines]


def _indented(text: str) -> Iterable[str]:
    return [f"  {line}" for line in text.rstrip("\n").split("\n")]


def _coloured(diff: str, style: Style) -> str:
    if not style.on:
        return diff
    colours = {"+": style.green, "-": style.red, "@": style.cyan}
    return "\n".join(colours.get(line[:1], str)(line) for line in diff.split("\n"))
