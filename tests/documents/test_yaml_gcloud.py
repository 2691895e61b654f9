"""What the Google Cloud SDK's own YAML reader accepts, it accepts after every edit too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from flexmigrate.documents.edits import apply
from flexmigrate.documents.yaml import YamlError, YamlFile
from tests.documents.yaml_checks import every_operation

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "yaml").glob("*.yaml"))
READER = """
import json, sys
from googlecloudsdk.core import yaml
def accepted(text):
    try:
        list(yaml.load_all(text))
    except yaml.Error:
        return False
    return True
cases = json.load(sys.stdin)
print(json.dumps([accepted(before) and [accepted(after) for after in edited] for before, edited in cases]))
"""


def sdk() -> Path | None:
    named = os.environ.get("CLOUDSDK_ROOT")
    found = shutil.which("gcloud")
    root = Path(named) if named else Path(found).resolve().parent.parent if found else None
    return root if root is not None and (root / "lib" / "googlecloudsdk").is_dir() else None


@pytest.mark.gcloud
@pytest.mark.skipif(sdk() is None, reason="the Google Cloud SDK is not installed")
def test_every_operation_stays_accepted() -> None:
    root = sdk()
    assert root is not None
    cases = []
    for path in FIXTURES:
        text = path.read_bytes().decode()
        try:
            file = YamlFile(text)
        except YamlError:
            continue
        rewrites = [make() for _, make in every_operation(file, limit=3)]
        cases.append((text, [apply(text, rewrite.edits) for rewrite in rewrites if rewrite.refusal is None]))
    path_setting = os.pathsep.join(str(root / "lib" / part) for part in ("", "third_party"))
    done = subprocess.run(
        [shutil.which("python3") or "python3", "-c", READER],
        input=json.dumps(cases),
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path_setting, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    refused = []
    for (before, edited), answer in zip(cases, json.loads(done.stdout), strict=True):
        if answer:
            refused += [(before, after) for after, fine in zip(edited, answer, strict=True) if not fine]
    assert refused == []
