"""`entrypoint`, `runtime_config` and the other keys about what runs in the image."""

from __future__ import annotations

from flexmigrate.model import KeyNote, Severity
from flexmigrate_rules.cloud_run._command import Command, own_image
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.notes import changed, dropped, manual
from flexmigrate_rules.cloud_run._service.parts import Field, Fields, Many, Remark, Share

CONTRACT = "https://docs.cloud.google.com/run/docs/container-contract"


def share(config: Config, command: Command | None) -> Share:
    """The container's command, where the image does not bring it, and what decides the Python version."""
    notes: list[KeyNote] = []
    remarks: list[Remark] = []
    fields: Fields = ()
    if command is not None and not config.buildpacks:
        first, *rest = command.argv
        comment = f"{command.origin}; takes the place of the image's own command"
        comment = f"{comment}. {command.comment[0].upper()}{command.comment[1:]}" if command.comment else comment
        fields = (Field("command", Many((first,)), comment),)
        fields += (Field("args", Many(tuple(rest))),) if rest else ()
    _entrypoint(config, command, notes, remarks)
    _runtime(config, notes)
    return Share(container=fields, notes=tuple(notes), remarks=tuple(remarks))


def _entrypoint(config: Config, command: Command | None, notes: list[KeyNote], remarks: list[Remark]) -> None:
    written = config.has("entrypoint")
    if command is None:
        if own_image(config):
            return
        message = "nothing says how the program starts: no entrypoint, no Procfile, no main.py for gunicorn to serve"
        hint = "write an entrypoint in app.yaml, or a CMD in the Dockerfile"
        remarks.append(Remark(message, ("entrypoint",) if written else ("runtime",), hint, Severity.ERROR, CONTRACT))
        if written:
            notes.append(manual("entrypoint", "It is empty, so nothing says how the program starts."))
        return
    where = "Procfile: web" if config.buildpacks else "command"
    if command.origin == "entrypoint":
        why = f"Through {command.comment}." if command.comment else "As a list, without a shell."
        becomes = where if config.buildpacks else f"command: {command.argv[0]}, args: …"
        notes.append(changed("entrypoint", becomes, why))
        if own_image(config):
            message = (
                "the entrypoint of app.yaml takes the place of the Dockerfile's own command; whether App Engine did so "
                "for a custom runtime could not be verified"
            )
            hint = "compare both, and delete `command` from service.yaml where the Dockerfile's is the right one"
            remarks.append(Remark(message, ("entrypoint",), hint, Severity.WARNING, CONTRACT))
    elif written:
        why = f"{command.origin} comes before it, for App Engine's buildpacks too."
        notes.append(dropped("entrypoint", why, f"{where} (from {command.origin})"))
    if command.assumed:
        message = f"the command is assumed: {command.assumed}"
        remarks.append(
            Remark(message, ("runtime",), "check it, and correct `command` in service.yaml", source=CONTRACT)
        )
    elif "signals do not reach" in command.comment:
        message = (
            "the command ends in something that no `exec` can start, so the program is not told before it is stopped"
        )
        remarks.append(Remark(message, ("entrypoint",), "put the last command behind `exec`", Severity.INFO, CONTRACT))


def _runtime(config: Config, notes: list[KeyNote]) -> None:
    python = config.context.python
    image = (
        f"project.toml: GOOGLE_PYTHON_VERSION {python}.*"
        if config.buildpacks
        else f"Dockerfile: FROM python:{python}-slim"
    )
    own = own_image(config)
    for key in ("python_version", "runtime_version", "operating_system"):
        if not config.has("runtime_config", key):
            continue
        name = f"runtime_config.{key}"
        if own:
            notes.append(dropped(name, "The Dockerfile decides what is in the image."))
        elif key == "operating_system":
            notes.append(dropped(name, "The image brings its own operating system."))
        else:
            notes.append(changed(name, image, "The image decides which Python runs."))
    if config.has("skip_files"):
        for key, route, _ in config.keys:
            if route[0] == "skip_files":
                why = "What stays out of the image; each expression becomes a pattern where it can be said as one."
                notes.append(changed(key, ".dockerignore", why) if not own else dropped(key, _OWN_IGNORE))


_OWN_IGNORE = "The custom image has a Dockerfile of its own; a .dockerignore beside it says what stays out."
