"""What starts a service on the buildpack runtime besides `entrypoint`, shared by the rules about starting."""

from __future__ import annotations

import re

from flexmigrate.documents.spans import Span
from flexmigrate.project import Service

# As the buildpacks read it (pkg/entrypoint/procfile.go): the first process of a name counts.
_PROCESS = re.compile(r"^(\w+):\s*(.+)$", re.ASCII | re.MULTILINE)


def procfile(service: Service) -> dict[str, tuple[str, Span]] | None:
    """The commands of the `Procfile` that is uploaded with the service, with their places; None when there is none."""
    text = service.text("Procfile")
    if text is None or _left_behind(service):
        return None
    found: dict[str, tuple[str, Span]] = {}
    for process in _PROCESS.finditer(text):
        found.setdefault(process[1], (process[2].strip(), Span(*process.span(2))))
    return found


def has_build_variable(service: Service, name: str) -> bool:
    """Whether `build_env_variables` gives the variable a value, be it written by a template."""
    node = service.node("build_env_variables", name)
    return node is not None and not node.is_empty


def _left_behind(service: Service) -> bool:
    """Whether the file is not uploaded, as far as plain words tell: patterns with wildcards are not worked out."""
    lines = [line.strip() for line in (service.text(".gcloudignore") or "").splitlines()]
    if any(line in ("Procfile", "/Procfile") for line in lines) and "!Procfile" not in lines:
        return True
    skipped = service.node("skip_files")
    items = [] if skipped is None else skipped.items or [skipped]
    return any("Procfile" in item.value for item in items)
