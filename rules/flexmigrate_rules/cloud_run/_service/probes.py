"""`readiness_check`, `liveness_check` and the old `health_check` as probes within Cloud Run's limits."""

from __future__ import annotations

import math

from flexmigrate.model import KeyNote, Severity
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.notes import changed, dropped
from flexmigrate_rules.cloud_run._service.parts import Field, Fields, Remark, Share
from flexmigrate_rules.facts import cloud_run_conversion as conversion
from flexmigrate_rules.facts import cloud_run_limits as limits

CHECKS = "https://docs.cloud.google.com/run/docs/configuring/healthchecks"
_FIELDS = {
    "check_interval_sec": "periodSeconds",
    "timeout_sec": "timeoutSeconds",
    "failure_threshold": "failureThreshold",
    "restart_threshold": "failureThreshold",
    "initial_delay_sec": "initialDelaySeconds",
}
# Without a path the platform looked at the VM, not at the program.
_NO_PATH = "Without a path App Engine looked at the VM and not at the program; there is nothing to carry over."
_HOST = "Cloud Run probes the container directly and takes no host."
_ONE = "Cloud Run counts one success as healthy."


def share(config: Config, answers_old_check: bool) -> Share:
    """The three probes; `answers_old_check` tells that the source knows the old check's path."""
    startup = _startup(config)
    readiness = _readiness(config)
    liveness = _liveness(config) if config.has("liveness_check") else _old_check(config, answers_old_check)
    return Share(
        container=startup.container + readiness.container + liveness.container,
        notes=startup.notes + readiness.notes + liveness.notes,
        remarks=startup.remarks + readiness.remarks + liveness.remarks,
    )


def _http(path: str) -> Field:
    return Field("httpGet", (Field("path", path if path.startswith("/") else f"/{path}"),))


def _startup(config: Config) -> Share:
    """How long the program may take to start: `app_start_timeout_sec`, asked at the readiness path."""
    check = "readiness_check"
    path = config.written(check, "path")
    key = f"{check}.app_start_timeout_sec"
    asked = config.whole(check, "app_start_timeout_sec")
    if path is None and asked is None:
        # Cloud Run then waits for the port by itself, for as long as it ever does.
        return Share()
    total, period = conversion.choices()["startup-total-sec"], conversion.choice("startup-period-sec")
    wanted = asked if asked is not None else int(conversion.default(key))
    failures = max(1, math.ceil(min(wanted, total.value) / period))
    timeout = min(config.whole(check, "timeout_sec") or int(conversion.default(f"{check}.timeout_sec")), period)
    origin = key if asked is not None else f"App Engine's default of {wanted} seconds"
    comment = f"{origin}: {failures} x {period} seconds to start"
    if wanted > total.value:
        comment += f" instead of {wanted}, the most that is safe to ask for"
    numbers = {"periodSeconds": period, "timeoutSeconds": max(1, timeout), "failureThreshold": failures}
    probe: Fields = (_http(path) if path else Field("tcpSocket", (Field("port", 8080),)),)
    probe += tuple(Field(name, value) for name, value in numbers.items())
    notes: list[KeyNote] = []
    remarks: list[Remark] = []
    if asked is not None:
        becomes = f"startupProbe: {failures} x {period} seconds"
        why = "The startup probe gives the program that long to answer."
        if wanted > total.value:
            why = f"Cloud Run may wait at most {total.value} seconds for a start."
            message = total.evidence.qualify(f"{key}: {wanted} becomes {total.value} seconds, the longest start")
            hint = "make the program start faster, or move work behind its start"
            severity = Severity.WARNING if wanted > conversion.default(key) else Severity.INFO
            remarks.append(Remark(message, (check, "app_start_timeout_sec"), hint, severity, CHECKS))
        notes.append(changed(key, becomes, why))
    return Share(container=(Field("startupProbe", probe, comment),), notes=tuple(notes), remarks=tuple(remarks))


def _readiness(config: Config) -> Share:
    check = "readiness_check"
    if not config.has(check):
        return Share()
    path = config.written(check, "path")
    if path is None:
        return Share(notes=tuple(_pathless(config, check, "app_start_timeout_sec")))
    kind = limits.probe_kind("readiness")
    defaults = ("check_interval_sec", "timeout_sec", "failure_threshold")
    numbers, notes = _numbers(config, check, "readiness", defaults)
    notes.append(changed(f"{check}.path", f"readinessProbe.httpGet.path: {path}, startupProbe too", "The same path."))
    if config.has(check, "success_threshold"):
        asked = config.whole(check, "success_threshold")
        known = limits.probe_limits("readiness")["successThreshold"].evidence
        why = known.qualify("One success is written nowhere and counts everywhere")
        notes.append(dropped(f"{check}.success_threshold", f"{why}; {asked} were asked for."))
    probe = (_http(path), *numbers)
    comment = f"{check}; needs gcloud {kind.gcloud} or newer"
    return Share(container=(Field("readinessProbe", probe, comment),), notes=tuple(notes))


