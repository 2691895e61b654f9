"""A saved plan is written only when it is the plan that was made, for what is there now; everything else is exit 5."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flexmigrate import disk, saved
from flexmigrate.errors import UserError
from flexmigrate.model import Platform
from flexmigrate.planning import Settings
from flexmigrate.reports.json import digest
from tests.trust import trees
from tests.trust.commands import TODAY, flexmigrate

posix = pytest.mark.skipif(os.name == "nt", reason="needs symbolic links and modes")


class Case:
    """A repository, a plan of it beside it, and a place that nobody may write to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.root = directory / "root"
        self.plan = directory / "plan.json"
        self.outside = directory / "outside"
        trees.build(self.root)
        self.outside.mkdir()
        (self.outside / "app.yaml").write_bytes((self.root / "front" / "app.yaml").read_bytes())

    def look(self) -> trees.Snapshot:
        return trees.look(self.directory)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("saved") / "template"
    case = Case(directory)
    trees.commit_all(case.root)
    ran = flexmigrate("plan", *TODAY, "--out", "../plan.json", cwd=case.root)
    assert ran.code == 0, ran.err
    return directory


@pytest.fixture
def case(template: Path, tmp_path: Path) -> Case:
    shutil.copytree(template, tmp_path / "case", symlinks=True)
    copied = Case.__new__(Case)
    copied.directory = tmp_path / "case"
    copied.root, copied.plan = copied.directory / "root", copied.directory / "plan.json"
    copied.outside = copied.directory / "outside"
    return copied


def forge(case: Case, change: Callable[[Any], None]) -> None:
    """Change the plan and compute a new digest, as an attacker can."""
    data = json.loads(case.plan.read_text())
    change(data)
    data["digest"] = digest(data)
    case.plan.write_text(json.dumps(data, indent=2))


def refused(case: Case, says: str = "") -> None:
    before = case.look()
    ran = flexmigrate("apply", "../plan.json", "--yes", cwd=case.root)
    assert ran.code == 5, ran.said
    assert "Traceback" not in ran.said
    assert says in ran.err
    assert case.look() == before


def first_change(data: Any) -> Any:
    return next(change for service in data["services"] for change in service["changes"])


def test_the_plan_itself_is_applied(case: Case) -> None:
    ran = flexmigrate("apply", "../plan.json", "--yes", cwd=case.root)
    assert ran.code in (0, 1), ran.said
    planned = {
        change["path"]: change["after_sha256"]
        for service in json.loads(case.plan.read_text())["services"]
        for change in service["changes"]
    }
    assert planned
    for path, after in planned.items():
        assert disk.sha256_of(case.root, path) == after
    refused(case, "since the plan was made")


@posix
def test_it_is_private_and_says_so(case: Case) -> None:
    assert stat.S_IMODE(case.plan.stat().st_mode) == 0o600
    assert "Keep it private" in json.loads(case.plan.read_text())["note"]


def test_a_plan_changed_by_hand(case: Case) -> None:
    case.plan.write_text(case.plan.read_text().replace("3.12", "3.13"))
    refused(case, "was changed after it was made")


def test_a_plan_cut_off(case: Case) -> None:
    case.plan.write_bytes(case.plan.read_bytes()[:-100])
    refused(case, "is no saved plan")


def test_a_plan_nested_for_ever(case: Case) -> None:
    case.plan.write_text('{"schema": "flexmigrate.plan/1", "x": ' + "[" * 100_000)
    refused(case)


def test_a_changed_file_that_only_decided(case: Case) -> None:
    (case.root / "front" / "requirements.txt").chmod(0o644)
    (case.root / "front" / "requirements.txt").write_bytes(b"flask\n")
    refused(case, "front/requirements.txt has changed since the plan was made")


def test_a_file_whose_absence_decided(case: Case) -> None:
    absent = next(path for path, value in json.loads(case.plan.read_text())["inputs"].items() if value is None)
    (case.root / absent).parent.mkdir(parents=True, exist_ok=True)
    (case.root / absent).write_bytes(b"x")
    refused(case, "is new since the plan was made")


def test_another_service_since(case: Case) -> None:
    shutil.copytree(case.root / "front", case.root / "third")
    refused(case)


def test_another_commit(case: Case) -> None:
    trees.git(case.root, "commit", "-q", "--allow-empty", "-m", "more")
    refused(case, "the plan was made for commit")


def test_another_place(case: Case) -> None:
    before = case.look()
    assert flexmigrate("apply", "plan.json", "--yes", cwd=case.directory).code == 5
    assert case.look() == before


@posix
def test_a_link_swapped_in(case: Case) -> None:
    config = case.root / "front" / "app.yaml"
    data = config.read_bytes()
    config.unlink()
    config.symlink_to(case.outside / "app.yaml")
    assert config.read_bytes() == data
    refused(case)


@posix
def test_a_link_to_the_same_bytes_inside(case: Case) -> None:
    config = case.root / "front" / "app.yaml"
    (case.root / "spare").write_bytes(config.read_bytes())
    config.unlink()
    config.symlink_to(case.root / "spare")
    refused(case)


