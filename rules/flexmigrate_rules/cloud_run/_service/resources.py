"""`resources`: CPU and memory sizes that Cloud Run has, with room for files, and in-memory volumes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from flexmigrate.model import KeyNote, Severity
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.notes import changed, dropped, manual, shown
from flexmigrate_rules.cloud_run._service.parts import Field, Fields, Many, Remark, Share
from flexmigrate_rules.facts import cloud_run_conversion as conversion
from flexmigrate_rules.facts import cloud_run_limits as limits

CPU, MEMORY, DISK = ("resources", "cpu"), ("resources", "memory_gb"), ("resources", "disk_size_gb")
_RUN_MEMORY = "https://docs.cloud.google.com/run/docs/configuring/memory-limits"
_RUN_CPU = "https://docs.cloud.google.com/run/docs/configuring/cpu"


@dataclass(frozen=True, slots=True)
class Volume:
    """An in-memory volume; `index` is its place in the config."""

    index: int
    written: str
    name: str
    mib: int | None


@dataclass(frozen=True, slots=True)
class Size:
    """The CPU and memory (MiB) to ask for, and how they came about."""

    cpu: str
    memory: int
    cpu_why: str
    memory_why: str
    too_big: tuple[str, ...] = ()


def share(config: Config) -> Share:
    """limits, volumes and what becomes of `resources.*`."""
    found = volumes(config)
    size = sized(config, found)
    fields = (
        Field(
            "resources",
            (
                Field(
                    "limits",
                    (
                        Field("cpu", size.cpu, size.cpu_why),
                        Field("memory", f"{size.memory}Mi", size.memory_why),
                    ),
                ),
            ),
        ),
    )
    notes = [*_size_notes(config, size), *_volume_notes(config, found)]
    remarks = [
        Remark(
            reason,
            CPU if "CPU" in reason else MEMORY,
            "split the service or move it to Compute Engine or GKE",
            Severity.ERROR,
            _RUN_CPU if "CPU" in reason else _RUN_MEMORY,
        )
        for reason in size.too_big
    ]
    remarks += _disk(config, notes)
    return Share(
        container=fields,
        mounts=tuple(_mount(volume) for volume in found),
        volumes=tuple(_volume(volume) for volume in found),
        notes=tuple(notes),
        remarks=tuple(remarks),
    )


def volumes(config: Config) -> tuple[Volume, ...]:
    """The tmpfs volumes with names that Cloud Run takes."""
    node = config.node("resources", "volumes")
    found: list[Volume] = []
    for index in range(len(node.items) if node is not None else 0):
        written = config.written("resources", "volumes", index, "name") or f"volume-{index + 1}"
        name = re.sub(r"[^a-z0-9]+", "-", written.lower()).strip("-")[:50] or f"volume-{index + 1}"
        if name == "cloudsql" or any(name == other.name for other in found):
            name = f"{name}-{index + 1}"
        gigabytes = config.number("resources", "volumes", index, "size_gb")
        found.append(Volume(index, written, name, math.ceil(gigabytes * 1024) if gigabytes else None))
    return tuple(found)


def sized(config: Config, found: tuple[Volume, ...] = ()) -> Size:
    """The smallest size that holds what was asked for: memory, volumes and room for files."""
    asked_cpu = config.number(*CPU)
    asked_gb = config.number(*MEMORY)
    cpus = asked_cpu if asked_cpu is not None else conversion.default("resources.cpu")
    gigabytes = asked_gb if asked_gb is not None else conversion.default("resources.memory_gb")
    largest = limits.cpu_sizes()[-1]
    too_big = []
    if cpus > float(largest.cpu):
        too_big.append(f"{shown(cpus)} CPUs are more than the {largest.cpu} that Cloud Run has")
        cpus = float(largest.cpu)
    in_volumes = sum(volume.mib or 0 for volume in found)
    least = math.ceil(round(gigabytes * 1024, 6)) + in_volumes
    headroom, step = conversion.choice("headroom-mib"), conversion.choice("memory-step-mib")
    roomy = math.ceil((least + headroom) / step) * step
    bounds = limits.memory()
    if least > bounds.largest:
        too_big.append(
            f"{shown(least / 1024)} GiB of memory are more than the {bounds.largest // 1024} that Cloud Run has"
        )
        least = roomy = bounds.largest
    tight = limits.smallest_cpu(cpus, least) or largest
    size = limits.smallest_cpu(cpus, roomy)
    # Room for files is no reason to pay for another CPU: then the memory is all that the smaller size has.
    memory = roomy if size is not None and size.cpu == tight.cpu else tight.memory_max
    memory = max(memory, tight.memory_min, bounds.smallest)
    where = f"memory_gb: {shown(gigabytes)}" if asked_gb is not None else f"the default of {shown(gigabytes)} GB"
    room = memory - least
    why = f"{where} is {math.ceil(round(gigabytes * 1024, 6))} Mi"
    why += f", {in_volumes} Mi of volumes" if in_volumes else ""
    why += (
        f", {room} Mi for files, which live in memory" if room > 0 else ", nothing left for files, which live in memory"
    )
    return Size(tight.cpu, memory, _cpu_why(asked_cpu, cpus, tight), why, tuple(too_big))


def _cpu_why(asked: float | None, cpus: float, size: limits.CpuSize) -> str:
    smallest = limits.smallest_cpu(cpus, 0)
    if smallest is not None and smallest.cpu != size.cpu:
        return (
            f"{shown(cpus)} written, but this much memory needs {size.cpu} CPUs"
            if asked
            else (f"1 by default, but this much memory needs {size.cpu} CPUs")
        )
    if asked is None:
        return "the default"
    if asked != float(size.cpu):
        return f"cpu: {shown(asked)}; Cloud Run has 1, 2, 4, 6 or 8"
    return ""


def _size_notes(config: Config, size: Size) -> list[KeyNote]:
    notes = []
    if config.has(*CPU):
        why = size.cpu_why or "The same number of CPUs."
        notes.append(changed("resources.cpu", f"resources.limits.cpu: '{size.cpu}'", _sentence(why)))
    if config.has(*MEMORY):
        notes.append(
            changed("resources.memory_gb", f"resources.limits.memory: {size.memory}Mi", _sentence(size.memory_why))
        )
    return notes


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _disk(config: Config, notes: list[KeyNote]) -> list[Remark]:
    """A disk of the default size is nobody's wish; a bigger one is."""
    if not config.has(*DISK):
        return []
    asked = config.number(*DISK)
    if asked is not None and asked <= conversion.default("resources.disk_size_gb"):
        why = "Cloud Run has no disk; this is the flexible environment's default size, so nobody seems to need it."
        notes.append(dropped("resources.disk_size_gb", why))
        return []
    size = shown(asked) if asked is not None else "this many"
    why = f"Cloud Run has no disk of {size} GB: written files take memory and end with the instance."
    place = "a Cloud Storage or NFS volume, or more memory"
    notes.append(manual("resources.disk_size_gb", why, place))
    hint = "put what must last into Cloud Storage; mount a bucket or an NFS share for what must look like a disk"
    return [Remark(why.rstrip("."), DISK, hint, source="https://docs.cloud.google.com/run/docs/fit-for-run")]


