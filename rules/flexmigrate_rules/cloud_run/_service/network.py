"""`network` and the VPC keys: outgoing traffic only; ports and addresses of VMs have no counterpart."""

from __future__ import annotations

import json
import re

from flexmigrate.model import KeyNote
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.notes import changed, dropped, manual
from flexmigrate_rules.cloud_run._service.parts import Field, Fields, Remark, Share

INTERFACES = "run.googleapis.com/network-interfaces"
EGRESS = "run.googleapis.com/vpc-access-egress"
CONNECTOR = "run.googleapis.com/vpc-access-connector"
AFFINITY = "run.googleapis.com/sessionAffinity"
DIRECT = "https://docs.cloud.google.com/run/docs/configuring/vpc-direct-vpc"


def share(config: Config) -> Share:
    """Annotations for the VPC, and what becomes of everything about addresses and ports."""
    notes: list[KeyNote] = []
    remarks: list[Remark] = []
    fields = _vpc(config, notes, remarks)
    if config.has("network", "session_affinity"):
        fields += _affinity(config, notes)
    _ports(config, notes, remarks)
    ingress = Field(
        "run.googleapis.com/ingress", "all", "reachable as before; who may call is a matter of IAM, see the guide"
    )
    return Share(on_service=(ingress,), on_revision=fields, notes=tuple(notes), remarks=tuple(remarks))


def _vpc(config: Config, notes: list[KeyNote], remarks: list[Remark]) -> Fields:
    interface = _interface(config, notes)
    internal = (config.written("network", "instance_ip_mode") or "").lower() == "internal"
    if internal and not interface:
        interface = {"network": "default"}
    _ip_mode(config, internal, notes, remarks)
    if interface:
        egress = "all-traffic" if internal else "private-ranges-only"
        asked = config.written("vpc_access", "vpc_egress") or ""
        if asked in ("all-traffic", "private-ranges-only") and not internal:
            egress = asked
            notes.append(changed("vpc_access.vpc_egress", f"{EGRESS}: {egress}", "Cloud Run has the same setting."))
        why = (
            "instance_ip_mode: internal, everything leaves through the VPC"
            if internal
            else ("only private addresses go through the VPC")
        )
        _connector_beside(config, notes)
        return (
            Field(INTERFACES, json.dumps([interface], separators=(",", ":")), "network; outgoing traffic only"),
            Field(EGRESS, egress, why),
        )
    return _connector(config, notes)


def _interface(config: Config, notes: list[KeyNote]) -> dict[str, object]:
    """The one network interface of Direct VPC egress; empty for the default network alone."""
    direct = ("vpc_access", "network_interface")
    name = config.written("network", "name") or config.written(*direct, "network")
    subnet = config.written("network", "subnetwork_name") or config.written(*direct, "subnet")
    tag = config.written("network", "instance_tag")
    tags = [tag] if tag else []
    node = config.node(*direct, "tags")
    tags += [item.value for item in node.items if item.kind == "scalar"] if node is not None else []
    if name in (None, "default") and not subnet and not tags:
        if name is not None:
            notes.append(dropped("network.name", "The default network needs no annotation; nothing else is asked for."))
        return {}
    host = _host_project(name or "")
    interface: dict[str, object] = {"network": _network(name or "default", host)}
    if subnet:
        interface["subnetwork"] = f"projects/{host}/regions/{config.region}/subnetworks/{subnet}" if host else subnet
    if tags:
        interface["tags"] = tags
    pairs = (
        ("name", "network", "uses the same network"),
        ("subnetwork_name", "subnetwork", "uses the same subnetwork"),
    )
    for key, field, what in pairs:
        if config.has("network", key) and field in interface:
            becomes = f"{INTERFACES} [].{field}: {interface[field]}"
            notes.append(changed(f"network.{key}", becomes, f"Outgoing traffic {what}; incoming traffic does not."))
    if tag:
        why = "The tag works for egress firewall rules; ingress rules on it no longer match anything."
        notes.append(changed("network.instance_tag", f"{INTERFACES} [].tags: [{tag}]", why))
    return interface


