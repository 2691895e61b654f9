"""Keys of the standard environment are removed where they surely do nothing, and told elsewhere."""

from __future__ import annotations

import pytest

from flexmigrate.model import FixClass, Platform, Severity, Status
from flexmigrate.testing import check_quiet, check_reported, check_rewritten, findings, plan

RULE = "standard-only-key"
HEAD = "runtime: python\nenv: flex\n"

QUIET = {
    "nothing of the kind": "entrypoint: gunicorn main:app\nresources:\n  cpu: 1\n",
    "flexible scaling": "automatic_scaling:\n  min_num_instances: 1\n  cool_down_period_sec: 60\n",
    "settings that are sent": "beta_settings:\n  cloud_sql_instances: a:b:c\n",
    "a variable of that name": "env_variables:\n  threadsafe: x\n  api_version: '1'\n",
    "a comment": "# threadsafe: true\n",
    "an unknown key": "no_such_key: 1\n",
    "another rule's key": "health_check:\n  timeout_sec: 4\n",
    "a key that is refused anyway": "version: one\n",
    "handlers of which none catches everything": "handlers:\n- url: /api/.*\n  script: main.app\n",
    "no handlers at all": "handlers: []\n",
    "a handler by template": "handlers:\n- url: /.*\n  script: ${SCRIPT}\n",
}


@pytest.mark.parametrize("rest", QUIET.values(), ids=QUIET)
def test_quiet(rest: str) -> None:
    check_quiet(RULE, {"app.yaml": HEAD + rest})


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": HEAD + "threadsafe: true\n"}, platform=Platform.CLOUD_RUN)


OLD = "api_version: 1\nthreadsafe: true\nhandlers:\n- url: /.*\n  script: main.app\n"
STILL_READ = {
    "gcloud demands threadsafe of the old Python": {"app.yaml": "runtime: python27\nvm: true\n" + OLD},
    "the compat runtime": {"app.yaml": "runtime: python-compat\nenv: flex\n" + OLD},
    "an image on the compat runtime": {
        "app.yaml": "runtime: custom\nenv: flex\n" + OLD,
        "Dockerfile": "FROM gcr.io/google_appengine/python-compat\nADD . /app\n",
    },
    "an image that is not there": {"app.yaml": "runtime: custom\nenv: flex\n" + OLD, "requirements.txt": ""},
}


@pytest.mark.parametrize("files", STILL_READ.values(), ids=STILL_READ)
def test_quiet_while_the_image_may_read_the_keys(files: dict[str, str]) -> None:
    check_quiet(RULE, files)


def test_removed_from_a_custom_runtime_of_another_kind() -> None:
    files = {"app.yaml": "runtime: custom\nenv: flex\n" + OLD, "Dockerfile": "FROM python:3.12\n"}
    check_rewritten(RULE, files, {"app.yaml": "runtime: custom\nenv: flex\n"})


REPORTED = {
    "instance class": ("instance_class: F2\n", "`instance_class` is not a setting", Severity.WARNING),
    "basic scaling": ("basic_scaling:\n  max_instances: 1\n", "automatic and manual scaling only", Severity.WARNING),
    "connector": ("vpc_access_connector:\n  name: x\n", "`vpc_access_connector` is not", Severity.WARNING),
    "a standard name of scaling": (
        "automatic_scaling:\n  max_instances: 4\n",
        "the flexible one is max_num_instances (unverified: ",
        Severity.WARNING,
    ),
    "a standard name without counterpart": (
        "automatic_scaling:\n  min_idle_instances: 4\n",
        "`automatic_scaling.min_idle_instances`",
        Severity.INFO,
    ),
    "includes": ("includes:\n- more.yaml\n", "were not looked at", Severity.WARNING),
    "App Engine APIs": (
        "beta_settings:\n  enable_app_engine_apis: true\n",
        "asks for the App Engine APIs",
        Severity.INFO,
    ),
    "login": (
        "handlers:\n- url: /admin\n  script: main.app\n  login: admin\n- url: /.*\n  script: main.app\n",
        "the handlers for `/admin` are meant for signed-in users",
        Severity.WARNING,
    ),
    "secure": ("handlers:\n- url: /.*\n  script: auto\n  secure: always\n", "`secure: always`", Severity.INFO),
    "static": (
        "handlers:\n- url: /s\n  static_dir: s\n- url: /.*\n  script: auto\n",
        "the handlers for `/s` point to static files",
        Severity.WARNING,
    ),
    "libraries": ("libraries:\n- name: jinja2\n  version: latest\n", "`libraries` belongs", Severity.WARNING),
}


@pytest.mark.parametrize(("rest", "says", "severity"), REPORTED.values(), ids=REPORTED)
def test_reported(rest: str, says: str, severity: Severity) -> None:
    (found,) = check_reported(RULE, {"app.yaml": HEAD + rest}, says)
    assert (found.severity, found.fix, found.status) == (severity, FixClass.MANUAL, Status.OPEN)


def test_many_handlers_are_one_finding_of_a_kind() -> None:
    handlers = "".join(f"- url: /{n}\n  static_dir: s\n  secure: always\n" for n in range(8))
    found = findings(plan({"app.yaml": HEAD + "handlers:\n" + handlers}, RULE))
    assert [("and 3 more" in one.message, one.line) for one in found] == [(True, 4), (True, 4)]


REWRITTEN = {
    "two keys": ("api_version: 1\nthreadsafe: true\nservice: x\n", "service: x\n"),
    "a list": ("inbound_services:\n- warmup\n", ""),
    "builtins": ("builtins:\n- remote_api: on\n", ""),
    "retired": ("admin_console:\n  pages:\n  - url: /a\n    name: A\n", ""),
    "handlers that route everything": (
        "handlers:\n- url: /x\n  script: main.app\n  secure: optional\n- url: /.*\n  script: auto\n  login: optional\n",
        "",
    ),
}


@pytest.mark.parametrize(("before", "after"), REWRITTEN.values(), ids=REWRITTEN)
def test_rewritten(before: str, after: str) -> None:
    check_rewritten(RULE, {"app.yaml": HEAD + before}, {"app.yaml": HEAD + after}, unsafe=False)


def test_libraries_go_when_pip_installs_them() -> None:
    libraries = "libraries:\n- name: jinja2\n  version: latest\n- name: ssl\n  version: latest\n"
    files = {"app.yaml": HEAD + libraries, "requirements.txt": "flask\nJinja2==2.11\n"}
    check_rewritten(RULE, files, {"app.yaml": HEAD})


def test_libraries_name_what_is_missing() -> None:
    libraries = "libraries:\n- name: MySQLdb\n  version: latest\n- name: jinja2\n  version: latest\n"
    files = {"app.yaml": HEAD + libraries, "requirements.txt": "jinja2-extra\n"}
    (found,) = check_reported(RULE, files, "`libraries` belongs")
    assert "mysqlclient, jinja2" in found.hint
