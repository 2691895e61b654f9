"""Google's legacy Python images as hand-written Dockerfiles name them, and what such a Dockerfile does."""

from __future__ import annotations

import re

from flexmigrate.documents.dockerfile import Dockerfile, From, parse, stages
from flexmigrate.project import Service
from flexmigrate_rules.facts.runtimes import legacy_image

# Older names than those in the facts: Docker Hub's, Managed VMs' and mirrors in other regions.
_OLDER = re.compile(
    r"(?:(?:[a-z]+\.)?gcr\.io/)?google[-_](?:appengine|containers)/python(?:[-_]?(?:compat|runtime)[\w-]*|[23][\w.]*)?"
    r"|google/(?:appengine-)?python[\w.-]*"
)


def dockerfile(service: Service) -> Dockerfile | None:
    """The Dockerfile beside the config, or None."""
    path = service.path("Dockerfile")
    text = service.repository.text(path)
    return None if text is None else parse(text, path)


def legacy_stage(file: Dockerfile) -> From | None:
    """The first stage that builds on a legacy image, or None."""
    return next((stage for stage in stages(file) if is_legacy(stage)), None)


def is_legacy(stage: From) -> bool:
    """Whether a stage begins with one of Google's legacy Python images."""
    reference = stage.reference
    if reference is None:
        return False
    name = f"{reference.registry}/{reference.repository}" if reference.registry else reference.repository
    return name in legacy_image().names or _OLDER.fullmatch(name) is not None


def built_on_legacy_image(service: Service) -> bool:
    """Whether the service brings a Dockerfile that begins with a legacy image."""
    file = dockerfile(service)
    return file is not None and legacy_stage(file) is not None
