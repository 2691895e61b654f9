"""What gcloud refuses is told with its line, and nothing that it takes is called refused.

The files in fixtures/rejected each hold one mistake, on the line that says `<- refused`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from flexmigrate.model import FixClass, Platform, Severity, Status
from flexmigrate.testing import check_quiet, findings, plan

RULE = "rejected-key"
HEAD = "runtime: python\nenv: flex\n"
REJECTED = sorted((Path(__file__).parents[2] / "fixtures" / "rejected").glob("*.yaml"))

QUIET = {
    "the least": HEAD,
    "every flexible block": HEAD
    + "service: api\nentrypoint: gunicorn -b :$PORT main:app\nruntime_config:\n  python_version: 3\n"
    "env_variables:\n  A: 1\n  b_2: yes\n  EMPTY:\nbuild_env_variables:\n  A: x\nbeta_settings:\n  a: b\n"
    "automatic_scaling:\n  min_num_instances: 1\n  cool_down_period_sec: 60\n  cpu_utilization:\n"
    "    target_utilization: 0.5\nresources:\n  cpu: .5\n  memory_gb: 2\n  disk_size_gb: 10\n"
    "network:\n  name: default\n  instance_tag: web\n  forwarded_ports:\n  - 8080\n  - 81:82/udp\n"
    "liveness_check:\n  path: /l\nreadiness_check:\n  path: /r\n  timeout_sec: 0\n",
    "empty blocks": HEAD + "env_variables:\nhandlers:\nautomatic_scaling:\nmanual_scaling:\n  instances: 1\n",
    "numbers in words": HEAD + 'manual_scaling:\n  instances: "2"\nresources:\n  cpu: "1.5"\n  disk_size_gb: " 10 "\n',
    "handlers of all kinds": HEAD
    + "handlers:\n- url: /s\n  static_dir: s\n  expiration: 1d\n  http_headers:\n    X-A: 1\n"
    "- url: /f\n  static_files: f\n  upload: f\n  secure: always\n- url: /.*\n  script: auto\n  login: admin\n",
    "endpoints, both ways": HEAD + "endpoints_api_service:\n  name: x.y\n  rollout_strategy: managed\n",
    "endpoints, fixed": HEAD + "endpoints_api_service:\n  name: x.y\n  config_id: 2020-01-01r1\n",
    "custom metric": HEAD + "automatic_scaling:\n  custom_metrics:\n  - metric_name: a/b\n    target_type: GAUGE\n"
    "    target_utilization: 0.5\n",
    "builtins": HEAD + "builtins:\n- remote_api: on\n- appstats: off\n",
    "quoted keys and a tag": HEAD + '"service": !!str api\n',
    "a list as the text of a variable": HEAD + "env_variables:\n  A: [one, two]\n",
    "a document marker": "---\n" + HEAD,
    "the old environment": "runtime: python27\nvm: on\nthreadsafe: y\nlibraries:\n- name: jinja2\n  version: latest\n",
    "compat": "runtime: python-compat\nenv: flex\nthreadsafe: true\n",
    "no runtime": "env: flex\nruntime_config:\n  python_version: 3\n",
    "a revision": HEAD + "beta_settings:\n  source_reference: https://example.com/x#0123abc\n",
}
# gcloud would refuse the template itself; what is deployed is what the template becomes.
TEMPLATES = {
    "a value": HEAD + "resources:\n  cpu: {{ cpu }}\n",
    "a name": HEAD + "service: ${SERVICE}\n",
    "a key": HEAD + "env_variables:\n  {{ name }}: x\n",
    "a statement": HEAD + "{% if big %}\nresources:\n  cpu: 4\n{% endif %}\n",
}


@pytest.mark.parametrize("text", [*QUIET.values(), *TEMPLATES.values()], ids=[*QUIET, *TEMPLATES])
def test_quiet(text: str) -> None:
    check_quiet(RULE, {"app.yaml": text})


def test_quiet_about_an_include_that_is_there() -> None:
    files = {"api/app.yaml": HEAD + "includes:\n- more.yaml\n- ../common\n"}
    check_quiet(RULE, files | {"api/more.yaml": "handlers: []\n", "common/include.yaml": "handlers: []\n"})


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": HEAD + "no_such_key: 1\n"}, platform=Platform.CLOUD_RUN)


@pytest.mark.parametrize("path", REJECTED, ids=lambda path: path.stem)
def test_rejected(path: Path) -> None:
    made = plan({"app.yaml": path.read_bytes()}, RULE)
    assert not made.changes
    assert {finding.line for finding in findings(made)} == {_marked_line(path)}
    for finding in findings(made):
        assert (finding.severity, finding.fix, finding.status) == (Severity.ERROR, FixClass.MANUAL, Status.OPEN)


MESSAGES = {
    "a slip of the pen": ("readines_check:\n  path: /\n", "gcloud knows no key `readines_check`", "`readiness_check`"),
    "a slip within": ("resources:\n  memory_bg: 2\n", "`resources.memory_bg`", "did you mean `memory_gb`?"),
    "unlike anything": ("zzzz: 2\n", "gcloud knows no key `zzzz`", "remove the key"),
    "too few": ("automatic_scaling:\n  min_num_instances: 0\n", "`0` is below 1", ""),
    "a place in a list": ("network:\n  forwarded_ports:\n  - x\n", "`network.forwarded_ports[0]`", ""),
    "letters": ("network:\n  instance_tag: Web\n", "`Web` does not match", "write it in lower case"),
    "a name": ("env_variables:\n  A-B: x\n", "refuses the name `A-B`", "letters, digits and underscores"),
    "a flag instead": ("version: one\n", "--version", "`gcloud app deploy --version` says it"),
}


@pytest.mark.parametrize(("rest", "says", "hint"), MESSAGES.values(), ids=MESSAGES)
def test_messages(rest: str, says: str, hint: str) -> None:
    (found,) = findings(plan({"app.yaml": HEAD + rest}, RULE))
    assert says in found.message
    assert hint in found.hint


SECRETS = ("env_variables: hunter2\n", "env_variables:\n- hunter2\n", "env_variables:\n  A: {b: hunter2}\n")


@pytest.mark.parametrize("rest", SECRETS)
def test_values_of_variables_are_not_repeated(rest: str) -> None:
    found = findings(plan({"app.yaml": HEAD + rest}, RULE))
    assert found
    assert not any("hunter2" in finding.message + finding.hint for finding in found)


def test_all_at_once() -> None:
    rest = "zzzz: 1\nversion: one\nmanual_scaling:\n  instances: 0\nautomatic_scaling:\n  min_num_instances: 0\n"
    assert [finding.line for finding in findings(plan({"app.yaml": HEAD + rest}, RULE))] == [3, 4, 6, 7, 8]


_ASK = """
import json, logging, sys, tempfile
from pathlib import Path
from googlecloudsdk.api_lib.app import yaml_parsing
logging.disable(logging.CRITICAL)
answers = []
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "app.yaml"
    for text in json.load(sys.stdin):
        path.write_bytes(text.encode())
        try:
            yaml_parsing.ServiceYamlInfo.FromFile(str(path))
            answers.append("")
        except Exception as error:
            answers.append(f"{type(error).__name__}: {error}")
