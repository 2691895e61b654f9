"""Every gcloud command of the written guides and scripts is one that gcloud itself knows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cloud_run.cases import FIXTURES

_VARIABLE = re.compile(r"\$\{?([A-Za-z_0-9]+)\}?")

_VALUES = {
    "PROJECT_ID": "my-project",
    "REGION": "europe-west1",
    "ACCOUNT": "a@my-project.iam.gserviceaccount.com",
    "INVOKER": "i@my-project.iam.gserviceaccount.com",
    "IMAGE": "europe-west1-docker.pkg.dev/my-project/cloud-run/web:v1",
    "URL_DEFAULT": "https://web.run.app",
}


def commands() -> list[str]:
    """Every command on one line, with words in place of the shell's variables."""
    found: list[str] = []
    for path in sorted([*FIXTURES.glob("*/expected/MIGRATION*.md"), *FIXTURES.glob("*/expected/*.sh")]):
        text = path.read_text("utf-8").replace("\\\n", " ")
        if path.suffix == ".md":
            text = "\n".join(re.findall(r"(?s)```sh\n(.*?)```", text))
        text = re.sub(r"(?m)^queue (.*)$", r"gcloud tasks queues create \1 --location=l", text)
        for match in re.finditer(r"(?m)gcloud (?!auth)[a-z][^\n]*", text):
            line = re.split(r" (?:\|\||\|) | >/dev/null|; |  # ", match[0])[0]
            if line.startswith("gcloud tasks queues") and "$verb" in line:
                continue
            # A command substitution ends with a bracket that is not the command's.
            line = line.removesuffix(')"') if line.count('"') % 2 else line
            found.append(_VARIABLE.sub(lambda name: _VALUES.get(name[1], f"value-{name[1].lower()}"), line).strip())
    return list(dict.fromkeys(found))


@pytest.mark.gcloud
@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_gcloud_knows_every_command(tmp_path: Path) -> None:
    asked = commands()
    assert len(asked) > 40
    file = tmp_path / "commands.json"
    file.write_text(json.dumps([{"command_string": line} for line in asked]), "utf-8")
    environment = {**os.environ, "CLOUDSDK_CONFIG": str(tmp_path / "config"), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
    command = ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={file}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300)
    answers = json.loads(done.stdout)
    assert [(one["command_string"], one["error_message"]) for one in answers if not one["success"]] == []
    assert len(answers) == len(asked)
