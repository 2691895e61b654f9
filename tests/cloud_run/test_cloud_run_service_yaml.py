"""service.yaml row by row: every key of app.yaml, above all those that Google's converter drops or misreads."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from flexmigrate.model import Severity, Status, Verdict
from flexmigrate.testing import after, findings
from flexmigrate_rules.cloud_run._checks import objections
from flexmigrate_rules.cloud_run._render import render, scalar
from flexmigrate_rules.cloud_run._service.parts import Field, Many
from tests.cloud_run.cases import app, data, planned, service_yaml, written

RUN = "run.googleapis.com/"
SCALE = "autoscaling.knative.dev/"


def at(service: Any, *route: str | int) -> Any:
    for step in route:
        service = service[step] if isinstance(step, int) else service.get(step)
        if service is None:
            return None
    return service


TEMPLATE = ("spec", "template")
REVISION = (*TEMPLATE, "metadata", "annotations")
SERVICE = ("metadata", "annotations")
CONTAINER = (*TEMPLATE, "spec", "containers", 0)

# One row: lines of app.yaml, the way into service.yaml, what stands there (None: nothing).
ROWS = [
    ("", ("metadata", "name"), "default"),
    ("service: web", ("metadata", "name"), "web"),
    ("module: old-web", ("metadata", "name"), "old-web"),
    ("service: 2nd", ("metadata", "name"), "s-2nd"),
    (f"service: {'a' * 60}", ("metadata", "name"), "a" * 49),
    ("", (*REVISION, f"{RUN}cpu-throttling"), "false"),
    ("", (*TEMPLATE, "spec", "timeoutSeconds"), "3600"),
    ("", (*TEMPLATE, "spec", "containerConcurrency"), "80"),
    ("automatic_scaling:\n  target_concurrent_requests: 25", (*TEMPLATE, "spec", "containerConcurrency"), "25"),
    ("automatic_scaling:\n  target_concurrent_requests: 5000", (*TEMPLATE, "spec", "containerConcurrency"), "1000"),
    ("automatic_scaling:\n  max_concurrent_requests: 5", (*TEMPLATE, "spec", "containerConcurrency"), "80"),
    ("", (*SERVICE, f"{RUN}minScale"), "1"),
    ("automatic_scaling:\n  min_num_instances: 3", (*SERVICE, f"{RUN}minScale"), "3"),
    ("automatic_scaling:\n  max_num_instances: 7", (*REVISION, f"{SCALE}maxScale"), "7"),
    ("automatic_scaling:\n  max_num_instances: 7000", (*REVISION, f"{SCALE}maxScale"), "1000"),
    ("automatic_scaling:\n  min_num_instances: 9\n  max_num_instances: 4", (*REVISION, f"{SCALE}maxScale"), "9"),
    ("", (*REVISION, f"{SCALE}maxScale"), "20"),
    ("manual_scaling:\n  instances: 4", (*SERVICE, f"{RUN}scalingMode"), "manual"),
    ("manual_scaling:\n  instances: 4", (*SERVICE, f"{RUN}manualInstanceCount"), "4"),
    ("manual_scaling:\n  instances: 4", (*SERVICE, f"{RUN}minScale"), None),
    ("manual_scaling:\n  instances: 4", (*REVISION, f"{SCALE}maxScale"), None),
    ("", (*CONTAINER, "resources", "limits"), {"cpu": "1", "memory": "768Mi"}),
    ("resources:\n  cpu: 3", (*CONTAINER, "resources", "limits"), {"cpu": "4", "memory": "2048Mi"}),
    ("resources:\n  cpu: 0.5", (*CONTAINER, "resources", "limits", "cpu"), "1"),
    ("resources:\n  cpu: 5", (*CONTAINER, "resources", "limits"), {"cpu": "6", "memory": "4096Mi"}),
    ("resources:\n  cpu: 7", (*CONTAINER, "resources", "limits", "cpu"), "8"),
    ("resources:\n  cpu: 16", (*CONTAINER, "resources", "limits", "cpu"), "8"),
    ("resources:\n  memory_gb: 2.3", (*CONTAINER, "resources", "limits", "memory"), "2496Mi"),
    ("resources:\n  memory_gb: 0.1", (*CONTAINER, "resources", "limits", "memory"), "512Mi"),
    ("resources:\n  memory_gb: 4.0", (*CONTAINER, "resources", "limits"), {"cpu": "1", "memory": "4096Mi"}),
    ("resources:\n  memory_gb: 6.1", (*CONTAINER, "resources", "limits"), {"cpu": "2", "memory": "6400Mi"}),
    ("resources:\n  memory_gb: 13", (*CONTAINER, "resources", "limits"), {"cpu": "4", "memory": "13440Mi"}),
    ("resources:\n  memory_gb: 64", (*CONTAINER, "resources", "limits"), {"cpu": "8", "memory": "32768Mi"}),
    (
        "resources:\n  volumes:\n  - {name: Ram Disk, volume_type: tmpfs, size_gb: 0.5}",
        (*TEMPLATE, "spec", "volumes"),
        [{"name": "ram-disk", "emptyDir": {"medium": "Memory", "sizeLimit": "512Mi"}}],
    ),
    (
        "resources:\n  volumes:\n  - {name: cloudsql, volume_type: tmpfs, size_gb: 0.5}",
        (*CONTAINER, "volumeMounts"),
        [{"name": "cloudsql-1", "mountPath": "/mnt/cloudsql"}],
    ),
    (
        "resources:\n  volumes:\n  - {name: a, volume_type: tmpfs, size_gb: 1}",
        (*CONTAINER, "resources", "limits", "memory"),
        "1792Mi",
    ),
    (
        "service_account: me@p.iam.gserviceaccount.com",
        (*TEMPLATE, "spec", "serviceAccountName"),
        "me@p.iam.gserviceaccount.com",
    ),
    ("", (*TEMPLATE, "spec", "serviceAccountName"), "PROJECT_ID@appspot.gserviceaccount.com"),
    (
        "network:\n  name: n\n  subnetwork_name: s\n  instance_tag: t",
        (*REVISION, f"{RUN}network-interfaces"),
        '[{"network":"n","subnetwork":"s","tags":["t"]}]',
    ),
    ("network:\n  name: n", (*REVISION, f"{RUN}vpc-access-egress"), "private-ranges-only"),
    ("network:\n  name: default", (*REVISION, f"{RUN}network-interfaces"), None),
    (
        "network:\n  name: host-project/shared\n  subnetwork_name: s",
        (*REVISION, f"{RUN}network-interfaces"),
        (
            '[{"network":"projects/host-project/global/networks/shared",'
            '"subnetwork":"projects/host-project/regions/REGION/subnetworks/s"}]'
        ),
    ),
    ("network:\n  session_affinity: true", (*REVISION, f"{RUN}sessionAffinity"), "true"),
    ("network:\n  session_affinity: false", (*REVISION, f"{RUN}sessionAffinity"), None),
    ("network:\n  instance_ip_mode: internal", (*SERVICE, f"{RUN}ingress"), "all"),
    ("network:\n  instance_ip_mode: INTERNAL", (*REVISION, f"{RUN}vpc-access-egress"), "all-traffic"),
    ("network:\n  instance_ip_mode: EXTERNAL", (*REVISION, f"{RUN}vpc-access-egress"), None),
    ("network:\n  forwarded_ports: [4000]", (*CONTAINER, "ports", 0, "containerPort"), "8080"),
    ("network:\n  forwarded_ports:\n  - 4000:4001\n  - 53/udp", (*CONTAINER, "ports", 0, "containerPort"), "8080"),
    (
        "vpc_access_connector:\n  name: c\n  egress_setting: all-traffic",
        (*REVISION, f"{RUN}vpc-access-connector"),
        "c",
    ),
    ("vpc_access_connector:\n  name: c\nnetwork:\n  name: n", (*REVISION, f"{RUN}vpc-access-connector"), None),
    ("beta_settings:\n  cloud_sql_instances: p:r:i", (*REVISION, f"{RUN}cloudsql-instances"), "p:r:i"),
    (
        'beta_settings:\n  cloud_sql_instances: "p:r:i=tcp:3306, p:r:j"',
        (*REVISION, f"{RUN}cloudsql-instances"),
        "p:r:i,p:r:j",
    ),
    ("liveness_check:\n  path: /a", (*CONTAINER, "livenessProbe", "httpGet", "path"), "/a"),
    ("liveness_check:\n  path: a", (*CONTAINER, "livenessProbe", "httpGet", "path"), "/a"),
    (
        (
            "liveness_check:\n  path: /a\n  check_interval_sec: 5\n  timeout_sec: 9\n  failure_threshold: 0\n"
            "  success_threshold: 2\n  initial_delay_sec: 9000\n  host: x"
        ),
        (*CONTAINER, "livenessProbe"),
        {
            "httpGet": {"path": "/a"},
            "initialDelaySeconds": "3600",
            "periodSeconds": "9",
            "timeoutSeconds": "9",
            "failureThreshold": "1",
        },
    ),
    (
        "liveness_check:\n  path: /a",
        (*CONTAINER, "livenessProbe"),
        {"httpGet": {"path": "/a"}, "periodSeconds": "30", "timeoutSeconds": "4"},
    ),
    ("liveness_check:\n  check_interval_sec: 5", (*CONTAINER, "livenessProbe"), None),
    (
        "readiness_check:\n  path: /r\n  app_start_timeout_sec: 95",
        (*CONTAINER, "startupProbe"),
        {"httpGet": {"path": "/r"}, "periodSeconds": "10", "timeoutSeconds": "4", "failureThreshold": "10"},
    ),
    (
        "readiness_check:\n  app_start_timeout_sec: 1800",
        (*CONTAINER, "startupProbe"),
        {"tcpSocket": {"port": "8080"}, "periodSeconds": "10", "timeoutSeconds": "4", "failureThreshold": "24"},
    ),
    (
        "readiness_check:\n  path: /r\n  check_interval_sec: 1000\n  success_threshold: 5",
        (*CONTAINER, "readinessProbe"),
        {"httpGet": {"path": "/r"}, "periodSeconds": "300", "timeoutSeconds": "4", "failureThreshold": "2"},
    ),
    ("", (*CONTAINER, "startupProbe"), None),
    ("health_check:\n  enable_health_check: false", (*CONTAINER, "livenessProbe"), None),
    ("health_check:\n  check_interval_sec: 5", (*CONTAINER, "livenessProbe"), None),
    ("", (*CONTAINER, "command"), ["python"]),
    ("", (*CONTAINER, "args"), ["main.py"]),
    ("build_env_variables:\n  A: b", (*SERVICE, f"{RUN}build-environment-variables"), None),
]


@pytest.mark.parametrize(("lines", "route", "value"), ROWS)
def test_row(lines: str, route: tuple[str | int, ...], value: object) -> None:
    assert at(service_yaml(app(f"{lines}\n" if lines else "")), *route) == value


def environment(config: str, **files: str) -> dict[str, Any]:
    container = at(service_yaml({**app(config), **files}), *CONTAINER)
    return {item["name"]: item.get("value", item.get("valueFrom")) for item in container["env"]}


ENVIRONMENT = [
    ("A: 1.10", {"A": "1.1"}),
    ("A: '1.10'", {"A": "1.10"}),
    ("A: true", {"A": "True"}),
    ("A: on", {"A": "True"}),
    ("A: 017", {"A": "15"}),
    ("A:", {"A": "None"}),
    ("A: ''", {"A": ""}),
    ("A: |\n    two\n    lines", {"A": "two\nlines\n"}),
    ("A: \"tab\\there \\u263a 'quoted'\"", {"A": "tab\there \u263a 'quoted'"}),
    ("A: 'yes: no # really'", {"A": "yes: no # really"}),
    ("PORT: 9000", {}),
    ("GOOGLE_CLOUD_PROJECT: other", {"GOOGLE_CLOUD_PROJECT": "other"}),
    ("A: &one plain\n  B: *one", {"A": "plain", "B": "plain"}),
    (
        "API_KEY: abcdefgh",
        {"API_KEY": {"secretKeyRef": {"name": "default-API_KEY", "key": "latest"}}},
    ),
    ("API_KEY: abcdefgh  # flexmigrate: ignore[cloud-run-secrets]", {"API_KEY": "abcdefgh"}),
]


@pytest.mark.parametrize(("line", "expected"), ENVIRONMENT)
def test_variables_as_the_program_received_them(line: str, expected: dict[str, Any]) -> None:
    found = environment(f"env_variables:\n  {line}\n")
    assert found == {"GOOGLE_CLOUD_PROJECT": "PROJECT_ID"} | expected


def test_what_the_source_reads_of_app_engine_is_set() -> None:
    source = "import os\nprint(os.environ['GAE_SERVICE'], os.getenv('GAE_MEMORY_MB'), os.environ['GAE_VERSION'])\n"
    found = environment("service: web\nresources:\n  memory_gb: 1\n", **{"main.py": source})
    assert found == {
        "GOOGLE_CLOUD_PROJECT": "PROJECT_ID",
        "GAE_SERVICE": "web",
        "GAE_VERSION": "cloud-run",
        "GAE_MEMORY_MB": "1152",
    }


def test_an_old_check_that_the_source_answers_becomes_a_probe() -> None:
    files = {**app("health_check:\n  check_interval_sec: 7\n  restart_threshold: 60\n"), "main.py": "'/_ah/health'\n"}
    probe = at(service_yaml(files), *CONTAINER, "livenessProbe")
    assert probe == {"httpGet": {"path": "/_ah/health"}, "periodSeconds": "7", "failureThreshold": "60"}


COMMANDS = [
    ("gunicorn -b :$PORT main:app", ["sh", "-c", "exec gunicorn -b :$PORT main:app"]),
    ("exec gunicorn -b :$PORT main:app", ["sh", "-c", "exec gunicorn -b :$PORT main:app"]),
    ("gunicorn -b :8080 'my app:app'", ["gunicorn", "-b", ":8080", "my app:app"]),
    ("exec python main.py", ["python", "main.py"]),
    ("python -c 'print(\"$5\")'", ["python", "-c", 'print("$5")']),
    ("python manage.py migrate && gunicorn app", ["sh", "-c", "python manage.py migrate && exec gunicorn app"]),
    ("FOO=1 gunicorn app", ["sh", "-c", "exec env FOO=1 gunicorn app"]),
    ("cd src; gunicorn app", ["sh", "-c", "cd src; exec gunicorn app"]),
    ("python a.py & python b.py", ["sh", "-c", "python a.py & python b.py"]),
    ("cat x | python b.py", ["sh", "-c", "cat x | python b.py"]),
    ("source env.sh && python b.py", ["bash", "-c", "source env.sh && exec python b.py"]),
    ("python *.py", ["sh", "-c", "exec python *.py"]),
    ("python '*.py'", ["python", "*.py"]),
    ("gunicorn ${WORKERS:-2} app", ["sh", "-c", "exec gunicorn ${WORKERS:-2} app"]),
    (">-\n  gunicorn -w 2\n  main:app", ["gunicorn", "-w", "2", "main:app"]),
]


@pytest.mark.parametrize(("entrypoint", "argv"), COMMANDS)
def test_the_command_keeps_its_signals(entrypoint: str, argv: list[str]) -> None:
    written_as = entrypoint if entrypoint.startswith(">") else json.dumps(entrypoint)
    files = {"app.yaml": f"runtime: python\nenv: flex\nentrypoint: {written_as}\n"}
    container = at(service_yaml(files), *CONTAINER)
    assert [*container["command"], *container.get("args", ())] == argv
    dockerfile = written(files)["Dockerfile"].splitlines()[-1]
    assert json.loads(dockerfile.removeprefix("CMD ")) == argv


def test_the_modern_runtime_takes_the_procfile_first() -> None:
    config = "runtime: python\nenv: flex\nentrypoint: python a.py\nruntime_config:\n  operating_system: ubuntu22\n"
    files = {"app.yaml": config, "Procfile": "web: python b.py\n"}
    assert at(service_yaml(files), *CONTAINER, "args") == ["b.py"]
    legacy = {**files, "app.yaml": config.replace("operating_system: ubuntu22", "python_version: 3")}
    assert at(service_yaml(legacy), *CONTAINER, "args") == ["a.py"]


TOLD = [
    ("network:\n  forwarded_ports: [4000]", Severity.WARNING, "not reachable"),
    ("beta_settings:\n  cloud_sql_instances: p:r:i=tcp:3306", Severity.ERROR, "TCP port 3306"),
    ("endpoints_api_service:\n  name: e\n  rollout_strategy: managed", Severity.ERROR, "Endpoints"),
    ("resources:\n  cpu: 16", Severity.ERROR, "16 CPUs are more than"),
    ("resources:\n  memory_gb: 64", Severity.ERROR, "64 GiB of memory"),
    ("resources:\n  disk_size_gb: 100", Severity.WARNING, "no disk of 100 GB"),
    ("network:\n  instance_ip_mode: internal", Severity.WARNING, "Cloud NAT"),
    ("readiness_check:\n  app_start_timeout_sec: 900", Severity.WARNING, "900 becomes 240 seconds"),
    ("health_check:\n  check_interval_sec: 5", Severity.INFO, "/_ah/health"),
    ("handlers:\n- url: /s\n  static_dir: s", Severity.WARNING, "/s serves s"),
    ("handlers:\n- url: /a\n  script: auto\n  login: admin", Severity.WARNING, "asks for a login"),
    ("handlers:\n- url: /.*\n  script: auto\n  secure: always", Severity.INFO, "secure: always"),
    ("automatic_scaling:\n  max_num_instances: 7000", Severity.WARNING, "7000 became 1000"),
    ("env_variables:\n  A: '{{ a }}'", Severity.WARNING, "placeholder of a template"),
    ("resources:\n  cpu: ${CPU}", Severity.WARNING, "resources.cpu is a placeholder"),
    ("service: web_x", Severity.WARNING, "`web_x` becomes `web-x`"),
]


@pytest.mark.parametrize(("lines", "severity", "says"), TOLD)
def test_what_is_lost_is_told(lines: str, severity: Severity, says: str) -> None:
    made = planned(app(f"{lines}\n"))
    found = [one for one in findings(made) if says in one.message and one.rule == "cloud-run-service-yaml"]
    assert [one.severity for one in found] == [severity]
    assert found[0].status is Status.OPEN


QUIET = [
    "resources:\n  disk_size_gb: 10",
    "handlers:\n- url: .*\n  script: auto",
    "inbound_services:\n- warmup",
    "automatic_scaling:\n  cool_down_period_sec: 60\n  cpu_utilization:\n    target_utilization: 0.5",
    "zones: [a]",
    "skip_files:\n- ^tests/.*$",
]


@pytest.mark.parametrize("lines", QUIET)
def test_what_costs_nothing_is_only_a_verdict(lines: str) -> None:
    made = planned(app(f"{lines}\n"))
    assert not [one for one in findings(made) if one.status is Status.OPEN]
    assert all(verdict.why and verdict.verdict is not Verdict.KEPT for verdict in made.services[0].keys)


def test_an_own_file_is_left_alone_and_its_difference_summed_up() -> None:
    files = {**app(""), "service.yaml": "kind: Service\nmine: true\n"}
    made = planned(files)
    assert "service.yaml" not in {change.path for change in made.changes}
    found = next(one for one in findings(made) if one.path == "service.yaml")
    assert re.search(r"exists already and differs .*: 1 line only there, \d+ lines only in ours", found.message)
    assert (found.status, found.hint) == (Status.OPEN, "--force takes ours")


def test_force_takes_ours_and_then_rests() -> None:
    files = {**app(""), "service.yaml": "kind: Service\nmine: true\n", "Dockerfile": "FROM scratch\n"}
    ours = written(app(""))
    found = written(files, {"force": "yes"})
    assert (found["service.yaml"], found["Dockerfile"]) == (ours["service.yaml"], ours["Dockerfile"])
    again = planned(after(files, planned(files, {"force": "yes"})), {"force": "yes"})
    assert not again.changes


def test_line_ends_of_a_checkout_are_no_difference() -> None:
    ours = written(app(""))
    files = {**app(""), **{path: text.replace("\n", "\r\n") for path, text in ours.items()}}
    assert not planned(files).changes


def test_a_file_that_is_no_text_is_told() -> None:
    made = planned({**app(""), "service.yaml": b"\xff\xfe\x00\xd8"})
    assert any("is no text" in one.message for one in findings(made))


@pytest.mark.parametrize(
    "text", ["", "a", "on", "1.10", "~", "- x", "a: b", "a #b", "'", '"', "\t", "é\x85", "@x", "{a}"]
)
def test_texts_read_back(text: str) -> None:
    assert data(f"x: {scalar(text)}\n") == {"x": text}


def test_comments_stand_beside_or_above() -> None:
    fields = (
        Field("short", 1, "beside"),
        Field("long", "x" * 60, "w " * 40),
        Field("many", Many(((Field("a", "1", "y" * 120), Field("b", 2)), "plain")), "above"),
    )
    text = render(fields, "Head.")
    assert text.startswith("# Head.\nshort: 1  # beside\n# w w")
    assert data(text) == {"short": "1", "long": "x" * 60, "many": [{"a": "1", "b": "2"}, "plain"]}


def test_the_check_finds_what_cloud_run_refuses() -> None:
    container = (
        Field("resources", (Field("limits", (Field("cpu", "3"), Field("memory", "1Mi"))),)),
        Field("livenessProbe", (Field("periodSeconds", 1), Field("timeoutSeconds", 9000))),
        Field("env", Many(((Field("name", "PORT"),), (Field("name", "PORT"),)))),
    )
    spec = (
        Field("containerConcurrency", 0),
        Field("timeoutSeconds", 9999),
        Field("containers", Many((container,))),
    )
    revision = (Field(f"{SCALE}minScale", "9"), Field(f"{SCALE}maxScale", "2"), Field("x", "y"))
    template = (Field("metadata", (Field("annotations", revision),)), Field("spec", spec))
    service = (
        Field("metadata", (Field("name", "A"), Field("annotations", (Field(f"{RUN}ingress", "some"),)))),
        Field("spec", (Field("template", template),)),
    )
    said = " ".join(objections(service))
    for part in (
        "name",
        "ingress",
        "no CPU size",
        "containerConcurrency",
        "timeoutSeconds",
        "reserved",
        "twice",
        "above maxScale",
    ):
        assert part in said


def test_a_given_name_is_for_one_service_only() -> None:
    files = {**app(""), "api/app.yaml": app("service: api\n")["app.yaml"]}
    found = written(files, {"name": "shop"})
    names = {path: data(text)["metadata"]["name"] for path, text in found.items() if path.endswith("service.yaml")}
    assert names == {"api/service.yaml": "shop", "service.yaml": "default"}


def test_two_configs_of_one_name_do_not_share_a_file() -> None:
    files = {**app(""), "staging.yaml": app("")["app.yaml"]}
    found = written(files)
    assert {path for path in found if path.endswith(".yaml")} == {"service-app.yaml", "service-staging.yaml"}
    assert {path for path in found if path.endswith(".md")} == {"MIGRATION-app.md", "MIGRATION-staging.md"}
