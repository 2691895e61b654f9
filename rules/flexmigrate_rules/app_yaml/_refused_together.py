"""What gcloud refuses because several keys do not go together, although each of them is fine alone."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from flexmigrate.documents.yaml import Node
from flexmigrate.project import Service
from flexmigrate_rules.app_yaml._refusals import Refused
from flexmigrate_rules.app_yaml._refused_handlers import handlers
from flexmigrate_rules.app_yaml._yaml_values import is_set, value_of, written_as
from flexmigrate_rules.facts.scalars import Unreadable, as_text

_FLEX = ("2", "flex", "flexible")
_BUILTINS = (
    *("admin_redirect", "appstats", "datastore_admin", "default", "deferred", "django_wsgi", "mapreduce", "remote_api"),
)
_REVISION = re.compile(r"(?:[a-z][a-z0-9+.-]*:[^#]*#)?[0-9a-fA-F]+")


def together(service: Service) -> Iterator[Refused]:
    """Every such place in the config of a service."""
    root = service.root
    yield from _runtime(root)
    yield from _source_reference(root)
    yield from _libraries(root)
    yield from _includes(service)
    yield from _builtins(root)
    yield from _endpoints(root)
    yield from _metrics(root)
    yield from handlers(root)


def _runtime(root: Node) -> Iterator[Refused]:
    entry = root.entry("runtime") or root.entry("beta_settings")
    if entry is None or entry.value.templated:
        return
    named, runtime = _text(root, "vm_settings", "vm_runtime"), _text(root, "runtime") or "custom"
    # With a runtime in the old settings, gcloud takes the one on top for a standard one.
    effective = runtime if named is None else named if runtime == "vm" else ""
    if named is not None and runtime in ("python", "python-compat"):
        yield Refused(
            entry.start,
            f"gcloud refuses `runtime: {runtime}` beside `vm_settings.vm_runtime`",
            "remove `vm_runtime` from `vm_settings`",
            "runtime:vm_runtime",
        )
    if _text(root, "env") in _FLEX and effective == "python27":
        yield Refused(
            entry.start,
            "gcloud takes no `runtime: python27` in the flexible environment",
            "write `runtime: python`",
            "runtime:python27",
        )
    beta = _text(root, "beta_settings", "vm_runtime")
    if "python27" in (runtime, beta) and not is_set(root.get("threadsafe")):
        yield Refused(
            entry.start,
            "gcloud wants a `threadsafe` beside the runtime python27",
            "write `runtime: python`, which needs none",
            "runtime:threadsafe",
        )


def _source_reference(root: Node) -> Iterator[Refused]:
    settings = root.get("beta_settings")
    entry = settings.entry("source_reference") if settings is not None else None
    if entry is None or entry.value.kind == "alias" or entry.value.templated:
        return
    try:
        text = as_text(entry.value.value, written_as(entry.value))
    except Unreadable:
        return
    if len(text) > 2048 or any(not _REVISION.fullmatch(line.strip()) for line in text.splitlines()):
        yield Refused(
            entry.start,
            "gcloud cannot read `beta_settings.source_reference` as lines of `repository#revision`",
            "remove it; what read it is gone",
            "source_reference",
        )


def _libraries(root: Node) -> Iterator[Refused]:
    entry = root.entry("libraries")
    if entry is None or not entry.value.items:
        return
    if "python27" not in (_text(root, "runtime"), _text(root, "beta_settings", "vm_runtime")):
        yield Refused(
            entry.start,
            "gcloud takes `libraries` only with the runtime python27",
            "list the packages in requirements.txt and remove the key",
            "libraries:runtime",
        )


def _includes(service: Service) -> Iterator[Refused]:
    node = service.root.get("includes")
    if node is None or node.templated:
        return
    wrong = next((item for item in node.items if item.kind != "scalar"), None)
    if wrong is not None or (node.kind == "scalar" and is_set(node) and node.value):
        yield Refused((wrong or node).start, "gcloud wants a list of file names in `includes`", "", "includes")
    for item in node.items:
        if item.kind != "scalar" or item.templated or item.value.startswith("/"):
            continue
        places = (service.path(item.value), posixpath.normpath(item.value))
        exists = service.repository.exists
        if not any(exists(place) or exists(posixpath.join(place, "include.yaml")) for place in places):
            yield Refused(
                item.start,
                f"`includes` names `{item.value}`, which is not in the repository, and gcloud stops without it",
                "generate the file before the deploy, or take it out of the list",
                f"includes:{item.value}",
            )


def _builtins(root: Node) -> Iterator[Refused]:
    node = root.get("builtins")
    seen: set[str] = set()
    for item in node.items if node is not None else ():
        if item.kind != "mapping":
            continue
        name = item.entries[0].name or "" if item.entries else ""
        reason = ""
        if len(item.entries) != 1:
            reason = "gcloud wants one name in each item of `builtins`"
        elif name not in _BUILTINS and is_set(item.entries[0].value):
            reason = f"gcloud knows no builtin `{name}`"
        elif name in seen:
            reason = f"the builtin `{name}` is given twice, and gcloud stops at the second"
        seen.add(name)
        if reason:
            yield Refused(item.start, reason, "remove it; the flexible environment has no builtins", f"builtin:{name}")


def _endpoints(root: Node) -> Iterator[Refused]:
    entry = root.entry("endpoints_api_service")
    if entry is None or entry.value.kind != "mapping":
        return
    strategy, config = entry.value.get("rollout_strategy"), entry.value.get("config_id")
    if strategy is not None and strategy.templated:
        return
    managed = strategy is not None and strategy.value == "managed"
    if managed and is_set(config):
        reason, hint = "gcloud takes no `config_id` beside `rollout_strategy: managed`", "remove `config_id`"
    elif not managed and not is_set(config):
        reason = "gcloud wants a `config_id` in `endpoints_api_service` unless `rollout_strategy` is `managed`"
        hint = "add `rollout_strategy: managed`, or the `config_id`"
    else:
        return
    yield Refused(entry.start, reason, hint, "endpoints_api_service")


def _metrics(root: Node) -> Iterator[Refused]:
    scaling = root.get("automatic_scaling")
    metrics = scaling.get("custom_metrics") if scaling is not None else None
    for item in metrics.items if metrics is not None else ():
        targets = [item.get("target_utilization"), item.get("single_instance_assignment")]
        if item.kind != "mapping" or any(node is not None and node.templated for node in targets):
            continue
        if sum(_is_number(node) for node in targets) != 1:
            yield Refused(
                item.start,
                "gcloud wants exactly one of `target_utilization` and `single_instance_assignment` in a custom metric",
                "keep one of them, and not 0",
                f"metric@{item.start}",
            )


def _is_number(node: Node | None) -> bool:
    """Whether the value counts as given: for gcloud a 0 does not."""
    if node is None:
        return False
    try:
        return float(str(value_of(node))) != 0
    except ValueError:
        return value_of(node) is not None


def _text(root: Node, *route: str) -> str | None:
    node: Node | None = root
    for name in route[:-1]:
        node = node.get(name) if node is not None else None
    return node.text(route[-1]) if node is not None else None
