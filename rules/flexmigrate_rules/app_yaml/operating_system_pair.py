"""Write the pair of operating system and Python that the support schedule lists.

Each modern Python belongs to one Ubuntu; nothing between the editor and the server checks the pair, so a wrong one
shows only when the build cannot find that Python for that system. Where `runtime_version` names a supported Python,
its operating system is the one right answer, and the Python stays. A pair that is not in the schedule but has been
seen to work is changed with `--unsafe-fixes` only: to the operating system of that Python or, where the plan stays on
the operating system, to its Python. A version past its end of support is not this rule's business: end-of-support
moves both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Quoted, Rewrite, Route, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._versions import SYSTEM, VERSION, Modern, minor, modern, moved, put
from flexmigrate_rules.facts.runtimes import (
    available,
    default_python,
    operating_systems_for,
    schedule,
    support,
    version_key,
)

_UBUNTU = re.compile(r"(?:ubuntu)?([0-9]{2})(?:04)?")
_SPELT_OTHERWISE = re.compile(r"(?:python)?-?(3)\.?([0-9]{1,2})", re.IGNORECASE)


def check(service: Service, context: Context) -> Iterator[Finding]:
    runtime = modern(service)
    if runtime is None:
        return
    if runtime.version is None:
        found = _system_alone(service, runtime)
    elif (python := minor(runtime.version)) is None:
        found = _odd_version(service, runtime, runtime.version)
    elif support(python) is None:
        found = _unknown_version(service, context, python)
    else:
        found = _pair(service, context, runtime, python)
    if found is not None:
        yield found


def _system_alone(service: Service, runtime: Modern) -> Finding | None:
    written = runtime.system or ""
    if default_python(written) is not None:
        return None
    meant = _meant(written)
    message = f"`operating_system: {written}` is none that App Engine offers"
    if meant is None:
        return _finding(service, message, hint=f"write one of {_systems()}")
    return _finding(service, f"{message}; it is spelt `{meant}`", service.editor.set(SYSTEM, meant))


def _odd_version(service: Service, runtime: Modern, written: str) -> Finding | None:
    message = f"`runtime_version: {written}` names no version of the support schedule"
    spelt = _SPELT_OTHERWISE.fullmatch(written)
    meant = f"{spelt[1]}.{spelt[2]}" if spelt else None
    if meant is not None and support(meant) is not None:
        return _finding(
            service, f"{message}, which would call it {meant}", service.editor.set(VERSION, Quoted(meant)), at=VERSION
        )
    return _finding(
        service, message, at=VERSION, hint="write the version as two numbers in quotes", severity=Severity.WARNING
    )


def _unknown_version(service: Service, context: Context, python: str) -> Finding:
    oldest = schedule("flex")[-1].python
    if version_key(python) > version_key(oldest):
        message = f"Python {python} is in no support schedule that flexmigrate knows"
        return _finding(
            service, message, at=VERSION, hint="check the pair before you deploy", severity=Severity.WARNING
        )
    return _finding(
        service,
        f"Python {python} was never offered with `operating_system`; {oldest} was the first",
        moved(service, context),
        at=VERSION,
    )


def _pair(service: Service, context: Context, runtime: Modern, python: str) -> Finding | None:
    pairings = {pairing.operating_system: pairing for pairing in operating_systems_for(python)}
    right = next((pairing.operating_system for pairing in pairings.values() if pairing.scheduled), None)
    if right is None:
        message = f"Python {python} is a preview at most, and no operating system is known for it"
        offers = ", ".join(offer.python for offer in available("flex", context.today))
        return _finding(
            service, message, at=VERSION, hint=f"generally available are {offers}", severity=Severity.WARNING
        )
    if runtime.system == right or not any(offer.python == python for offer in available("flex", context.today)):
        return None
    rewrite = put(service, SYSTEM, right, before=VERSION[1])
    if runtime.system is None:
        message = f"`runtime_version` without `operating_system`; Python {python} belongs to {right}"
        return _finding(service, message, rewrite)
    message = f"the support schedule lists Python {python} with {right}, not with {runtime.system}"
    seen = pairings.get(runtime.system)
    if seen is None:
        return _finding(service, message, rewrite)
    outcome = f"`operating_system: {right}`"
    if runtime.system == context.operating_system and version_key(context.python) > version_key(python):
        rewrite = service.editor.set(VERSION, Quoted(context.python))
        outcome = f"Python {context.python}, which belongs to {runtime.system}"
    return _finding(
        service,
        f"{message}; the pair has been seen to work ({seen.why})",
        rewrite,
        hint=f"--unsafe-fixes writes {outcome}",
        severity=Severity.WARNING,
        fix=FixClass.UNSAFE,
    )


def _finding(
    service: Service,
    message: str,
    rewrite: Rewrite | None = None,
    *,
    at: Route = SYSTEM,
    hint: str = "",
    severity: Severity | None = None,
    fix: FixClass | None = None,
) -> Finding:
    entry = service.editor.entry(at) or service.editor.entry(VERSION)
    rewrites = () if rewrite is None else (rewrite,)
    offset = entry.start if entry else 0
    return Finding(message, service.config, offset, hint, severity=severity, fix=fix, key="pair", rewrites=rewrites)


def _meant(written: str) -> str | None:
    """The operating system that a person means by `Ubuntu 22.04`, `ubuntu-22` or `22`."""
    found = _UBUNTU.fullmatch(re.sub(r"[\s._-]", "", written.lower()))
    return f"ubuntu{found[1]}" if found and default_python(f"ubuntu{found[1]}") is not None else None


def _systems() -> str:
    systems = (offer.operating_system for offer in schedule("flex"))
    return ", ".join(dict.fromkeys(system for system in systems if system))


RULE = Rule(
    check=check,
    summary="`operating_system` and `runtime_version` become a pair of the support schedule",
    severity=Severity.ERROR,
    fix=FixClass.SAFE,
    source="https://docs.cloud.google.com/appengine/docs/flexible/python/runtime",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nruntime_config:\n"
            '  operating_system: ubuntu18\n  runtime_version: "3.12"\n'
        },
        after={
            "app.yaml": "runtime: python\nenv: flex\nruntime_config:\n"
            '  operating_system: ubuntu22\n  runtime_version: "3.12"\n'
        },
        says="lists Python 3.12 with ubuntu22",
    ),
)
