"""Replace `runtime_config.python_version` by `operating_system` and `runtime_version`.

The key selects the legacy runtimes, which were built from Google's Docker image and can no longer be deployed. It also
seldom names what really runs: `3` has meant Python 3.6.10 for years. The modern runtimes are built by buildpacks and
are selected by the pair of operating system and version; a comment on the old line stays on the version's line.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Quoted, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.facts.runtimes import legacy_interpreter

OLD = ("runtime_config", "python_version")


def check(service: Service, context: Context) -> Iterator[Finding]:
    config = service.node("runtime_config")
    entry = config.entry("python_version") if config is not None else None
    if entry is None:
        return
    written = service.value(*OLD)
    interpreter = legacy_interpreter(written)
    ran = f"ran Python {interpreter}" if interpreter else "is no version that the legacy runtime ever built"
    yield Finding(
        f"`python_version: {written or ''}` {ran}; the legacy runtime can no longer be deployed",
        service.config,
        entry.start,
        rewrites=(_rewrite(service, context),),
    )


def _rewrite(service: Service, context: Context) -> Rewrite:
    editor = service.editor
    system, version = Quoted(context.operating_system), Quoted(context.python)
    has_system = service.node("runtime_config", "operating_system") is not None
    has_version = service.node("runtime_config", "runtime_version") is not None
    if has_system and (has_version or not context.write_version):
        return editor.remove(OLD)
    if not context.write_version:
        return editor.set(OLD, system) + editor.rename(OLD, "operating_system")
    if has_system:
        return editor.set(OLD, version) + editor.rename(OLD, "runtime_version")
    if has_version:
        return editor.set(OLD, system) + editor.rename(OLD, "operating_system")
    return (
        editor.insert((OLD[0], "operating_system"), system, before=OLD[1])
        + editor.set(OLD, version)
        + editor.rename(OLD, "runtime_version")
    )


RULE = Rule(
    check=check,
    summary="the legacy `python_version` becomes `operating_system` and `runtime_version`",
    severity=Severity.ERROR,
    fix=FixClass.SAFE,
    source="https://cloud.google.com/appengine/docs/flexible/python/runtime",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={"app.yaml": "runtime: python\nenv: flex\nruntime_config:\n  python_version: 3  # keep in step\n"},
        after={
            "app.yaml": "runtime: python\nenv: flex\nruntime_config:\n"
            '  operating_system: "ubuntu22"\n  runtime_version: "3.12"  # keep in step\n'
        },
        says="ran Python 3.6.10",
    ),
)
