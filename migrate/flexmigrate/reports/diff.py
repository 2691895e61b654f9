"""A plan as one patch that `git apply` and `patch -p1` take."""

from __future__ import annotations

from flexmigrate.documents.edits import unified_diff
from flexmigrate.model import Change, Plan


def change_diff(change: Change) -> str:
    """The unified diff of one file."""
    return unified_diff(change.path, change.before, change.after)


def render(plan: Plan) -> str:
    """The unified diffs of all files."""
    return "".join(change_diff(change) for change in plan.changes)
