"""Which files are services, which belong to App Engine otherwise, and which only look alike."""

from __future__ import annotations

import pytest

from flexmigrate.project import Discovery, discover_services
from flexmigrate.testing import Files, repository

FLEX = "runtime: python\nenv: flex\n"


def found(files: Files) -> Discovery:
    return discover_services(repository(files))


SERVICES = {
    "flex": "runtime: python\nenv: flex\n",
    "flexible": "runtime: python\nenv: flexible\n",
    "env 2": "runtime: python\nenv: 2\n",
    "vm": "runtime: python\nvm: true\n",
    "vm in capitals": "runtime: python\nvm: True\n",
    "vm with the old runtime name": "runtime: python27\nvm: true\napi_version: 1\n",
    "compat": "runtime: python-compat\nenv: flex\n",
    "quoted": "\"runtime\": 'python'\n\"env\": 'flex'\n",
    "json": '{"runtime": "python", "env": "flex"}',
    "byte order mark": "\ufeffenv: flex\nruntime: python\n",
    "windows": "runtime: python\r\nenv: flex\r\n",
    "old mac": "runtime: python\renv: flex\r",
    "second document": "a: 1\n---\nruntime: python\nenv: flex\n",
    "templated env": "runtime: python\nenv: ${ENV}\n",
    "templated runtime": "runtime: {{ runtime }}\nenv: flex\n",
    "modern": 'runtime: python\nenv: flex\nruntime_config:\n  operating_system: "ubuntu24"\n',
}


@pytest.mark.parametrize("text", SERVICES.values(), ids=SERVICES)
def test_services_are_recognised_by_content(text: str) -> None:
    assert [service.config for service in found({"deploy/some-name.yml": text}).services] == ["deploy/some-name.yml"]


LOOKALIKES = {
    "compose": "version: '3'\nservices:\n  web:\n    image: python\n    environment:\n      env: flex\n",
    "workflow": "on: push\nenv:\n  RUNTIME: python\njobs:\n  test:\n    runs-on: ubuntu\n",
    "databricks": "command: [python, app.py]\nenv:\n  - name: A\n    value: flex\n",
    "spring": "spring:\n  application:\n    name: runtime\nenv: dev\n",
    "serverless": "service: x\nprovider:\n  name: aws\n  runtime: python3.9\n",
    "kubernetes": "kind: Pod\nspec:\n  containers:\n  - env:\n    - name: runtime\n      value: python\n",
    "list": "- runtime: python\n- env: flex\n",
    "runtime of something else": "runtime: python3.9\nhandler: main\n",
    "empty": "",
    "not yaml": "env: staging\n\t:::",
}


@pytest.mark.parametrize("text", LOOKALIKES.values(), ids=LOOKALIKES)
def test_files_that_look_alike_are_left_out(text: str) -> None:
    assert found({"app.yaml": text}) == Discovery((), (), ())


BYSTANDERS = {
    "standard": ("runtime: python39\n", "standard"),
    "standard with handlers": ("runtime: python27\nthreadsafe: true\nhandlers: []\n", "standard"),
    "env standard": ("runtime: python312\nenv: standard\n", "standard"),
    "forgotten env": ("runtime: python\nruntime_config:\n  python_version: 3\n", "standard"),
    "node": ("runtime: nodejs\nenv: flex\n", "other-language"),
    "java on managed VMs": ("runtime: java\nvm: true\n", "other-language"),
    "custom without anything": ("runtime: custom\nenv: flex\n", "custom"),
}


@pytest.mark.parametrize(("text", "kind"), BYSTANDERS.values(), ids=BYSTANDERS)
def test_other_app_engine_files_are_told_apart(text: str, kind: str) -> None:
    (bystander,) = found({"app.yaml": text}).bystanders
    assert (bystander.path, bystander.kind) == ("app.yaml", kind)


CUSTOM = {
    "image": {"Dockerfile": "FROM gcr.io/google-appengine/python\n"},
    "install": {"Dockerfile": "FROM debian\nRUN apt-get install python3\n"},
    "requirements": {"requirements.txt": "flask\n"},
    "source": {"main.py": ""},
}


@pytest.mark.parametrize("beside", CUSTOM.values(), ids=CUSTOM)
def test_a_custom_runtime_is_ours_when_it_is_python(beside: dict[str, str]) -> None:
    files = {"web/app.yaml": "runtime: custom\nenv: flex\n", **{f"web/{name}": text for name, text in beside.items()}}
    assert [service.runtime for service in found(files).services] == ["custom"]


def test_a_custom_runtime_of_another_language_is_not() -> None:
    files = {"app.yaml": "runtime: custom\nenv: flex\n", "Dockerfile": "FROM node:18\n", "tool.py": ""}
    assert "node:18" in found(files).bystanders[0].reason


def test_a_custom_runtime_is_ours_when_its_start_command_is_python() -> None:
    assert found({"app.yaml": "runtime: custom\nenv: flex\nentrypoint: gunicorn main:app\n"}).services


UNREADABLE = {
    "broken yaml": (b"runtime: python\nenv: flex\nruntime_config: [\n", 4),
    "not utf-8": (b"runtime: python\nenv: flex\n# \xff\n", None),
    "utf-16 without a mark": ("runtime: python\nenv: flex\n".encode("utf-16-le"), None),
}


@pytest.mark.parametrize(("data", "line"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_reported(data: bytes, line: int | None) -> None:
    (skipped,) = found({"app.yaml": data}).skipped
    assert skipped.path == "app.yaml"
    assert skipped.line == line


def test_several_services_come_in_the_order_of_their_paths() -> None:
    files = {"b/app.yaml": FLEX, "a/staging.yaml": f"service: stage\n{FLEX}", "a/app.yaml": FLEX}
    services = found(files).services
    assert [(service.config, service.name) for service in services] == [
        ("a/app.yaml", "default"),
        ("a/staging.yaml", "stage"),
        ("b/app.yaml", "default"),
    ]
    assert [service.first for service in services] == [True, False, False]


def test_only_the_named_files_are_looked_at_whatever_their_names() -> None:
    files = {"app.yaml": FLEX, "config": FLEX}
    assert [s.config for s in discover_services(repository(files), frozenset({"config"})).services] == ["config"]


def test_a_file_read_once_stays_as_it_was() -> None:
    reads: list[str] = []

    def read(path: str) -> bytes:
        reads.append(path)
        return f"{len(reads)}".encode()

    from flexmigrate.project import Repository

    repo = Repository(("a",), read)
    assert repo.text("a") == repo.text("a") == "1"
    assert repo.planned({"a": "new"}).text("a") == "new"
    assert repo.planned({"b": "new"}).paths == ("a", "b")


def test_what_was_looked_for_in_vain_is_an_input() -> None:
    repo = repository({"app.yaml": FLEX})
    assert not repo.exists("Procfile")
    assert repo.inputs() == {"Procfile": None}
