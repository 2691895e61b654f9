"""Writes the parts of docs/ that follow from the code: a page for each rule, their index, and the command reference.

`python -m tests.generate_docs` writes them; tests/test_docs.py holds them against the code.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from flexmigrate.reports.rules import example_text
from flexmigrate.rule import Rule, installed_packs

DOCS = Path(__file__).parent.parent / "docs"
HEAD = "| severity | fix | target | source |\n|---|---|---|---|\n"
COMMANDS = (
    *((), ("plan",), ("apply",), ("undo",), ("rules",), ("explain",), ("targets",), ("verify",)),
    *(("bulk",), ("bulk", "plan"), ("bulk", "apply"), ("bulk", "status"), ("bulk", "retry"), ("bulk", "report")),
)


def rule_page(rule: Rule) -> str:
    """The page of one rule."""
    targets = " and ".join(sorted(platform.value for platform in rule.platforms))
    source = f"<{rule.source}>" if rule.source.startswith("http") else rule.source
    title, _, reason = rule.reason.partition("\n")
    parts = [
        f"# {rule.name}",
        title,
        f"{HEAD}| {rule.severity} | {rule.fix} | {targets} | {source} |",
        reason.strip(),
        "## Example",
        f"```diff\n{example_text(rule).rstrip()}\n```",
        f"Silence it for one line with `# flexmigrate: ignore[{rule.name}]`, for a run with `--ignore {rule.name}`.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def rule_index(rules: list[Rule]) -> str:
    """The table of all rules."""
    rows = [f"| [{rule.name}]({rule.name}.md) | {rule.severity} | {rule.fix} | {rule.summary} |" for rule in rules]
    head = "# Rules\n\nGenerated from the rules themselves; `flexmigrate explain RULE` prints the same pages.\n\n"
    return head + "| rule | severity | fix | what |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def command_reference() -> str:
    """The help of every command."""
    parts = ["# Commands\n\nGenerated from the commands' own help; usage.md explains them.\n"]
    for command in COMMANDS:
        words = " ".join(("flexmigrate", *command))
        parts.append(f"## {words}\n\n```\n{help_text(command)}```\n")
    return "\n".join(parts)


def help_text(command: tuple[str, ...]) -> str:
    """What `--help` prints, at a fixed width and without colour."""
    environment = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "TERM": "dumb"}
    code = "from flexmigrate.cli import main; main()"
    finished = subprocess.run(
        [sys.executable, "-c", code, *command, "--help"], env=environment, capture_output=True, text=True, check=True
    )
    return finished.stdout


def pages() -> dict[Path, str]:
    """Every generated page."""
    rules = [rule for pack in installed_packs() for rule in pack.all_rules()]
    made = {DOCS / "rules" / f"{rule.name}.md": rule_page(rule) for rule in rules}
    made[DOCS / "rules" / "README.md"] = rule_index(rules)
    made[DOCS / "commands.md"] = command_reference()
    return made


def main() -> None:
    """Write what differs, and remove the pages of rules that are gone."""
    made = pages()
    (DOCS / "rules").mkdir(parents=True, exist_ok=True)
    for page in (DOCS / "rules").glob("*.md"):
        if page not in made:
            page.unlink()
    for page, text in made.items():
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8", newline="\n")
            print(page.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
