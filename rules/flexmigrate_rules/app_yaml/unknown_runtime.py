"""Name a runtime that the flexible environment has.

Its Python is called `python`, whatever the version. `python37` and the like are names of the standard environment, and
`python-compat` was an image for Python 2.7 with App Engine's bundled APIs; gcloud's parser takes them all, so the
mistake shows only when the deploy has begun.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule


def check(service: Service, context: Context) -> Iterator[Finding]:
    node = service.node("runtime")
    # gcloud itself refuses python27 beside `env: flex`; rejected-key and managed-vm speak of it.
    if node is None or node.templated or service.runtime in ("python", "custom", "python27"):
        return
    if service.runtime == "python-compat":
        yield Finding(
            "`runtime: python-compat` is the legacy Python 2.7 image with App Engine's bundled APIs, which no modern "
            "runtime has",
            service.config,
            node.start,
            hint="move off `google.appengine.*`, port the source to Python 3, then write `runtime: python`",
        )
        return
    yield Finding(
        f"`runtime: {service.runtime}` is a name of the standard environment; the flexible environment's is `python`",
        service.config,
        node.start,
        rewrites=(service.editor.set(("runtime",), "python"),),
    )


RULE = Rule(
    check=check,
    summary="the flexible environment's Python is called `runtime: python`",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://cloud.google.com/appengine/docs/flexible/reference/app-yaml",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={"app.yaml": "runtime: python37\nenv: flex\n"},
        after={"app.yaml": "runtime: python\nenv: flex\n"},
        says="a name of the standard environment",
    ),
)
