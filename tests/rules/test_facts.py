"""The fact tables: complete, sourced, dated, and read strictly."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flexmigrate_rules.facts import cloud_run_fields as fields
from flexmigrate_rules.facts import cloud_run_limits as limits
from flexmigrate_rules.facts import key_rows, keys, runtimes, tables
from flexmigrate_rules.facts.scalars import Kind, Unreadable, as_read, as_text, read_plain

FOLDER = Path(tables.__file__).parent
FILES = ("cloud_run_limits.toml", "keys.toml", "legacy.toml", "runtimes.toml")

# AppInfoExternal.ATTRIBUTES of Google Cloud SDK 528.0.0, lib/googlecloudsdk/appengine/api/appinfo.py.
TOP_LEVEL = """
admin_console api_config api_version app_engine_apis application auto_id_policy automatic_scaling backends
basic_scaling beta_settings build_env_variables builtins code_lock default_expiration derived_file_type
endpoints_api_service entrypoint env env_variables error_handlers flexible_runtime_settings handlers health_check
inbound_services includes instance_class libraries liveness_check main manual_scaling module network nobuild_files
project readiness_check resources runtime runtime_channel runtime_config service service_account skip_files
source_language standard_websocket threadsafe version vm vm_health_check vm_settings vpc_access_connector zones
"""
# Attributes of its inner classes.
INNER = {
    "automatic_scaling": """cool_down_period_sec cpu_utilization custom_metrics max_concurrent_requests
        max_idle_instances max_instances max_num_instances max_pending_latency min_idle_instances min_instances
        min_num_instances min_pending_latency target_concurrent_requests target_cpu_utilization
        target_disk_read_bytes_per_sec target_disk_read_ops_per_sec target_disk_write_bytes_per_sec
        target_disk_write_ops_per_sec target_network_received_bytes_per_sec target_network_received_packets_per_sec
        target_network_sent_bytes_per_sec target_network_sent_packets_per_sec target_request_count_per_sec
        target_throughput_utilization""",
    "automatic_scaling.cpu_utilization": "aggregation_window_length_sec target_utilization",
    "automatic_scaling.custom_metrics.*": """filter metric_name single_instance_assignment target_type
        target_utilization""",
    "basic_scaling": "idle_timeout max_instances",
    "manual_scaling": "instances",
    "endpoints_api_service": "config_id name rollout_strategy trace_sampling",
    "health_check": """check_interval_sec enable_health_check healthy_threshold host restart_threshold timeout_sec
        unhealthy_threshold""",
    "vm_health_check": """check_interval_sec enable_health_check healthy_threshold host restart_threshold timeout_sec
        unhealthy_threshold""",
    "liveness_check": """check_interval_sec failure_threshold host initial_delay_sec path success_threshold
        timeout_sec""",
    "readiness_check": """app_start_timeout_sec check_interval_sec failure_threshold host path success_threshold
        timeout_sec""",
    "network": "forwarded_ports instance_ip_mode instance_tag name session_affinity subnetwork_name",
    "resources": "cpu disk_size_gb memory_gb volumes",
    "resources.volumes.*": "name size_gb volume_type",
    "vpc_access_connector": "egress_setting name",
    "flexible_runtime_settings": "operating_system runtime_version",
    "handlers.*": """api_endpoint application_readable auth_fail_action expiration http_headers login mime_type position
        redirect_http_response_code require_matching_file script secure static_dir static_files upload url""",
    "error_handlers.*": "error_code file mime_type",
    "libraries.*": "name version",
    "admin_console": "pages",
    "admin_console.pages.*": "name url",
    "api_config": "auth_fail_action login script secure url",
    "backends.*": """class dynamic failfast instances max_concurrent_requests name options public start state""",
}


def rows_of(file: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of a file, as TOML sees it."""
    data = tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))
    for section, value in data.items():
        if section in {"as_of", "sources", "environments"}:
            continue
        if isinstance(value, list):
            yield from ((f"{section} {number}", row) for number, row in enumerate(value, 1))
        elif section == "key":
            yield from value.items()
        else:
            yield section, value


