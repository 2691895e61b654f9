"""Each way a service can come out, with servers that need no package."""

from __future__ import annotations

import json
import pickle
import socket
from pathlib import Path
from typing import Any

import pytest

from flexmigrate.model import Platform
from flexmigrate.proving.verdicts import Kind, Outcome, StageName, Verdict
from flexmigrate.verify import Subject, verify_service
from tests.verify.services import RUNNING, copied, options, outcome, planned, tree, tried

FAILED = Verdict.FAILED
HINDERED = Verdict.HINDERED
QUICK = {"timeout": 1.5, "grace": 0.5}

# name, verdict, the stage that decides, kind, part of the decisive line
CASES = (
    pytest.param("does_not_compile", FAILED, StageName.COMPILE, Kind.SERVICE, "old.py:1: Syntax", {}, id="compile"),
    pytest.param("dies", FAILED, StageName.START, Kind.SERVICE, "No module named 'nothere_at_all'", {}, id="dies"),
    pytest.param("dies_silently", FAILED, StageName.START, Kind.SERVICE, "exit code 7", {}, id="dies silently"),
    pytest.param("wrong_port", FAILED, StageName.START, Kind.SERVICE, "not on $PORT", {}, id="wrong port"),
    pytest.param("loopback_only", FAILED, StageName.START, Kind.SERVICE, "127.0.0.1 only", {}, id="loopback"),
    pytest.param("never_listens", FAILED, StageName.START, Kind.SERVICE, "nothing listened", QUICK, id="never listens"),
    pytest.param("hangs", FAILED, StageName.ANSWER, Kind.SERVICE, "no answer within", QUICK, id="hangs"),
    pytest.param("server_error", FAILED, StageName.ANSWER, Kind.SERVICE, "LookupError: a shelf", {}, id="5xx"),
    pytest.param("ignores_sigterm", FAILED, StageName.STOP, Kind.SERVICE, "SIGTERM", QUICK, id="ignores SIGTERM"),
    pytest.param("ends_after_the_request", FAILED, StageName.STOP, Kind.SERVICE, "ended by itself", {}, id="ends"),
    pytest.param("missing_variable", HINDERED, StageName.START, Kind.VARIABLE, "'SHOP_KEY'", {}, id="variable"),
    pytest.param("missing_platform_variable", FAILED, StageName.START, Kind.SERVICE, "GAE_DEPLOY", {}, id="platform's"),
    pytest.param("missing_key", FAILED, StageName.START, Kind.SERVICE, "KeyError: 'SHOP_KEY'", {}, id="any other key"),
    pytest.param("missing_database", HINDERED, StageName.START, Kind.DATABASE, "OperationalError", {}, id="database"),
    pytest.param("missing_database_later", HINDERED, StageName.ANSWER, Kind.DATABASE, "Operational", {}, id="later"),
    pytest.param("says_its_secret", FAILED, StageName.START, Kind.SERVICE, "cannot use <TOKEN> here", {}, id="secret"),
    pytest.param("no_entrypoint", FAILED, StageName.START, Kind.SERVICE, "nothing says what", {}, id="no start"),
    pytest.param("template", HINDERED, StageName.START, Kind.SOURCE, "template", {}, id="template"),
    pytest.param("custom_runtime", HINDERED, StageName.COPY, Kind.RUNTIME, "custom runtime", {}, id="custom runtime"),
    pytest.param("left_out", FAILED, StageName.START, Kind.SERVICE, "No module named 'extra'", {}, id=".gcloudignore"),
    pytest.param(
        "requirement_outside", FAILED, StageName.INSTALL, Kind.SERVICE, "common.txt", {}, id="requirements elsewhere"
    ),
)


