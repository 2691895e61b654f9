"""Where the files of a service go when several services share a directory."""

from __future__ import annotations

import posixpath
import re
from collections import Counter

from flexmigrate.project import CONFIG_NAME, Service, discover_services


def siblings(service: Service) -> tuple[Service, ...]:
    """The flexible services of the same directory in the order of their paths, this one included."""
    around = frozenset(
        path
        for path in service.files()
        if posixpath.dirname(path) == service.directory and CONFIG_NAME.search(posixpath.basename(path))
    )
    found = discover_services(service.repository, around | {service.config}).services
    return found if any(other.config == service.config for other in found) else (*found, service)


def label(service: Service) -> str:
    """What tells the files of this service from those of its neighbours; empty where it has none."""
    around = siblings(service)
    if len(around) == 1:
        return ""
    names = Counter(other.name for other in around)
    stem = posixpath.basename(service.config).partition(".")[0]
    stems = Counter(posixpath.basename(other.config).partition(".")[0] for other in around)
    chosen = service.name if names[service.name] == 1 else stem
    if names[service.name] > 1 and stems[stem] > 1:
        chosen = posixpath.basename(service.config)
    return re.sub(r"[^A-Za-z0-9-]+", "-", chosen).strip("-")


def path_of(service: Service, name: str) -> str:
    """The path of a file of this service: `service.yaml`, or `service-<label>.yaml` among others."""
    stem, dot, suffix = name.partition(".")
    mark = label(service)
    return service.path(f"{stem}-{mark}{dot}{suffix}" if mark else name)


def makes_image(service: Service) -> bool:
    """Whether this service is the one of its directory that the shared image files are written for."""
    return siblings(service)[0].config == service.config
