"""Runs the rules over one service again and again, taking in their edits, until nothing changes any more."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from flexmigrate.documents.edits import PieceTable, overlaps
from flexmigrate.documents.text import position
from flexmigrate.documents.yaml import YamlError
from flexmigrate.model import (
    Creation,
    Finding,
    FixClass,
    Intent,
    KeyNote,
    ReportedFinding,
    Severity,
    Skipped,
    Status,
    attribute,
)
from flexmigrate.project import Service
from flexmigrate.rule import Context, Rule
from flexmigrate.suppression import suppressed
from flexmigrate.verification import problem

MAX_PASSES = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """The planned texts so far, and what has been said and done about one service.

    `tables` holds every edited file, `created` every new one; `done` are the announced changes to the config's data,
    each with the rule behind it.
    """

    tables: Mapping[str, PieceTable] = field(default_factory=dict)
    created: Mapping[str, Creation] = field(default_factory=dict)
    findings: tuple[ReportedFinding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    done: tuple[tuple[Intent, Rule], ...] = ()
    notes: tuple[KeyNote, ...] = ()

    def texts(self) -> dict[str, str]:
        """Every planned text by path."""
        return {
            **{path: creation.text for path, creation in self.created.items()},
            **{path: table.text for path, table in self.tables.items()},
        }

    def errors(self) -> tuple[ReportedFinding, ...]:
        """The findings of error level that stay open."""
        return tuple(
            finding for finding in self.findings if finding.severity is Severity.ERROR and finding.status is Status.OPEN
        )


@dataclass(slots=True)
class _Said:
    """A finding with its rule, and its identity from pass to pass."""

    rule: Rule
    finding: Finding
    ordinal: int = 0

    def fix(self) -> FixClass:
        if not self.finding.rewrites and not self.finding.creations:
            return FixClass.MANUAL
        return self.finding.fix or self.rule.fix

    def refusal(self) -> str | None:
        return next((rewrite.refusal for rewrite in self.finding.rewrites if rewrite.refusal), None)


def settle(service: Service, rules: Sequence[Rule], context: Context, unsafe: bool, start: Draft) -> Draft:
    """The draft in which none of the rules has anything left to do.

    `start` holds what was planned for the services before. Rules that still change things after MAX_PASSES disagree:
    then nothing of this service's changes is kept and the disagreement is reported.
    """
    settling = _Settling(service, rules, context, unsafe, start)
    for _ in range(MAX_PASSES + 1):
        said = settling.listen()
        accepted = settling.choose(said)
        if not accepted:
            return settling.close(said)
        settling.hear(said)
        settling.take_in(accepted)
    names = sorted({one.rule.name for one in accepted})
    reason = f"rules disagree after {MAX_PASSES} passes: {', '.join(names)}; nothing of this service is changed"
    unchanged = _Settling(service, rules, context, unsafe, start)
    undone = unchanged.close(unchanged.listen())
    return replace(undone, skipped=(*undone.skipped, Skipped(service.config, reason)))


class _Settling:
    def __init__(self, service: Service, rules: Sequence[Rule], context: Context, unsafe: bool, start: Draft) -> None:
        self.rules = rules
        self.context = context
        self.unsafe = unsafe
        self.repository = service.repository
        self.tables = dict(start.tables)
        self.created = dict(start.created)
        self.done: list[tuple[Intent, Rule]] = []
        self.notes: list[KeyNote] = []
        self.seen: dict[tuple[str, str, str], ReportedFinding] = {}
        self.refused: dict[tuple[str, str, str], str] = {}
        self.crashes: dict[str, Skipped] = {}
        self.service = service.planned(service.repository.planned(start.texts()))

    def listen(self) -> list[_Said]:
        """What the rules say of the service as planned so far; a rule that crashes is recorded and passed over."""
        said: list[_Said] = []
        for rule in self.rules:
            try:
                found = list(rule.check(self.service, self.context))
            except YamlError as error:
                self.crashes[rule.name] = Skipped(self.service.config, error.problem, error.line)
            except Exception as error:
                self.crashes[rule.name] = Skipped(self.service.config, _crash(rule, error))
            else:
                said += (_Said(rule, finding) for finding in found)
        # Findings of one rule at one place are told apart by their order.
        met: Counter[tuple[str, str, str]] = Counter()
        for one in said:
            plain = self.identity(one)
            one.ordinal = met[plain]
            met[plain] += 1
        return said

    def hear(self, said: Iterable[_Said]) -> None:
        """Note what is open now; what a later pass no longer says was settled by then."""
        for one in said:
            self.record(one, self.status(one))

    def choose(self, said: Iterable[_Said]) -> list[_Said]:
        """Those whose fixes go in now: allowed, possible, and in no conflict with one that came before."""
        accepted: list[_Said] = []
        for one in said:
            if not self.allowed(one) or one.refusal() or self.identity(one) in self.refused:
                continue
            if self.status(one) is Status.SUPPRESSED:
                continue
            if any(_in_conflict(one.finding, other.finding) for other in accepted):
                continue
            if self.creatable(one):
                accepted.append(one)
        return accepted

    def allowed(self, one: _Said) -> bool:
        return one.fix() is FixClass.SAFE or (one.fix() is FixClass.UNSAFE and self.unsafe)

    def creatable(self, one: _Said) -> bool:
        for creation in one.finding.creations:
            existing = self.service.repository.text(creation.path)
            if existing is not None or self.service.repository.exists(creation.path):
                self.refused[self.identity(one)] = f"{creation.path} exists already"
                return False
        return True

    def take_in(self, accepted: Sequence[_Said]) -> None:
        """Make the edits of one pass; one whose result cannot be proved is refused and its finding stays open."""
        if self.attempt(accepted) is not None:
            for one in accepted:
                reason = self.attempt([one])
                if reason is not None:
                    self.refused[self.identity(one)] = reason

    def attempt(self, accepted: Sequence[_Said]) -> str | None:
        tables = dict(self.tables)
        rewrites = [
            (attribute(rewrite, one.rule.name), one.rule) for one in accepted for rewrite in one.finding.rewrites
        ]
        for path in dict.fromkeys(rewrite.path for rewrite, _ in rewrites):
            before = self.service.repository.text(path)
            if before is None:
                return f"{path} cannot be read"
            edits = [edit for rewrite, _ in rewrites if rewrite.path == path for edit in rewrite.edits]
            intents = [intent for rewrite, _ in rewrites if rewrite.path == path for intent in rewrite.intents]
            table = tables.get(path) or PieceTable.of(before)
            try:
                table = table.edited(edits)
            except ValueError as error:
                return str(error)
            reason = problem(path, before, table.text, edits, intents) or problem(
                path, table.original, table.text, table.edits(path), ()
            )
            if reason is not None:
                return reason
            tables[path] = table
        for one in accepted:
            self.record(one, Status.FIXED)
            self.notes += one.finding.key_notes
            self.created.update({creation.path: creation for creation in one.finding.creations})
        self.done += (
            (intent, rule)
            for rewrite, rule in rewrites
            if rewrite.path == self.service.config
            for intent in rewrite.intents
        )
        self.tables = tables
        draft = Draft(self.tables, self.created)
        self.service = self.service.planned(self.repository.planned(draft.texts()))
        return None

    def close(self, said: Sequence[_Said]) -> Draft:
        """The draft once nothing is left to do: what is still said stays open, what is no longer said was fixed."""
        still: set[tuple[str, str, str]] = set()
        self.hear(said)
        for one in said:
            still.add(self.identity(one))
            refusal = one.refusal()
            if refusal and self.allowed(one) and self.status(one) is Status.OPEN:
                self.refused.setdefault(self.identity(one), refusal)
            self.notes += one.finding.key_notes
        said_again = {
            (finding.rule, finding.path, finding.message) for key, finding in self.seen.items() if key in still
        }
        findings = [
            finding if identity in still or finding.status is Status.FIXED else replace(finding, status=Status.FIXED)
            for identity, finding in self.seen.items()
            # An edit nearby may have moved a finding: it is then still there, in another place.
            if identity in still or (finding.rule, finding.path, finding.message) not in said_again
            # A remark that another change made pointless is no problem that was solved.
            if identity in still or finding.status is Status.FIXED or finding.severity is not Severity.INFO
        ]
        findings.sort(
            key=lambda finding: (finding.path != self.service.config, finding.path, finding.line, finding.rule)
        )
        skipped = (
            *self.crashes.values(),
            *(
                Skipped(identity[1], f"{identity[0]} was not applied: {reason}")
                for identity, reason in self.refused.items()
            ),
        )
        return Draft(self.tables, self.created, tuple(findings), skipped, tuple(self.done), tuple(self.notes))

    def identity(self, one: _Said) -> tuple[str, str, str]:
        finding = one.finding
        place = finding.key or str(self.origin(finding))
        return one.rule.name, finding.path, f"{place}#{one.ordinal}" if one.ordinal else place

    def origin(self, finding: Finding) -> int:
        table = self.tables.get(finding.path)
        return table.origin(finding.offset) if table else finding.offset

    def status(self, one: _Said) -> Status:
        original, line = self.place(one.finding)[:2]
        return Status.SUPPRESSED if suppressed(original, line, one.rule.name) else Status.OPEN

    def place(self, finding: Finding) -> tuple[str | None, int, int]:
        """The original text of the finding's file, with line and column in it."""
        table = self.tables.get(finding.path)
        original = table.original if table else self.service.repository.text(finding.path)
        if original is None or finding.path in self.created:
            return original, 1, 1
        line, column = position(original, min(self.origin(finding), len(original)))
        return original, line, column

    def record(self, one: _Said, status: Status) -> None:
        finding, rule = one.finding, one.rule
        _, line, column = self.place(finding)
        refusal = one.refusal() or self.refused.get(self.identity(one))
        hint = finding.hint
        if refusal and status is Status.OPEN:
            hint = f"not edited: {refusal}" + (f"; {hint}" if hint else "")
        elif not hint and status is Status.OPEN and one.fix() is FixClass.UNSAFE:
            hint = "--unsafe-fixes writes it"
        self.seen[self.identity(one)] = ReportedFinding(
            rule=rule.name,
            severity=finding.severity or rule.severity,
            fix=one.fix(),
            status=status,
            message=finding.message,
            hint=hint,
            path=finding.path,
            line=line,
            column=column,
            source=finding.source or rule.source,
        )


def _in_conflict(first: Finding, second: Finding) -> bool:
    paths = {creation.path for creation in first.creations} & {creation.path for creation in second.creations}
    slots = {slot for rewrite in first.rewrites for slot in rewrite.slots}
    if paths or any(slot in slots for rewrite in second.rewrites for slot in rewrite.slots):
        return True
    return any(
        overlaps(one, other)
        for rewrite in first.rewrites
        for one in rewrite.edits
        for below in second.rewrites
        for other in below.edits
    )


def _crash(rule: Rule, error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    # Only the kind of the error: its text may quote the repository, values of variables included.
    return f"rule {rule.name} crashed with {type(error).__name__}{where}; this is a bug in the rule"
