"""The whole service.yaml of a service: its fields, the verdicts of its keys, and what is left for a person."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flexmigrate.model import KeyNote, Platform
from flexmigrate.project import Service
from flexmigrate.rule import Context
from flexmigrate_rules.cloud_run import _checks, _command
from flexmigrate_rules.cloud_run._render import render
from flexmigrate_rules.cloud_run._secrets import looks_secret
from flexmigrate_rules.cloud_run._service import (
    env,
    identity,
    leftovers,
    network,
    probes,
    resources,
    scaling,
    sql,
    start,
)
from flexmigrate_rules.cloud_run._service.config import Config, as_passed
from flexmigrate_rules.cloud_run._service.parts import Field, Fields, Many, Remark, merged
from flexmigrate_rules.facts import answers
from flexmigrate_rules.facts import cloud_run_limits as limits


@dataclass(frozen=True, slots=True)
class Mapped:
    """service.yaml as fields and text, with a note for every key of the config."""

    fields: Fields
    text: str
    notes: tuple[KeyNote, ...]
    remarks: tuple[Remark, ...]


def mapped(service: Service, context: Context) -> Mapped:
    """Turn the config into service.yaml; AssertionError when the result broke a limit of Cloud Run."""
    config = Config(service, context)
    command = _command.command(config)
    size = resources.sized(config, resources.volumes(config))
    total = merged(
        (
            identity.share(config),
            start.share(config, command),
            env.share(config, size.memory),
            resources.share(config),
            scaling.share(config, _command.capacity(config, command)),
            probes.share(config, _answers_old_check(service)),
            network.share(config),
            sql.share(config),
            leftovers.share(config),
        )
    )
    container = (*_image(config), *total.container, *resources.mounts_field(total.mounts))
    spec = (*total.spec, Field("containers", Many((container,))))
    if total.volumes:
        spec += (Field("volumes", Many(total.volumes)),)
    template: Fields = (Field("metadata", (Field("annotations", total.on_revision),)), Field("spec", spec))
    on_service = (*total.on_service, *_build_annotation(config))
    fields: Fields = (
        Field("apiVersion", "serving.knative.dev/v1"),
        Field("kind", "Service"),
        Field("metadata", (*identity.metadata(config), Field("annotations", on_service))),
        Field("spec", (Field("template", template),)),
    )
    objections = _checks.objections(fields)
    if objections:
        raise AssertionError("; ".join(objections))
    return Mapped(fields, render(fields, _head(config)), _complete(config, total.notes), total.remarks)


def image(config: Config) -> str:
    """The image to run: `--image`, or one in Artifact Registry named after the service."""
    given = config.option("image")
    project = config.project.replace(":", "/")
    return given or f"{config.region}-docker.pkg.dev/{project}/cloud-run/{identity.run_name(config)}:v1"


def placeholders(config: Config) -> tuple[str, ...]:
    """The placeholders that stand in the files because nobody gave a value."""
    needed = {"PROJECT_ID": not config.option("project"), "REGION": not config.option("region")}
    return tuple(name for name, missing in needed.items() if missing)


def _head(config: Config) -> str:
    name = config.service.config.rpartition("/")[2]
    lines = [f"Cloud Run service, written by flexmigrate from {name}; MIGRATION.md tells the order of the steps."]
    missing = placeholders(config)
    if missing:
        lines.append(f"Put your own values in place of {' and '.join(missing)}.")
    return "\n".join(lines)


def _image(config: Config) -> Fields:
    comment = "" if config.option("image") else "a new tag for each build keeps the old revisions as they are"
    port = (
        Field("name", "http1"),
        Field("containerPort", limits.limit("containerPort").default or 8080, "the port App Engine uses; $PORT has it"),
    )
    return (Field("image", image(config), comment), Field("ports", Many((port,))))


def _build_annotation(config: Config) -> Fields:
    if not config.buildpacks:
        return ()
    values = build_environment(config)
    text = json.dumps(values, separators=(",", ":"))
    comment = "what project.toml gives the buildpacks, for deploys from source"
    return (Field("run.googleapis.com/build-environment-variables", text, comment),)


def build_environment(config: Config) -> dict[str, str]:
    """What buildpacks are told: the Python version and the config's own variables, secrets left out."""
    found = {"GOOGLE_PYTHON_VERSION": f"{config.context.python}.*"}
    for name, node in env.build_variables(config):
        if node.kind == "scalar" and not looks_secret(name, as_passed(node)):
            found[name] = as_passed(node)
    return found


def _answers_old_check(service: Service) -> bool:
    if service.node("health_check") is None:
        return False
    return any(b"_ah/health" in (service.repository.data(path) or b"") for path in service.files(".py"))


def _complete(config: Config, notes: tuple[KeyNote, ...]) -> tuple[KeyNote, ...]:
    """One note for each key: the mapping's own, else what the table of keys says."""
    said = {note.key: note for note in notes}
    found = []
    for key, _, node in config.keys:
        note = said.get(key)
        if note is None and (fact := answers.key_fact(key, node.value, Platform.CLOUD_RUN)) is not None:
            note = fact.note
        if note is not None:
            found.append(note)
    return tuple(found)
