"""Environment variables as the program received them, secrets by reference, and what the platform used to set."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flexmigrate.documents.yaml import Node
from flexmigrate.model import KeyNote, Severity
from flexmigrate.suppression import suppressed
from flexmigrate_rules.cloud_run._secrets import looks_secret, secret_id
from flexmigrate_rules.cloud_run._service.config import Config, as_passed
from flexmigrate_rules.cloud_run._service.identity import run_name
from flexmigrate_rules.cloud_run._service.notes import changed, dropped, manual
from flexmigrate_rules.cloud_run._service.parts import Field, Fields, Many, Remark, Share
from flexmigrate_rules.facts import cloud_run_limits as limits

CONTRACT = "https://docs.cloud.google.com/run/docs/container-contract"
SECRETS_RULE = "cloud-run-secrets"
_GAE = re.compile(rb"\b(GAE_(?:SERVICE|VERSION|INSTANCE|MEMORY_MB)|GCLOUD_PROJECT)\b")
_ELSEWHERE = ("/site-packages/", "/node_modules/", "/.venv/", "/venv/")


@dataclass(frozen=True, slots=True)
class Secret:
    """A variable that looks like a secret: why, and the name it gets in Secret Manager."""

    variable: str
    secret: str
    reason: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of `env_variables` with the text that the program received."""

    name: str
    value: str
    written: str
    templated: bool
    secret: Secret | None = None


def variables(config: Config) -> tuple[Variable, ...]:
    """The variables in the order of the file."""
    found = []
    for name, node in config.members(config.node("env_variables")):
        if node.kind == "scalar":
            value = as_passed(node)
            found.append(Variable(name, value, node.value, node.templated, _secret(config, name, value)))
    return tuple(found)


def secrets(config: Config) -> tuple[Secret, ...]:
    """The variables that look like secrets; a `flexmigrate: ignore[cloud-run-secrets]` takes one out."""
    return tuple(variable.secret for variable in variables(config) if variable.secret)


def _secret(config: Config, name: str, value: str) -> Secret | None:
    reason = looks_secret(name, value)
    if not reason:
        return None
    line = config.service.yaml.line(config.offset(("env_variables", name)))
    # As on disk, where the line of a comment is; rules before this one may have moved it.
    if suppressed(config.service.yaml.text, line, SECRETS_RULE):
        return None
    return Secret(name, secret_id(run_name(config), name), reason)


def share(config: Config, memory: int) -> Share:
    """`env` of the container, with a verdict for each variable."""
    items: list[Fields] = []
    notes: list[KeyNote] = []
    remarks: list[Remark] = []
    rules = limits.variables()
    names: set[str] = set()
    for variable in variables(config):
        key = f"env_variables.{variable.name}"
        route = ("env_variables", variable.name)
        if variable.name in rules.reserved or variable.name.startswith("K_"):
            why = "Cloud Run sets it itself and refuses it in service.yaml."
            notes.append(dropped(key, rules.evidence.qualify(why.rstrip(".")) + "."))
            remarks.append(Remark(f"{variable.name} is set by Cloud Run and not carried over", route, source=CONTRACT))
            continue
        names.add(variable.name)
        items.append(_item(variable))
        notes.append(_note(key, variable))
        remarks += _remarks(variable, rules)
    items += _platform(config, names, memory, remarks)
    container = (Field("env", Many(tuple(items))),) if items else ()
    return Share(container=container, notes=(*notes, *_build_notes(config)), remarks=tuple(remarks))


def _item(variable: Variable) -> Fields:
    if variable.secret:
        reference = Field("secretKeyRef", (Field("name", variable.secret.secret), Field("key", "latest")))
        comment = f"looks like a secret ({variable.secret.reason}), so it comes from Secret Manager"
        return (Field("name", variable.name), Field("valueFrom", (reference,), comment))
    comment = ""
    if variable.templated:
        comment = "holds a placeholder of a template: put the value in"
    elif variable.value != variable.written:
        comment = f"written {variable.written or 'empty'} without quotes; this is what App Engine passes"
    return (Field("name", variable.name), Field("value", variable.value, comment))


