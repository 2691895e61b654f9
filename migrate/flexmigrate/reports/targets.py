"""The table of runtimes that a service could go to."""

from __future__ import annotations

from collections.abc import Sequence

from flexmigrate.model import ReportedFinding
from flexmigrate.reports.json import dumps
from flexmigrate.reports.plain import plain
from flexmigrate.targets import Candidate, Survey


def as_text(surveys: Sequence[Survey]) -> str:
    """One table a service, newest version first."""
    return "\n".join(_table(survey) for survey in surveys)


def as_json(surveys: Sequence[Survey]) -> str:
    """The same as JSON."""
    return dumps(
        {
            "schema": "flexmigrate.targets/1",
            "services": [
                {
                    "config": survey.config,
                    "name": survey.name,
                    "kept": survey.kept.python if survey.kept else None,
                    "targets": [
                        {
                            "python": candidate.runtime.python,
                            "operating_system": candidate.runtime.operating_system,
                            "end_of_support": candidate.runtime.end_of_support or None,
                            "note": candidate.runtime.note,
                            "chosen": candidate.chosen,
                            "errors": [_brief(finding) for finding in candidate.errors],
                            "warnings": [_brief(finding) for finding in candidate.warnings],
                        }
                        for candidate in survey.candidates
                    ],
                }
                for survey in surveys
            ],
        }
    )


def _brief(finding: ReportedFinding) -> dict[str, object]:
    return {"rule": finding.rule, "message": finding.message, "path": finding.path, "line": finding.line}


def _table(survey: Survey) -> str:
    lines = [f"{plain(survey.config)} · service {plain(survey.name)}"]
    lines.append(f"    {'Python':<8}{'system':<10}{'supported until':<17}{'errors':>6}{'warnings':>10}")
    for candidate in survey.candidates:
        runtime = candidate.runtime
        lines.append(
            f"  {'*' if candidate.chosen else ' '} {runtime.python:<8}{runtime.operating_system:<10}"
            f"{runtime.end_of_support or 'unknown':<17}{len(candidate.errors):>6}{len(candidate.warnings):>10}"
        )
    chosen = next(candidate for candidate in survey.candidates if candidate.chosen)
    lines += ["", f"  * {_reason(survey, chosen)}"]
    for candidate in survey.candidates:
        for finding in candidate.errors:
            lines.append(
                f"    {candidate.runtime.python}: {plain(finding.message)} ({plain(finding.path)}:{finding.line})"
            )
    return "\n".join(lines) + "\n"


def _reason(survey: Survey, chosen: Candidate) -> str:
    if survey.kept:
        return f"{chosen.runtime.python} is kept: it is supported"
    if not chosen.errors:
        return f"{chosen.runtime.python} is the newest on which nothing is known to break"
    return f"{chosen.runtime.python} is the newest with the fewest errors"
