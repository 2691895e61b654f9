"""Write the `entrypoint` that nobody else supplies.

The buildpacks for the flexible environment have no default command: without `entrypoint`, a Procfile or the build
variable GOOGLE_ENTRYPOINT the image is built and nothing in it starts. Where the source shows exactly one
application, the command for it is proposed; it is a guess at what was meant, so it is written with `--unsafe-fixes`
only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from flexmigrate.model import Finding, FixClass, Platform, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._start import has_build_variable, procfile

NAME = "entrypoint"
_EXAMPLE = "`entrypoint: gunicorn -b :$PORT main:app` for the WSGI application `app` in main.py"


def check(service: Service, context: Context) -> Iterator[Finding]:
    if service.runtime != "python" or has_build_variable(service, "GOOGLE_ENTRYPOINT"):
        return
    entry = service.root.entry(NAME)
    if entry is not None and (not entry.value.is_empty or entry.value.templated):
        return
    if "web" in (procfile(service) or {}):
        return
    # Only a service without a command pays for reading Python.
    from flexmigrate_rules.app_yaml._applications import commands

    found = commands(service)
    speaks_of = entry or service.root.entry("runtime")
    message = "no `entrypoint`, and the buildpacks have no default for it: the service would start nothing"
    if len(found) == 1:
        hint = f"--unsafe-fixes writes `entrypoint: {found[0]}`"
    elif found:
        hint = "write the one that is meant: " + ", ".join(f"`entrypoint: {command}`" for command in found)
    else:
        hint = f"write what starts the service, for example {_EXAMPLE}"
    yield Finding(
        message,
        service.config,
        speaks_of.start if speaks_of else 0,
        hint=hint,
        key=NAME,
        rewrites=(_rewrite(service, found[0]),) if len(found) == 1 else (),
    )


def _rewrite(service: Service, command: str) -> Rewrite:
    if service.root.entry(NAME) is not None:
        rewrite = service.editor.set((NAME,), command)
    else:
        anchor = next(name for name in ("env", "vm", "runtime") if service.root.entry(name) is not None)
        rewrite = service.editor.insert((NAME,), command, after=anchor)
    if service.root.flow:
        return rewrite
    # People leave a command without quotes, and the colons of `:$PORT` and `main:app` need none in block style.
    edits = (
        replace(edit, new=re.sub(rf"(['\"]){re.escape(command)}\1", lambda _: command, edit.new))
        for edit in rewrite.edits
    )
    return replace(rewrite, edits=tuple(edits))


RULE = Rule(
    check=check,
    summary="without `entrypoint` nothing starts; the one that fits the source is proposed",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://docs.cloud.google.com/appengine/docs/flexible/python/runtime",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\n",
            "main.py": "from flask import Flask\n\napp = Flask(__name__)\n",
        },
        after={
            "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
            "main.py": "from flask import Flask\n\napp = Flask(__name__)\n",
        },
        says="the service would start nothing",
    ),
)