def _note(key: str, variable: Variable) -> KeyNote:
    if variable.secret:
        becomes = f"env[].valueFrom.secretKeyRef: {variable.secret.secret}"
        return changed(key, becomes, f"Looks like a secret: {variable.secret.reason}.")
    if variable.templated:
        return manual(key, "Holds a placeholder of a template, which nobody fills in service.yaml.", "env[].value")
    why = "The same text."
    if variable.value != variable.written:
        why = "Written without quotes; carried over as the text that App Engine passes."
    return changed(key, "env[].value", why)


def _remarks(variable: Variable, rules: limits.Variables) -> list[Remark]:
    route = ("env_variables", variable.name)
    if variable.templated and not variable.secret:
        message = f"{variable.name} holds a placeholder of a template; service.yaml has it as it stands"
        return [Remark(message, route, "put the value in, or fill service.yaml the way app.yaml is filled")]
    if len(variable.value) > rules.longest_value:
        message = f"{variable.name} is longer than the {rules.longest_value} characters that Cloud Run takes"
        return [Remark(message, route, "mount it as a file from Secret Manager", Severity.ERROR, CONTRACT)]
    if variable.value != variable.written and not variable.secret:
        message = f"{variable.name} is written without quotes, and App Engine passes another text than the file shows"
        return [Remark(message, route, "service.yaml has the text that App Engine passes", Severity.INFO)]
    return []


def _platform(config: Config, names: set[str], memory: int, remarks: list[Remark]) -> list[Fields]:
    """What the flexible environment set and Cloud Run does not."""
    found: list[Fields] = []

    def add(name: str, value: str, comment: str) -> None:
        if name not in names:
            found.append((Field("name", name), Field("value", value, comment)))

    add("GOOGLE_CLOUD_PROJECT", config.project, "set by App Engine, not by Cloud Run")
    read = _read_by_source(config)
    if "GCLOUD_PROJECT" in read:
        add("GCLOUD_PROJECT", config.project, "the source reads it; Cloud Run does not set it")
    if "GAE_SERVICE" in read:
        add("GAE_SERVICE", config.service.name, "the source reads it; Cloud Run sets K_SERVICE instead")
    if "GAE_VERSION" in read:
        add("GAE_VERSION", "cloud-run", "the source reads it; the real revision is in K_REVISION")
    if "GAE_MEMORY_MB" in read:
        add("GAE_MEMORY_MB", str(memory), "the source reads it; the memory limit below")
    if "GAE_INSTANCE" in read and "GAE_INSTANCE" not in names:
        message = "the source reads GAE_INSTANCE; Cloud Run has no such variable, and no fixed text can stand for it"
        hint = "ask the metadata server for instance/id, or use K_REVISION"
        remarks.append(Remark(message, (), hint, source=CONTRACT))
    return found


def _read_by_source(config: Config) -> set[str]:
    found: set[str] = set()
    for path in config.service.files(".py"):
        if not any(part in f"/{path}" for part in _ELSEWHERE):
            data = config.service.repository.data(path)
            found |= {name.decode() for name in _GAE.findall(data or b"")}
    return found


def _build_notes(config: Config) -> list[KeyNote]:
    notes = []
    for name, _ in config.members(config.node("build_env_variables")):
        key = f"build_env_variables.{name}"
        if config.buildpacks:
            notes.append(changed(key, "project.toml [[build.env]]", "Buildpacks read it from there, as the same text."))
        elif name == "GOOGLE_ENTRYPOINT":
            notes.append(changed(key, "command", "The command of the container."))
        elif name.startswith("GOOGLE_"):
            notes.append(
                dropped(key, "It steers the buildpacks, and a Dockerfile uses none; --build buildpacks would.")
            )
        else:
            notes.append(changed(key, f"Dockerfile: ARG {name}", "A variable of the build, not of the program."))
    return notes


def build_variables(config: Config) -> tuple[tuple[str, Node], ...]:
    """The build's variables with their nodes."""
    return tuple(config.members(config.node("build_env_variables")))
