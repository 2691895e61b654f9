"""Turn the legacy `health_check` into `liveness_check` and `readiness_check`.

App Engine takes no new version with legacy health checks since 2019-09-15. Google's own table says which option goes
where: the interval, the time-out and the host to both checks, `unhealthy_threshold` and `healthy_threshold` to the
readiness check, `restart_threshold` to the liveness check. Two things differ and make this a change of behaviour:
split checks reach the program only where a `path` is given, and there only 200 counts as healthy, while 404 did
before. So the path `/_ah/health` is written only where a file of the service mentions it; without a path App Engine
looks at the virtual machine and the container. `enable_health_check: false` has no successor: the block goes, and
nothing is sent to the program, as before. What the user did not write is not invented, and a value outside the
documented range is left to a person, because App Engine would refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flexmigrate.documents.edits import EditError, apply
from flexmigrate.documents.yaml import Entry, Node
from flexmigrate.model import Finding, FixClass, Platform, Rewrite, Severity, YamlValue
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._yaml_values import truth

OLD = "health_check"
LEGACY_PATH = "/_ah/health"
_READINESS = {"unhealthy_threshold": "failure_threshold", "healthy_threshold": "success_threshold"}
_LIVENESS = {"restart_threshold": "failure_threshold"}
_SHARED = ("check_interval_sec", "timeout_sec", "host")
_RANGES = {"check_interval_sec": (1, 300), "timeout_sec": (1, 300)} | dict.fromkeys(
    ("unhealthy_threshold", "healthy_threshold", "restart_threshold"), (1, 10)
)
_SOURCES_OF_PATH = (".py", ".conf", ".cfg", ".sh", ".toml", ".js")


def check(service: Service, context: Context) -> Iterator[Finding]:
    managed = service.root.entry("vm_health_check")
    if managed is not None:
        yield Finding(
            "`vm_health_check` is the Managed VMs name of `health_check`; gcloud sends nothing of it",
            service.config,
            managed.start,
            fix=FixClass.SAFE,
            severity=Severity.INFO,
            key="vm_health_check",
            rewrites=(service.editor.remove(("vm_health_check",)),),
        )
    entry = service.root.entry(OLD)
    if entry is not None:
        yield _finding(service, entry)


def _finding(service: Service, entry: Entry) -> Finding:
    told = "`health_check` is the legacy health check, with which App Engine takes no new version since 2019-09-15"
    reason = _obstacle(service, entry.value)
    if reason:
        return Finding(
            f"{told}; {reason}",
            service.config,
            entry.start,
            hint="write `liveness_check` and `readiness_check` by hand and remove `health_check`",
            key=OLD,
        )
    rewrite, outcome = _rewrite(service, entry.value)
    if rewrite is None:
        return Finding(told, service.config, entry.start, hint="write the new blocks by hand", key=OLD)
    hint = "where `gcloud app describe` shows no `splitHealthChecks: true`: `gcloud app update --split-health-checks`"
    return Finding(f"{told}; {outcome}", service.config, entry.start, hint=hint, key=OLD, rewrites=(rewrite,))


def _obstacle(service: Service, node: Node) -> str:
    """Why a person has to look at it; empty where the block can be carried over."""
    if node.kind != "mapping":
        return "" if node.is_empty else "its value is no mapping"
    if _switched_off(service) or _has_split(service):
        return ""
    for entry in node.entries:
        name, value = entry.name or "?", entry.value
        if value.kind != "scalar" or value.templated or node.get(name) is not value:
            return f"`{name}` cannot be carried over automatically"
        low, high = _RANGES.get(name, (0, 0))
        if high and not value.is_empty:
            if not re.fullmatch(r"[1-9][0-9]{0,8}", value.value):
                return f"`{name}: {value.value}` is no whole number that can be carried over"
            if not low <= int(value.value) <= high:
                return f"`{name}: {value.value}` lies outside {low}–{high}, the range of its successor{_instead(node)}"
    return ""


def _instead(node: Node) -> str:
    """How the same waiting time before a restart is written within the documented range."""
    interval, times = node.text("check_interval_sec") or "", node.text("restart_threshold") or ""
    if not (interval.isdecimal() and times.isdecimal()) or int(times) <= 10:
        return ""
    seconds = int(interval) * int(times)
    longer = -(-seconds // 10)
    if longer > 300:
        return ""
    return f" (a `liveness_check` with `check_interval_sec: {longer}` and `failure_threshold: 10` waits as long)"


def _switched_off(service: Service) -> bool:
    node = service.node(OLD, "enable_health_check")
    return node is not None and truth(node) is False


def _has_split(service: Service) -> bool:
    return service.node("liveness_check") is not None or service.node("readiness_check") is not None


def _rewrite(service: Service, node: Node) -> tuple[Rewrite | None, str]:
    editor = service.editor
    names = [entry.name or "" for entry in node.entries if not entry.value.is_empty]
    path = LEGACY_PATH if _answers_path(service) else ""
    shared = [name for name in names if name in _SHARED]
    readiness = bool(path or shared or any(name in _READINESS for name in names))
    liveness = bool(path or shared or any(name in _LIVENESS for name in names))
    if _switched_off(service):
        return editor.remove((OLD,)), "it is switched off here, and split checks send nothing to the program by default"
    if _has_split(service):
        return editor.remove((OLD,)), "the split checks in this file take its place"
    if not names or not (readiness or liveness):
        return editor.remove((OLD,)), "it sets nothing that the split checks have"
    said = f"only 200 from {path} counts as healthy now" if path else "the new checks do not reach the program"
    if not readiness:
        return _fitting(service, _renamed(service, node, _LIVENESS, "liveness_check")), said
    rewrite = Rewrite(service.config)
    if liveness:
        rewrite += editor.insert(("liveness_check",), _block(node, _LIVENESS, path), before=OLD)
    if any(name in _READINESS or name in _SHARED for name in names):
        rewrite += _renamed(service, node, _READINESS, "readiness_check", path)
    else:
        rewrite += editor.insert(("readiness_check",), {"path": path}, before=OLD) + editor.remove((OLD,))
    return _fitting(service, rewrite), said


def _block(node: Node, names: Mapping[str, str], path: str) -> dict[str, YamlValue]:
    block: dict[str, YamlValue] = {"path": path} if path else {}
    for entry in node.entries:
        name = entry.name or ""
        new = name if name in _SHARED else names.get(name)
        if new and not entry.value.is_empty:
            block[new] = entry.value.value if name == "host" else int(entry.value.value)
    return block


def _renamed(service: Service, node: Node, names: Mapping[str, str], block: str, path: str = "") -> Rewrite:
    """The old block as the new one, so that comments stay with their lines."""
    editor = service.editor
    rewrite = Rewrite(service.config)
    if path:
        first = next(entry.name for entry in node.entries if entry.name in names or entry.name in _SHARED)
        rewrite += editor.insert((OLD, "path"), path, before=first)
    for entry in node.entries:
        name = entry.name or ""
        if name in names:
            rewrite += editor.rename((OLD, name), names[name])
        elif name not in _SHARED:
            rewrite += editor.remove((OLD, name))
    return rewrite + editor.rename((OLD,), block)


def _fitting(service: Service, rewrite: Rewrite) -> Rewrite | None:
    """The rewrite, unless its edits meet in one place (keys removed one after the other at a file's very end)."""
    try:
        apply(service.yaml.text, rewrite.edits)
    except EditError:
        return None
    return rewrite


def _answers_path(service: Service) -> bool:
    return any(b"_ah/health" in (service.repository.data(path) or b"") for path in service.files(*_SOURCES_OF_PATH))


RULE = Rule(
    check=check,
    summary="the legacy `health_check` becomes `liveness_check` and `readiness_check`",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://cloud.google.com/appengine/docs/flexible/migrating-to-split-health-checks",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nhealth_check:\n  enable_health_check: True\n"
            "  check_interval_sec: 5\n  timeout_sec: 4\n  unhealthy_threshold: 2  # then no traffic\n"
        },
        after={
            "app.yaml": "runtime: python\nenv: flex\nliveness_check:\n  check_interval_sec: 5\n  timeout_sec: 4\n"
            "readiness_check:\n  check_interval_sec: 5\n  timeout_sec: 4\n  failure_threshold: 2  # then no traffic\n"
        },
        says="takes no new version since 2019-09-15",
    ),
)
