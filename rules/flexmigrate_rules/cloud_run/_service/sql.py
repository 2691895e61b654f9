"""`beta_settings.cloud_sql_instances`: sockets stay, TCP forwarding does not exist."""

from __future__ import annotations

from dataclasses import dataclass

from flexmigrate.model import Route, Severity
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.notes import changed
from flexmigrate_rules.cloud_run._service.parts import Field, Remark, Share

ANNOTATION = "run.googleapis.com/cloudsql-instances"
SOURCE = "https://docs.cloud.google.com/sql/docs/mysql/connect-run"


@dataclass(frozen=True, slots=True)
class Instance:
    """A Cloud SQL instance, with the TCP port on which the program expects it (empty for a socket)."""

    name: str
    port: str


def route_of(config: Config) -> Route:
    """Where the instances are written, empty for nowhere."""
    for block in ("beta_settings", "vm_settings"):
        if config.written(block, "cloud_sql_instances"):
            return (block, "cloud_sql_instances")
    return ()


def instances(config: Config) -> tuple[Instance, ...]:
    """The instances that the service uses, each once."""
    route = route_of(config)
    found: dict[str, Instance] = {}
    for part in (config.written(*route) or "").split(",") if route else ():
        name, _, options = part.strip().partition("=")
        # `P:R:I=tcp:0.0.0.0:3306` names an address too.
        port = options.rpartition(":")[2] if options.startswith("tcp") else ""
        if name:
            found.setdefault(name, Instance(name, port))
    return tuple(found.values())


def share(config: Config) -> Share:
    """The annotation, and a word on every instance that was reached by TCP."""
    found = instances(config)
    if not found:
        return Share()
    route = route_of(config)
    names = ",".join(instance.name for instance in found)
    sockets = ", ".join(f"/cloudsql/{instance.name}" for instance in found)
    key = ".".join(map(str, route))
    tcp = [instance for instance in found if instance.port]
    why = "Unix sockets under /cloudsql, as before."
    if tcp:
        listed = ", ".join(f"{instance.name} on port {instance.port}" for instance in tcp)
        why = f"Cloud Run gives unix sockets only; connections by TCP ({listed}) have to change."
    remarks = tuple(
        Remark(
            f"the program reaches {instance.name} by TCP port {instance.port}; Cloud Run has no such forwarding, only "
            f"the unix socket /cloudsql/{instance.name}",
            route,
            f"connect to /cloudsql/{instance.name} (PostgreSQL: host=/cloudsql/{instance.name}; MySQL: "
            f"unix_socket=/cloudsql/{instance.name}), or use the Cloud SQL Python Connector",
            Severity.ERROR,
            SOURCE,
        )
        for instance in tcp
    )
    return Share(
        on_revision=(Field(ANNOTATION, names, f"{key}; sockets: {sockets}"),),
        notes=(changed(key, f"{ANNOTATION}: {names}", why),),
        remarks=remarks,
    )
