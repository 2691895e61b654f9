"""Name, labels and service account."""

from __future__ import annotations

import re

from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.notes import changed, dropped
from flexmigrate_rules.cloud_run._service.parts import Field, Fields, Remark, Share
from flexmigrate_rules.facts import cloud_run_limits as limits


def run_name(config: Config) -> str:
    """The Cloud Run name: `--name`, or App Engine's, made to fit."""
    asked = _asked(config)
    if not limits.name_objection(asked):
        return asked
    name = re.sub(r"[^a-z0-9]+", "-", asked.lower()).strip("-")
    name = name if name[:1].isalpha() else f"s-{name}"
    return name[: limits.names().longest].rstrip("-") or "service"


def _asked(config: Config) -> str:
    """`--name` is for the first service of a repository: two of one name would replace each other."""
    given = config.option("name") if config.service.first else ""
    return given or config.service.name


def service_account(config: Config) -> str:
    """The account that the service runs as: the written one, or App Engine's own."""
    written = config.written("service_account")
    if written:
        return written
    domain, colon, project = config.project.partition(":")
    return f"{project}.{domain}@appspot.gserviceaccount.com" if colon else f"{domain}@appspot.gserviceaccount.com"


def metadata(config: Config) -> Fields:
    """The fields `name` and `labels`."""
    name, written = run_name(config), config.service.name
    given = _asked(config) != written
    if given and name != written:
        comment = f"--name; the App Engine service is {written}"
    elif name != written:
        comment = f"service: {written} does not fit Cloud Run's rules for names"
    else:
        comment = "" if _written(config) else "App Engine calls a service without a name so; --name gives another"
    labels = (Field("migrated-from", "app-engine-flexible"),)
    return (Field("name", name, comment), Field("labels", labels))


def _written(config: Config) -> bool:
    return config.has("service") or config.has("module")


def share(config: Config) -> Share:
    """The service account, and verdicts for the keys that name things."""
    name = run_name(config)
    notes = []
    remarks: tuple[Remark, ...] = ()
    for key in ("service", "module"):
        if config.has(key):
            why = "The same name."
            if name != config.service.name:
                why = (
                    "--name gives another." if config.option("name") else "Changed to fit Cloud Run's rules for names."
                )
            notes.append(changed(key, f"metadata.name: {name}", why))
    asked = _asked(config)
    if name != asked:
        message = f"{limits.name_objection(asked)}; `{asked}` becomes `{name}`"
        remarks = (Remark(message, ("service",), "--name chooses another", source=_NAMES),)
    account = service_account(config)
    if config.has("service_account"):
        notes.append(changed("service_account", f"serviceAccountName: {account}", "The same account."))
        comment = ""
    else:
        comment = "App Engine's own account, as before; without a line Cloud Run takes the Compute Engine one"
    named = "The project is named on the command line."
    notes += [changed(key, "gcloud … --project", named) for key in ("application", "project") if config.has(key)]
    if config.has("version"):
        notes.append(dropped("version", "Cloud Run names its revisions itself."))
    return Share(spec=(Field("serviceAccountName", account, comment),), notes=tuple(notes), remarks=remarks)


_NAMES = "https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.services"
