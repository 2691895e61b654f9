"""The steps of a move in their order, each with its reason and its commands."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from flexmigrate_rules.cloud_run import _command
from flexmigrate_rules.cloud_run._companions import quoted
from flexmigrate_rules.cloud_run._ignore import ignored
from flexmigrate_rules.cloud_run._layout import path_of
from flexmigrate_rules.cloud_run._service import env, sql
from flexmigrate_rules.cloud_run._service.config import Config

SCRIPTS = {"cron": "cloud-scheduler.sh", "queue": "cloud-tasks.sh", "dispatch": "load-balancer.sh"}
_COMPANION = re.compile(r"(cron|queue|dispatch)\.ya?ml")
PROJECT = '--project="$PROJECT_ID"'
WHERE = f'{PROJECT} --region="$REGION"'
MEMBER = '--member="serviceAccount:${ACCOUNT}"'


@dataclass(frozen=True, slots=True)
class Step:
    """One step; the commands may be none."""

    title: str
    why: str
    commands: tuple[str, ...] = ()


def steps(config: Config) -> Iterator[Step]:
    """All steps of a service."""
    yield Step("Switch on what is needed", "Once for each project.", (_enable(config),))
    yield _accounts(config)
    yield _secrets(config)
    yield _build(config)
    file = quoted(path_of(config.service, "service.yaml"))
    yield Step(
        "Deploy",
        "The first command only checks the file. A second deploy makes a new revision of the same service.",
        (f"gcloud run services replace {file} {WHERE} --dry-run", f"gcloud run services replace {file} {WHERE}"),
    )
    yield _callers()
    yield _check()
    yield _traffic(config)
    yield _back(config)
    yield _clean_up(config)


def _enable(config: Config) -> str:
    names = ["run", "artifactregistry", "cloudbuild"]
    names += ["secretmanager"] * bool(env.secrets(config)) + ["sqladmin"] * bool(sql.instances(config))
    names += ["compute"] * config.has("network")
    return f"gcloud services enable {' '.join(f'{name}.googleapis.com' for name in names)} {PROJECT}"


def _accounts(config: Config) -> Step:
    commands = [f'gcloud iam service-accounts describe "$ACCOUNT" {PROJECT}']
    why = "The service keeps the account that it has on App Engine, with the roles it has there."
    found = sql.instances(config)
    if found:
        why += " It needs one role for Cloud SQL, in each project that holds an instance."
        for project in dict.fromkeys(instance.name.rpartition(":")[0].rpartition(":")[0] for instance in found):
            role = f"{MEMBER} --role=roles/cloudsql.client"
            commands.append(f"gcloud projects add-iam-policy-binding {quoted(project)} {role}")
    return Step("Check the account", why, tuple(commands))


def _secrets(config: Config) -> Step:
    found = env.secrets(config)
    if not found:
        return Step("Store the secrets", "No variable of app.yaml looks like a secret; nothing to do.")
    names = ", ".join(f"`{secret.variable}` ({secret.reason})" for secret in found)
    why = (
        f"These look like secrets: {names}. `service.yaml` takes them from Secret Manager; the commands below ask for "
        "the value, which stands in app.yaml, without showing it. A new value is better: the old one is in the history "
        "of the repository."
    )
    commands: list[str] = []
    for secret in found:
        create = f"gcloud secrets create {quoted(secret.secret)} {PROJECT} --replication-policy=automatic --data-file=-"
        role = f"{MEMBER} --role=roles/secretmanager.secretAccessor"
        commands += [
            f"stty -echo; printf '{secret.variable}: '; IFS= read -r VALUE; stty echo; echo",
            f'printf %s "$VALUE" | {create}; unset VALUE',
            f"gcloud secrets add-iam-policy-binding {quoted(secret.secret)} {PROJECT} {role}",
        ]
    return Step("Store the secrets", why, tuple(commands))


def _build(config: Config) -> Step:
    directory = quoted(config.service.directory or ".")
    create = f'gcloud artifacts repositories create cloud-run {PROJECT} --location="$REGION" --repository-format=docker'
    commands = [] if config.option("image") else [f"{create}  # once"]
    if config.buildpacks:
        why = "Google's buildpacks make the image from the source; `project.toml` and `Procfile` tell them how."
        commands.append(f'gcloud builds submit {directory} {PROJECT} --pack=image="$IMAGE"')
        return Step("Build the image", why, tuple(commands))
    own = _command.own_image(config)
    why = "Your own Dockerfile makes the image, as before." if own else "The Dockerfile makes the image."
    why += " Give each build a new tag, in IMAGE and in `service.yaml`, so that the old revisions keep their own."
    option = ""
    if not own and ignored(config).origin == "skip_files":
        # A .gcloudignore beside skip_files would make `gcloud app deploy` stop.
        option = f" --ignore-file={quoted('.dockerignore')}"
    commands.append(f'gcloud builds submit {directory} {PROJECT} --tag="$IMAGE"{option}')
    return Step("Build the image", why, tuple(commands))


def _callers() -> Step:
    allow = f'gcloud run services add-iam-policy-binding "$NAME" {WHERE}'
    return Step(
        "Decide who may call it",
        (
            "On App Engine everybody could. On Cloud Run nobody can until you say so; `replace` never changes this. "
            "Choose one: everybody, or single accounts."
        ),
        (
            f"{allow} --member=allUsers --role=roles/run.invoker",
            f"{allow} --member=user:somebody@example.com --role=roles/run.invoker",
        ),
    )


def _check() -> Step:
    return Step(
        "Check it",
        "Ask for pages, read the log, and try what writes files, sends mail, or takes long.",
        (
            f'URL="$(gcloud run services describe "$NAME" {WHERE} --format=\'value(status.url)\')"',
            'curl -i -H "Authorization: Bearer $(gcloud auth print-identity-token)" "$URL/"',
            f'gcloud run services logs read "$NAME" {WHERE} --limit=50',
        ),
    )


def _traffic(config: Config) -> Step:
    why = (
        "Callers that know the appspot.com address keep reaching App Engine; give them the new one. A custom domain "
        "moves with its DNS record: put a load balancer in front of Cloud Run (it also brings Cloud Armor and a CDN), "
        "or map the domain, where your region offers that. Begin with a short lifetime of the record."
    )
    scripts = _scripts(config)
    if scripts:
        why += f" These scripts have the rest; read them before you run them: {', '.join(scripts)}."
    mapping = f'gcloud beta run domain-mappings create --service="$NAME" --domain=www.example.com {WHERE}'
    return Step("Move the traffic", why, (mapping,))


def _scripts(config: Config) -> list[str]:
    found = []
    for path in config.service.repository.paths:
        name = _COMPANION.fullmatch(posixpath.basename(path))
        if name is not None:
            script = posixpath.join(posixpath.dirname(path), SCRIPTS[name[1]])
            if config.service.repository.exists(script):
                found.append(f"`{script}` (from `{path}`)")
    return found


def _back(config: Config) -> Step:
    why = (
        "App Engine's version still runs: point the DNS record and the callers back. Among the revisions of Cloud Run, "
        "`update-traffic` goes back to an older one."
    )
    commands = [
        f'gcloud run revisions list --service="$NAME" {WHERE}',
        f'gcloud run services update-traffic "$NAME" {WHERE} --to-revisions=REVISION=100',
    ]
    runtime = config.service.runtime
    if not config.buildpacks and runtime != "custom":
        docker, kept = quoted(config.service.path("Dockerfile")), quoted(config.service.path("Dockerfile.cloud-run"))
        why += (
            f" To deploy to App Engine again, move the Dockerfile away: gcloud refuses `runtime: {runtime}` beside one."
        )
        deploy = f"gcloud app deploy {quoted(config.service.config)} {PROJECT}"
        commands += [f"mv {docker} {kept}", deploy, f"mv {kept} {docker}"]
    return Step("Go back, if need be", why, tuple(commands))


def _clean_up(config: Config) -> Step:
    name = quoted(config.service.name)
    return Step(
        "Clean up",
        (
            "When nothing asks App Engine any more; its request log tells. The default service cannot be deleted, so "
            "its versions are stopped."
        ),
        (
            f"gcloud app versions list {PROJECT} --service={name}",
            f"gcloud app versions stop VERSION {PROJECT} --service={name}",
        ),
    )
