"""Leave a modern Python whose support has ended, and say so half a year before it ends.

After the end of support App Engine takes no new deployment of a runtime; what is deployed keeps running and its
configuration can still be changed. So nothing breaks on the day, and the next fix cannot be shipped. A version past
its end moves to the one this plan is for; one that ends within 180 days is only reported.

The dates are those of the standard environment's schedule. The flexible environment has a schedule of its own, which
could not be read; for other languages the two are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from flexmigrate.model import Finding, FixClass, Platform, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._start import has_build_variable
from flexmigrate_rules.app_yaml._versions import SYSTEM, VERSION, Modern, modern, moved, put
from flexmigrate_rules.facts.runtimes import available, default_python, support, version_key

NOTICE = timedelta(days=180)
_DATES = "by the standard environment's schedule, which the flexible one most likely shares"


def check(service: Service, context: Context) -> Iterator[Finding]:
    runtime = modern(service)
    if runtime is None or runtime.python is None:
        return
    if runtime.version is None and _chosen_elsewhere(service):
        return
    offer = support(runtime.python)
    if offer is None or offer.end_of_support is None:
        return
    entry = runtime.config.entry(VERSION[1]) or runtime.config.entry(SYSTEM[1])
    offset = entry.start if entry else 0
    name = f"Python {runtime.python}"
    if runtime.version is None:
        name += f" (the default of {runtime.system})"
    if context.today > offer.end_of_support:
        yield Finding(
            f"{name} reached its end of support on {offer.end_of_support} {_DATES}: "
            "new deployments are refused, running instances go on",
            service.config,
            offset,
            key="end-of-support",
            rewrites=(_upgrade(service, context, runtime),),
        )
    elif context.today + NOTICE >= offer.end_of_support:
        yield Finding(
            f"{name} reaches its end of support on {offer.end_of_support} {_DATES}: "
            "from then on new deployments are refused, running instances go on",
            service.config,
            offset,
            hint=_next(context.today, runtime.python),
            severity=Severity.WARNING,
            key="end-of-support",
        )


def _chosen_elsewhere(service: Service) -> bool:
    """Whether another file or variable names the version that the operating system's default would else be."""
    return service.text(".python-version") is not None or has_build_variable(service, "GOOGLE_PYTHON_VERSION")


def _upgrade(service: Service, context: Context, runtime: Modern) -> Rewrite:
    if runtime.version is None and default_python(context.operating_system) == context.python:
        return put(service, SYSTEM, context.operating_system)
    return moved(service, context)


def _next(today: date, python: str) -> str:
    newer = [offer for offer in available("flex", today) if version_key(offer.python) > version_key(python)]
    offers = ", ".join(f"{offer.python} on {offer.operating_system} (until {offer.end_of_support})" for offer in newer)
    return f"move before that day to {offers}" if offers else "look for a newer version before that day"


RULE = Rule(
    check=check,
    summary="a Python past its end of support is replaced; one that ends within 180 days is reported",
    severity=Severity.ERROR,
    fix=FixClass.SAFE,
    source="https://docs.cloud.google.com/appengine/docs/flexible/lifecycle/runtime-lifecycle",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nruntime_config:\n"
            '  operating_system: ubuntu18\n  runtime_version: "3.9"\n'
        },
        after={
            "app.yaml": "runtime: python\nenv: flex\nruntime_config:\n"
            '  operating_system: ubuntu22\n  runtime_version: "3.12"\n'
        },
        says="end of support on 2025-10-05",
    ),
)
