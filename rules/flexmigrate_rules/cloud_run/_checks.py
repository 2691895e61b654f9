"""Holds a finished service.yaml to the table of Cloud Run's limits, so that none is written that Cloud Run refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flexmigrate_rules.cloud_run._service.parts import Fields, Many, Value
from flexmigrate_rules.facts import cloud_run_limits as limits
from flexmigrate_rules.facts.cloud_run_fields import known_annotations

_SIZE = re.compile(r"([0-9]+)Mi")
_MOST_NUMBERS = ("containerConcurrency", "timeoutSeconds")


def objections(fields: Fields) -> tuple[str, ...]:
    """Why Cloud Run would refuse the service; empty where no known limit is broken."""
    return tuple(filter(None, _objections(plain(fields))))


def plain(value: Value) -> Any:
    """Fields as the data that a YAML reader finds in the written file."""
    if isinstance(value, Many):
        return [plain(item) for item in value.items]
    if isinstance(value, tuple):
        return {field.key: plain(field.value) for field in value}
    return value


def _objections(service: Any) -> Iterator[str]:
    template = service["spec"]["template"]
    container = template["spec"]["containers"][0]
    yield limits.name_objection(service["metadata"]["name"])
    yield from _annotations(service["metadata"]["annotations"], "service")
    yield from _annotations(template["metadata"]["annotations"], "revision")
    yield from (limits.limit(name).objection(template["spec"][name]) for name in _MOST_NUMBERS)
    yield from _memory(container, template["spec"].get("volumes", ()))
    for name in limits.PROBES:
        if f"{name}Probe" in container:
            numbers = {key: value for key, value in container[f"{name}Probe"].items() if isinstance(value, int)}
            yield from limits.probe_objections(name, numbers)
    yield from _environment(container.get("env", ()))


def _annotations(found: dict[str, object], on: str) -> Iterator[str]:
    known = known_annotations()
    for name, value in found.items():
        row = known.get(name)
        if row is None or row.on != on:
            yield f"{name} is not known as an annotation of the {on}"
        elif not isinstance(value, str):
            yield f"{name} is no text"
        elif row.choices and value not in row.choices:
            yield f"{name}: {value} is none of {', '.join(row.choices)}"
        elif name.rpartition("/")[2] in ("minScale", "maxScale", "manualInstanceCount"):
            yield limits.limit(name.rpartition("/")[2]).objection(int(value))
    least, most = found.get("autoscaling.knative.dev/minScale"), found.get("autoscaling.knative.dev/maxScale")
    if least is not None and most is not None and int(str(least)) > int(str(most)):
        yield "minScale is above maxScale"


def _memory(container: dict[str, Any], volumes: Any) -> Iterator[str]:
    asked = container["resources"]["limits"]
    size = next((size for size in limits.cpu_sizes() if size.cpu == asked["cpu"] and size.whole), None)
    memory = _mebibytes(asked["memory"])
    if size is None:
        yield f"{asked['cpu']} is no CPU size"
    elif not size.memory_min <= memory <= size.memory_max:
        yield f"{memory}Mi does not go with {size.cpu} CPUs"
    inside = sum(_mebibytes(volume["emptyDir"].get("sizeLimit", "0Mi")) for volume in volumes)
    if inside > memory and memory < limits.memory().largest:
        yield f"volumes of {inside}Mi do not fit into {memory}Mi"


def _mebibytes(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if found is None:
        raise AssertionError(f"{text} is no size")
    return int(found[1])


def _environment(items: Any) -> Iterator[str]:
    rules = limits.variables()
    for item in items:
        if item["name"] in rules.reserved:
            yield f"{item['name']} is reserved"
    names = [item["name"] for item in items]
    yield from (f"{name} is given twice" for name in sorted({name for name in names if names.count(name) > 1}))
