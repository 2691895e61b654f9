"""The written command starts and answers with only what Cloud Run provides: no compiler, no App Engine variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from flexmigrate.documents import dockerfile
from flexmigrate.proving import environments, interpreters
from flexmigrate.proving.serving import Limits, State, serve
from tests.cloud_run.cases import CASES, before, data, written

PYTHON = "3.12"
ANSWERS = {
    "flask": b"Hello, world: it's me (PROJECT_ID, default)",
    "django_cloud_sql": b"polls on /cloudsql/my-project:europe-west1:polls",
    "asgi_websockets": b"chat",
    "worker": b" in 2048 MB",
    "custom_runtime": b"pages",
}


@pytest.mark.network
@pytest.mark.parametrize("case", ANSWERS)
def test_the_command_boots_and_answers(case: str, tmp_path: Path) -> None:
    interpreter = interpreters.find(PYTHON)
    if interpreter is None:
        pytest.skip(f"no Python {PYTHON} here")
    files = before(case) | written(before(case), CASES[case])
    source = tmp_path / "app"
    for path, text in files.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text, "utf-8")
    environment, step = environments.create(interpreter, tmp_path / "venv")
    assert environment is not None, step.line
    if "requirements.txt" in files:
        step = environments.install(environment, ["-r", str(source / "requirements.txt")])
        assert step.ok, step.line
    container = data(files["service.yaml"])["spec"]["template"]["spec"]["containers"][0]
    for command in commands(files, container):
        found = serve(
            command,
            cwd=source,
            environment={"PATH": f"{environment.folder / 'bin'}{os.pathsep}/usr/bin:/bin", **variables(container)},
            port=int(container["ports"][0]["containerPort"]) if ":8080" in " ".join(command) else None,
            limits=Limits(listen=30, answer=15, stop=10),
        )
        assert found.state is State.ANSWERED, (found.state, found.decisive_line)
        assert found.answer is not None
        assert found.answer.status == 200
        assert ANSWERS[case] in found.answer.body
        # The program itself gets the signal, so it ends before Cloud Run kills it.
        assert found.seconds_to_stop is not None


def commands(files: dict[str, str], container: dict[str, Any]) -> list[list[str]]:
    """What Cloud Run starts: the service's own command, and the image's."""
    found = []
    if "command" in container:
        found.append([*container["command"], *container.get("args", ())])
    image = dockerfile.parse(files["Dockerfile"])
    last = [one for one in image.instructions if one.keyword == "CMD"][-1]
    command = dockerfile.command(last)
    of_image = list(command.arguments) if command.arguments is not None else ["sh", "-c", command.text]
    if of_image not in found:
        found.append(of_image)
    if "command" in container:
        assert len(found) == 1, "service.yaml and Dockerfile say the same"
    return found


def variables(container: dict[str, Any]) -> dict[str, str]:
    """The environment of a Cloud Run container; secrets come from Secret Manager there."""
    found = {"K_SERVICE": "service", "K_REVISION": "service-00001-abc", "K_CONFIGURATION": "service"}
    for item in container.get("env", ()):
        found[item["name"]] = item.get("value", "from-secret-manager")
    return found