@pytest.mark.parametrize(("name", "verdict", "stage", "kind", "line", "given"), CASES)
def test_what_stops_a_service_is_named(
    name: str, verdict: Verdict, stage: StageName, kind: Kind, line: str, given: dict[str, Any], tmp_path: Path
) -> None:
    root = copied(name, tmp_path)
    before = tree(root)
    one = tried(root, **given)
    assert one.cause is not None, one.stages
    assert (one.verdict, one.cause.stage, one.cause.kind) == (verdict, stage, kind), one
    assert line in one.cause.line
    assert outcome(one, stage) is (Outcome.FAILED if verdict is FAILED else Outcome.HINDERED)
    assert [found.name for found in one.stages] == list(StageName)
    assert bool(one.report or one.prediction) is (kind is Kind.SERVICE)
    assert "open-sesame" not in repr(one)
    assert str(tmp_path) not in repr(one)
    assert tree(root) == before


@pytest.mark.parametrize("name", ["serves", "procfile_first", "build_variable_first", "spawns"])
def test_proven(name: str, tmp_path: Path) -> None:
    one = tried(copied(name, tmp_path))
    assert one.verdict is Verdict.PROVEN, one
    assert one.cause is None


def test_the_platforms_own_port_may_be_written_out(tmp_path: Path) -> None:
    root = copied("port_8080", tmp_path)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("", 8080))
        except OSError:
            pytest.skip("port 8080 is taken")
        taken.listen()
        busy = tried(root)
    assert busy.cause is not None
    assert (busy.verdict, busy.cause.kind) == (HINDERED, Kind.PORT)
    free = tried(root)
    assert free.verdict is Verdict.PROVEN, free
    assert any("8080" in remark for remark in free.remarks)


def test_a_file_that_nobody_imports_stops_nothing_and_is_still_told(tmp_path: Path) -> None:
    one = tried(copied("does_not_compile", tmp_path))
    assert outcome(one, StageName.ANSWER) is Outcome.OK


def test_the_readiness_path_is_asked_for_unless_another_is_given(tmp_path: Path) -> None:
    root = copied("serves", tmp_path)
    details = [one.stage(StageName.ANSWER) for one in (tried(root), tried(root, request="/books?page=2"))]
    assert [found.detail for found in details if found] == ["GET /ready: 200", "GET /books?page=2: 200"]


def seen(folder: Path) -> dict[str, object]:
    data: dict[str, object] = json.loads((folder / "app" / "seen.json").read_text("utf-8"))
    return data


