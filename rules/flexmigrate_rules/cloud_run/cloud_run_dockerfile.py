"""Write a `Dockerfile` and a `.dockerignore`.

Cloud Run runs an image. This one is built on the official slim Python of the chosen version, installs requirements.txt
before the program so that rebuilding is quick, keeps compilers out, runs without root, and starts what App Engine
started, as a list where no shell is needed, so that the program itself gets the signal to stop. A custom runtime keeps
its own Dockerfile. `gcloud app deploy` refuses a directory with a Dockerfile unless the runtime is `custom`; the
running version keeps serving all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.documents import dockerfile as docker
from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.cloud_run import _examples
from flexmigrate_rules.cloud_run._command import command, own_image
from flexmigrate_rules.cloud_run._emit import Draft, propose
from flexmigrate_rules.cloud_run._ignore import dockerignore, ignored
from flexmigrate_rules.cloud_run._image import dependencies, dockerfile
from flexmigrate_rules.cloud_run._layout import makes_image, siblings
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.facts import runtimes


def check(service: Service, context: Context) -> Iterator[Finding]:
    config = Config(service, context)
    if own_image(config):
        yield from _custom(service)
        return
    if config.buildpacks or not makes_image(service):
        return
    found = command(config)
    text = dockerfile(config, found, shared=len(siblings(service)) > 1)
    path = service.path("Dockerfile")
    says = (
        f"{path}: the image, on python:{context.python}-slim; gcloud app deploy refuses the directory while it is there"
    )
    follow = any(name.endswith((".txt", ".yaml", ".yml")) for name in service.repository.overlay)
    yield from filter(None, (propose(service, context, Draft(path, text, says), follow),))
    ignore = service.path(".dockerignore")
    says = f"{ignore}: what stays out of the image"
    yield from filter(None, (propose(service, context, Draft(ignore, dockerignore(config), says), follow),))
    yield from _gaps(config)


def _gaps(config: Config) -> Iterator[Finding]:
    """What the image lacks although App Engine had it."""
    service = config.service
    untold = ignored(config).untold
    if untold:
        yield Finding(
            f"{len(untold)} of the expressions of skip_files cannot be said as patterns of a .dockerignore",
            service.config,
            config.offset(("skip_files",)),
            hint="they stand in .dockerignore as comments; write patterns for them",
            key="skip_files",
        )
    outside = dependencies(config).outside
    if outside:
        yield Finding(
            f"requirements.txt includes {', '.join(outside)}, which lies outside of the directory that is built",
            service.path("requirements.txt"),
            hint="move it into the directory, or build from the directory above with a Dockerfile of your own",
            severity=Severity.ERROR,
            key="outside",
        )


def _custom(service: Service) -> Iterator[Finding]:
    """The own Dockerfile stays; what in it meets other conditions on Cloud Run."""
    path, text = service.path("Dockerfile"), service.text("Dockerfile")
    if text is None:
        message = "a custom runtime without a Dockerfile: whatever builds its image has to build it for Cloud Run too"
        yield Finding(message, service.config, hint="give the image with --image", key="no-dockerfile")
        return
    file = docker.parse(text, path)
    stages = docker.stages(file)
    base = stages[-1].image if stages else None
    names = runtimes.legacy_image().names
    if base and any(base.partition(":")[0].startswith(name) for name in names):
        yield Finding(
            f"the image is built on {base}, App Engine's legacy image, which gets no more updates",
            path,
            stages[-1].instruction.span.start,
            hint="build on python:X.Y-slim, and install what the program needs of the old image's libraries",
            key="legacy-base",
        )
    ports = [
        word
        for instruction in file.instructions
        if instruction.keyword == "EXPOSE"
        for word in instruction.arguments.text.split()
    ]
    others = [port for port in ports if port.partition("/")[0].isdigit() and port.partition("/")[0] != "8080"]
    if others:
        yield Finding(
            f"the Dockerfile exposes {', '.join(others)}; on Cloud Run only the port in $PORT (8080) is reachable",
            path,
            hint="listen on $PORT",
            severity=Severity.INFO,
            key="expose",
        )


RULE = Rule(
    check=check,
    summary="a Dockerfile for the service's image",
    severity=Severity.WARNING,
    fix=FixClass.SAFE,
    source="https://docs.cloud.google.com/run/docs/quickstarts/build-and-deploy/deploy-python-service",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
            "requirements.txt": "flask\ngunicorn\n",
        },
        after=_examples.DOCKERFILE,
        says="Dockerfile: the image, on python:3.12-slim",
        platform=Platform.CLOUD_RUN,
    ),
)
