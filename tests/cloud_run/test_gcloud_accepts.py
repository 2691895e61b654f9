"""The Google Cloud SDK's own parser takes every written service.yaml."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud_run.cases import CASES, FIXTURES

_PARSER = """
import json, sys
sys.path[:0] = sys.argv[1:3]
from googlecloudsdk.api_lib.run import service
from googlecloudsdk.api_lib.util import apis, messages
from googlecloudsdk.core import yaml
schema = apis.GetMessagesModule("run", "v1")
answers = {}
for path in sys.argv[3:]:
    try:
        message = messages.DictToMessageWithErrorCheck(dict(yaml.load_path(path)), schema.Service)
        answers[path] = service.Service(message, schema).name
    except Exception as error:
        answers[path] = "REFUSED " + " ".join(str(error).split())
json.dump(answers, sys.stdout)
"""


@pytest.mark.gcloud
@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_replace_takes_every_service_yaml() -> None:
    library = Path(shutil.which("gcloud") or "").resolve().parents[1] / "lib"
    files = [str(path) for path in sorted(FIXTURES.glob("*/expected/service*.yaml"))]
    assert len(files) >= len(CASES)
    command = [sys.executable, "-W", "ignore", "-c", _PARSER, str(library), str(library / "third_party"), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers = json.loads(done.stdout)
    assert [(path, answer) for path, answer in answers.items() if answer.startswith("REFUSED")] == []
    assert len(answers) == len(files)
