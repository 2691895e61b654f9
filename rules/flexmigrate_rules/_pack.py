"""The pack as the engine loads it: the rules, and the facts that the engine asks for."""

from __future__ import annotations

import flexmigrate_rules
from flexmigrate.rule import Pack, discover
from flexmigrate_rules.facts import answers

PACK = Pack(
    name=flexmigrate_rules.__name__,
    version=flexmigrate_rules.__version__,
    rules=discover(flexmigrate_rules),
    facts_as_of=answers.AS_OF,
    runtimes=answers.runtimes,
    current=answers.current,
    key_fact=answers.key_fact,
    kept=answers.kept,
)
