"""The pack as the engine loads it: the rules, and the facts that the engine asks for."""

from __future__ import annotations

from functools import cache

import flexmigrate_rules
from flexmigrate.model import Platform
from flexmigrate.rule import Pack, Rule, discover
from flexmigrate_rules.facts import answers


@cache
def _cloud_run() -> tuple[Rule, ...]:
    """The emitters: a third of the pack's code, which nobody on the way to the flexible environment needs."""
    from flexmigrate_rules import cloud_run

    return discover(cloud_run)


PACK = Pack(
    name=flexmigrate_rules.__name__,
    version=flexmigrate_rules.__version__,
    rules=discover(flexmigrate_rules, without=frozenset({"cloud_run"})),
    facts_as_of=answers.AS_OF,
    runtimes=answers.runtimes,
    current=answers.current,
    key_fact=answers.key_fact,
    kept=answers.kept,
    deferred={Platform.CLOUD_RUN: _cloud_run},
)