def _liveness(config: Config) -> Share:
    check = "liveness_check"
    path = config.written(check, "path")
    if path is None:
        return Share(notes=tuple(_pathless(config, check)))
    numbers, notes = _numbers(config, check, "liveness", ("check_interval_sec", "timeout_sec"))
    notes.append(changed(f"{check}.path", f"livenessProbe.httpGet.path: {path}", "The same path."))
    if config.has(check, "success_threshold"):
        notes.append(dropped(f"{check}.success_threshold", _ONE))
    comment = f"{check}; a failing container is restarted"
    return Share(container=(Field("livenessProbe", (_http(path), *numbers), comment),), notes=tuple(notes))


def _numbers(config: Config, check: str, probe: str, defaults: tuple[str, ...]) -> tuple[Fields, list[KeyNote]]:
    """The probe's numbers within its limits: what is written, and the flexible defaults that sources agree on."""
    bounds = limits.probe_limits(probe)
    values: dict[str, int] = {}
    comments: dict[str, str] = {}
    notes: list[KeyNote] = []
    for key, name in _FIELDS.items():
        asked = config.whole(check, key)
        if asked is None:
            if key in defaults:
                values[name] = int(conversion.default(f"{check}.{key}"))
                comments[name] = "App Engine's default"
            continue
        if name not in bounds:
            continue
        values[name] = bounds[name].clamp(asked)
        why = "The same number."
        if values[name] != asked:
            why = f"{bounds[name].objection(asked)}."
            comments[name] = f"{key}: {asked} is outside Cloud Run's limits"
        notes.append(changed(f"{check}.{key}", f"{probe}Probe.{name}: {values[name]}", why))
    if "timeoutSeconds" in values and values["timeoutSeconds"] > values.get("periodSeconds", 10):
        values["periodSeconds"] = values["timeoutSeconds"]
        comments["periodSeconds"] = "raised: it may not be below timeoutSeconds"
        raised = f"{probe}Probe.periodSeconds: {values['periodSeconds']}"
        notes = [note for note in notes if note.key != f"{check}.check_interval_sec"]
        if config.has(check, "check_interval_sec"):
            notes.append(changed(f"{check}.check_interval_sec", raised, "Raised to timeoutSeconds, its least."))
    if config.has(check, "host"):
        notes.append(dropped(f"{check}.host", _HOST))
    order = ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold")
    fields = tuple(Field(name, values[name], comments.get(name, "")) for name in order if name in values)
    return fields, notes


def _pathless(config: Config, check: str, *other: str) -> list[KeyNote]:
    return [
        dropped(key, _HOST if route[-1] == "host" else _NO_PATH)
        for key, route, _ in config.keys
        if route[0] == check and len(route) > 1 and route[-1] not in other
    ]


def _old_check(config: Config, answers: bool) -> Share:
    """The single check of old: it counted 404 as healthy, so it is carried over only where the program answers it."""
    check = "health_check"
    if not config.has(check):
        return Share()
    keys = [(key, route) for key, route, _ in config.keys if route[0] == check]
    if config.flag(check, "enable_health_check") is False:
        why = "The check is switched off; Cloud Run only waits for the port to open."
        return Share(notes=tuple(dropped(key, why) for key, _ in keys))
    if not answers:
        why = "The source has no handler for /_ah/health, so a probe of it would restart the container for ever."
        remark = Remark(
            "health_check asked /_ah/health, which no source file mentions; no liveness probe is written",
            (check,),
            "add a path that answers 200 when the program is well, and a livenessProbe for it",
            Severity.INFO,
            CHECKS,
        )
        return Share(notes=tuple(dropped(key, why) for key, _ in keys), remarks=(remark,))
    numbers, notes = _numbers(config, check, "liveness", ())
    said = {note.key for note in notes}
    for key, route in keys:
        if route[-1] == "enable_health_check":
            notes.append(changed(key, "livenessProbe.httpGet.path: /_ah/health", "The program answers this path."))
        elif key not in said:
            notes.append(dropped(key, _HOST if route[-1] == "host" else "A liveness probe has no such threshold."))
    comment = "health_check; the path is the old check's own, and the source answers it"
    probe = (_http("/_ah/health"), *numbers)
    return Share(container=(Field("livenessProbe", probe, comment),), notes=tuple(notes))
