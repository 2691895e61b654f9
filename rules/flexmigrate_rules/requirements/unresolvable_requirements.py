"""Find requirements that pip cannot install on the target, and the fewest changes with which it can.

The legacy image installed one line after the other with a pip that let contradictions pass. The buildpacks install
with one that solves all lines at once and stops the build where there is no solution, and run `pip check` on the
result. Two lines that ask for different versions of a package are seen in the files; everything else takes an index:
with `--resolve` the requirements are resolved for the target Python on 64-bit Linux, without building anything. Where
that fails, the lines at fault are named and the nearest versions that resolve are proposed. Such versions install,
which does not mean that the application works with them. Lines that take a package from a URL, a repository or a path
are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, FixClass, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.requirements._contradictions import contradiction, contradicts
from flexmigrate_rules.requirements._requirements import Wanted, place, wanted, with_rewrites

if TYPE_CHECKING:
    from flexmigrate.documents.requirements import Effective, Requirement
    from flexmigrate.documents.resolution import Resolver
    from flexmigrate_rules.requirements._relaxing import Diagnosis, Fault

_LISTED = 6


def check(service: Service, context: Context) -> Iterator[Finding]:
    found = wanted(service, context)
    if found is None:
        return
    contradictions = [one for one in found.effective.values() if contradicts(one)]
    if contradictions:
        yield from (contradiction(one) for one in contradictions)
        return
    if context.resolver is not None:
        yield from _resolved(found, context.resolver)


def _resolved(found: Wanted, resolver: Resolver) -> Iterator[Finding]:
    from flexmigrate.documents.resolution import Outcome
    from flexmigrate_rules.requirements._relaxing import diagnose

    lines = tuple(one.requirements[0] for one in found.effective.values() if _by_version(one))
    constraints = tuple(
        entry
        for entry in (
            *(extra for one in found.effective.values() if _by_version(one) for extra in one.requirements[1:]),
            *found.requirements.constraints,
        )
        if _usable(entry, found.python)
    )
    options = tuple((one.kind, one.value) for one in found.requirements.options)
    diagnosis = diagnose(lines, constraints, options, found.python, resolver)
    first = diagnosis.first
    if first.outcome is Outcome.UNKNOWN:
        yield Finding(
            f"the requirements could not be resolved for Python {found.python}: {first.reason}",
            found.path,
            severity=Severity.WARNING,
            fix=FixClass.MANUAL,
            key="unknown",
        )
        return
    yield from _faults(found, diagnosis, options, resolver)
    yield from _yanked(found, lines, options, resolver)
    yield from _unbuilt(found, lines, diagnosis)


def _unbuilt(found: Wanted, lines: tuple[Requirement, ...], diagnosis: Diagnosis) -> Iterator[Finding]:
    """What exists only as source for this Python, unless it was measured and another rule knows."""
    from flexmigrate_rules.facts import pins

    table = pins.load()
    source = [
        line
        for line in lines
        if line.name in diagnosis.first.unbuilt
        and (not line.pinned or table.install(line.name, line.pinned, found.python).outcome == "unknown")
    ]
    for line in source:
        if line not in diagnosis.compiled:
            continue
        finding = Finding(
            f"{line.written} {line.pinned} has no wheel for Python {found.python}, only for others; "
            "building it from source was not tried",
            line.path,
            place(line),
            severity=Severity.WARNING,
            key=f"compiled:{line.name}",
        )
        yield _with_proposals(found, finding, [line], diagnosis)
    plain = [line for line in source if line not in diagnosis.compiled]
    if plain:
        yield Finding(
            f"released as source only: {_list([_shown(line) for line in plain])}; whether the build can install it, "
            "and what it needs, was not tried",
            plain[0].path,
            place(plain[0]),
            severity=Severity.INFO,
            fix=FixClass.MANUAL,
            key="source",
        )


def _by_version(one: Effective) -> bool:
    from flexmigrate.documents.requirements import RequirementKind

    return all(entry.kind is RequirementKind.NAME and entry.specifier is not None for entry in one.requirements)


def _usable(entry: Requirement, python: str) -> bool:
    from flexmigrate.documents.requirements import RequirementKind, marker_holds

    named = entry.kind is RequirementKind.NAME and entry.specifier is not None
    return named and not entry.extras and marker_holds(entry, python)


def _faults(
    found: Wanted, diagnosis: Diagnosis, options: tuple[tuple[str, str], ...], resolver: Resolver
) -> Iterator[Finding]:
    from flexmigrate.documents.resolution import Outcome
    from flexmigrate_rules.requirements._relaxing import Fault

    if diagnosis.first.outcome is Outcome.RESOLVED:
        return
    told: set[str] = set()
    for fault in diagnosis.faults or (Fault((), diagnosis.first.reason),):
        changed = [line for line in fault.lines if line.name in diagnosis.proposed and line.name not in told]
        told |= {line.name for line in changed}
        if len(fault.lines) == 1:
            message = _alone(fault, found.python, options, resolver)
        else:
            # A short derivation is told by its first step, the rest repeats the lines.
            reason = fault.reason.partition(" and you require ")[0] if fault.reason.count(" depends on ") == 1 else ""
            lines = _list([_shown(line) for line in fault.lines]) or "the requirements together"
            message = f"pip refuses {lines} on Python {found.python}, and so does pip check: {reason or fault.reason}"
        finding = Finding(
            message,
            fault.lines[0].path if fault.lines else found.path,
            place(fault.lines[0]) if fault.lines else 0,
            key=f"fault:{'+'.join(line.name for line in fault.lines)}",
        )
        yield _with_proposals(found, finding, changed, diagnosis)


def _with_proposals(found: Wanted, finding: Finding, changed: list[Requirement], diagnosis: Diagnosis) -> Finding:
    """The finding with the edits of these lines, and in words what they are."""
    changed = [line for line in changed if line.name in diagnosis.proposed]
    if not changed:
        ended = "the search for releases that resolve was given up"
        return replace(
            finding, hint=ended if diagnosis.given_up else "no final release was found with which this resolves"
        )
    words = [f"{line.written}{diagnosis.proposed[line.name]} ({line.path}:{line.line})" for line in changed]
    hint = f"resolves with {_list(words)}"
    made = with_rewrites(finding, [_rewrite(found, line, diagnosis.proposed[line.name]) for line in changed], hint)
    return made if made.hint else replace(made, hint=f"{hint}; --unsafe-fixes writes it")


def _alone(fault: Fault, python: str, options: tuple[tuple[str, str], ...], resolver: Resolver) -> str:
    """Why one line cannot be installed, in the index's own terms where it can be asked."""
    line = fault.lines[0]
    pin = line.pinned
    release = resolver.release(line.name, pin, options) if pin else None
    if release is not None and not release.exists:
        return f"the index has no release {line.written} {pin}"
    if release is not None and not release.admits(python):
        declared = " or ".join(release.requires_python)
        return f"{line.written} {pin} declares that it is for Python {declared}, so pip does not install it on {python}"
    if release is not None and release.wheels and not release.source:
        return f"{line.written} {pin} is released as wheels only, and none is for Python {python}"
    return f"{line.written}{line.specifier} cannot be installed on Python {python}: {fault.reason}"