print(json.dumps(answers))
"""


def _ask_gcloud(texts: Sequence[str]) -> list[str]:
    """What the SDK's parser objects to in each text; empty where it takes it."""
    gcloud = shutil.which("gcloud")
    if gcloud is None and "CLOUDSDK_ROOT" not in os.environ:
        pytest.skip("gcloud is not installed")
    sdk = Path(os.environ.get("CLOUDSDK_ROOT") or Path(str(gcloud)).resolve().parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", _ASK],
        input=json.dumps(texts),
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(sdk / "lib"), str(sdk / "lib/third_party")))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: list[str] = json.loads(done.stdout)
    return answers


def _marked_line(path: Path) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    (marked,) = (number for number, line in enumerate(lines, 1) if "<- refused" in line)
    return marked


@pytest.mark.gcloud
def test_gcloud_refuses_the_fixtures_too() -> None:
    texts = [path.read_bytes().decode() for path in REJECTED]
    for path, answer in zip(REJECTED, _ask_gcloud(texts), strict=True):
        assert answer, f"gcloud takes {path.name}"
        # gcloud often notices at the end of a block; it never stops before the mistake.
        line = re.search(r"line (\d+), column", answer)
        assert line is None or int(line[1]) >= _marked_line(path), answer


@pytest.mark.gcloud
def test_gcloud_takes_what_we_are_quiet_about() -> None:
    answers = dict(zip(QUIET, _ask_gcloud(list(QUIET.values())), strict=True))
    assert {name: answer for name, answer in answers.items() if answer} == {}
