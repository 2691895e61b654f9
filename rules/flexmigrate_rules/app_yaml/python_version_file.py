"""Keep other places from naming another Python than `runtime_version`.

The buildpacks take the version from the build variable GOOGLE_PYTHON_VERSION, then from `runtime_version`, then from
a `.python-version` beside the source, then from the operating system; the legacy runtime looked at none but
`python_version`. `runtime.txt` is read by neither. So a build variable that never did anything would now win, and is
removed when a legacy service moves; on a modern service, where it may have been meant, it is left to a person.

`.python-version` decides only where `runtime_version` is left out. Then a version that cannot be built is replaced,
and an empty file or one of several lines, both of which stop the build, is reported. Where `runtime_version` is
written the file is not read, and it is never edited: it is what pyenv, uv or an IDE installs on somebody's own
machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.documents.spans import Span, replace_span
from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._start import has_build_variable
from flexmigrate_rules.app_yaml._versions import LEGACY, SYSTEM, VERSION, deployable, minor

_VARIABLES = ("GOOGLE_PYTHON_VERSION", "GOOGLE_RUNTIME_VERSION")
_FILE = ".python-version"
_HEROKU = re.compile(r"\s*python-([0-9]+\.[0-9]+)(?:\.[0-9x]+)?\s*")
_ONE_WORD = re.compile(r"\s*(\S+)\s*")


def check(service: Service, context: Context) -> Iterator[Finding]:
    if service.runtime != "python":
        return
    nodes = (service.node(*VERSION), service.node(*SYSTEM), service.node("runtime_config"))
    if any(node is not None and (node.templated or node.kind == "alias") for node in nodes):
        return
    # What the keys of app.yaml will say once the other rules have moved a legacy service.
    legacy = service.node(*LEGACY) is not None or (nodes[0] is None and nodes[1] is None)
    version = service.value(*VERSION) or (context.python if legacy and context.write_version else None)
    system = service.value(*SYSTEM) or context.operating_system
    yield from _variables(service, context, version, system, legacy)
    yield from _file(service, context, version, system)
    yield from _heroku(service, version or context.python)


def _variables(service: Service, context: Context, version: str | None, system: str, legacy: bool) -> Iterator[Finding]:
    parent = service.root.get("build_env_variables")
    for name in _VARIABLES:
        entry = parent.entry(name) if parent is not None else None
        if entry is None or entry.value.kind != "scalar" or entry.value.templated or entry.value.is_empty:
            continue
        named = minor(entry.value.value)
        if named == minor(version) if version is not None else deployable(named, system, context.today):
            continue
        other = f"`runtime_version: {version}`" if version is not None else f"what {system} can build"
        yield Finding(
            f"`{name}` in `build_env_variables` names another Python than {other}, and the buildpacks take it first"
            + ("; the legacy runtime ignored it" if legacy else ""),
            service.config,
            entry.start,
            hint="" if legacy else "keep one of the two: remove the variable, or write its version where it belongs",
            severity=Severity.ERROR,
            key=name,
            rewrites=(service.editor.remove(("build_env_variables", name)),) if legacy else (),
        )


def _file(service: Service, context: Context, version: str | None, system: str) -> Iterator[Finding]:
    text = service.text(_FILE)
    if text is None:
        return
    path = service.path(_FILE)
    if version is not None or any(has_build_variable(service, name) for name in _VARIABLES):
        named = [found for line in text.splitlines() if (found := minor(line))]
        if named and version is not None and minor(version) not in named:
            yield Finding(
                f"{_FILE} names Python {named[0]} while the service is built with {version}, and the build ignores it",
                path,
                hint=f"write {version} there if developers should run what is deployed",
                severity=Severity.INFO,
                key=_FILE,
            )
        return
    word = _ONE_WORD.fullmatch(text.lstrip("\ufeff"))
    named_one = minor(word[1]) if word else None
    if word is None or named_one is None:
        what = "names no single version" if text.strip() else "is empty"
        yield Finding(
            f"{_FILE} {what}; without `runtime_version` the build takes its Python from there and stops",
            path,
            hint=f"write {context.python} there and nothing else, or write `runtime_version`",
            severity=Severity.ERROR,
            key=_FILE,
        )
    elif not deployable(named_one, system, context.today):
        start = text.index(word[1])
        yield Finding(
            f"{_FILE} names Python {named_one}, which cannot be deployed on {system}; "
            "without `runtime_version` the build takes its Python from there",
            path,
            start,
            severity=Severity.ERROR,
            key=_FILE,
            rewrites=(replace_span(path, text, Span(start, start + len(word[1])), context.python),),
        )


def _heroku(service: Service, version: str) -> Iterator[Finding]:
    found = _HEROKU.fullmatch(service.text("runtime.txt") or "")
    if found and found[1] != minor(version):
        yield Finding(
            f"runtime.txt names Python {found[1]} while the service is built with {version}; App Engine never reads it",
            service.path("runtime.txt"),
            hint="remove it, or keep it in step if the source also goes to a host that reads it",
            severity=Severity.INFO,
            key="runtime.txt",
        )


RULE = Rule(
    check=check,
    summary="other places that name the Python version must not contradict `runtime_version`",
    severity=Severity.WARNING,
    fix=FixClass.SAFE,
    source="https://github.com/GoogleCloudPlatform/buildpacks/blob/main/pkg/python/python.go",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nruntime_config:\n  python_version: 3\n"
            'build_env_variables:\n  GOOGLE_PYTHON_VERSION: "3.8"\n'
        },
        after={"app.yaml": "runtime: python\nenv: flex\nruntime_config:\n  python_version: 3\n"},
        says="the buildpacks take it first",
    ),
)