def _rewrite(found: Wanted, line: Requirement, specifier: str) -> Rewrite:
    from flexmigrate.documents.requirements import set_specifier

    deciding = found.line_deciding(line.name)
    if deciding is None:
        return Rewrite(line.path, refusal=f"several lines speak of {line.written}")
    return set_specifier(deciding, specifier)


def _yanked(
    found: Wanted, lines: tuple[Requirement, ...], options: tuple[tuple[str, str], ...], resolver: Resolver
) -> Iterator[Finding]:
    for line in lines:
        release = resolver.release(line.name, line.pinned, options) if line.pinned else None
        if release is not None and release.yanked is not None:
            why = f": {release.yanked.strip()}" if release.yanked.strip() else ", no reason is given"
            yield Finding(
                f"{line.written} {line.pinned} was yanked from the index{why}",
                line.path,
                place(line),
                severity=Severity.WARNING,
                fix=FixClass.MANUAL,
                key=f"yanked:{line.name}",
            )


def _shown(line: Requirement) -> str:
    return f"{line.written}{line.specifier} ({line.path}:{line.line})"


def _list(texts: list[str]) -> str:
    more = len(texts) - _LISTED
    return ", ".join(texts[:_LISTED]) + (f" and {more} more" if more > 0 else "")


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
_REQUIREMENTS = "Flask==3.0.3\ngunicorn==23.0.0\nflask==2.3.3\n"
RULE = Rule(
    check=check,
    summary="pip cannot install the requirements together, or not on the target (fully with `--resolve`)",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://github.com/GoogleCloudPlatform/buildpacks/blob/main/pkg/python/python.go",
    example=Example(
        before={"app.yaml": _APP, "requirements.txt": _REQUIREMENTS},
        after={"app.yaml": _APP, "requirements.txt": _REQUIREMENTS},
        says="contradict each other about Flask",
    ),
)
