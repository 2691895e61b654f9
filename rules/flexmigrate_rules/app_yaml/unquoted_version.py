"""Quote what YAML would read as a number and change: versions, and variables whose digits get lost.

gcloud reads `runtime_version: 3.10` as the number 3.1 and sends "3.1", without a word. The same happens to variables:
`1.10` arrives as 1.1, `010` as 8, `1_000` as 1000, `12:30:00` as 45000, `1e3` as 1000.0. Numbers that arrive as they
are written (`8080`, `1.5`) are left alone.

The service has received the changed text so far. Where both texts are the same number to a program (`1.10` and
`1.1`), quoting is safe: who reads a number sees no difference, who reads a text gets the one in the file. Where they
are not (`010` and `8`), the service may rely on what it has been given, and quoting is left to `--unsafe-fixes`.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.documents.yaml import Entry, Node
from flexmigrate.model import Finding, FixClass, Platform, Quoted, Route, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.facts.scalars import Kind, Unreadable, as_read, as_text

VERSION = ("runtime_config", "runtime_version")


def check(service: Service, context: Context) -> Iterator[Finding]:
    config = service.node(VERSION[0])
    entry = config.entry(VERSION[1]) if config is not None else None
    arrives = _changed(entry.value) if entry is not None else None
    if entry is not None and arrives is not None:
        written = entry.value.value
        yield Finding(
            f"`runtime_version: {written}` without quotes is the number {arrives} to App Engine",
            service.config,
            entry.start,
            key=VERSION[1],
            rewrites=(service.editor.set(VERSION, Quoted(written)),),
        )
    for parent in ("env_variables", "build_env_variables"):
        variables = service.node(parent)
        for variable in variables.entries if variables is not None else ():
            if variable.name is not None:
                yield from _variable(service, (parent, variable.name), variable)


def _variable(service: Service, route: Route, entry: Entry) -> Iterator[Finding]:
    arrives = _changed(entry.value)
    if arrives is None:
        return
    written = entry.value.value
    same = _same_number(written, arrives)
    yield Finding(
        f"`{route[1]}` in `{route[0]}` is written without quotes: YAML reads it as a number and passes on another text",
        service.config,
        entry.start,
        hint=""
        if same
        else "the service has received the changed text so far: see what it expects, then quote the value "
        "(--unsafe-fixes does) or write the number it needs",
        severity=Severity.WARNING,
        fix=FixClass.SAFE if same else FixClass.UNSAFE,
        key=f"{route[0]}.{route[1]}",
        rewrites=(service.editor.set(route, Quoted(written)),),
    )


def _changed(node: Node) -> str | None:
    """What App Engine makes of a plain number or day; None where every written character arrives."""
    if node.kind != "scalar" or node.style or node.templated or node.tag is not None or node.is_empty:
        return None
    try:
        value, arrives = as_read(node.value, Kind.PLAIN), as_text(node.value, Kind.PLAIN)
    except Unreadable:
        return None
    if value is None or isinstance(value, str | bool):
        return None
    # `.5` arrives as 0.5: something is added and nothing lost.
    rest = iter(arrives)
    return None if all(character in rest for character in node.value) else arrives


def _same_number(written: str, arrives: str) -> bool:
    """Whether a program that reads a number reads the same one from both texts."""
    try:
        return float(written) == float(arrives)
    except ValueError:
        return False


RULE = Rule(
    check=check,
    summary="versions and variables that YAML would change as numbers are quoted",
    severity=Severity.ERROR,
    fix=FixClass.SAFE,
    source="https://cloud.google.com/appengine/docs/flexible/reference/app-yaml",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nruntime_config:\n  operating_system: ubuntu22\n"
            "  runtime_version: 3.10  # not 3.1\nenv_variables:\n  API: 1.10\n  PORT: 8080\n"
        },
        after={
            "app.yaml": "runtime: python\nenv: flex\nruntime_config:\n  operating_system: ubuntu22\n"
            '  runtime_version: "3.10"  # not 3.1\nenv_variables:\n  API: "1.10"\n  PORT: 8080\n'
        },
        says="is the number 3.1 to App Engine",
    ),
)
