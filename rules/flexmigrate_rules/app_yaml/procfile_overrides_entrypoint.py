"""Tell that the `Procfile` now decides what starts.

The legacy runtime started `entrypoint` and did not look at a `Procfile`. The buildpacks take its `web` process before
`entrypoint`, and stop the build when there is a `Procfile` without one. Files left over from Heroku or written for
honcho come alive that way. Which of the two commands is meant only the owner knows, so nothing is changed.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._start import has_build_variable, procfile

_WAY_OUT = "rename the Procfile (and tell honcho its new name with -f), or list it in .gcloudignore"


def check(service: Service, context: Context) -> Iterator[Finding]:
    if service.runtime != "python" or has_build_variable(service, "GOOGLE_ENTRYPOINT"):
        return
    processes = procfile(service)
    if processes is None:
        return
    path = service.path("Procfile")
    if "web" not in processes:
        what = "has no `web` process" if processes else "holds no process"
        yield Finding(
            f"the Procfile {what}, and the buildpacks stop the build there whatever `entrypoint` says",
            path,
            hint=f"add the line `web: <the entrypoint>`, or {_WAY_OUT}",
            severity=Severity.ERROR,
            key="web",
        )
        return
    entry = service.root.entry("entrypoint")
    if entry is None or entry.value.kind != "scalar" or entry.value.is_empty or entry.value.templated:
        return
    command, span = processes["web"]
    if _words(command) != _words(entry.value.value):
        yield Finding(
            "the Procfile's `web` command differs from `entrypoint` and is started in its place; "
            "the legacy runtime ignored it",
            path,
            span.start,
            hint=f"make the two the same, or {_WAY_OUT}",
            key="web",
        )


def _words(command: str) -> list[str]:
    """The command as its words; the legacy builder put `exec` in front, which starts nothing else."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    return words[1:] if words[:1] == ["exec"] else words


RULE = Rule(
    check=check,
    summary="a Procfile wins over `entrypoint` on the buildpack runtime",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://github.com/GoogleCloudPlatform/buildpacks/blob/main/cmd/config/entrypoint/lib/lib.go",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT -w 4 main:app\n",
            "Procfile": "web: python main.py\n",
        },
        after={
            "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT -w 4 main:app\n",
            "Procfile": "web: python main.py\n",
        },
        says="differs from `entrypoint`",
    ),
)
