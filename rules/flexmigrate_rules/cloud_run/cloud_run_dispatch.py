"""Write the rules of `dispatch.yaml` as a load balancer in front of the Cloud Run services.

Cloud Run has an address for each service and none for the whole application. A global HTTPS load balancer with a
serverless network endpoint group for each service and a URL map does what dispatch.yaml did. The URL map takes the
longest path that fits, dispatch.yaml the first rule; where that makes a difference it is told.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.cloud_run import _companions as companions
from flexmigrate_rules.cloud_run import _examples
from flexmigrate_rules.cloud_run._companions import Companion, comment, quoted, text
from flexmigrate_rules.cloud_run._emit import Draft, propose
from flexmigrate_rules.cloud_run._service.config import Config

SCRIPT = "load-balancer.sh"
ANY_HOST = "*"


@dataclass(frozen=True, slots=True)
class Route:
    """One dispatch rule: `trouble` says what a URL map cannot say of it."""

    host: str
    path: str
    service: str
    offset: int
    line: int
    trouble: str = ""


def check(service: Service, context: Context) -> Iterator[Finding]:
    for companion in companions.companions(service, "dispatch"):
        path = companions.script_path(companion, SCRIPT)
        says = f"{path}: the rules of {companion.path} as a load balancer"
        draft = Draft(path, script(service, context, companion), says, executable=True)
        yield from filter(None, (propose(service, context, draft),))
        for route in routes(companion):
            if route.trouble:
                message = f"{route.host}{route.path}: {route.trouble}"
                yield Finding(message, companion.path, route.offset, hint="see the comment in the script")


def routes(companion: Companion) -> tuple[Route, ...]:
    """The rules in their order."""
    found: list[Route] = []
    for entry in companion.entries:
        host, slash, path = text(entry, "url").partition("/")
        target = text(entry, "service") or text(entry, "module") or "default"
        trouble = _trouble(host or ANY_HOST, slash + path)
        shown = _path(slash + path)
        if not trouble and (before := _hidden_by(found, host or ANY_HOST, shown)):
            trouble = (
                f"the rule in line {before.line} comes first in dispatch.yaml, but the URL map takes the longer path, "
                "which is this one"
            )
        found.append(Route(host or ANY_HOST, shown, target, entry.start, companion.line(entry), trouble))
    return tuple(found)


def _path(path: str) -> str:
    return "/*" if path in ("", "*", "/*") else path


def _trouble(host: str, path: str) -> str:
    if host.endswith(".appspot.com"):
        return "a load balancer cannot answer for appspot.com; give it a domain of your own"
    if "*" in host[1:] or (host.startswith("*") and len(host) > 1 and not host.startswith("*.")):
        return "a URL map takes `*` alone, or `*.` in front of a domain"
    if "*" in path[:-1] or (path.endswith("*") and not path.endswith("/*")):
        return "a URL map takes `*` only behind the last slash of a path"
    return ""


def _hidden_by(before: list[Route], host: str, path: str) -> Route | None:
    """An earlier rule that covers this one for another service."""
    for route in before:
        covers = route.path.endswith("/*") and path.startswith(route.path[:-1]) and path != route.path
        if covers and route.host in (host, ANY_HOST):
            return route
    return None


def script(service: Service, context: Context, companion: Companion) -> str:
    """The whole script."""
    config = Config(service, context)
    names = companions.run_names(service, context)
    found = routes(companion)
    file = posixpath.basename(companion.path)
    targets = list(dict.fromkeys(["default", *(route.service for route in found)]))
    lines = companions.head(config, f"A global HTTPS load balancer in place of {file}.")
    lines += ["", 'gcloud services enable compute.googleapis.com --project="$PROJECT_ID"']
    for target in targets:
        lines += ["", *_backend(target, names)]
    lines += ["", *comment("Whatever no rule fits goes to the default service.")]
    lines.append(
        companions.command(
            (
                "gcloud compute url-maps create app",
                '--project="$PROJECT_ID" --global',
                f"--default-service={_name('default')}",
            )
        )
    )
    lines += _matchers(found)
    return "\n".join([*lines, "", *_front(found)]) + "\n"


def _name(target: str) -> str:
    return f"run-{companions.identifier(target)}"


def _backend(target: str, names: dict[str, str]) -> list[str]:
    name, run = _name(target), names.get(target, target)
    project = '--project="$PROJECT_ID"'
    lines = [] if target in names else comment(f"No service called {target} was found here; check its Cloud Run name.")
    return [
        *lines,
        companions.command(
            (
                f"gcloud compute network-endpoint-groups create {name}",
                f'{project} --region="$REGION"',
                f"--network-endpoint-type=serverless --cloud-run-service={quoted(run)}",
            )
        ),
        companions.command(
            (
                f"gcloud compute backend-services create {name}",
                f"{project} --global --load-balancing-scheme=EXTERNAL_MANAGED",
            )
        ),
        companions.command(
            (
                f"gcloud compute backend-services add-backend {name}",
                f'{project} --global --network-endpoint-group={name} --network-endpoint-group-region="$REGION"',
            )
        ),
    ]


def _matchers(found: tuple[Route, ...]) -> list[str]:
    """One path matcher for each host; rules for any host count for the named ones as well."""
    lines: list[str] = []
    for number, host in enumerate(dict.fromkeys(route.host for route in found), 1):
        mine = [route for route in found if route.host in (host, ANY_HOST)]
        usable = [route for route in mine if not route.trouble or "longer path" in route.trouble]
        lines.append("")
        for route in found:
            if route.trouble and route.host == host:
                lines += comment(f"line {route.line}, {route.host}{route.path}: {route.trouble}.")
        if not usable or not any(route.host == host for route in usable):
            continue
        whole = next((route for route in usable if route.path == "/*"), None)
        rules: dict[str, str] = {}
        for route in usable:
            if route.path != "/*":
                rules.setdefault(route.path, _name(route.service))
        words = [
            "gcloud compute url-maps add-path-matcher app",
            f'--project="$PROJECT_ID" --global --path-matcher-name=host-{number}',
            f"--new-hosts={quoted(host)} --default-service={_name(whole.service if whole else 'default')}",
        ]
        if rules:
            listed = ",".join(f"{path}={backend}" for path, backend in rules.items())
            words.append(f"--backend-service-path-rules={quoted(listed)}")
        lines.append(companions.command(words))
    return lines


def _front(found: tuple[Route, ...]) -> list[str]:
    """Address, certificate and forwarding rule."""
    named = [route.host for route in found if "*" not in route.host and not route.host.endswith(".appspot.com")]
    domains = ",".join(dict.fromkeys(named))
    project = '--project="$PROJECT_ID"'
    lines = ["# The domains that the certificate is for; their DNS records point at the address below in the end."]
    lines.append(
        f"DOMAINS={quoted(domains)}" if domains else ': "${DOMAINS:?set DOMAINS to your own, comma separated}"'
    )
    lines += [
        f"gcloud compute addresses create app {project} --global --ip-version=IPV4",
        f'gcloud compute ssl-certificates create app {project} --global --domains="$DOMAINS"',
        f"gcloud compute target-https-proxies create app {project} --global --url-map=app --ssl-certificates=app",
        companions.command(
            (
                f"gcloud compute forwarding-rules create app {project} --global",
                "--load-balancing-scheme=EXTERNAL_MANAGED --address=app --target-https-proxy=app --ports=443",
            )
        ),
        f"gcloud compute addresses describe app {project} --global --format='value(address)'",
        "",
        *comment(
            "Move the DNS records to this address last: until then App Engine answers. So that nobody goes round the "
            "load balancer, set run.googleapis.com/ingress to internal-and-cloud-load-balancing in each service.yaml."
        ),
    ]
    return lines


RULE = Rule(
    check=check,
    summary="dispatch.yaml becomes a load balancer",
    severity=Severity.WARNING,
    fix=FixClass.SAFE,
    source="https://docs.cloud.google.com/load-balancing/docs/https/setup-global-ext-https-serverless",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nentrypoint: python main.py\n",
            "dispatch.yaml": 'dispatch:\n- url: "example.com/api/*"\n  service: api\n',
        },
        after=_examples.DISPATCH,
        says="load-balancer.sh: the rules of dispatch.yaml",
        platform=Platform.CLOUD_RUN,
    ),
)
