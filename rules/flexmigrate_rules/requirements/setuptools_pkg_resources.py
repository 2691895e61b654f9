"""Ask for a setuptools that still has `pkg_resources`, where a pinned package cannot do without it.

`pkg_resources` was part of setuptools up to 81 and is gone from 82 on. The legacy image put an old setuptools beside
every application; pip on the modern runtimes installs the newest one, or none. Libraries of the years before import it
at their start: the first Google Cloud clients, honcho and others. A line `setuptools<82` brings it back. Where gunicorn
is the only one that needs it, the rule gunicorn-incompatible proposes a newer gunicorn.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.requirements._gunicorn_choice import choices
from flexmigrate_rules.requirements._pkg_resources import answered_by_setuptools
from flexmigrate_rules.requirements._requirements import Wanted, add, place, wanted, with_rewrites

LINE = "setuptools<82"


def check(service: Service, context: Context) -> Iterator[Finding]:
    found = wanted(service, context)
    if found is None:
        return
    needing = answered_by_setuptools(service, found)
    if not needing:
        return
    from flexmigrate_rules.facts import pins

    entry = needing[0][0]
    names = [f"{one.written} {text}" for one, text, _ in needing]
    for choice in choices(service, context):
        cause = choice.verdict().cause
        if cause is not None and cause.id == "pkg-resources-missing":
            names.append(f"gunicorn {choice.version}")
    unique = list(dict.fromkeys(names))
    listed = unique[0] if len(unique) == 1 else ", ".join(unique[:-1]) + f" and {unique[-1]}"
    verb = "imports" if len(unique) == 1 else "import"
    own = found.first("setuptools")
    what = "setuptools is not pinned" if own is None else "the setuptools asked for has it no longer"
    yield with_rewrites(
        Finding(
            f"{listed} {verb} pkg_resources, which setuptools dropped in 82, and {what} "
            f"(measured {pins.load().as_of} on Python {found.python})",
            (own or entry).path,
            place(own or entry),
            key="setuptools",
        ),
        [_rewrite(service, found)],
        f"add `{LINE}` to the requirements, or move to releases that do not import it",
    )


def _rewrite(service: Service, found: Wanted) -> Rewrite:
    from flexmigrate.documents.requirements import set_specifier

    if found.first("setuptools") is None:
        return add(service, found, LINE)
    deciding = found.line_deciding("setuptools")
    if deciding is None or found.hashed:
        return Rewrite(found.path, refusal="several lines speak of setuptools, or it is pinned by hash")
    return set_specifier(deciding, "<82")


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
RULE = Rule(
    check=check,
    summary="a pinned package needs `pkg_resources`, which setuptools has no longer",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://setuptools.pypa.io/en/latest/history.html",
    example=Example(
        before={"app.yaml": _APP, "requirements.txt": "google-cloud-datastore==2.8.0\n"},
        after={"app.yaml": _APP, "requirements.txt": "google-cloud-datastore==2.8.0\nsetuptools<82\n"},
        says="google-cloud-datastore 2.8.0 imports pkg_resources",
    ),
)
