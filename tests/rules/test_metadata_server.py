"""Questions to the metadata server are followed through constants, and only unanswered ones are told."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import check_quiet, check_reported
from tests.rules.source_files import service

RULE = "metadata-server"
RUN = Platform.CLOUD_RUN
BASE = "http://metadata.google.internal/computeMetadata/v1"
HEADER = "H = {'Metadata-Flavor': 'Google'}\nimport requests\n"

QUIET = {
    "project": service(HEADER + f"requests.get('{BASE}/project/project-id', headers=H)\n"),
    "token": service(HEADER + f"requests.get('{BASE}/instance/service-accounts/default/token', headers=H)\n"),
    "identity": service(HEADER + f"u = f'{BASE}/instance/service-accounts/default/identity?audience={{x}}'\n"),
    "region": service(HEADER + f"B = '{BASE}'\nu = B + '/instance/region'\n"),
    "base alone": service(HEADER + f"B = '{BASE}/'\n"),
    "unknown rest": service(HEADER + f"def get(path):\n    return requests.get('{BASE}/' + path, headers=H)\n"),
    "another server": service("import requests\nrequests.get('http://example.com/metadata')\nx = 'metadata'\n"),
    "a docstring": service(f'"""{BASE}/instance/attributes/x"""\n'),
    "a comment": service(f"# {BASE}/instance/attributes/x\n"),
    "tests": service("", tests__test_a=f"x = '{BASE}/instance/attributes/x'\n"),
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, platform=RUN)


def test_quiet_on_flex() -> None:
    check_quiet(RULE, service(f"x = '{BASE}/instance/attributes/x'\n"))


IP = "instance/network-interfaces/0/access-configs/0/external-ip"
LOUD = {
    "plain": (f"u = '{BASE}/{IP}'\n", f"has no {IP}"),
    "adjacent": (f"u = ('{BASE}/'\n     '{IP}')\n", f"has no {IP}"),
    "added": (f"B = '{BASE}'\nu = B + '/{IP}'\n", f"has no {IP}"),
    "f-string": (f"B = '{BASE}'\nu = f'{{B}}/{IP}'\n", f"has no {IP}"),
    "through two names": (f"A = '{BASE}'\nB = A + '/instance'\nu = B + '/hostname'\n", "has no instance/hostname"),
    "join": (f"import urllib.parse\nu = urllib.parse.urljoin('{BASE}/', '{IP}')\n", f"has no {IP}"),
    "attributes": (f"u = '{BASE}/project/attributes/key'\n", "has no project/attributes/key"),
    "short name": ("u = 'http://metadata/computeMetadata/v1/instance/id'\n", "short name"),
    "old version": ("u = 'http://metadata.google.internal/computeMetadata/v1beta1/instance/id'\n", "v1beta1"),
    "zone": (f"u = '{BASE}/instance/zone'\n", "no real zone"),
}


@pytest.mark.parametrize(("text", "says"), LOUD.values(), ids=LOUD)
def test_loud(text: str, says: str) -> None:
    check_reported(RULE, service(HEADER + text), says, platform=RUN)


def test_the_header_is_missed() -> None:
    text = f"import requests\nrequests.get('{BASE}/project/project-id')\n"
    check_reported(RULE, service(text), "without the header", platform=RUN)


def test_googles_own_sample() -> None:
    text = (
        "import requests\nURL = (\n    'http://metadata/computeMetadata/v1/instance/network-interfaces/0/'\n"
        "    'access-configs/0/external-ip'\n)\n\n\ndef ip():\n"
        "    return requests.get(URL, headers={'Metadata-Flavor': 'Google'}, timeout=2).text\n"
    )
    found = check_reported(RULE, service(text), f"has no {IP}", platform=RUN)
    assert len(found) == 2