def _mount(volume: Volume) -> Fields:
    path = f"/mnt/{volume.written}"
    return (Field("name", volume.name), Field("mountPath", path, "where the flexible environment mounted it"))


def _volume(volume: Volume) -> Fields:
    inside: Fields = (Field("medium", "Memory", "was tmpfs; counts as memory of the container"),)
    if volume.mib is not None:
        inside += (Field("sizeLimit", f"{volume.mib}Mi", f"size_gb of resources.volumes[{volume.index}]"),)
    return (Field("name", volume.name), Field("emptyDir", inside))


def _volume_notes(config: Config, found: tuple[Volume, ...]) -> list[KeyNote]:
    notes = []
    for volume in found:
        key = f"resources.volumes[{volume.index}]"
        renamed = "" if volume.name == volume.written else f"; renamed from {volume.written}, which Cloud Run refuses"
        where = f"volumes[].name: {volume.name}, mounted at /mnt/{volume.written}"
        notes.append(changed(f"{key}.name", where, f"The same in-memory volume{renamed}."))
        kind = config.written("resources", "volumes", volume.index, "volume_type") or "tmpfs"
        notes.append(changed(f"{key}.volume_type", "emptyDir.medium: Memory", f"Cloud Run's word for {kind}."))
        if volume.mib is not None:
            notes.append(
                changed(f"{key}.size_gb", f"emptyDir.sizeLimit: {volume.mib}Mi", "Counts as memory of the container.")
            )
    return notes


def mounts_field(mounts: tuple[Fields, ...]) -> Fields:
    """The container's `volumeMounts`, nothing without mounts."""
    return (Field("volumeMounts", Many(mounts)),) if mounts else ()
