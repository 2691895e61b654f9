"""Opens pull requests with the forge's own program (`gh`, `glab`), which knows the user's login."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flexmigrate.bulk.redaction import redact
from flexmigrate.errors import UserError
from flexmigrate.reports.plain import plain

_TOO_FAST = re.compile(r"(?i)rate limit|too many requests|\b429\b|abuse|submitted too quickly")
_PATIENCE = (15.0, 60.0, 240.0, 900.0)
_TIMEOUT_SECONDS = 120
PROGRAMS = {"github": "gh", "gitlab": "glab"}


@dataclass(slots=True)
class Forge:
    """One forge, spoken to at a decent pace. When it says that this is too fast, there is a pause, longer each time."""

    program: str
    pace: float
    sleep: Callable[[float], None] = time.sleep
    patience: Sequence[float] = _PATIENCE
    last: float = field(default=float("-inf"))

    def open(self, url: str, branch: str, title: str, body: str) -> str:
        """The address of the pull request for a branch, opened now or there already (closed and merged ones too)."""
        existing = self._existing(url, branch)
        if existing:
            return existing
        if self.program == "gh":
            # The body goes through standard input: command lines have an end.
            words = ["pr", "create", "--repo", _slug(url), "--head", branch, "--title", title, "--body-file", "-"]
        else:
            words = ["mr", "create", "--repo", _slug(url), "--source-branch", branch, "--title", title, "--yes",
                     "--description", body]  # fmt: skip
        output = self._ask(words, body, paced=True)
        link = re.search(r"https?://\S+", output)
        return link[0] if link else ""

    def _existing(self, url: str, branch: str) -> str:
        if self.program == "gh":
            words = ["pr", "list", "--repo", _slug(url), "--head", branch, "--state", "all", "--json", "url"]
        else:
            words = ["mr", "list", "--repo", _slug(url), "--source-branch", branch, "--all", "--output", "json"]
        try:
            found: Any = json.loads(self._ask(words, "", paced=False) or "[]")
        except ValueError:
            return ""
        entry = found[0] if isinstance(found, list) and found else {}
        return str(entry.get("url") or entry.get("web_url") or "")

    def _ask(self, words: Sequence[str], text: str, paced: bool) -> str:
        for pause in (*self.patience, None):
            if paced:
                wait = self.last + self.pace - time.monotonic()
                if wait > 0:
                    self.sleep(wait)
                self.last = time.monotonic()
            code, output, complaint = self._run(words, text)
            if code == 0:
                return output
            if not _TOO_FAST.search(complaint) or pause is None:
                break
            self.sleep(pause)
        lines = [line for line in complaint.splitlines() if line.strip()] or [f"it ended with {code}"]
        raise UserError(f"{self.program} says: {plain(redact(lines[0]))}")

    def _run(self, words: Sequence[str], text: str) -> tuple[int, str, str]:
        try:
            # Nowhere near a repository, whose configuration these programs would read.
            with tempfile.TemporaryDirectory(prefix="flexmigrate-") as folder:
                finished = subprocess.run(
                    [self.program, *words], input=text, capture_output=True, text=True, check=False, cwd=folder,
                    timeout=_TIMEOUT_SECONDS, env={**os.environ, "GH_PROMPT_DISABLED": "1", "NO_PROMPT": "1"},
                )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return 1, "", f"{type(error).__name__}"
        return finished.returncode, finished.stdout, finished.stderr or finished.stdout


def forge_for(url: str, pace: float) -> tuple[str, Forge]:
    """The forge that a remote belongs to; UserError when its program is not installed."""
    host = re.sub(r"(?i)^[a-z+]+://", "", url).split("/")[0].rpartition("@")[2].split(":")[0].lower()
    given = os.environ.get("FLEXMIGRATE_FORGE", "")
    kind = given if given in PROGRAMS else "gitlab" if "gitlab" in host else "github"
    program = PROGRAMS[kind]
    if shutil.which(program) is None:
        raise UserError(f"{program} is not installed", f"install {program} and log in with it")
    return f"{kind} {host}", Forge(program, pace)


def _slug(url: str) -> str:
    """`host/owner/name`, the way both programs take a repository."""
    return re.sub(r"(?i)^(?:[a-z+]+://)?(?:[^@/]*@)?", "", url).replace(":", "/", 1).removesuffix(".git").rstrip("/")
