"""A rule pack for tests of the engine: rules that edit anything, and facts that need no table."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flexmigrate.model import Current, Edit, Finding, FixClass, KeyNote, Platform, Rewrite, Runtime, Severity, Verdict
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, KeyFact, Pack, Rule

APP = "runtime: python\nenv: flex\n# end\n"
RUNTIMES = tuple(Runtime(f"3.{minor}", "ubuntu24" if minor == 14 else "ubuntu22") for minor in (14, 13, 12))
NO_EXAMPLE = Example({"app.yaml": APP}, {"app.yaml": APP}, "")


def rule(
    name: str,
    check: Callable[[Service, Context], Iterable[Finding]],
    fix: FixClass = FixClass.SAFE,
    severity: Severity = Severity.ERROR,
    platforms: frozenset[Platform] = frozenset(Platform),
) -> Rule:
    return Rule(check, f"does {name}", severity, fix, "https://example.com", NO_EXAMPLE, platforms, name, "why", "test")


def pack(*rules: Rule, version: str = "1") -> Pack:
    return Pack(
        name="test",
        version=version,
        rules=rules,
        facts_as_of="2026-01-01",
        runtimes=lambda platform, today: RUNTIMES,
        current=lambda service: Current(None, "2.7", service.runtime),
        key_fact=lambda key, value, platform: (
            None if key == "mystery" else KeyFact(KeyNote(key, Verdict.KEPT, "", "as it is"))
        ),
    )


def replacing(old: str, new: str, path: str = "app.yaml") -> Callable[[Service, Context], Iterable[Finding]]:
    """A check that replaces the first `old` of a file as long as there is one."""

    def check(service: Service, context: Context) -> Iterable[Finding]:
        text = service.repository.text(path) or ""
        at = text.find(old)
        if at >= 0:
            edit = Edit(path, at, at + len(old), old, new)
            yield Finding(f"{old} is there", path, at, rewrites=(Rewrite(path, (edit,)),))

    return check


def reporting(message: str, when: Callable[[Context], bool] = lambda context: True) -> Callable[..., Iterable[Finding]]:
    """A check that only reports."""

    def check(service: Service, context: Context) -> Iterable[Finding]:
        if when(context):
            yield Finding(message, service.config)

    return check
