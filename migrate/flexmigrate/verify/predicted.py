"""Find the finding of a plan that said beforehand what then happened.

A finding is believed to have predicted a failure only when it names what the failure names: the missing module, the
distribution that does not install, the file that does not compile, or the package in which it broke.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flexmigrate.model import ReportedFinding, Severity, Status
from flexmigrate.proving.verdicts import Prediction, StageName

_STRONG = 4
_NAMES = (
    re.compile(r"No module named '?([\w.]+)'?"),
    re.compile(r"cannot import name '?(\w+)'?(?: from (?:partially initialized module )?'([\w.]+)')?"),
    re.compile(r"module '([\w.]+)' has no attribute '(\w+)'"),
    re.compile(r"has no attribute '(\w+)'"),
    re.compile(r"unexpected keyword argument '(\w+)'"),
    re.compile(r"name '(\w+)' is not defined"),
    re.compile(r"satisfies the requirement ([\w.-]+)"),
    re.compile(r"No matching distribution found for ([\w.-]+)"),
    re.compile(r"Failed to build (?:installable wheels for[^(]*\()?'?`?([\w.-]+?)[=<>)'`\s,]"),
    re.compile(r"(?m)^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?(?:==|~=|[<>]=?)[\w.,<>=!~*]*: "),
    re.compile(r"Failed building wheel for ([\w.-]+)"),
    re.compile(r"(?m)^(?:The package `)?([\w.-]+)`? (?:[\d.]\S* )?(?:requires|has requirement) `?([\w.-]+)"),
    re.compile(r"[Bb]ecause ([\w.-]+?)(?:[=<>!].*)? (?:was|has|depends|requires)"),
)
_FRAME = re.compile(r'(?m)^\s*File "([^"]+)", line (\d+)')
_PACKAGE = re.compile(r"(?:site|dist)-packages/([A-Za-z_]\w*)")
_OWN = re.compile(r"/app/([^\"]+\.py)$")
_WORD = r"(?<![\w./-]){}(?![\w/-])"
# They say how requests come to a service; nothing in them keeps it from starting.
_AROUND_A_SERVICE = ("dispatch.yaml", "cron.yaml", "queue.yaml", "index.yaml", "dos.yaml")
_ABOUT_PORTS = re.compile(r"(?i)\$PORT\b|\blistens? on\b|\bbinds? to\b|\bhard-coded port\b")
_PORT_RULE = re.compile(r"(?:^|-)(?:port|bind|listen)")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failed stage left: the decisive line, the output behind it, and whether it was about the port."""

    stage: StageName
    line: str
    log: str = ""
    about_port: bool = False
    nothing_to_start: bool = False


def predict(findings: Sequence[ReportedFinding], failure: Failure, as_is: bool) -> Prediction | None:
    """The finding that predicted it; one that the plan has fixed counts only where the plan was not applied."""
    best: tuple[int, int, int] | None = None
    chosen: ReportedFinding | None = None
    for index, finding in enumerate(findings):
        if finding.status is Status.FIXED and not as_is:
            continue
        score = _score(finding, failure)
        if score == 0:
            continue
        rank = (score, {Severity.ERROR: 2, Severity.WARNING: 1}.get(finding.severity, 0), -index)
        if best is None or rank > best:
            best, chosen = rank, finding
    return Prediction(chosen.rule, chosen.path, chosen.line, chosen.message) if chosen else None


def _score(finding: ReportedFinding, failure: Failure) -> int:
    if finding.path.rpartition("/")[2] in _AROUND_A_SERVICE:
        return 0
    text = f"{finding.rule} {finding.message} {finding.hint}"
    if failure.nothing_to_start:
        return _STRONG if finding.rule == "missing-entrypoint" or "entrypoint" in finding.message else 0
    if failure.about_port:
        is_about = _ABOUT_PORTS.search(finding.message) or _PORT_RULE.search(finding.rule)
        return _STRONG if is_about else 0
    strong, weak = named(failure.line), broke_in(failure.log)
    score = sum(_STRONG for word in strong if _says(text, word))
    score += sum(1 for word in weak if _says(text, word))
    places = own_places(failure.line, failure.log)
    if any(finding.path.endswith(path) and finding.line == line for path, line in places):
        score += _STRONG
    # A package in a traceback alone is a hint that only an error about that package may take up.
    return score if score >= _STRONG or (score and finding.severity is Severity.ERROR) else 0


def named(line: str) -> tuple[str, ...]:
    """The modules, names and distributions that a decisive line speaks of."""
    found: list[str] = []
    for pattern in _NAMES:
        for match in pattern.finditer(line):
            found += [group for group in match.groups() if group]
    plain = [word.strip(".") for word in found]
    return tuple(dict.fromkeys([*plain, *(word.partition(".")[0] for word in plain)]))


def broke_in(log: str) -> tuple[str, ...]:
    """The installed packages in the last traceback, behind the last frame of the service's own source."""
    last = log[log.rfind("Traceback (most recent call last)") :] if "Traceback" in log else ""
    found: list[str] = []
    for path, _ in _FRAME.findall(last):
        package = _PACKAGE.search(path)
        if package:
            found.append(package[1])
        elif _OWN.search(path):
            found.clear()
    return tuple(dict.fromkeys(found))


def own_places(line: str, log: str) -> tuple[tuple[str, int], ...]:
    """The places of the service's own source that the failure names: `(path, line)`."""
    found = [(name, int(number)) for name, number in re.findall(r"([\w./-]+\.py)(?:, line |:)(\d+)", line)]
    for path, number in _FRAME.findall(log):
        own = _OWN.search(path)
        if own:
            found.append((own[1], int(number)))
    return tuple(dict.fromkeys(found))


def _says(text: str, word: str) -> bool:
    spellings: Iterable[str] = {word, word.replace("_", "-"), word.replace("-", "_")}
    return any(re.search(_WORD.format(re.escape(one)), text, re.IGNORECASE) for one in spellings if len(one) > 1)
