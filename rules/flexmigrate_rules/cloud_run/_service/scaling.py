"""Scaling, concurrency, CPU outside requests and the request timeout."""

from __future__ import annotations

from flexmigrate.model import KeyNote, Severity
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.notes import changed, dropped, manual, plural
from flexmigrate_rules.cloud_run._service.parts import Field, Fields, Remark, Share
from flexmigrate_rules.facts import cloud_run_conversion as conversion
from flexmigrate_rules.facts import cloud_run_limits as limits

AUTO = "automatic_scaling"
SERVICE_MIN = "run.googleapis.com/minScale"
REVISION_MAX = "autoscaling.knative.dev/maxScale"
_SCALING = "https://docs.cloud.google.com/run/docs/configuring/min-instances"
_CONCURRENCY = "https://docs.cloud.google.com/run/docs/about-concurrency"


def share(config: Config, capacity: tuple[int, str] | None) -> Share:
    """Scaling fields; `capacity` is how many requests the server handles at a time, and how that is known."""
    on_service, on_revision, notes, remarks = _instances(config)
    concurrency, more_notes, more_remarks = _concurrency(config, capacity)
    timeout = int(conversion.default("request.timeout_sec"))
    on_revision += (
        Field(
            "run.googleapis.com/cpu-throttling",
            "false",
            "a flexible VM always has its CPU; delete this line when nothing runs outside of requests: billing by "
            "request is cheaper for a service that is often idle",
        ),
        Field("run.googleapis.com/startup-cpu-boost", "true", "more CPU while an instance starts"),
        Field("run.googleapis.com/execution-environment", "gen2", "full Linux, nearest to a VM"),
    )
    spec = (
        *concurrency,
        Field("timeoutSeconds", timeout, "60 minutes, as on the flexible environment; Cloud Run's default is 300"),
    )
    return Share(
        on_service=on_service,
        on_revision=on_revision,
        spec=spec,
        notes=(*notes, *more_notes),
        remarks=(*remarks, *more_remarks),
    )


def _instances(config: Config) -> tuple[Fields, Fields, list[KeyNote], list[Remark]]:
    if config.has("manual_scaling"):
        return _manual(config)
    notes: list[KeyNote] = []
    remarks: list[Remark] = []
    least, least_comment = _least(config, notes, remarks)
    most, most_comment = _most(config, least, notes, remarks)
    on_service = (Field(SERVICE_MIN, str(least), least_comment),)
    on_revision = (Field(REVISION_MAX, str(most), most_comment),)
    notes += [_standard_key(key) for key in ("min_instances", "max_instances") if config.has(AUTO, key)]
    if config.has("basic_scaling", "max_instances") and not config.has(AUTO):
        why = "Basic scaling does not exist on the flexible environment; decide whether the number was meant."
        notes.append(manual("basic_scaling.max_instances", why, f"{REVISION_MAX}"))
    return on_service, on_revision, notes, remarks


def _least(config: Config, notes: list[KeyNote], remarks: list[Remark]) -> tuple[int, str]:
    saving = "'0' would stop paying for idle time and cost the first visitor after a pause a cold start"
    asked = config.whole(AUTO, "min_num_instances")
    if asked is None:
        default = int(conversion.default(f"{AUTO}.min_num_instances"))
        return default, f"nothing is written; App Engine flexible always keeps at least one. {saving}"
    least = limits.limit("maxScale").clamp(limits.limit("minScale").clamp(asked))
    why = f"Keeps {plural(least, 'instance')} as before, whatever the revision; {saving}."
    if least != asked:
        why = f"{asked} became {least}: {limits.limit('maxScale').objection(asked)}."
        remarks.append(Remark(why.rstrip("."), (AUTO, "min_num_instances"), source=_SCALING))
    notes.append(changed(f"{AUTO}.min_num_instances", f"{SERVICE_MIN}: '{least}'", why))
    return least, f"{AUTO}.min_num_instances, for the service whatever the revision. {saving}"


