"""Our prediction of what gcloud refuses, held against the installed SDK's own parser, value by value."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from flexmigrate_rules.facts import keys
from flexmigrate_rules.facts.key_rows import KeyRow
from flexmigrate_rules.facts.scalars import Kind

pytestmark = pytest.mark.gcloud

# Reads a list of YAML texts on stdin, writes a list of refusals (empty text: accepted).
ASK_GCLOUD = """
import json, logging, sys, tempfile
from pathlib import Path
root = Path(sys.argv[1])
sys.path[:0] = [str(root / "lib"), str(root / "lib" / "third_party")]
from googlecloudsdk.api_lib.app import yaml_parsing
logging.disable(logging.CRITICAL)
answers = []
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "app.yaml"
    for text in json.load(sys.stdin):
        path.write_text(text, encoding="utf-8")
        try:
            yaml_parsing.ServiceYamlInfo.FromFile(str(path))
            answers.append("")
        except Exception as error:
            answers.append(f"{type(error).__name__}: {error}")
print(json.dumps(answers))
"""

# What gcloud checks about these goes beyond one value; `refusals` says that it does not predict them.
UNPREDICTED = ("libraries", "builtins", "includes", "beta_settings.source_reference", "handlers.*.http_headers")

# A value that makes gcloud look at another key: without it the mapping says nothing any more.
NULL_MATTERS_ELSEWHERE = {
    "env",
    "endpoints_api_service.config_id",
    "handlers.*.script",
    "handlers.*.static_dir",
    "handlers.*.static_files",
    "handlers.*.upload",
    "automatic_scaling.custom_metrics.*.target_utilization",
    "automatic_scaling.custom_metrics.*.single_instance_assignment",
}

# Members that make the mapping around a key complete; the key under test replaces its own.
COMPANIONS = {
    "resources.volumes.*": {"name": "v", "volume_type": "tmpfs", "size_gb": "1"},
    "endpoints_api_service": {"name": "e", "config_id": "c"},
    "vpc_access_connector": {"name": "c"},
    "handlers.*": {"url": "/x", "static_dir": "s"},
    "error_handlers.*": {"file": "f"},
    "admin_console.pages.*": {"url": "/x", "name": "n"},
    "backends.*": {"name": "b"},
    "api_config": {"url": "/x", "script": "s"},
    "flexible_runtime_settings": {"operating_system": "ubuntu22"},
    "basic_scaling": {"max_instances": "1"},
    "automatic_scaling.custom_metrics.*": {
        "metric_name": "m",
        "target_type": "GAUGE",
        "single_instance_assignment": "1",
    },
}
OTHER_COMPANIONS = {
    "handlers.*.script": {"url": "/x"},
    "handlers.*.position": {"url": "/x", "script": "s"},
    "handlers.*.api_endpoint": {"url": "/x", "script": "s"},
    "handlers.*.static_files": {"url": "/x", "upload": "u"},
    "handlers.*.upload": {"url": "/x", "static_files": "f"},
    "automatic_scaling.custom_metrics.*.target_utilization": {"metric_name": "m", "target_type": "GAUGE"},
}

FEW = "x|1||{}|[]"
SCALARS = (
    """"x"|"1"|""|~|true|"true"|yes|0|-1|1.5|"1.5"|2020-01-01|2020-13-45|1e3|017|08|0x10|1_0|.inf|.nan|10:22|=|<<"""
)
WORDS = """~|""|true|1.5|2020-13-45|=|A|abc-def|-a|a-|a_b|a.b|a b|a/b|/a|^/a|/a$|.*|(a)|80:81|"10:22"|80/udp|80/icmp|10s
|1.5s|1.2345s|150ms|automatic|1d 2h|1x|EXTERNAL|External|GAUGE|gauge|warmup|01|gs://b/x.yaml|gs://B|B4|b3|START|flex|2
|timeout|on|No|307|"a\\n"|optional|"[a"|a:b"""
NAMES = ("A", "_a1", "A-B", "1A", "a.b", "a b", "É", "true")


class Case(NamedTuple):
    key: str
    text: str
    kind: Kind
    document: str


def spelled(written: str) -> tuple[str, Kind]:
    """Text and kind of a value as it is written in YAML."""
    if written.startswith('"'):
        return json.loads(written), Kind.QUOTED
    return written, {"{}": Kind.MAPPING, "[]": Kind.SEQUENCE}.get(written, Kind.PLAIN)


def values_for(row: KeyRow, first_of_its_check: bool) -> Iterator[str]:
    """Values around the limits; rows that share a check with an earlier one get a few only, for the time they take."""
    yield from FEW.split("|")
    check = row.check
    if not first_of_its_check:
        return
    if check.type not in {"pattern", "choice", "regex"}:
        yield from SCALARS.split("|")
    else:
        yield from WORDS.replace("\n", "").split("|")
        yield from (f'"{"a" * 30}"', f'"{"a" * 31}"', f'"{"a" * 63}"', f'"{"a" * 64}"')
        yield from (f'"{choice}"' for choice in check.choices)
    if check.type == "integer" and check.minimum is not None and check.maximum is not None:
        low, high = int(check.minimum), int(check.maximum)
        yield from (str(number) for number in (low - 1, low, low + 1, high - 1, high, high + 1))
        yield from (f'"{low}"', f'" {low} "', f"{low}.9", f"{low - 1}.9", f"+{low + 60}", f'"{low}.0"', "1" + "0" * 30)
    if check.type == "number" and check.minimum is not None and check.maximum is not None:
        yield from (f"{check.minimum:f}", "0.0000009", f"{check.maximum}", "1.0000001", '"0.5"', "0.5", "1e-7")


def document(key: str, written: str) -> str:
    """A service around one key that is written so; a list has one place, a map the member X."""
    parts = key.split(".")
    lines = [f"{name}: {value}" for name, value in {"runtime": "custom", "env": "flex"}.items() if name != parts[0]]
    if key == "handlers.*.api_endpoint":
        lines.append("api_config: {url: /x, script: s}")
    indent, dash = "", ""
    for depth, part in enumerate(parts[:-1]):
        if is_place(parts, depth):
            dash = "- "
        else:
            lines.append(f"{indent}{dash}{part.replace('*', 'X')}:")
            indent, dash = indent + "  " + " " * len(dash), ""
    if is_place(parts, len(parts) - 1):
        return "\n".join([*lines, f"{indent}- {written}", ""])
    companions = OTHER_COMPANIONS.get(key, COMPANIONS.get(".".join(parts[:-1]), {}))
    members = {name: value for name, value in companions.items() if name != parts[-1]}
    for name, value in {**members, parts[-1].replace("*", "X"): written}.items():
        lines.append(f"{indent}{dash}{name}: {value}")
        dash = "  " if dash else ""
    return "\n".join([*lines, ""])


def concrete(key: str) -> str:
    """The key of the table as it is called in the document."""
    parts = key.split(".")
    places = ("0" if is_place(parts, depth) else part.replace("*", "X") for depth, part in enumerate(parts))
    return ".".join(places)


def is_place(parts: list[str], depth: int) -> bool:
    """Whether the part at this depth is a place in a list, not a name."""
    above = keys.row_for(".".join(parts[:depth])) if parts[depth] == "*" else None
    return above is not None and above.check.type in {"sequence", "list", "regex"}


def cases() -> Iterator[Case]:
    seen = set()
    for row in keys.all_rows():
        if row.newer or row.key.startswith(UNPREDICTED):
            continue
        sort = (row.check, row.required, row.may_be_empty, bool(row.refused))
        for written in dict.fromkeys(values_for(row, sort not in seen)):
            text, kind = spelled(written)
            if not _depends_on_others(row, written, text, kind):
                yield Case(concrete(row.key), text, kind, document(row.key, written))
        seen.add(sort)
        names = NAMES if row.check.type == "map" else ("no_such_key",) if row.check.type == "mapping" else ()
        for name in names:
            yield Case(f"{concrete(row.key)}.{name}", "v", Kind.PLAIN, document(f"{row.key}.{name}", "v"))
    yield Case("no_such_key", "v", Kind.PLAIN, document("no_such_key", "v"))


def _depends_on_others(row: KeyRow, written: str, text: str, kind: Kind) -> bool:
    if row.key in NULL_MATTERS_ELSEWHERE and written in {"", "~", "null", '""', "0", "{}", "[]"}:
        return True
    if row.key == "endpoints_api_service.rollout_strategy" and text == "managed":
        return True
    # A mapping without its required members, or a handler without a type, is refused for what it lacks.
    return kind is Kind.MAPPING and (bool(keys.required_members(row.key)) or row.key in COMPANIONS)


def sdk_root() -> Path:
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        pytest.skip("gcloud is not installed")
    root = Path(gcloud).resolve().parent.parent
    if not (root / "lib/googlecloudsdk/appengine/api/appinfo.py").exists():
        pytest.skip(f"{root} holds no Python sources of gcloud")
    return root


def ask_gcloud(documents: list[str]) -> list[str]:
    """One answer a document, from one process with the SDK's own modules only."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ASK_GCLOUD, str(sdk_root())],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answers: list[str] = json.loads(done.stdout)
    return answers


