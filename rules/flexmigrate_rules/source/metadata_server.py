"""Find questions to the metadata server that Cloud Run's does not answer.

Cloud Run serves the project, the region, the instance's id and the service account's tokens. It has no network
interfaces (so no external address), no hostname and no attributes of an instance or project: those paths answer with an
error page, which a program that checks only for failed connections takes for the value. The older API versions and
requests without `Metadata-Flavor: Google` are refused everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule

_SERVED = re.compile(
    r"(?:project/(?:project-id|numeric-project-id)|instance/(?:id|region|zone|service-accounts(?:/.*)?))?/?"
)
_PATH = re.compile(r"computeMetadata/(v1beta1|v0\.1|v1)/?([^\s?#]*)")
_SHORT = re.compile(r"https?://metadata(?=[/:]|$)")
_LONG = "metadata.google.internal"
_GONE = {
    "network-interfaces": "there are no network interfaces, so no addresses; clients reach the service by its URL only",
    "attributes": "there are no attributes; set an environment variable in service.yaml or use Secret Manager",
    "hostname": "instances have no host name; instance/id tells them apart",
    "name": "instances have no name; instance/id tells them apart",
    "machine-type": "there is no machine; the limits stand in service.yaml",
    "tags": "there are no network tags here; service.yaml has them for outgoing traffic",
    "disks": "there are no disks",
    "scheduling": "there is no maintenance event; SIGTERM tells the end",
    "maintenance-event": "there is no maintenance event; SIGTERM tells the end",
}


def check(service: Service, context: Context) -> Iterator[Finding]:
    from flexmigrate_rules.source._run_reading import files

    for file, reading in files(service, b"computeMetadata", _LONG.encode(), b"//metadata"):
        told: set[str] = set()
        asked = None
        for text in reading.texts:
            value = text.value
            if "computeMetadata" not in value and not _SHORT.match(value) and _LONG not in value:
                continue
            asked = text.offset if asked is None else asked
            for message, hint in _wrong(value):
                if message not in told:
                    told.add(message)
                    yield Finding(message, file.path, text.offset, hint=hint, key=message)
        asks = any(call.name.rpartition(".")[2] in ("get", "urlopen", "request", "Request") for call in reading.calls)
        if asked is not None and asks and not file.mentions(b"Metadata-Flavor", b"Metadata-flavor", b"metadata-flavor"):
            yield Finding(
                "the metadata server is asked without the header `Metadata-Flavor: Google`, which it requires",
                file.path,
                asked,
                hint="send the header with each request",
                key="header",
            )


def _wrong(value: str) -> Iterator[tuple[str, str]]:
    found = _PATH.search(value)
    if _SHORT.search(value):
        yield (
            "the metadata server is asked by the short name `metadata`, which is not documented for Cloud Run",
            f"write {_LONG}",
        )
    if found is None:
        return
    if found[1] != "v1":
        yield f"version {found[1]} of the metadata server is no longer served", "use computeMetadata/v1"
    path = found[2].strip("/")
    if "{" in path or _SERVED.fullmatch(path):
        if path.endswith("instance/zone"):
            yield (
                "instance/zone is no real zone on Cloud Run",
                "ask for instance/region (Cloud Run only) where the region is meant",
            )
        return
    gone = next((why for part, why in _GONE.items() if part in path.split("/")), "")
    yield f"Cloud Run's metadata server has no {path}", gone or "it serves the project, the region, the id and tokens"


_EXAMPLE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
    "main.py": (
        "import requests\n\nBASE = 'http://metadata.google.internal/computeMetadata/v1'\n"
        "HEADERS = {'Metadata-Flavor': 'Google'}\n\n\ndef address():\n"
        "    url = BASE + '/instance/network-interfaces/0/access-configs/0/external-ip'\n"
        "    return requests.get(url, headers=HEADERS).text\n"
    ),
}

RULE = Rule(
    check=check,
    summary="questions to the metadata server that Cloud Run does not answer",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://docs.cloud.google.com/run/docs/container-contract",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before=_EXAMPLE,
        after=_EXAMPLE,
        says="has no instance/network-interfaces/0/access-configs/0/external-ip",
        platform=Platform.CLOUD_RUN,
    ),
)
