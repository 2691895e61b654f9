"""Tell what gcloud's parser refuses before the deploy does.

`gcloud app deploy` checks the file before it uploads anything and stops at the first thing that it does not take: a
misspelled key, a key given twice, a number out of range, two scaling blocks, a YAML anchor. It tells one at a time and
often without saying what would be right. Here are all of them, each with its line, held against the parser of Google
Cloud SDK 528.0.0. Places that a template fills in are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._refusals import nodes, written
from flexmigrate_rules.app_yaml._refused_together import together


def check(service: Service, context: Context) -> Iterator[Finding]:
    root = service.root
    for refused in (*written(service.yaml, root), *nodes(root), *together(service)):
        yield Finding(refused.message, service.config, refused.offset, hint=refused.hint, key=refused.key)


_EXAMPLE = {"app.yaml": "runtime: python\nenv: flex\nautomatic_scaling:\n  min_num_instances: 0\n"}

RULE = Rule(
    check=check,
    summary="what gcloud's parser refuses is told with its line before the deploy does",
    severity=Severity.ERROR,
    fix=FixClass.MANUAL,
    source="https://cloud.google.com/appengine/docs/flexible/reference/app-yaml",
    platforms=frozenset({Platform.FLEX}),
    example=Example(before=_EXAMPLE, after=_EXAMPLE, says="`0` is below 1"),
)
