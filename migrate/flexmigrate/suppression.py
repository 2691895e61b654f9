"""`# flexmigrate: ignore[rule]`: on the line, on the line above, or at the head of the file."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"#[^\r\n]*?\bflexmigrate:[ \t]*ignore\[([^\]\r\n]*)\]")


def suppressed(text: str | None, line: int, rule: str) -> bool:
    """Whether a comment in the file takes this rule's finding on this line (from 1) back."""
    if text is None or "flexmigrate:" not in text:
        return False
    lines = text.lstrip("\ufeff").splitlines()
    candidates = [lines[line - 1]] if 0 < line <= len(lines) else []
    if 2 <= line <= len(lines) + 1 and lines[line - 2].lstrip().startswith("#"):
        candidates.append(lines[line - 2])
    for head in lines:
        if head.strip() and not head.lstrip().startswith("#"):
            break
        candidates.append(head)
    return any(
        rule in {name.strip() for name in match.group(1).split(",")}
        for candidate in candidates
        if (match := _COMMENT.search(candidate))
    )