@pytest.mark.parametrize("file", FILES)
def test_every_file_explains_itself_and_has_a_date(file: str) -> None:
    text = (FOLDER / file).read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert isinstance(tomllib.loads(text)["as_of"], date)


@pytest.mark.parametrize("file", FILES)
def test_every_source_is_public_and_every_row_has_one(file: str) -> None:
    data = tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))
    public = re.compile(r"https://\S+|Google Cloud SDK \d+\.0\.0 \S+|[\w-]+/[\w-]+(@[0-9a-f]{7,40} \S+|#\d+)")
    for name, citation in data["sources"].items():
        assert public.fullmatch(citation), name
    used = set()
    for place, row in rows_of(file):
        for inner in (row, *row.get("also", ())):
            assert inner["source"], place
            used.update(inner["source"])
    assert used == set(data["sources"])


@pytest.mark.parametrize("file", FILES)
def test_unverified_rows_say_what_is_unverified(file: str) -> None:
    for place, row in rows_of(file):
        assert row["verified"] is not bool(row.get("unverified")), place


def test_every_row_can_be_read() -> None:
    assert len(list(keys.all_rows())) > 200
    assert keys.combinations()
    assert keys.situations()
    assert runtimes.schedule("flex")
    assert runtimes.schedule("cloud-run")
    assert runtimes.legacy_image().python3 == "3.7.9"
    assert runtimes.gcloud().minimum == "420.0.0"
    assert limits.cpu_sizes()
    assert fields.known_annotations()
    assert fields.volumes()
    assert fields.unsupported()
    assert limits.variables().reserved
    assert limits.memory().largest == limits.cpu_sizes()[-1].memory_max
    assert {limits.probe_kind(probe).probe for probe in limits.PROBES} == set(limits.PROBES)


def test_the_oldest_date_speaks_for_all() -> None:
    dates = {tables.read(file).as_of for file in FILES if file != "keys.toml"}
    assert tables.as_of() <= min(dates)


# ---------------------------------------------------------------- strictness


def test_an_unknown_column_is_named_with_file_and_row() -> None:
    table = tables.Table("t.toml", 'as_of = 2026-01-01\n[sources]\na = "x"\n[[r]]\nknown = 1\ntypo = 2\n')
    row = next(table.rows("r"))
    assert row.take("known", int) == 1
    with pytest.raises(tables.TableError, match=r"t\.toml, r 1: unknown column `typo`"):
        row.finish()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("", "column `verified` is missing"),
        ("verified = 1", "column `verified` is no bool"),
        ("verified = true", r"names nothing"),
        ('verified = true\nsource = ["b"]', r"names \['b'\]"),
        ('verified = true\nsource = "a"', "no list of texts"),
        ('verified = false\nsource = ["a"]', "`unverified` goes with"),
        ('verified = true\nunverified = "x"\nsource = ["a"]', "`unverified` goes with"),
    ],
)
def test_careless_evidence_is_refused(row: str, message: str) -> None:
    table = tables.Table("t.toml", f'as_of = 2026-01-01\n[sources]\na = "x"\n[[r]]\n{row}\n')
    with pytest.raises(tables.TableError, match=message):
        next(table.rows("r")).evidence()


def test_a_broken_file_is_named() -> None:
    with pytest.raises(tables.TableError, match=r"t\.toml: "):
        tables.Table("t.toml", "as_of =")


GOOD_ROW = 'type = "text"\nrun = "kept"\nrun_why = "x."\nsource = ["a"]\nverified = true\n'


