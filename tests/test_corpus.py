"""Every operation at every place of every YAML file below `FLEXMIGRATE_CORPUS`; skipped when that is not set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flexmigrate.documents.yaml import YamlError, YamlFile
from tests.documents.yaml_checks import every_operation, verdict

FOLDER = os.environ.get("FLEXMIGRATE_CORPUS")
PLACES = 25


def files() -> list[Path]:
    if not FOLDER:
        return []
    found = [path for path in Path(FOLDER).rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file()]
    return sorted(path for path in found if ".git" not in path.parts)


@pytest.mark.skipif(not FOLDER, reason="FLEXMIGRATE_CORPUS names no folder")
@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(FOLDER or "/")))
def test_yaml_file(path: Path) -> None:
    try:
        text = path.read_bytes().decode()
        file = YamlFile(text)
    except (UnicodeDecodeError, YamlError) as error:
        pytest.skip(f"not read: {error}")
    assert file.text == text
    for name, make in every_operation(file, PLACES):
        try:
            verdict(file, make())
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
