"""Makes a plan: finds services, chooses where each goes, lets the rules settle, and adds it all up."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from flexmigrate import __version__
from flexmigrate.documents.resolution import Resolver
from flexmigrate.errors import ExitCode, UserError
from flexmigrate.keys import judge
from flexmigrate.model import (
    Change,
    Current,
    Edit,
    Plan,
    Platform,
    ReportedFinding,
    Runtime,
    ServicePlan,
    Skipped,
    Target,
    ToolVersions,
)
from flexmigrate.project import Repository, Service, discover_services
from flexmigrate.rule import Context, Pack, Rule
from flexmigrate.settling import Draft, settle


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person asked for. `python` is `auto`, `latest` or a version; `operating_system` `auto` or a name.

    `resolver` is what rules may ask a package index with.
    """

    today: date
    platform: Platform = Platform.FLEX
    python: str = "auto"
    operating_system: str = "auto"
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    unsafe: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    resolver: Resolver | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a service would become on one runtime."""

    runtime: Runtime
    draft: Draft


Progress = Callable[[str], None]


def make_plan(
    repository: Repository,
    packs: Sequence[Pack],
    settings: Settings,
    only: frozenset[str] | None = None,
    progress: Progress = lambda name: None,
) -> Plan:
    """The plan for all services of a repository; UserError when what was asked for does not exist.

    Services are planned in the order of their paths, each on top of the ones before, so that a file shared by two is
    edited once. `only` limits the search to these config files; `progress` is told each config before its turn.
    """
    rules = chosen_rules(packs, settings)
    runtimes = runtimes_for(packs, settings)
    found = discover_services(repository, only)
    planned: list[ServicePlan] = []
    skipped = list(found.skipped)
    draft = Draft()
    for service in found.services:
        progress(service.config)
        target, draft = _plan_service(service, rules, runtimes, packs, settings, draft)
        keys = judge(service, settings.platform, packs, draft.done, draft.notes)
        current = _current(service, packs)
        planned.append(ServicePlan(service.config, service.name, current, target, draft.findings, keys, ()))
        skipped += draft.skipped
    skipped += _unreadable_inputs(repository, skipped)
    return Plan(
        tool=ToolVersions(
            __version__,
            {pack.name: pack.version for pack in packs},
            max((pack.facts_as_of for pack in packs), default=""),
        ),
        target=_common_target(planned, settings),
        root=".",
        services=_with_changes(planned, draft, repository),
        skipped=tuple(skipped),
        bystanders=found.bystanders,
        inputs=repository.inputs(),
    )


def chosen_rules(packs: Sequence[Pack], settings: Settings) -> list[Rule]:
    """The rules that the settings ask for; UserError (usage) for a name that no rule has."""
    rules = [rule for pack in packs for rule in pack.rules_for(settings.platform)]
    asked = settings.select | settings.ignore
    if asked - {rule.name for rule in rules}:
        known = {rule.name for pack in packs for rule in pack.all_rules()}
        for unknown in sorted(asked - known):
            raise UserError(f"there is no rule called {unknown}", "flexmigrate rules lists them", ExitCode.USAGE)
    return [
        rule
        for rule in rules
        if rule.name not in settings.ignore and (not settings.select or rule.name in settings.select)
    ]


def runtimes_for(packs: Sequence[Pack], settings: Settings) -> tuple[Runtime, ...]:
    """The runtimes that answer to the settings, best first."""
    offered = [
        runtime for pack in packs if pack.runtimes for runtime in pack.runtimes(settings.platform, settings.today)
    ]
    wanted = [
        runtime
        for runtime in offered
        if settings.operating_system in ("auto", runtime.operating_system)
        and settings.python in ("auto", "latest", runtime.python)
    ]
    if not wanted:
        what = f"Python {settings.python}" if settings.python not in ("auto", "latest") else "a Python"
        where = "" if settings.operating_system == "auto" else f" with {settings.operating_system}"
        listed = ", ".join(f"{runtime.python} on {runtime.operating_system}" for runtime in offered)
        raise UserError(
            f"{what}{where} cannot be deployed to {settings.platform} on {settings.today}",
            f"offered then: {listed or 'nothing that is known'}",
            ExitCode.USAGE,
        )
    return tuple(wanted[:1] if settings.python == "latest" else wanted)


def _plan_service(
    service: Service,
    rules: Sequence[Rule],
    runtimes: Sequence[Runtime],
    packs: Sequence[Pack],
    settings: Settings,
    start: Draft,
) -> tuple[Target, Draft]:
    """The best runtime for one service and the draft it leads to."""
    kept = next(
        (found for pack in packs if pack.kept and (found := pack.kept(service, settings.platform, settings.today))),
        None,
    )
    tried = trials(service, rules, [kept] if kept else runtimes, settings, start, stop_early=True)
    best = choose(tried)
    accepted = {_sameness(finding) for finding in best.draft.errors()}
    why = tuple(
        f"{passed.runtime.python}: {_first_difference(passed.draft, accepted)}" for passed in tried[: tried.index(best)]
    )
    if kept:
        chosen = "kept"
    else:
        chosen = settings.python if settings.python in ("auto", "latest") else "given"
    runtime = best.runtime
    target = Target(
        settings.platform, runtime.python, runtime.operating_system, chosen, why, end_of_support=runtime.end_of_support
    )
    return target, best.draft


def trials(
    service: Service,
    rules: Sequence[Rule],
    runtimes: Sequence[Runtime],
    settings: Settings,
    start: Draft,
    stop_early: bool = False,
) -> list[Trial]:
    """The draft for each runtime in turn; with `stop_early` no further than the first without an open error."""
    tried: list[Trial] = []
    for runtime in runtimes:
        context = Context(
            settings.platform,
            runtime.python,
            runtime.operating_system,
            settings.today,
            settings.python != "latest",
            settings.options,
            settings.resolver,
        )
        tried.append(Trial(runtime, settle(service, rules, context, settings.unsafe, start)))
        if stop_early and not tried[-1].draft.errors():
            break
    return tried


def choose(tried: Sequence[Trial]) -> Trial:
    """The newest runtime without an open error; where none is free of errors, the newest with the fewest."""
    return min(tried, key=lambda trial: len(trial.draft.errors()))


def _first_difference(draft: Draft, accepted: set[tuple[str, str, int]]) -> str:
    errors = draft.errors()
    finding = next((finding for finding in errors if _sameness(finding) not in accepted), errors[0])
    return f"{finding.message} ({finding.path}:{finding.line})"


def _sameness(finding: ReportedFinding) -> tuple[str, str, int]:
    return finding.rule, finding.path, finding.line


def _current(service: Service, packs: Sequence[Pack]) -> Current:
    for pack in packs:
        if pack.current:
            return pack.current(service)
    return Current(service.value("runtime_config", "python_version"), None, service.runtime)


def _common_target(services: Sequence[ServicePlan], settings: Settings) -> Target:
    """The target all services share; version and system are None where they differ."""
    targets = {(service.target.python, service.target.operating_system) for service in services}
    if len(targets) == 1:
        return services[0].target if len(services) == 1 else replace(services[0].target, why=_all_reasons(services))
    chosen = settings.python if settings.python in ("auto", "latest") else "given"
    why = tuple(f"{service.config}: Python {service.target.python}" for service in services)
    return Target(settings.platform, None, None, chosen, why)


def _all_reasons(services: Sequence[ServicePlan]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for service in services for reason in service.target.why))


def _unreadable_inputs(repository: Repository, known: Sequence[Skipped]) -> list[Skipped]:
    """Files that rules asked for and could not have, unless they are reported already."""
    reported = {skipped.path for skipped in known}
    return [
        Skipped(path, reason)
        for path, reason in sorted(repository.unreadable.items())
        if path not in reported and not path.lower().endswith((".yaml", ".yml"))
    ]


def _with_changes(services: Sequence[ServicePlan], draft: Draft, repository: Repository) -> tuple[ServicePlan, ...]:
    """Each change with the service it belongs to: the one whose finding made it, the first where several did."""
    changes = [*_edited(draft, repository), *_created(draft)]
    result: list[ServicePlan] = []
    for index, service in enumerate(services):
        own = [change for change in changes if _owner(change, services) == index]
        own.sort(key=lambda change: (change.path != service.config, change.path))
        result.append(replace(service, changes=tuple(own)))
    return tuple(result)


def _owner(change: Change, services: Sequence[ServicePlan]) -> int:
    """A config belongs to its own service, another file to the service with the nearest directory above it."""

    def nearness(index: int) -> tuple[bool, int, int]:
        config = services[index].config
        directory = config.rpartition("/")[0]
        above = not directory or change.path.startswith(f"{directory}/")
        return config == change.path, len(directory) if above else -1, -index

    return max(range(len(services)), key=nearness)


def _edited(draft: Draft, repository: Repository) -> list[Change]:
    found: list[Change] = []
    for path, table in sorted(draft.tables.items()):
        edits: tuple[Edit, ...] = table.edits(path)
        if not edits or path in draft.created:
            continue
        encoding = repository.original(path)[1]
        found.append(
            Change(
                path,
                table.original,
                table.text,
                _sha256(table.original, encoding),
                _sha256(table.text, encoding),
                edits,
                encoding,
            )
        )
    return found


def _created(draft: Draft) -> list[Change]:
    texts = draft.texts()
    return [
        Change(path, None, texts[path], None, _sha256(texts[path], "utf-8"), (), "utf-8", creation.executable)
        for path, creation in sorted(draft.created.items())
    ]


def _sha256(text: str, encoding: str) -> str:
    return hashlib.sha256(text.encode(encoding)).hexdigest()