def key_table(rows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a table of keys in the place of the real one, for one test."""
    head = 'as_of = 2026-01-01\n[sources]\na = "x"\n[environments.flex]\nflex = "kept"\nflex_why = "x."\n'
    table = tables.Sections("t.toml", "key", head + rows)
    monkeypatch.setattr(key_rows, "sections", lambda: table)
    monkeypatch.setattr(key_rows, "_environment", key_rows._environment.__wrapped__)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (GOOD_ROW + "typo = 1", "t.toml, k: unknown column `typo`"),
        (GOOD_ROW + 'environment = "moon"', "t.toml, k: unknown environment `moon`"),
        (GOOD_ROW + 'doubts = ["flex"]', "t.toml, k: a verified row has no `doubts`"),
        (GOOD_ROW + 'sent = "perhaps"', "t.toml, k: column `sent` is none of yes, beta, no: `perhaps`"),
        (GOOD_ROW.replace("text", "tome"), "t.toml, k: unknown type `tome`"),
        (GOOD_ROW + "=", "t.toml, k: Invalid"),
    ],
)
def test_careless_key_rows_are_refused(row: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key_table(f'[key."k"]\n{row}\n', monkeypatch)
    with pytest.raises(tables.TableError, match=message):
        key_rows.row_at.__wrapped__("k")


def test_a_key_cannot_be_written_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(tables.TableError, match=r"t\.toml, k: written twice"):
        key_table(f'[key."k"]\n{GOOD_ROW}[key."k"]\n{GOOD_ROW}', monkeypatch)


# ---------------------------------------------------------------- keys


def test_every_key_of_the_sdk_is_in_the_table() -> None:
    assert [key for key in TOP_LEVEL.split() if keys.row_for(key) is None] == []
    inner = [f"{parent}.{name}" for parent, names in INNER.items() for name in names.split()]
    rows = {row.key for row in keys.all_rows()}
    assert [key for key in inner if key not in rows] == []


def test_the_table_has_no_key_that_the_sdk_lacks() -> None:
    known = set(TOP_LEVEL.split()) | {f"{parent}.{name}" for parent, names in INNER.items() for name in names.split()}
    parents = {row.key for row in keys.all_rows() if row.check.type in {"map", "sequence", "list", "regex"}}
    extra = {
        row.key
        for row in keys.all_rows()
        if row.key not in known and not row.newer and row.key.rpartition(".")[0] not in parents
    }
    assert extra == set()


def test_every_key_has_a_reason_for_every_target() -> None:
    for row in keys.all_rows():
        for fate in (row.flex, row.cloud_run):
            assert fate.verdict in {"kept", "changed", "dropped", "manual"}, row.key
            assert fate.why.endswith("."), row.key
            assert fate.verdict != "changed" or fate.becomes or row.environment == "managed-vm", row.key


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("resources.volumes.0.name", "resources.volumes.*.name"),
        ("resources.volumes[12].name", "resources.volumes.*.name"),
        ("env_variables.ANY", "env_variables.*"),
        ("env_variables.a.b", "env_variables.*"),
        ("runtime_config.python_version", "runtime_config.python_version"),
        ("runtime_config.other", "runtime_config.*"),
        ("beta_settings.cloud_sql_instances", "beta_settings.cloud_sql_instances"),
        ("handlers[0].http_headers.X-Y", "handlers.*.http_headers.*"),
        ("builtins.0.deferred", "builtins.*.*"),
    ],
)
def test_wildcards(key: str, row: str) -> None:
    found = keys.row_for(key)
    assert found is not None
    assert found.key == row


@pytest.mark.parametrize("key", ["nothing", "resources.volumes.0.colour", "service.x", "manual_scaling.max", "*"])
def test_unknown_keys(key: str) -> None:
    assert keys.row_for(key) is None
    assert keys.verdict(key, "flex") is None
    assert keys.explain(key, "flex") == ""
    assert keys.required_members(key) == ()
    assert "knows no key" in keys.refusals(key, "x")[0].reason


def test_only_what_is_unverified_says_so() -> None:
    assert "unverified" not in keys.explain("service", "flex")
    assert "(unverified: Cloud Run's length limit" in keys.explain("service", "cloud-run")
    assert "unverified" not in keys.explain("manual_scaling.instances", "cloud-run")


def test_another_target_is_an_error() -> None:
    with pytest.raises(ValueError, match="kubernetes"):
        keys.verdict("service", "kubernetes")


def test_required_members() -> None:
    assert keys.required_members("resources.volumes.0") == ("name", "size_gb", "volume_type")
    assert keys.required_members("liveness_check") == ()


@pytest.mark.parametrize(
    ("key", "text", "kind"),
    [
        ("automatic_scaling.min_num_instances", "1", Kind.PLAIN),
        ("automatic_scaling.cool_down_period_sec", "60", Kind.QUOTED),
        ("network.instance_tag", "a-b", Kind.PLAIN),
        ("service", "007", Kind.PLAIN),
        ("liveness_check.host", "", Kind.PLAIN),
        ("env_variables.A", "", Kind.PLAIN),
        ("env_variables.A", "", Kind.SEQUENCE),
        ("env_variables.A.0", "x", Kind.PLAIN),
        ("entrypoint.0", "x", Kind.PLAIN),
        ("resources.cpu", ".inf", Kind.PLAIN),
        ("network.forwarded_ports.0", "10:22", Kind.PLAIN),
        ("vpc_access.vpc_egress", "anything", Kind.PLAIN),
        ("handlers", "", Kind.SEQUENCE),
        ("skip_files", "", Kind.SEQUENCE),
        ("skip_files", "^a$", Kind.PLAIN),
        ("version", "~", Kind.PLAIN),
    ],
)
def test_what_gcloud_takes(key: str, text: str, kind: Kind) -> None:
    assert keys.refusals(key, text, kind) == ()


@pytest.mark.parametrize(
    ("key", "text", "kind", "reason"),
    [
        ("automatic_scaling.min_num_instances", "0", Kind.PLAIN, "`0` is below 1"),
        ("automatic_scaling.cool_down_period_sec", "59", Kind.PLAIN, "`59` is below 60"),
        ("automatic_scaling.max_num_instances", str(2**63), Kind.PLAIN, "is above 9223372036854775807"),
        ("automatic_scaling.cpu_utilization.target_utilization", "1.1", Kind.PLAIN, "`1.1` is above 1.0"),
        ("resources.disk_size_gb", "ten", Kind.PLAIN, "not a whole number"),
        ("resources.memory_gb", "2Gi", Kind.PLAIN, "not a number"),
        ("network.instance_tag", "Web", Kind.PLAIN, "does not match"),
        ("service", "yes", Kind.PLAIN, "`True` does not match"),
        ("handlers.0.secure", "sometimes", Kind.PLAIN, "none of never, always"),
        ("handlers.0.secure", "", Kind.PLAIN, "wants a value"),
        ("handlers.0.position", "head", Kind.PLAIN, "only in included files"),
        ("env_variables.A-B", "x", Kind.PLAIN, "the name `A-B`"),
        ("env_variables.A", "2020-13-45", Kind.PLAIN, "quote it"),
        ("skip_files", "(", Kind.QUOTED, "not a regular expression"),
        ("skip_files", "", Kind.PLAIN, "wants a value"),
        ("version", "one", Kind.PLAIN, "--version"),
        ("zones", "us-east1-b", Kind.PLAIN, "is not a list"),
        ("includes", "1", Kind.PLAIN, "is not a list"),
        ("network", "default", Kind.PLAIN, "is not a mapping"),
        ("resources.cpu", "", Kind.SEQUENCE, "a list is not a number"),
        ("service", "", Kind.MAPPING, "no mapping"),
    ],
)
def test_what_gcloud_refuses(key: str, text: str, kind: Kind, reason: str) -> None:
    (refusal,) = keys.refusals(key, text, kind)
    assert reason in refusal.reason
    assert "528.0.0" in refusal.source


def test_a_refusal_never_repeats_the_value_of_a_variable() -> None:
    assert "2020-13-45" not in keys.refusals("env_variables.A", "2020-13-45")[0].reason


# ---------------------------------------------------------------- scalars


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("yes", True),
        ("Off", False),
        ("yEs", "yEs"),
        ("3.10", 3.1),
        ("017", 15),
        ("08", "08"),
        ("0x1F", 31),
        ("0b11", 3),
        ("-1_0", -10),
        ("10:22", 622),
        ("1:30.5", 90.5),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("2020-01-02", date(2020, 1, 2)),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_scalars(text: str, value: object) -> None:
    assert read_plain(text) == value
    assert type(read_plain(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("2001-12-14 21:59:43.12", "2001-12-14 21:59:43.120000"),
        ("2001-12-14T21:59:43Z", "2001-12-14 21:59:43"),
        ("2001-12-14t21:59:43.1234567-05:30", "2001-12-15 03:29:43.123457"),
        ("2001-12-14 21:59:43 +1", "2001-12-14 20:59:43"),
    ],
)
def test_moments(text: str, seen: str) -> None:
    assert as_text(text, Kind.PLAIN) == seen


@pytest.mark.parametrize("text", ["2020-13-45", "=", "<<", "0b_", "._"])
def test_unreadable_scalars(text: str) -> None:
    with pytest.raises(Unreadable):
        read_plain(text)


def test_what_a_variable_receives() -> None:
    assert [as_text(text, Kind.PLAIN) for text in ("1.10", "true", "")] == ["1.1", "True", "None"]
    assert as_text("1.10", Kind.QUOTED) == "1.10"
    assert as_read("", Kind.MAPPING) is None


# ---------------------------------------------------------------- runtimes


def newest(platform: str, today: str) -> list[str]:
    return [runtime.python for runtime in runtimes.available(platform, date.fromisoformat(today))]


@pytest.mark.parametrize("platform", ["flex", "cloud-run"])
def test_available_on_both_sides_of_every_date(platform: str) -> None:
    assert newest(platform, "2025-12-18")[0] == "3.13"
    assert newest(platform, "2025-12-19")[0] == "3.14"
    assert newest(platform, "2026-10-04") == ["3.14", "3.13", "3.12", "3.11", "3.10"]
    assert newest(platform, "2026-10-05") == ["3.14", "3.13", "3.12", "3.11"]
    assert newest(platform, "2030-10-10") == ["3.14"]
    assert newest(platform, "2030-10-11") == []


def test_a_preview_is_never_available() -> None:
    preview = runtimes.support("3.15")
    assert preview is not None
    assert preview.available is None
    assert not preview.is_available(date(2027, 1, 1))
    assert preview.runtime.end_of_support == ""


def test_unproven_dates_say_so() -> None:
    (runtime, *_) = runtimes.available("flex", date(2026, 11, 22))
    assert runtime.note.startswith("unverified: The dates are the standard environment's")
    assert runtime.end_of_support == "2030-10-10"


def test_dates_are_in_order() -> None:
    for platform in ("flex", "cloud-run"):
        for offer in runtimes.schedule(platform):
            dates = (offer.preview, offer.available, offer.end_of_support, offer.deprecated, offer.decommissioned)
            known = [day for day in dates if day is not None]
            assert known == sorted(known), offer
            assert offer.deploys_end is None or offer.deploys_end >= (offer.end_of_support or offer.deploys_end)


def test_an_unknown_platform_is_an_error() -> None:
    with pytest.raises(ValueError, match="kubernetes"):
        runtimes.available("kubernetes", date(2026, 1, 1))


def test_operating_systems() -> None:
    first, second = runtimes.operating_systems_for("3.12")
    assert (first.operating_system, first.scheduled, first.why) == ("ubuntu22", True, "")
    assert (second.operating_system, second.scheduled) == ("ubuntu24", False)
    assert second.why
    assert [one.operating_system for one in runtimes.operating_systems_for("3.14")] == ["ubuntu24"]
    assert runtimes.operating_systems_for("3.15") == runtimes.operating_systems_for("2.7") == ()


def test_default_python() -> None:
    systems = ("ubuntu18", "ubuntu22", "ubuntu24", "ubuntu26")
    assert [runtimes.default_python(system) for system in systems] == ["3.9", "3.13", "3.14", None]


@pytest.mark.parametrize(
    ("written", "interpreter"),
    [
        (None, "2.7.12"),
        ("", "2.7.12"),
        ("2", "2.7.12"),
        ("3", "3.6.10"),
        ("3.4", "3.4.8"),
        ("3.5", "3.5.9"),
        ("3.6", "3.6.10"),
        ("3.7", "3.7.9"),
        ("2.7", None),
        ("3.8", None),
        ("3.1", None),
        ("latest", None),
    ],
)
def test_legacy_interpreters(written: str | None, interpreter: str | None) -> None:
    assert runtimes.legacy_interpreter(written) == interpreter
    version = runtimes.legacy_version(written)
    assert version.accepted is (interpreter is not None)
    assert version.accepted or version.why


# ---------------------------------------------------------------- Cloud Run limits


@pytest.mark.parametrize(
    ("cpus", "memory", "size"),
    [
        (0.5, 512, "1"),
        (1, 4096, "1"),
        (1, 4097, "2"),
        (3, 1024, "4"),
        (5, 16384, "6"),
        (7, 600, "8"),
        (1, 32768, "8"),
        (1, 32769, None),
        (9, 600, None),
    ],
)
def test_smallest_cpu(cpus: float, memory: int, size: str | None) -> None:
    found = limits.smallest_cpu(cpus, memory)
    assert (found and found.cpu) == size


def test_probe_limits() -> None:
    assert limits.probe_objections("startup", {"periodSeconds": 240, "timeoutSeconds": 240}) == ()
    assert limits.probe_objections("startup", {"periodSeconds": 241}) == ("periodSeconds is at most 240, not 241",)
    assert limits.probe_objections("liveness", {"timeoutSeconds": 11}) == (
        "timeoutSeconds 11 is above periodSeconds 10",
    )
    assert limits.probe_objections("liveness", {"successThreshold": 2, "failureThreshold": 0}) == (
        "successThreshold is at most 1, not 2",
        "failureThreshold is at least 1, not 0",
    )
    assert "unverified" in limits.probe_objections("readiness", {"periodSeconds": 301})[0]
    assert limits.probe_objections("readiness", {"initialDelaySeconds": 5}) == (
        "a readiness probe has no initialDelaySeconds",
    )
    with pytest.raises(ValueError, match="health"):
        limits.probe_limits("health")


def test_numbers() -> None:
    concurrency = limits.limit("containerConcurrency")
    assert (concurrency.minimum, concurrency.maximum, concurrency.default) == (1, 1000, 80)
    assert [concurrency.clamp(value) for value in (0, 7, 5000)] == [1, 7, 1000]
    assert limits.limit("minScale").clamp(10**6) == 10**6
    assert limits.limit("timeoutSeconds").objection(3600) == ""


@pytest.mark.parametrize("name", ["a", "default", "a-1", "a" * 49])
def test_names_that_fit(name: str) -> None:
    assert limits.name_objection(name) == ""


@pytest.mark.parametrize("name", ["", "1a", "A", "a-", "a_b", "a" * 50])
def test_names_that_do_not_fit(name: str) -> None:
    assert "(unverified: " in limits.name_objection(name)


def test_annotations_have_a_place() -> None:
    assert {one.on for one in fields.known_annotations().values()} == {"service", "revision"}
    assert fields.known_annotations()["run.googleapis.com/cpu-throttling"].choices == ("true", "false")