def _host_project(name: str) -> str:
    """The host project of a shared network, empty for one of the own project."""
    full = re.fullmatch(r"projects/([^/]+)/global/networks/[^/]+", name)
    short = re.fullmatch(r"([^/]+)/[^/]+", name)
    return full[1] if full else short[1] if short else ""


def _network(name: str, host: str) -> str:
    return name if not host or name.startswith("projects/") else f"projects/{host}/global/networks/{name.split('/')[1]}"


def _ip_mode(config: Config, internal: bool, notes: list[KeyNote], remarks: list[Remark]) -> None:
    if not config.has("network", "instance_ip_mode"):
        return
    key = "network.instance_ip_mode"
    if not internal:
        why = "Cloud Run instances have no address of their own; this never said who may call the service."
        notes.append(dropped(key, why))
        return
    why = "Everything leaves through the VPC, as from a VM without public address. It says nothing about who may call."
    notes.append(changed(key, f"{EGRESS}: all-traffic", why))
    message = (
        "instance_ip_mode: internal: all traffic leaves through the VPC, so the internet is reached by Cloud NAT only"
    )
    remarks.append(
        Remark(message, ("network", "instance_ip_mode"), "check that the network has Cloud NAT", source=DIRECT)
    )


def _connector(config: Config, notes: list[KeyNote]) -> Fields:
    name = config.written("vpc_access_connector", "name")
    if name is None:
        return ()
    egress = config.written("vpc_access_connector", "egress_setting") or "private-ranges-only"
    egress = egress if egress in ("all-traffic", "private-ranges-only") else "private-ranges-only"
    notes.append(changed("vpc_access_connector.name", f"{CONNECTOR}: {name}", "Cloud Run can use the same connector."))
    if config.has("vpc_access_connector", "egress_setting"):
        becomes = f"{EGRESS}: {egress}"
        notes.append(changed("vpc_access_connector.egress_setting", becomes, "Cloud Run has the same setting."))
    return (Field(CONNECTOR, name, "vpc_access_connector"), Field(EGRESS, egress))


def _connector_beside(config: Config, notes: list[KeyNote]) -> None:
    """A connector and a network interface exclude each other; the flexible environment used the network."""
    for key, route, _ in config.keys:
        if route[0] == "vpc_access_connector":
            notes.append(dropped(key, f"Not together with {INTERFACES}, which stands for `network`."))


def _affinity(config: Config, notes: list[KeyNote]) -> Fields:
    if not config.flag("network", "session_affinity"):
        notes.append(dropped("network.session_affinity", "It is off, as it is on Cloud Run without the annotation."))
        return ()
    why = "Cloud Run offers it by cookie and as a best effort."
    notes.append(changed("network.session_affinity", f"{AFFINITY}: 'true'", why))
    return (Field(AFFINITY, "true", "network.session_affinity; by cookie, best effort"),)


def _ports(config: Config, notes: list[KeyNote], remarks: list[Remark]) -> None:
    if not config.has("network", "forwarded_ports"):
        return
    node = config.node("network", "forwarded_ports")
    ports = ", ".join(item.value for item in node.items if item.kind == "scalar") if node is not None else ""
    if node is not None and node.kind == "scalar":
        ports = node.value
    place = "Compute Engine or GKE, for whatever used these ports"
    why = (
        f"Cloud Run has one HTTP port; {ports or 'these ports'} cannot be reached. None of them is the container port."
    )
    notes += [manual(key, why, place) for key, route, _ in config.keys if route[:2] == ("network", "forwarded_ports")]
    message = f"forwarded_ports ({ports}): Cloud Run has one HTTP port, and these are not reachable there"
    remarks.append(Remark(message, ("network", "forwarded_ports"), f"move it to {place}", source=f"{FIT}"))


FIT = "https://docs.cloud.google.com/run/docs/fit-for-run"
