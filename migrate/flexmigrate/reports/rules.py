"""The rules as a list, and one rule as a page."""

from __future__ import annotations

from collections.abc import Sequence

from flexmigrate.documents.edits import unified_diff
from flexmigrate.reports.json import dumps
from flexmigrate.rule import Pack, Rule


def list_rules(packs: Sequence[Pack]) -> str:
    """One line a rule, grouped by pack."""
    lines: list[str] = []
    for pack in packs:
        lines.append(f"{pack.name} {pack.version}, facts as of {pack.facts_as_of or 'unknown'}")
        width = max((len(rule.name) for rule in pack.all_rules()), default=0)
        lines += (
            f"  {rule.name:<{width}}  {rule.severity:<7}  {rule.fix:<6}  {rule.summary}" for rule in pack.all_rules()
        )
    return "\n".join(lines) + "\n"


def rules_as_json(packs: Sequence[Pack]) -> str:
    """The same as JSON, with reasons and sources."""
    return dumps(
        {
            "schema": "flexmigrate.rules/1",
            "packs": [
                {
                    "name": pack.name,
                    "version": pack.version,
                    "facts_as_of": pack.facts_as_of,
                    "rules": [
                        {
                            "name": rule.name,
                            "severity": rule.severity.value,
                            "fix": rule.fix.value,
                            "platforms": sorted(platform.value for platform in rule.platforms),
                            "summary": rule.summary,
                            "reason": rule.reason,
                            "source": rule.source,
                        }
                        for rule in pack.all_rules()
                    ],
                }
                for pack in packs
            ],
        }
    )


def explain_rule(rule: Rule) -> str:
    """The rule's page: what, why, the example as a diff, and the source."""
    platforms = " and ".join(sorted(platform.value for platform in rule.platforms))
    parts = [
        f"{rule.name}: {rule.summary}",
        f"severity {rule.severity} · fix {rule.fix} · target {platforms}",
        rule.reason,
        "Example",
        example_text(rule).rstrip("\n"),
        f"Source: {rule.source}\nSilence it on one line: # flexmigrate: ignore[{rule.name}]",
    ]
    return "\n\n".join(parts) + "\n"


def example_text(rule: Rule) -> str:
    """The example as a diff; as it stands where the rule only reports."""
    example = rule.example
    diffs = [
        unified_diff(path, example.before.get(path), text)
        for path, text in example.after.items()
        if example.before.get(path) != text
    ]
    if diffs:
        return "".join(diffs)
    shown = [
        f"{path}\n" + "".join(f"  {line}\n" for line in text.splitlines()) for path, text in example.before.items()
    ]
    return "".join(shown) + f"says: … {example.says} …\n"