def test_what_the_program_gets(tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLERS_OWN", "1")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/somewhere/key.json")
    one = tried(copied("answers_what_it_sees", tmp_path), keep=True, variables=(("GIVEN", "a=b"),))
    assert one.verdict is Verdict.PROVEN
    found = seen(Path(one.folder))
    environment = found["environment"]
    assert isinstance(environment, dict)
    # What the shell and flexmigrate's own mark add.
    own = {"PWD", "SHLVL", "_", "FLEXMIGRATE_PROVING_RUN"}
    assert set(environment) - own == {
        *("PATH", "HOME", "TMPDIR", "LANG", "PYTHONNOUSERSITE", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PORT"),
        *("GAE_SERVICE", "GAE_VERSION", "GAE_INSTANCE", "GAE_MEMORY_MB", "GOOGLE_CLOUD_PROJECT"),
        *("WRITTEN_BARE", "WRITTEN_YES", "QUOTED", "GIVEN"),
    }
    assert (environment["WRITTEN_BARE"], environment["WRITTEN_YES"]) == ("31", "True")
    assert (environment["QUOTED"], environment["GIVEN"]) == ("1.10", "a=b")
    assert (environment["GAE_SERVICE"], environment["GAE_MEMORY_MB"]) == ("default", "2048")
    assert environment["PATH"].startswith(one.folder)
    assert environment["HOME"].startswith(one.folder)
    assert found["scheme"] == "https"
    _drop(Path(one.folder))


def test_cloud_run_starts_what_the_plan_writes(tmp_path: Path) -> None:
    one = tried(copied("answers_what_it_sees", tmp_path), Platform.CLOUD_RUN, keep=True)
    assert one.verdict is Verdict.PROVEN, one
    assert one.origin == "service.yaml"
    assert outcome(one, StageName.CHECK) is Outcome.NOT_ASKED
    environment = seen(Path(one.folder))["environment"]
    assert isinstance(environment, dict)
    assert {"K_SERVICE", "K_REVISION", "K_CONFIGURATION"} <= set(environment)
    assert not [name for name in environment if name.startswith("GAE_")]
    assert environment["WRITTEN_BARE"] == "31"
    _drop(Path(one.folder))


def test_services_of_one_directory_start_their_own_command(tmp_path: Path) -> None:
    root = copied("serves", tmp_path)
    text = (root / "app.yaml").read_text("utf-8")
    (root / "api.yaml").write_text(f"service: api\n{text.replace('python main.py', 'python -u main.py')}", "utf-8")
    plan = planned(root, Platform.CLOUD_RUN)
    done = [verify_service(Subject(root, one.config, plan), options()) for one in plan.services]
    assert [(one.config, one.command, one.verdict) for one in done] == [
        ("api.yaml", "python -u main.py", Verdict.PROVEN),
        ("app.yaml", "python main.py", Verdict.PROVEN),
    ]


def test_as_is_leaves_the_plan_out(tmp_path: Path) -> None:
    root = copied("answers_what_it_sees", tmp_path)
    for as_is in (True, False):
        one = tried(root, as_is=as_is, keep=True)
        text = (Path(one.folder) / "app" / "app.yaml").read_text("utf-8")
        assert ("runtime_version" in text) is not as_is
        assert one.as_is is as_is
        _drop(Path(one.folder))


def test_a_missing_variable_can_be_given_and_is_not_shown(tmp_path: Path) -> None:
    one = tried(copied("missing_variable", tmp_path), variables=(("SHOP_KEY", "open-sesame"),))
    assert one.verdict is Verdict.PROVEN
    assert "open-sesame" not in repr(one)


def test_no_interpreter(tmp_path: Path) -> None:
    root = copied("serves", tmp_path)
    one = tried(root, interpreter=Path("/nothere/python"))
    assert (one.verdict, outcome(one, StageName.INTERPRETER)) == (HINDERED, Outcome.HINDERED)
    assert one.cause is not None
    assert one.cause.kind is Kind.INTERPRETER


def test_another_version_is_not_taken(tmp_path: Path) -> None:
    root = copied("serves", tmp_path)
    other = "3.13" if RUNNING != "3.13" else "3.12"
    plan = planned(root, python=other)
    one = verify_service(Subject(root, "app.yaml", plan), options())
    assert one.cause is not None
    assert f"and not {other}" in one.cause.line
    assert f"--python {RUNNING}" in one.cause.meaning


def test_a_service_below_the_root_is_tried_alone(tmp_path: Path) -> None:
    root = tmp_path / "many"
    (root / "shared").mkdir(parents=True)
    (root / "shared" / "x.py").write_text("x = 1\n", "utf-8")
    copied("serves", root)
    one = tried(root)
    assert one.config == "serves/app.yaml"
    assert one.verdict is Verdict.PROVEN
    found = one.stage(StageName.COPY)
    assert found is not None
    assert found.detail.startswith("2 files")


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    root = copied("serves", tmp_path)
    (tmp_path / "secret.txt").write_text("private\n", "utf-8")
    (root / "linked.txt").symlink_to("../secret.txt")
    (root / "again.py").symlink_to("main.py")
    one = tried(root, keep=True)
    assert one.verdict is Verdict.PROVEN
    assert not (Path(one.folder) / "app" / "linked.txt").exists()
    assert (Path(one.folder) / "app" / "again.py").resolve() == Path(one.folder).resolve() / "app" / "main.py"
    assert any("linked.txt" in remark for remark in one.remarks)
    _drop(Path(one.folder))


def test_everything_about_it_can_be_sent_to_another_process(tmp_path: Path) -> None:
    root = copied("dies", tmp_path)
    subject = Subject(root, "app.yaml", planned(root))
    again = pickle.loads(pickle.dumps((verify_service, subject, options())))
    one = again[0](again[1], again[2])
    assert pickle.loads(pickle.dumps(one)) == one


def _drop(folder: Path) -> None:
    from flexmigrate.verify.stages import remove

    remove(folder)
