"""Keys without a place in service.yaml: handlers, Endpoints, beta settings, and values that cannot be read."""

from __future__ import annotations

from flexmigrate.model import KeyNote, Route, Severity
from flexmigrate_rules.cloud_run._service.config import Config
from flexmigrate_rules.cloud_run._service.notes import dropped, manual
from flexmigrate_rules.cloud_run._service.parts import Remark, Share
from flexmigrate_rules.facts import keys as key_table

STATIC = "https://docs.cloud.google.com/run/docs/fit-for-run"
ENDPOINTS = "https://docs.cloud.google.com/endpoints/docs/openapi/set-up-cloud-run-espv2"
_CATCH_ALL = (".*", "/.*")


def share(config: Config) -> Share:
    """Verdicts and remarks only."""
    notes: list[KeyNote] = []
    remarks: list[Remark] = []
    _handlers(config, notes, remarks)
    _endpoints(config, notes, remarks)
    _unreadable(config, notes, remarks)
    return Share(notes=tuple(notes), remarks=tuple(remarks))


def _handlers(config: Config, notes: list[KeyNote], remarks: list[Remark]) -> None:
    node = config.node("handlers")
    for index in range(len(node.items) if node is not None else 0):
        route: Route = ("handlers", index)
        url = config.written(*route, "url") or ""
        static = config.written(*route, "static_dir") or config.written(*route, "static_files")
        key = f"handlers[{index}]"
        if static:
            message = f"the handler for {url} serves {static} as files; Cloud Run sends every request to the program"
            hint = "serve it in the program (WhiteNoise for Django and Flask), or from Cloud Storage with a CDN"
            remarks.append(Remark(message, route, hint, source=STATIC))
            notes.append(manual(f"{key}.url", f"Cloud Run serves no files itself ({static}).", hint))
            continue
        if config.written(*route, "secure") in ("always", "never"):
            secure = config.written(*route, "secure")
            message = f"the handler for {url} has `secure: {secure}`; Cloud Run answers on HTTP and HTTPS alike"
            remarks.append(
                Remark(message, route, "redirect in the program by X-Forwarded-Proto", Severity.INFO, STATIC)
            )
        if config.written(*route, "login") in ("required", "admin"):
            message = f"the handler for {url} asks for a login; Cloud Run has none for single addresses"
            hint = "check in the program, or put Identity-Aware Proxy in front"
            remarks.append(Remark(message, route, hint, source=STATIC))
        if url in _CATCH_ALL:
            notes.append(dropped(f"{key}.url", "Every request goes to the program, as this handler says."))
        else:
            notes.append(dropped(f"{key}.url", "Every request goes to the program, which does the routing itself."))


def _endpoints(config: Config, notes: list[KeyNote], remarks: list[Remark]) -> None:
    if not config.has("endpoints_api_service"):
        return
    place = "an ESPv2 service of its own in front, or API Gateway"
    why = "Cloud Run has no built-in Endpoints proxy, so nothing checks keys and tokens any more."
    notes += [manual(key, why, place) for key, route, _ in config.keys if route[0] == "endpoints_api_service"]
    name = config.written("endpoints_api_service", "name") or "the API"
    message = f"Endpoints for {name}: {why[:-1]}"
    remarks.append(Remark(message, ("endpoints_api_service",), f"put {place}", Severity.ERROR, ENDPOINTS))


def _unreadable(config: Config, notes: list[KeyNote], remarks: list[Remark]) -> None:
    """Numbers that are none: a template's placeholder, or a mistake."""
    for key, route, node in config.keys:
        row = key_table.row_for(key)
        if row is None or row.check.type not in ("integer", "number") or node.kind != "scalar" or node.is_empty:
            continue
        if config.number(*route) is None:
            what = "a placeholder of a template" if node.templated else "no number"
            why = f"The value is {what}; what stands in service.yaml is the default."
            notes.append(manual(key, why))
            remarks.append(Remark(f"{key} is {what}, so service.yaml has the default", route, "put the value in"))
