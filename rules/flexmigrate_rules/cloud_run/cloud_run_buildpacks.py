"""With `--build buildpacks`: write `project.toml` and a `Procfile` instead of a Dockerfile.

Google's buildpacks build an image from the source, as they do for the modern flexible runtime. They take the Python
version and other variables from project.toml and the command from the Procfile. A directory without a Dockerfile can
still be deployed to App Engine. Without the option the rule only points at dependencies that buildpacks would find.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.cloud_run import _command
from flexmigrate_rules.cloud_run._emit import Draft, propose
from flexmigrate_rules.cloud_run._layout import makes_image, siblings
from flexmigrate_rules.cloud_run._mapping import build_environment
from flexmigrate_rules.cloud_run._service.config import Config


def check(service: Service, context: Context) -> Iterator[Finding]:
    config = Config(service, context)
    if service.runtime == "custom" or not makes_image(service):
        return
    if not config.buildpacks:
        yield from _locked(service)
        return
    if service.text("Dockerfile") is not None:
        path = service.path("Dockerfile")
        message = f"{path} is there, so a deploy from source builds that and asks no buildpack"
        yield Finding(message, path, hint="move it away, or leave out --build buildpacks", key="dockerfile")
    path = service.path("project.toml")
    draft = Draft(path, project_toml(config), f"{path}: what the buildpacks are told")
    follow = service.config in service.repository.overlay
    yield from filter(None, (propose(service, context, draft, follow),))
    found = _command.command(config)
    if len(siblings(service)) > 1:
        message = "several services share this directory, and buildpacks know one command for all of them"
        yield Finding(message, service.config, hint="give each its own directory, or leave out --build buildpacks")
    elif found is not None and found.origin != "Procfile":
        path = service.path("Procfile")
        draft = Draft(path, f"web: {' '.join(found.text.split())}\n", f"{path}: the command, for the buildpacks")
        yield from filter(None, (propose(service, context, draft, follow),))


def _locked(service: Service) -> Iterator[Finding]:
    """Dependencies that App Engine never looked at, and buildpacks do."""
    if service.text("requirements.txt") is not None:
        return
    for name in ("poetry.lock", "uv.lock", "pyproject.toml"):
        if service.text(name) is not None:
            yield Finding(
                f"{name} is there and no requirements.txt: App Engine flexible installs nothing from it, and neither "
                "does the Dockerfile",
                service.path(name),
                hint="--build buildpacks installs from it on Cloud Run; or export it to requirements.txt",
                key="locked",
            )
            return


def project_toml(config: Config) -> str:
    """The text of project.toml."""
    lines = ["# What Google's buildpacks are told; written by flexmigrate."]
    for name, value in build_environment(config).items():
        comment = "  # the chosen version, newest patch" if name == "GOOGLE_PYTHON_VERSION" else ""
        lines += ["[[build.env]]", f"name = {json.dumps(name)}"]
        lines += [f"value = {json.dumps(value, ensure_ascii=False)}{comment}", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


_CONFIG = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
RULE = Rule(
    check=check,
    summary="project.toml and a Procfile for a build by buildpacks",
    severity=Severity.WARNING,
    fix=FixClass.SAFE,
    source="https://docs.cloud.google.com/docs/buildpacks/set-environment-variables",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before={"app.yaml": _CONFIG, "poetry.lock": ""},
        after={"app.yaml": _CONFIG, "poetry.lock": ""},
        says="App Engine flexible installs nothing from it",
        platform=Platform.CLOUD_RUN,
    ),
)
