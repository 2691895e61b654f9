"""With `--build buildpacks`: project.toml and Procfile instead of a Dockerfile."""

from __future__ import annotations

import json
import tomllib

from flexmigrate.testing import findings
from tests.cloud_run.cases import app, planned, service_yaml, written

BUILDPACKS = {"build": "buildpacks"}


def test_no_dockerfile_and_no_command() -> None:
    found = written(app(""), BUILDPACKS)
    assert set(found) == {"Procfile", "project.toml", "service.yaml", "MIGRATION.md"}
    assert found["Procfile"] == "web: python main.py\n"
    container = service_yaml(app(""), BUILDPACKS)["spec"]["template"]["spec"]["containers"][0]
    assert "command" not in container
    assert "--pack=image=" in found["MIGRATION.md"]


def test_variables_of_the_build_without_secrets() -> None:
    files = app("build_env_variables:\n  A: 1.10\n  B: 'say \"x\"'\n  API_TOKEN: abcdefgh\n")
    found = written(files, BUILDPACKS)
    told = {one["name"]: one["value"] for one in tomllib.loads(found["project.toml"])["build"]["env"]}
    assert told == {"GOOGLE_PYTHON_VERSION": "3.12.*", "A": "1.1", "B": 'say "x"'}
    annotation = service_yaml(files, BUILDPACKS)["metadata"]["annotations"][
        "run.googleapis.com/build-environment-variables"
    ]
    assert json.loads(annotation) == told


def test_an_own_procfile_is_what_counts() -> None:
    files = {**app(""), "Procfile": "web: python main.py\n"}
    assert "Procfile" not in written(files, BUILDPACKS)


def test_a_dockerfile_in_the_way_is_told() -> None:
    made = planned({**app(""), "Dockerfile": "FROM python\n"}, BUILDPACKS)
    assert any("asks no buildpack" in one.message for one in findings(made))


def test_services_that_share_a_directory_cannot() -> None:
    files = {**app(""), "api.yaml": app("")["app.yaml"] + "service: api\n"}
    made = planned(files, BUILDPACKS)
    assert any("one command for all" in one.message for one in findings(made))
    assert "Procfile" not in {change.path for change in made.changes}


def test_locked_dependencies_are_pointed_at() -> None:
    assert any("uv.lock" in one.message for one in findings(planned({**app(""), "uv.lock": ""})))
    files = {**app(""), "uv.lock": "", "requirements.txt": ""}
    assert not any("uv.lock" in one.message for one in findings(planned(files)))
