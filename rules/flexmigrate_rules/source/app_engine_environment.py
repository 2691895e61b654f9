"""Find reads of environment variables that App Engine sets and Cloud Run does not.

The flexible environment gives a program `GAE_SERVICE`, `GAE_VERSION`, `GAE_INSTANCE`, `GAE_MEMORY_MB` and
`GOOGLE_CLOUD_PROJECT`. Cloud Run sets `K_SERVICE`, `K_REVISION` and `K_CONFIGURATION` instead, and nothing for the
rest. The service.yaml that flexmigrate writes sets what has a fixed text, so nothing breaks; in the code, the variable
of Cloud Run is asked first and App Engine's after it, so that the same source keeps running in both places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, FixClass, Platform, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule

if TYPE_CHECKING:
    from flexmigrate_rules.source._run_reading import Read

_FIXED = "service.yaml sets it to a fixed text"
_COUNTERPARTS = {
    "GAE_SERVICE": ("K_SERVICE", f"{_FIXED}; K_SERVICE holds the name on Cloud Run"),
    "GAE_VERSION": ("K_REVISION", f"{_FIXED}; K_REVISION tells one revision from another"),
    "GAE_MEMORY_MB": ("", "service.yaml sets it to the memory limit"),
    "GOOGLE_CLOUD_PROJECT": ("", "service.yaml sets it, because Cloud Run does not"),
    "GCLOUD_PROJECT": ("", "service.yaml sets it, because Cloud Run does not"),
    "GAE_INSTANCE": ("", "ask the metadata server for instance/id"),
    "GAE_ENV": ("", "K_SERVICE being set tells Cloud Run"),
    "GAE_APPLICATION": ("", "GOOGLE_CLOUD_PROJECT holds the project, which service.yaml sets"),
    "GAE_DEPLOYMENT_ID": ("", "K_REVISION changes with each deployment"),
    "GAE_RUNTIME": ("", "sys.version_info tells the version"),
}
_SET = frozenset(("GAE_SERVICE", "GAE_VERSION", "GAE_MEMORY_MB", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"))


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.source._run_reading import files

    own = service.node("env_variables")
    given = {entry.name for entry in own.entries} if own is not None and own.kind == "mapping" else set()
    for file, reading in files(service, b"GAE_", b"GCLOUD_PROJECT", b"GOOGLE_CLOUD_PROJECT"):
        told: set[str] = set()
        for read in reading.reads:
            name = read.name
            if name not in _COUNTERPARTS or name in given or read.prepared or name in told:
                continue
            told.add(name)
            yield _finding(service, file.path, read)


def _finding(service: Service, path: str, read: Read) -> Finding:
    name = read.name
    counterpart, hint = _COUNTERPARTS[name]
    if name in _SET:
        level = Severity.INFO
    else:
        level = Severity.WARNING
    fails = ", and here nothing stands in for it" if read.required and name not in _SET else ""
    finding = Finding(
        f"{name} is set by App Engine and not by Cloud Run{fails}",
        path,
        read.offset,
        hint=hint,
        severity=level,
        key=name,
    )
    if not counterpart or read.end is None:
        return finding
    return replace(finding, fix=FixClass.UNSAFE, rewrites=(_both(service, path, read, counterpart),))


def _both(service: Service, path: str, read: Read, counterpart: str) -> Rewrite:
    """Ask for Cloud Run's variable first."""
    from flexmigrate.documents.python_edits import replace_expression
    from flexmigrate.documents.spans import Span
    from flexmigrate_rules.source._reading import parsed

    text = service.repository.text(path) or ""
    source = parsed(text, path)
    span = Span(read.offset, read.end or read.offset)
    old = span.of(text)
    module = next((name for name, dotted in source.bindings.items() if dotted == "os"), "")
    environ = next((name for name, dotted in source.bindings.items() if dotted == "os.environ"), "")
    reader = environ or (f"{module}.environ" if module else "")
    if not reader:
        return Rewrite(path, refusal="the file imports neither os nor os.environ")
    return replace_expression(source, span, f'({reader}.get("{counterpart}") or {old})')


_EXAMPLE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
    "main.py": "import os\n\nversion = os.environ['GAE_VERSION']\n",
}

RULE = Rule(
    check=check,
    summary="environment variables that App Engine sets and Cloud Run does not",
    severity=Severity.WARNING,
    fix=FixClass.UNSAFE,
    source="https://docs.cloud.google.com/run/docs/container-contract",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before=_EXAMPLE,
        after=_EXAMPLE
        | {"main.py": "import os\n\nversion = (os.environ.get(\"K_REVISION\") or os.environ['GAE_VERSION'])\n"},
        says="GAE_VERSION is set by App Engine",
        platform=Platform.CLOUD_RUN,
    ),
)
