"""Move `skip_files` to the `.gcloudignore` that stands beside it.

gcloud refuses a service that has both, even where the word `skip_files` stands in a comment only. Without a
`.gcloudignore` the flexible environment goes on honouring `skip_files`, so nothing needs to be done then. The regular
expressions are translated where an ignore pattern leaves out the same files; where one of them has no counterpart
(look-ahead, repetition) nothing is changed and the list says which.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.documents.text import newline_at
from flexmigrate.documents.yaml import Node
from flexmigrate.model import Edit, Finding, FixClass, Platform, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._skip_patterns import to_gitignore

KEY = "skip_files"
IGNORE_FILE = ".gcloudignore"


def check(service: Service, context: Context) -> Iterator[Finding]:
    # Most services have neither word; only then is the other file looked for.
    place = service.yaml.text.find(KEY)
    if place < 0 or not service.repository.exists(service.path(IGNORE_FILE)):
        return
    entry = service.root.entry(KEY)
    if entry is None:
        yield Finding(
            "the word `skip_files` in this file makes gcloud refuse it beside a .gcloudignore, even without the key",
            service.config,
            place,
            hint="take the word out of the file, comments included",
        )
        return
    message = "`skip_files` stands beside a .gcloudignore, and gcloud refuses to deploy with both"
    expressions = _expressions(entry.value)
    untranslated = [text for text in expressions if to_gitignore(text) is None]
    if not expressions or untranslated:
        what = ", ".join(f"`{text}`" for text in untranslated) or "the patterns"
        yield Finding(
            message,
            service.config,
            entry.start,
            hint=f"move the patterns to {IGNORE_FILE} by hand; no ignore pattern is the same as {what}",
        )
        return
    lines = [line for text in expressions for line in to_gitignore(text) or ()]
    rewrites = (service.editor.remove((KEY,)), _added(service, list(dict.fromkeys(lines))))
    yield Finding(
        message,
        service.config,
        entry.start,
        hint=f"--unsafe-fixes moves the patterns to {IGNORE_FILE}; check with `gcloud meta list-files-for-upload`",
        rewrites=tuple(rewrite for rewrite in rewrites if rewrite.edits or rewrite.refusal),
    )


def _expressions(node: Node) -> list[str]:
    """The regular expressions; none where they are not plainly written out."""
    items = node.items if node.kind == "sequence" else [node]
    if any(item.kind != "scalar" or item.templated or not item.value.strip() for item in items):
        return []
    return [item.value for item in items]


def _added(service: Service, lines: list[str]) -> Rewrite:
    path = service.path(IGNORE_FILE)
    text = service.repository.text(path)
    if text is None:
        return Rewrite(path, refusal=f"{path} cannot be read")
    present = {line.strip() for line in text.splitlines()}
    missing = [line for line in lines if line not in present]
    if not missing:
        return Rewrite(path)
    newline = newline_at(text, len(text))
    new = newline.join(missing)
    new = new + newline if not text or text.endswith(("\n", "\r")) else newline + new
    return Rewrite(path, (Edit(path, len(text), len(text), "", new),))


RULE = Rule(
    check=check,
    summary="`skip_files` moves to the .gcloudignore beside it, because gcloud refuses both together",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://cloud.google.com/sdk/gcloud/reference/topic/gcloudignore",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nskip_files:\n- ^(.*/)?.*\\.py[co]$\n- ^venv/.*$\n",
            ".gcloudignore": ".git\n",
        },
        after={"app.yaml": "runtime: python\nenv: flex\n", ".gcloudignore": ".git\n*.py[co]\n/venv/\n"},
        says="refuses to deploy with both",
    ),
)
