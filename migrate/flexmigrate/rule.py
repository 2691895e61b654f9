"""What a rule and a rule pack are, and how packs are found.

A rule is a value: a function from a service to findings, with its reason, its source and one example that is both test
and documentation. Its name is the name of its module.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.metadata import entry_points
from types import ModuleType

from flexmigrate.documents.resolution import Resolver
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.model import Current, Finding, FixClass, KeyNote, Platform, Runtime, Severity
from flexmigrate.project import Service

ENTRY_POINT_GROUP = "flexmigrate.rules"


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know besides the service: where it goes, and the day of the decision.

    `python` is always a version (`3.12`); `write_version` is False with `--python latest`, where only the operating
    system is written and the platform picks. `options` are what a person gave besides (`project`, `region`, …).
    `resolver` answers from a package index; None, the default, when nothing on the network may be asked.
    """

    platform: Platform
    python: str
    operating_system: str
    today: date
    write_version: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    resolver: Resolver | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A small repository before and after the rule's fix (path to text); `after` equals `before` for a manual rule.

    `says` is a part of the message that the finding must carry.
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    says: str
    python: str = "3.12"
    today: str = "2026-11-22"
    platform: Platform = Platform.FLEX


Check = Callable[[Service, Context], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing worth knowing or changing.

    `severity`, `fix` and `source` hold for each finding that does not say otherwise; `fix` is the most that a finding
    of the rule may offer without saying so. `reason` is the docstring of the rule's module.
    """

    check: Check
    summary: str
    severity: Severity
    fix: FixClass
    source: str
    example: Example
    platforms: frozenset[Platform] = frozenset({Platform.FLEX, Platform.CLOUD_RUN})
    name: str = ""
    reason: str = ""
    pack: str = ""


@dataclass(frozen=True, slots=True)
class KeyFact:
    """What the facts say becomes of one configuration key on a platform."""

    note: KeyNote
    source: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A set of rules with the facts that the engine asks for and does not know itself.

    `runtimes(platform, today)` lists what can be deployed on that day, newest first. `current(service)` tells what the
    service runs today. `key_fact(key, value, platform)` gives the verdict of one configuration key, None when it is
    unknown. `kept(service, platform, today)` is the runtime that a service already has and may keep, None when it
    has to move. A pack of rules only leaves the four out.

    `deferred` finds the rules that one platform alone needs; they are imported only when that platform is the target.
    """

    name: str
    version: str
    rules: tuple[Rule, ...]
    facts_as_of: str = ""
    runtimes: Callable[[Platform, date], tuple[Runtime, ...]] | None = None
    current: Callable[[Service], Current] | None = None
    key_fact: Callable[[str, str, Platform], KeyFact | None] | None = None
    kept: Callable[[Service, Platform, date], Runtime | None] | None = None
    deferred: Mapping[Platform, Callable[[], tuple[Rule, ...]]] = field(default_factory=dict)

    def rules_for(self, platform: Platform) -> tuple[Rule, ...]:
        """The rules that may have something to say about services on their way to this platform."""
        more = self.deferred[platform]() if platform in self.deferred else ()
        return tuple(rule for rule in (*self.rules, *more) if platform in rule.platforms)

    def all_rules(self) -> tuple[Rule, ...]:
        """Every rule of the pack, by name."""
        more = (rule for find in self.deferred.values() for rule in find())
        return tuple(sorted((*self.rules, *more), key=lambda rule: rule.name))


def discover(package: ModuleType, without: frozenset[str] = frozenset()) -> tuple[Rule, ...]:
    """The rules of a package, one module each, sub-packages included, sorted by name.

    Sub-packages named `facts` or in `without`, and whatever has a leading underscore, are not looked into. ValueError
    for any other module without `RULE`, and for a name given twice.
    """
    rules: dict[str, Rule] = {}
    for module in _modules(package, without | {"facts"}):
        rule = getattr(module, "RULE", None)
        if not isinstance(rule, Rule):
            raise ValueError(f"{module.__name__} defines no RULE")
        name = module.__name__.rpartition(".")[2].replace("_", "-")
        if name in rules:
            raise ValueError(f"two rules are called {name}")
        pack = package.__name__.partition(".")[0]
        rules[name] = replace(rule, name=name, reason=(module.__doc__ or "").strip(), pack=pack)
    return tuple(rules[name] for name in sorted(rules))


def _modules(package: ModuleType, without: frozenset[str]) -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(package.__path__):
        if info.name in without or info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        if info.ispkg:
            yield from _modules(module, without)
        else:
            yield module


def installed_packs() -> tuple[Pack, ...]:
    """All packs that the installed distributions offer; UserError when there is none or one cannot be loaded."""
    packs: list[Pack] = []
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name):
        try:
            pack = entry.load()
        except Exception as error:
            raise UserError(
                f"the rule pack {entry.value} cannot be loaded: {type(error).__name__}: {error}",
                "repair or uninstall the package that brings it",
            ) from error
        if not isinstance(pack, Pack):
            raise UserError(f"{entry.value} is not a rule pack", "repair or uninstall the package that brings it")
        packs.append(pack)
    if not packs:
        raise UserError(
            "no rule pack is installed, so there is nothing to look for",
            "install flexmigrate as a package (pip install flexmigrate, or pip install -e . in a checkout)",
            ExitCode.NOTHING_FOUND,
        )
    return tuple(packs)