def test_prediction_equals_the_parser() -> None:
    tried = list(cases())
    answers = ask_gcloud([case.document for case in tried])
    wrong = []
    for case, answer in zip(tried, answers, strict=True):
        predicted = keys.refusals(case.key, case.text, case.kind)
        if bool(predicted) is not bool(answer):
            wrong.append((case.key, case.text, case.kind.value, answer or "accepted", [p.reason for p in predicted]))
    assert len(tried) > 2000
    assert not wrong, f"{len(wrong)} of {len(tried)}: " + "\n".join(map(str, wrong[:20]))


def test_combinations_are_refused() -> None:
    blocks = {
        "automatic_scaling": "automatic_scaling:\n  min_num_instances: 1\n",
        "manual_scaling": "manual_scaling:\n  instances: 1\n",
        "basic_scaling": "basic_scaling:\n  max_instances: 1\n",
        "service": "service: a\n",
        "module": "module: a\n",
    }
    for combination in keys.combinations():
        first, second, *_ = combination.at_most_one
        base = "runtime: python\nenv: flex\n"
        alone, together = ask_gcloud([base + blocks[first], base + blocks[first] + blocks[second]])
        assert not alone
        assert together, combination.id


SITUATIONS = {
    "anchor": "runtime: python\nenv: &e flex\nservice: *e\n",
    "duplicate-key": "runtime: python\nenv: flex\nenv: flex\n",
    "several-documents": "runtime: python\nenv: flex\n---\nruntime: python\nenv: flex\n",
    "empty-document": "# nothing\n",
    "python27-on-flex": "runtime: python27\nenv: flex\nthreadsafe: true\n",
    "libraries-without-python27": "runtime: python\nenv: flex\nlibraries:\n- {name: ssl, version: latest}\n",
    "too-many-handlers": "runtime: python\nenv: flex\nhandlers:\n" + "- {url: /x, script: s}\n" * 101,
    "handler-without-type": "runtime: python\nenv: flex\nhandlers:\n- url: /x\n",
    "static-files-without-upload": "runtime: python\nenv: flex\nhandlers:\n- {url: /x, static_files: f}\n",
    "endpoints-without-config-id": "runtime: python\nenv: flex\nendpoints_api_service: {name: e}\n",
    "endpoints-with-needless-config-id": "runtime: python\nenv: flex\nendpoints_api_service:\n"
    "  {name: e, config_id: c, rollout_strategy: managed}\n",
    "custom-metric-target": "runtime: python\nenv: flex\nautomatic_scaling:\n  custom_metrics:\n"
    "  - {metric_name: m, target_type: GAUGE, target_utilization: 0}\n",
}


def test_situations_are_refused() -> None:
    # Files beside app.yaml are not the parser's business.
    assert set(SITUATIONS) == set(keys.situations()) - {"skip-files-and-gcloudignore"}
    for name, answer in zip(SITUATIONS, ask_gcloud(list(SITUATIONS.values())), strict=True):
        assert answer, name


def test_required_members_are_refused_when_missing() -> None:
    parents = [row.key for row in keys.all_rows() if keys.required_members(row.key) and not row.newer]
    documents, names = [], []
    for parent in parents:
        complete = dict.fromkeys(keys.required_members(parent), "1") | COMPANIONS.get(parent, {})
        for missing in (None, *keys.required_members(parent)):
            members = {name: value for name, value in complete.items() if name != missing}
            if parent.startswith(UNPREDICTED):
                continue
            names.append((parent, missing))
            inner = ", ".join(f"{name}: {value}" for name, value in members.items())
            documents.append(document(parent, f"{{{inner}}}"))
    for (parent, missing), answer in zip(names, ask_gcloud(documents), strict=True):
        assert bool(answer) is (missing is not None), (parent, missing, answer)
