"""What can go wrong in a way that a person can act on, and the exit codes."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The contract with scripts; docs/usage.md has the same table."""

    OK = 0
    PENDING = 1
    USAGE = 2
    NOTHING_FOUND = 3
    INCOMPLETE = 4
    STALE_PLAN = 5
    BUG = 70


class UserError(Exception):
    """One clear line for a person: what is wrong, where, and what to do. Never shown with a traceback."""

    def __init__(self, message: str, hint: str = "", code: ExitCode = ExitCode.INCOMPLETE) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
