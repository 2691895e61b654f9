"""The image: what is installed, what stays out, what is kept of an own Dockerfile."""

from __future__ import annotations

import pytest

from flexmigrate.model import Severity
from flexmigrate.testing import findings
from flexmigrate_rules.cloud_run._ignore import from_expression, from_gitignore
from tests.cloud_run.cases import app, planned, written

PACKAGES = [
    ("flask\n", []),
    ("lxml\nPillow\npyodbc\n", []),
    ("psycopg2-binary\n", []),
    ("psycopg2==2.9.10\n", ["gcc libc6-dev libpq-dev", "libpq5"]),
    ("psycopg==3.2\n", ["libpq5"]),
    ("psycopg[binary]==3.2\n", []),
    ("mysqlclient\nuWSGI\n", ["default-libmysqlclient-dev gcc libc6-dev pkg-config", "libmariadb3"]),
    ("python_magic\n", ["libmagic1"]),
    ("psycopg2; python_version < '3'\n", []),
    ("git+https://github.com/pallets/flask\n", ["git"]),
]


@pytest.mark.parametrize(("requirements", "packages"), PACKAGES)
def test_only_needed_packages_are_installed(requirements: str, packages: list[str]) -> None:
    text = written({**app(""), "requirements.txt": requirements})["Dockerfile"]
    found = [
        line.split("recommends ")[1].removesuffix(" \\") for line in text.splitlines() if "apt-get install" in line
    ]
    assert found == packages


def test_compilers_stay_in_their_own_stage() -> None:
    text = written({**app(""), "requirements.txt": "psycopg2\n"})["Dockerfile"]
    build, final = text.split("FROM python:3.12-slim\n")
    assert "gcc" in build
    assert "gcc" not in final
    assert "COPY --from=build /venv /venv" in final


COPIES = [
    ({}, "# There is no requirements.txt"),
    ({"requirements.txt": "flask\n"}, "COPY requirements.txt ./\nRUN pip install"),
    (
        {"requirements.txt": "-r req/a.txt\n-c limits.txt\n", "req/a.txt": "flask\n", "limits.txt": "flask<4\n"},
        "COPY limits.txt requirements.txt ./\nCOPY req/a.txt ./req/\nRUN pip install",
    ),
    ({"requirements.txt": "-e .\n"}, "COPY . .\nRUN pip install"),
    ({"requirements.txt": "--find-links wheels\nflask\n"}, "COPY . .\nRUN pip install"),
]


@pytest.mark.parametrize(("files", "part"), COPIES)
def test_dependencies_come_first(files: dict[str, str], part: str) -> None:
    assert part in written({**app(""), **files})["Dockerfile"]


def test_the_program_does_not_run_as_root_and_writes_no_bytecode() -> None:
    text = written(app(""))["Dockerfile"]
    assert "PYTHONDONTWRITEBYTECODE=1" in text
    assert text.index("USER app") < text.index("CMD [")


def test_build_variables_become_arguments_without_their_secrets() -> None:
    text = written(app("build_env_variables:\n  A: 1.10\n  GOOGLE_X: y\n  NPM_TOKEN: abcdefgh\n"))["Dockerfile"]
    assert 'ARG A="1.1"\n' in text
    assert "ARG NPM_TOKEN\n" in text
    assert "GOOGLE_X" not in text
    assert "abcdefgh" not in text


def test_an_include_outside_of_the_directory_is_an_error() -> None:
    files = {f"web/{path}": text for path, text in app("").items()}
    files |= {"web/requirements.txt": "-r ../common.txt\n", "common.txt": "flask\n"}
    found = [one for one in findings(planned(files)) if "common.txt" in one.message]
    assert [one.severity for one in found] == [Severity.ERROR]


CUSTOM = [
    ("FROM gcr.io/google-appengine/python\nCMD python main.py\n", "legacy image"),
    ("FROM python:3.12\nEXPOSE 5000/tcp\nCMD python main.py\n", "exposes 5000/tcp"),
    (None, "without a Dockerfile"),
]


@pytest.mark.parametrize(("dockerfile", "says"), CUSTOM)
def test_a_custom_runtime_keeps_its_dockerfile(dockerfile: str | None, says: str) -> None:
    files = {"app.yaml": "runtime: custom\nenv: flex\n", "requirements.txt": "flask\n"}
    files |= {"Dockerfile": dockerfile} if dockerfile else {}
    for options in ({}, {"build": "buildpacks"}, {"force": "yes"}):
        made = planned(files, options)
        assert {change.path for change in made.changes} == {"service.yaml", "MIGRATION.md"}
        assert any(says in one.message for one in findings(made))


def test_a_custom_image_without_surprises_is_not_talked_about() -> None:
    files = {
        "app.yaml": "runtime: custom\nenv: flex\n",
        "Dockerfile": "FROM python:3.12\nEXPOSE 8080\nCMD python a.py\n",
    }
    assert not [one for one in findings(planned(files)) if one.rule == "cloud-run-dockerfile"]


def test_nothing_to_start_is_an_error() -> None:
    made = planned({"app.yaml": "runtime: python\nenv: flex\n"})
    assert any("nothing says how the program starts" in one.message for one in findings(made))
    assert "CMD" not in next(change.after for change in made.changes if change.path == "Dockerfile").replace(
        "a CMD", ""
    )


def test_what_the_files_suggest_is_marked_as_assumed() -> None:
    files = {"app.yaml": "runtime: python\nenv: flex\n", "main.py": "app = 1\n", "requirements.txt": "gunicorn\n"}
    text = written(files)["Dockerfile"]
    assert "ASSUMED" in text
    assert text.endswith('CMD ["sh", "-c", "exec gunicorn --bind :$PORT main:app"]\n')
    assert any("the command is assumed" in one.message for one in findings(planned(files)))


EXPRESSIONS = {
    r"^node_modules/.*$": "/node_modules",
    r"^(.*/)?node_modules/.*$": "**/node_modules",
    r"^(.*/)?.*\.py[co]$": "**/*.py[co]",
    r"^(.*/)?.*\.md$": "**/*.md",
    r"^(.*/)?#.*#$": "**/#*#",
    r"^(.*/)?.*~$": "**/*~",
    r"^(.*/)?.*/RCS/.*$": "**/RCS",
    r"^(.*/)?\..*$": "**/.*",
    r"^\.git/.*$": "/.git",
    r"^(.*/)?app\.yaml": "**/app.yaml",
    r"^README.md$": "/README.md",
    r"^(.*/)?tests(/.*)?$": "",
    r"^(?!static)": "",
    r"^(a|b)/.*$": "",
}


@pytest.mark.parametrize(("expression", "pattern"), EXPRESSIONS.items())
def test_an_expression_becomes_a_pattern_or_is_told(expression: str, pattern: str) -> None:
    assert from_expression(expression) == pattern


LINES = {
    "": "",
    "# x": "# x",
    "*.log": "**/*.log",
    "dir/": "**/dir",
    "/a": "/a",
    "a/b/": "/a/b",
    "!x": "!**/x",
    "**/y": "**/y",
}


@pytest.mark.parametrize(("line", "pattern"), LINES.items())
def test_a_gitignore_line_in_dockers_words(line: str, pattern: str) -> None:
    assert from_gitignore(line) == pattern


def test_gcloudignore_with_its_include() -> None:
    files = {**app(""), ".gcloudignore": "#!include:.gitignore\n/local\n", ".gitignore": "*.log\n"}
    text = written(files)[".dockerignore"]
    assert text.endswith("# from .gcloudignore\n**/*.log\n/local\n")
    assert "Dockerfile" not in text, "gcloud builds submit would not upload it"
