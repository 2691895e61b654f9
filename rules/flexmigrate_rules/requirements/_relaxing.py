"""Searches for the fewest and smallest changes with which requirements can be installed.

A line is relaxed step by step: the same series of releases, the same major version, anything newer, anything. What
cannot be installed even by itself is relaxed on its own account; of lines that contradict each other first one is
tried, then two. Every question to the resolver counts, and their number is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from flexmigrate.documents.requirements import Requirement
from flexmigrate.documents.resolution import Outcome, Resolution, Resolver, ResolveRequest
from flexmigrate_rules.requirements._steps import is_final, series_of, steps, text_of, written

MOST_QUESTIONS = 60
_MOST_TOGETHER = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """Lines that cannot be installed, alone or together, and the resolver's explanation."""

    lines: tuple[Requirement, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, and the specifiers with which nothing is.

    `first` is the answer to the requirements as they are. `proposed` gives for each line that has to change what to
    write there, as far as something was found that helps. `compiled` are the lines that resolve but whose release has
    wheels for other Pythons only; `proposed` speaks of them too. `given_up` means that the search was not finished.
    """

    first: Resolution
    faults: tuple[Fault, ...] = ()
    proposed: Mapping[str, str] = field(default_factory=dict)
    compiled: tuple[Requirement, ...] = ()
    given_up: bool = False


class GivenUp(Exception):
    """The resolver could not tell, or was asked too often."""


def diagnose(
    lines: tuple[Requirement, ...],
    constraints: tuple[Requirement, ...],
    options: tuple[tuple[str, str], ...],
    python: str,
    resolver: Resolver,
) -> Diagnosis:
    """Resolve the lines, which hold on the target and name each package once, and search a way where that fails."""
    search = _Search(lines, constraints, options, python, resolver)
    first = search.ask({})
    if first.outcome is Outcome.UNKNOWN:
        return Diagnosis(first)
    faults: list[Fault] = []
    compiled: list[Requirement] = []
    try:
        proposed = search.propose(faults, compiled)
    except GivenUp:
        return Diagnosis(first, tuple(faults), {}, tuple(compiled), given_up=True)
    return Diagnosis(first, tuple(faults), proposed, tuple(compiled))


class _Search:
    def __init__(
        self,
        lines: tuple[Requirement, ...],
        constraints: tuple[Requirement, ...],
        options: tuple[tuple[str, str], ...],
        python: str,
        resolver: Resolver,
    ) -> None:
        self.lines = {line.name: line for line in lines}
        self.constraints = constraints
        self.options = options
        self.python = python
        self.resolver = resolver
        self.left = MOST_QUESTIONS

    def ask(self, relaxed: Mapping[str, str], only: Iterable[str] | None = None, lowest: bool = False) -> Resolution:
        """The answer with some specifiers replaced, for all lines or only a few."""
        if not self.left:
            raise GivenUp
        self.left -= 1
        chosen = self.lines if only is None else dict.fromkeys(only)
        return self.resolver.resolve(
            ResolveRequest(
                self.python,
                tuple(text_of(self.lines[name], relaxed.get(name)) for name in chosen),
                tuple(text_of(line, None) for line in self.constraints if line.name not in relaxed),
                self.options,
                lowest,
            )
        )

    def works(self, relaxed: Mapping[str, str], only: Iterable[str] | None = None) -> bool:
        found = self.ask(relaxed, only)
        if found.outcome is Outcome.UNKNOWN:
            raise GivenUp
        # Left out for want of a wheel is not good enough for what is to be proposed.
        asked = relaxed if only is None else relaxed.keys() & set(only)
        return found.outcome is Outcome.RESOLVED and all(is_final(found.versions.get(name)) for name in asked)

    def propose(self, faults: list[Fault], compiled: list[Requirement]) -> dict[str, str]:
        """The specifiers to write; what is found to be at fault is added to `faults`, what needs compiling noted."""
        relaxed = self.repair(faults)
        for name in sorted(self.ask(relaxed).unbuilt & self.lines.keys()):
            line = self.lines[name]
            release = self.resolver.release(name, line.pinned, self.options) if line.pinned else None
            if release is not None and release.wheels:
                compiled.append(line)
                step = next((step for step in steps(line) if self.works({**relaxed, name: step})), None)
                relaxed |= {} if step is None else {name: step}
        return self.exact(relaxed)

    def repair(self, faults: list[Fault]) -> dict[str, str]:
        """What to allow so that the lines can be installed; lines that nothing helps are dropped from the search."""
        relaxed: dict[str, str] = {}
        together: set[str] = set()
        while (found := self.ask(relaxed)).outcome is Outcome.IMPOSSIBLE:
            suspects = [name for name in self.lines if name in found.involved]
            alone = [name for name in suspects if name not in relaxed and not self.works({}, [name])]
            if alone:
                faults.extend(Fault((self.lines[name],), self.ask({}, [name]).reason) for name in alone)
                for name in alone:
                    if not self.relax_alone(name, relaxed):
                        del self.lines[name]
                continue
            change = self.reconcile(suspects, relaxed)
            fresh = tuple(self.lines[name] for name in suspects if name not in relaxed or name in change)
            faults.append(Fault(fresh or tuple(self.lines[name] for name in suspects), found.reason))
            if not change:
                raise GivenUp
            relaxed |= change
            together |= change.keys()
        if found.outcome is Outcome.UNKNOWN:
            raise GivenUp
        if len(relaxed) > 1:
            relaxed = self.without_needless(relaxed, together)
        return relaxed

    def relax_alone(self, name: str, relaxed: dict[str, str]) -> bool:
        for step in steps(self.lines[name]):
            if self.works({name: step}, [name]):
                relaxed[name] = step
                return True
        return False

    def reconcile(self, suspects: list[str], relaxed: Mapping[str, str]) -> dict[str, str]:
        """The smallest change to one of the suspects, else to two, that lets them be installed together."""
        movable = [name for name in suspects if len(steps(self.lines[name])) and relaxed.get(name) != ""]
        for size in (1, 2):
            partial: dict[str, str] = {}
            for change in _changes([self.lines[name] for name in movable[: _MOST_TOGETHER * 2]], size):
                if any(change[name] == relaxed.get(name) for name in change):
                    continue
                if self.works({**relaxed, **change}, suspects):
                    if self.works({**relaxed, **change}):
                        return change
                    partial = partial or change
            if partial:
                return partial
        return {}

    def without_needless(self, relaxed: dict[str, str], together: set[str]) -> dict[str, str]:
        """Take back what turned out not to be needed once the rest was relaxed."""
        for name in sorted(together):
            fewer = {other: step for other, step in relaxed.items() if other != name}
            if self.works(fewer):
                relaxed = fewer
        return relaxed

    def exact(self, relaxed: Mapping[str, str]) -> dict[str, str]:
        """The specifiers as they are to be written, proved to be installable."""
        if not relaxed:
            return {}
        for steps_taken in (self.nearest(relaxed), relaxed):
            versions = self.ask(steps_taken).versions
            proposed = {name: written(self.lines[name], versions[name]) for name in relaxed if name in versions}
            if len(proposed) == len(relaxed) and self.works(proposed):
                return proposed
        return {}

    def nearest(self, relaxed: Mapping[str, str]) -> dict[str, str]:
        """The relaxed lines held to the oldest series of releases that will do, all else as it resolves now."""
        now = self.ask(relaxed).versions
        upwards = {name: step for name, step in relaxed.items() if step.startswith(">=")}
        pinned = {name: f"=={now[name]}" for name in self.lines if name not in upwards and name in now}
        oldest = self.ask({**relaxed, **pinned}, lowest=True)
        series = {name: series_of(oldest.versions[name]) for name in upwards if name in oldest.versions}
        return {**relaxed, **series}


def _changes(lines: list[Requirement], size: int) -> Iterator[dict[str, str]]:
    """Every way to relax `size` of the lines, small steps first."""
    for depth in range(4):
        for group in combinations(lines, size):
            if all(depth < len(steps(line)) for line in group):
                yield {line.name: steps(line)[depth] for line in group}
