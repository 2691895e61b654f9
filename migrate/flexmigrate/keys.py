"""The verdict for every configuration key that a service has: what the facts say, joined with what the rules did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flexmigrate.documents.yaml import Node
from flexmigrate.model import Intent, KeyNote, KeyVerdict, Op, Platform, Quoted, Route, Verdict
from flexmigrate.project import Service
from flexmigrate.rule import Pack, Rule

# What stands under these keys may be a secret and is never repeated.
SECRET_PARENTS = ("env_variables", "build_env_variables")


def leaves(node: Node, route: Route = ()) -> Iterable[tuple[Route, int, Node]]:
    """Every key that holds no further keys, with its offset and value."""
    if node.kind == "mapping" and node.entries:
        for entry in node.entries:
            below = (*route, entry.name if entry.name is not None else "?")
            if entry.value.entries or entry.value.items:
                yield from leaves(entry.value, below)
            else:
                yield below, entry.start, entry.value
    elif node.kind == "sequence" and node.items:
        if not any(item.entries for item in node.items):
            yield route, node.start, node
            return
        for index, item in enumerate(node.items):
            if item.entries or item.items:
                yield from leaves(item, (*route, index))
            else:
                yield (*route, index), item.start, item


def dotted(route: Route) -> str:
    """A route as people write it: `manual_scaling.instances`, `handlers[0].url`."""
    text = ""
    for step in route:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def judge(
    service: Service,
    platform: Platform,
    packs: Sequence[Pack],
    done: Sequence[tuple[Intent, Rule]],
    notes: Sequence[KeyNote],
) -> tuple[KeyVerdict, ...]:
    """One verdict for each key of the config as it is on disk, in the order of the file.

    What a rule did or said of a key comes before what the facts table says; a key in no table is reported as unknown.
    """
    said = {note.key: note for note in notes}
    verdicts: dict[str, KeyVerdict] = {}
    for route, offset, node in leaves(service.root):
        key = dotted(route)
        if key in verdicts:
            continue
        note = _from_edits(route, done) or said.get(key) or _from_facts(key, node, platform, packs)
        line = service.yaml.line(offset)
        verdicts[key] = KeyVerdict(key, line, note.verdict, note.becomes, note.why)
    return tuple(verdicts.values())


def _from_edits(route: Route, done: Sequence[tuple[Intent, Rule]]) -> KeyNote | None:
    """What the announced edits did to one key, or None when none touched it."""
    now: Route = route
    value: str | None = None
    rule: Rule | None = None
    for intent, by in done:
        if intent.op is Op.INSERT or now[: len(intent.route)] != intent.route:
            continue
        rule = by
        if intent.op is Op.REMOVE:
            return KeyNote(dotted(route), Verdict.DROPPED, "", by.summary)
        if intent.op is Op.RENAME:
            now = (*intent.route[:-1], str(intent.value), *now[len(intent.route) :])
        elif route[0] in SECRET_PARENTS:
            value = "the same text, quoted"
        else:
            value = f'"{intent.value}"' if isinstance(intent.value, Quoted) else str(intent.value)
    if rule is None:
        return None
    becomes = dotted(now) if value is None else f"{dotted(now)}: {value}"
    return KeyNote(dotted(route), Verdict.CHANGED, becomes, rule.summary)


def _from_facts(key: str, node: Node, platform: Platform, packs: Sequence[Pack]) -> KeyNote:
    for pack in packs:
        fact = pack.key_fact(key, node.value, platform) if pack.key_fact else None
        if fact is not None:
            return fact.note
    return KeyNote(key, Verdict.MANUAL, "", "not in the table of known keys; check it by hand")