@posix
def test_a_directory_swapped_for_a_link(case: Case) -> None:
    shutil.move(case.root / "front", case.outside / "front")
    (case.root / "front").symlink_to(case.outside / "front")
    refused(case)


PATHS = (
    *("../outside/app.yaml", "/etc/passwd", "front/../../outside/app.yaml", "C:\\evil.txt", "C:evil", "\\\\host\\x"),
    *(".git/hooks/pre-commit", ".GIT/hooks/post-checkout", "front/.git/config", "FRONT/app.yaml", "front/APP.YAML"),
    *("CON", "front/app.yaml::$DATA", "front/app.yaml.", "a\0b", "", ".", "..", "front", "x" * 5000, "\ud800"),
)


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_a_forged_path(case: Case, path: str) -> None:
    def change(data: Any) -> None:
        first_change(data)["path"] = path

    forge(case, change)
    data = saved.load(case.plan)
    with pytest.raises(UserError) as refusal:
        saved.require_same(data, plan_again(case, data), case.root)
    assert refusal.value.code == 5


def plan_again(case: Case, data: Any) -> Any:

    from flexmigrate.planning import make_plan
    from flexmigrate.rule import installed_packs

    request = saved.request_of(data)
    made = make_plan(disk.open_repository(case.root), installed_packs(), request.settings, request.only)
    return dataclasses.replace(made, root=request.root)


def test_nothing_forged_is_in_an_honest_plan(case: Case) -> None:
    data = saved.load(case.plan)
    saved.require_same(data, plan_again(case, data), case.root)


FORGERIES: dict[str, Callable[[Any], None]] = {
    "other text": lambda data: first_change(data)["edits"][0].update(new="evil\n"),
    "a hook": lambda data: first_change(data).update(
        path=".git/hooks/pre-commit", action="create", before_sha256=None, executable=True
    ),
    "an executable": lambda data: first_change(data).update(executable=True),
    "another root": lambda data: data.update(root="../outside"),
    "an absolute root": lambda data: data.update(root="/"),
    "no root": lambda data: data.update(root=None),
    "a root of NUL": lambda data: data.update(root="a\0b"),
    "no services": lambda data: data.pop("services"),
    "services of text": lambda data: data.update(services="all"),
    "no inputs": lambda data: data.update(inputs=None),
    "fewer inputs": lambda data: data.update(inputs={}),
    "an input outside": lambda data: data["inputs"].update({"../outside/app.yaml": "0" * 64}),
    "a list for inputs": lambda data: data.update(inputs=[1]),
    "no request": lambda data: data.pop("request"),
    "a request of numbers": lambda data: data.update(request={"only": [1], "settings": {}}),
    "an only outside": lambda data: data["request"].update(only=["../outside/app.yaml"]),
    "another day": lambda data: data["request"]["settings"].update(today="2030-01-01"),
    "no day": lambda data: data["request"]["settings"].update(today=5),
    "an unknown rule": lambda data: data["request"]["settings"].update(select=["no-such-rule"]),
    "another rule pack": lambda data: data["tool"]["rules"].update(flexmigrate_rules="99"),
    "another tool": lambda data: data["tool"].update(version="99"),
    "other facts": lambda data: data["tool"].update(facts_as_of="1999-01-01"),
    "no tool": lambda data: data.update(tool=[]),
    "no HEAD": lambda data: data.update(git_head=None),
    "a link": lambda data: data.update(links={"front/app.yaml": "../outside/app.yaml"}),
    "a nicer summary": lambda data: data["summary"].update(errors=-1),
}
COMMAND_LINE = ("other text", "a hook", "another root", "no services", "an unknown rule", "an only outside")


@pytest.mark.parametrize("name", COMMAND_LINE)
def test_a_forged_plan_is_refused_by_the_command(case: Case, name: str) -> None:
    forge(case, FORGERIES[name])
    refused(case)


@pytest.mark.parametrize("name", sorted(set(FORGERIES) - set(COMMAND_LINE)))
def test_a_forged_plan(case: Case, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from flexmigrate.cli.apply import apply

    forge(case, FORGERIES[name])
    before = case.look()
    monkeypatch.chdir(case.root)
    with pytest.raises(UserError) as refusal:
        apply([case.plan], yes=True)
    assert refusal.value.code == 5, refusal.value.message
    assert case.look() == before


def test_settings_come_back_as_they_were() -> None:
    settings = Settings(
        date(2026, 11, 22),
        Platform.CLOUD_RUN,
        "3.12",
        "ubuntu24",
        frozenset({"a"}),
        frozenset({"b"}),
        unsafe=True,
        options={"project": "p"},
    )
    data = saved.settings_as_data(settings)
    assert saved.settings_from_data(json.loads(json.dumps(data))) == settings
    # The resolver is opened anew: `resolve` among the options says that there was one.
    saved_fields = {field.name for field in dataclasses.fields(Settings)} - {"resolver"}
    assert set(data) == saved_fields, "a setting that is not saved"