def _most(config: Config, least: int, notes: list[KeyNote], remarks: list[Remark]) -> tuple[int, str]:
    asked = config.whole(AUTO, "max_num_instances")
    key = f"{AUTO}.max_num_instances"
    if asked is None:
        default = max(int(conversion.default(key)), least)
        known = conversion.defaults()[key].evidence.qualify(f"App Engine's default of {default}")
        return default, f"nothing is written; {known}. Cloud Run's own is {limits.limit('maxScale').default}"
    bound = limits.limit("maxScale")
    most = max(bound.clamp(asked), least)
    if most != asked:
        why = f"{asked} became {most}"
        why += f", not below {AUTO}.min_num_instances" if asked < least else f": {bound.objection(asked)}"
        remarks.append(Remark(why, (AUTO, "max_num_instances"), source=_SCALING))
        notes.append(changed(key, f"{REVISION_MAX}: '{most}'", f"{why}."))
        return most, why
    notes.append(changed(key, f"{REVISION_MAX}: '{most}'", "The same upper bound, for each revision."))
    return most, key


def _standard_key(key: str) -> KeyNote:
    why = "A key of the standard environment that the flexible one does not use; decide whether the number was meant."
    where = SERVICE_MIN if key.startswith("min") else REVISION_MAX
    return manual(f"{AUTO}.{key}", why, f"{where} (not written)")


def _manual(config: Config) -> tuple[Fields, Fields, list[KeyNote], list[Remark]]:
    asked = config.whole("manual_scaling", "instances")
    count = limits.limit("manualInstanceCount").clamp(asked if asked is not None else 1)
    fields = (
        Field("run.googleapis.com/scalingMode", "manual", "manual_scaling; needs gcloud 533.0.0 or newer"),
        Field("run.googleapis.com/manualInstanceCount", str(count), "manual_scaling.instances" if asked else ""),
    )
    notes = []
    if config.has("manual_scaling", "instances"):
        becomes = f"run.googleapis.com/scalingMode: manual, manualInstanceCount: '{count}'"
        notes.append(changed("manual_scaling.instances", becomes, "The same fixed number of instances."))
    return fields, (), notes, []


def _concurrency(config: Config, capacity: tuple[int, str] | None) -> tuple[Fields, list[KeyNote], list[Remark]]:
    bound = limits.limit("containerConcurrency")
    key = f"{AUTO}.target_concurrent_requests"
    asked = config.whole(AUTO, "target_concurrent_requests")
    notes: list[KeyNote] = []
    if asked is not None:
        value = bound.clamp(asked)
        comment = f"{key}: a target there, a hard limit for each instance here"
        clamped = "" if value == asked else f" {bound.objection(asked)}."
        why = f"On the flexible environment a target, on Cloud Run a hard limit for each instance.{clamped}"
        notes.append(changed(key, f"containerConcurrency: {value}", why))
    else:
        value = bound.default or 80
        comment = "Cloud Run's default; App Engine flexible had no limit"
    if config.has(AUTO, "max_concurrent_requests"):
        why = "A key of the standard environment that the flexible one does not use; decide whether it was meant."
        notes.append(manual(f"{AUTO}.max_concurrent_requests", why, "containerConcurrency (not written)"))
    remarks = []
    if capacity is not None and capacity[0] < value:
        remarks.append(_crowded(capacity, value))
        comment += f". {capacity[1]}: more wait in line"
    return (Field("containerConcurrency", value, comment),), notes, remarks


def _crowded(capacity: tuple[int, str], value: int) -> Remark:
    return Remark(
        f"{capacity[1]}, while Cloud Run sends up to {value} to an instance; the others wait in line there",
        ("entrypoint",),
        "give the server more threads, or lower containerConcurrency to what it can do",
        Severity.INFO,
        _CONCURRENCY,
    )


def dropped_notes(config: Config) -> list[KeyNote]:
    """The targets that Cloud Run has no counterpart for, said once for each key."""
    notes = []
    for key, route, _ in config.keys:
        if route[0] == AUTO and str(route[-1]).startswith(("target_network_", "target_disk_")):
            notes.append(dropped(key, "Cloud Run scales by requests and CPU only."))
    return notes
