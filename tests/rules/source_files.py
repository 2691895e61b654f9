"""The smallest service around some Python files, shared by the tests of the rules about source."""

from __future__ import annotations

from flexmigrate.model import ReportedFinding
from flexmigrate.testing import findings, plan

HEAD = "runtime: python\nenv: flex\n"
CONFIG = HEAD + "entrypoint: gunicorn -b :$PORT main:app\n"


def service(main: str | bytes = "", **others: str | bytes) -> dict[str, str | bytes]:
    """A service that starts `main.py`; other files by name, with `__` for a slash and the suffix left out."""
    files = {name.replace("__", "/") + ".py": text for name, text in others.items()}
    return {"app.yaml": CONFIG, "main.py": main, **files}


def said(rule: str, files: dict[str, str | bytes], **settings: object) -> list[ReportedFinding]:
    """What a rule says about the files."""
    return findings(plan(files, rule, **settings))  # type: ignore[arg-type]
