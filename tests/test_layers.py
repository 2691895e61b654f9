"""Imports go down only: edge -> decisions -> documents -> data, and each library has one importer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENGINE = ROOT / "migrate" / "flexmigrate"

# Lower numbers know less. A module may import its own floor and those below.
FLOORS = {
    "": 0,
    "model": 0,
    "errors": 0,
    "documents": 1,
    "project": 2,
    "rule": 2,
    "verification": 2,
    "suppression": 2,
    "settling": 3,
    "keys": 3,
    "planning": 3,
    "targets": 3,
    "testing": 3,
    "reports": 3,
    "proving": 3,
}
EDGE = 4
HEAVY = {
    "ruamel": {"documents/yaml.py"},
    "libcst": {"documents/python_rewrite.py", "documents/python_import_rewrite.py"},
}


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def floor(module: str) -> int:
    return FLOORS.get(module.split(".")[0], EDGE)


@pytest.mark.parametrize("path", modules(ENGINE), ids=lambda path: path.relative_to(ENGINE).as_posix())
def test_the_engine_imports_downwards(path: Path) -> None:
    own = path.relative_to(ENGINE).with_suffix("").as_posix().replace("/", ".").removesuffix("__init__").rstrip(".")
    for name in imported(path):
        assert not name.startswith("flexmigrate_rules"), f"{own} reaches for a rule pack"
        if name == "flexmigrate" or not name.startswith("flexmigrate."):
            continue
        below = name.removeprefix("flexmigrate.")
        if below.startswith("__"):
            continue
        assert floor(below) <= floor(own), f"{own} (floor {floor(own)}) imports {below} (floor {floor(below)})"


@pytest.mark.parametrize("library", HEAVY)
def test_a_heavy_library_has_one_importer(library: str) -> None:
    importers = {
        path.relative_to(ENGINE).as_posix()
        for path in modules(ENGINE)
        if any(name.split(".")[0] == library for name in imported(path))
    }
    assert importers <= HEAVY[library]


def test_rules_import_the_engine_for_words_and_documents_only() -> None:
    allowed = ("model", "rule", "project", "documents", "errors", "keys", "suppression")
    for path in modules(ROOT / "rules"):
        for name in imported(path):
            if name.startswith("flexmigrate.") and not name.startswith("flexmigrate._"):
                assert name.split(".")[1] in allowed, f"{path.name} imports {name}"


def test_the_source_roots_are_no_packages() -> None:
    assert not (ROOT / "migrate" / "__init__.py").exists()
    assert not (ROOT / "rules" / "__init__.py").exists()
