"""Runs git where it has to write objects, or to talk to a remote; what a checkout configures starts no program here.

`flexmigrate.git` never leaves the machine. Remotes are spoken to from repositories of our own making only, so that
besides the user's own configuration nothing decides how.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from flexmigrate.bulk.redaction import redact
from flexmigrate.errors import UserError
from flexmigrate.reports.plain import plain

_HARMLESS = (
    *("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=", "-c", "core.pager=cat", "-c", "diff.external="),
    *("-c", "core.untrackedCache=false", "-c", "core.quotePath=false", "-c", "submodule.recurse=false"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "advice.detachedHead=false"),
)
_AT_HOME = (
    *("-c", "core.sshCommand=false", "-c", "credential.helper=", "-c", "protocol.allow=never"),
    *("-c", "core.gitProxy=", "-c", "core.askPass="),
)
_KEPT = ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")
_KEPT_ABROAD = ("GIT_SSH", "GIT_SSL_", "GIT_ASKPASS", "GIT_HTTP_", "GIT_PROXY_")
TRANSPORTS = "https:http:ssh:git:file"


class GitFailed(UserError):
    """A git command did not succeed; the message is what git said, without passwords."""


def run(
    place: Path,
    *arguments: str,
    text: bytes | None = None,
    credentials: tuple[tuple[str, str], ...] | None = None,
    more: Mapping[str, str] | None = None,
) -> bytes:
    """The output of a git command; GitFailed otherwise.

    `credentials` (empty for none) allows the command to talk to remotes; `more` are variables for its environment.
    """
    abroad = credentials is not None
    words = ["git", *_HARMLESS, *(() if abroad else _AT_HOME), "-C", str(place), *arguments]
    source: dict[str, object] = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
    try:
        finished: subprocess.CompletedProcess[bytes] = subprocess.run(
            words,
            capture_output=True,
            check=False,
            env=environment(credentials) | dict(more or {}),
            **source,  # type: ignore[call-overload]
        )
    except OSError as error:
        raise GitFailed(f"git cannot be started: {error.strerror}") from None
    if finished.returncode:
        raise GitFailed(_said(finished.stderr, finished.returncode), f"git {arguments[0]}")
    return finished.stdout


def ask(place: Path, *arguments: str) -> str | None:
    """One line of an answer, None when git has none."""
    try:
        return run(place, *arguments).decode("utf-8", "surrogateescape").strip()
    except GitFailed:
        return None


def environment(credentials: tuple[tuple[str, str], ...] | None) -> dict[str, str]:
    """The variables for git; passwords travel there, as command lines are there for everybody to see."""
    kept = _KEPT if credentials is None else (*_KEPT, *_KEPT_ABROAD)
    found = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(kept)}
    found |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1"}
    if credentials is None:
        return found | {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
    found |= {"GIT_ALLOW_PROTOCOL": TRANSPORTS, "GIT_CONFIG_COUNT": str(len(credentials))}
    # A prompt of ssh would wait for ever for somebody who is not there.
    found.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    for number, (bare, full) in enumerate(credentials):
        found[f"GIT_CONFIG_KEY_{number}"] = f"url.{full}.insteadOf"
        found[f"GIT_CONFIG_VALUE_{number}"] = bare
    return found


def _said(output: bytes, code: int) -> str:
    """The line of git's complaint that says most."""
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "!", "remote: error"))] or lines
    return plain(redact(telling[0] if telling else f"git ended with {code}"))
