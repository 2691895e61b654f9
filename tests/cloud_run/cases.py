"""The fixture services, and how to plan them: shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flexmigrate.documents.yaml import Node, YamlFile
from flexmigrate.model import Plan, Platform
from flexmigrate.rule import Pack
from flexmigrate.testing import Files, after, plan
from flexmigrate_rules._pack import PACK

FIXTURES = Path(__file__).parents[2] / "fixtures" / "cloud_run"
GIVEN = {"project": "my-project", "region": "europe-west1"}
CASES: dict[str, dict[str, str]] = {
    "flask": {},
    "django_cloud_sql": GIVEN,
    "asgi_websockets": GIVEN,
    "worker": GIVEN,
    "custom_runtime": {**GIVEN, "image": "europe-docker.pkg.dev/my-project/pages/web:7", "name": "pages-web"},
    "every_key": GIVEN,
    "two_services": {},
    "buildpacks": {"build": "buildpacks"},
}
ONLY = Pack(
    PACK.name,
    PACK.version,
    tuple(rule for rule in PACK.all_rules() if rule.name.startswith("cloud-run-")),
    PACK.facts_as_of,
    PACK.runtimes,
    PACK.current,
    PACK.key_fact,
    PACK.kept,
)
"""The rules of this folder alone, so that the files do not change with what other rules find."""


def before(case: str) -> dict[str, str]:
    """The files of a fixture service."""
    root = FIXTURES / case / "before"
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in _files(root)}


def expected(case: str) -> dict[str, str]:
    """The files that are to be written."""
    root = FIXTURES / case / "expected"
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in _files(root)}


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def planned(files: Files, options: Mapping[str, str] | None = None) -> Plan:
    """The plan of all Cloud Run rules, safe fixes only."""
    given: Any = options or {}
    return plan(files, platform=Platform.CLOUD_RUN, unsafe=False, packs=[ONLY], **given)


def written(files: Files, options: Mapping[str, str] | None = None) -> dict[str, str]:
    """The texts that the plan writes, by path."""
    made = planned(files, options)
    assert not made.skipped, made.skipped
    texts = after(files, made)
    return {change.path: texts[change.path] for change in made.changes}


def app(config: str, *lines: str) -> dict[str, str]:
    """A service with these additions to a plain app.yaml."""
    head = "runtime: python\nenv: flex\nentrypoint: python main.py\nruntime_config:\n  python_version: 3\n"
    return {"app.yaml": head + config + "".join(f"{line}\n" for line in lines)}


def data(text: str) -> Any:
    """A YAML text as dictionaries, lists and texts; numbers stay texts."""
    return _plain(YamlFile(text).documents[0])


def _plain(node: Node) -> Any:
    if node.kind == "mapping":
        return {entry.name: _plain(entry.value) for entry in node.entries}
    if node.kind == "sequence":
        return [_plain(item) for item in node.items]
    return node.value


def service_yaml(files: Files, options: Mapping[str, str] | None = None) -> Any:
    """The written service.yaml as data."""
    return data(written(files, options)["service.yaml"])
