"""Values of variables show in the diff lines that must show them, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flexmigrate import state
from flexmigrate.documents.edits import EditError, apply
from flexmigrate.model import Edit
from flexmigrate.testing import plan as make_plan
from flexmigrate.writing import write_all, writes_of
from tests.trust import trees
from tests.trust.commands import TODAY, flexmigrate

SECRET = "hunter2-do-not-tell"
FAR = "# a comment\n" * 12
HEAD = "runtime: python\nenv: flex\nruntime_config:\n  python_version: 3\n" + FAR
SHAPES = {
    "plain": f"env_variables:\n  PASSWORD: {SECRET}\n",
    "quoted": f'env_variables:\n  PASSWORD: "{SECRET}"\n',
    "block": f"env_variables:\n  PASSWORD: |\n    {SECRET}\n    more\n",
    "flow": f"env_variables: {{PASSWORD: {SECRET}}}\n",
    "a list": f"env_variables:\n- {SECRET}\n",
    "a scalar": f"env_variables: {SECRET}\n",
    "twice": f"env_variables:\n  PASSWORD: {SECRET}\n  PASSWORD: {SECRET}2\n",
    "nested": f"env_variables:\n  PASSWORD:\n    deep: {SECRET}\n",
    "build": f"build_env_variables:\n  PASSWORD: {SECRET}\n",
    "an anchor": f"env_variables:\n  PASSWORD: &{SECRET} x\n  OTHER: *{SECRET}\n",
    "an alias of nothing": f"env_variables:\n  PASSWORD: *{SECRET}\n",
    "unclosed": f'env_variables:\n  PASSWORD: "{SECRET}\n',
    "a tab": f"env_variables:\n\tPASSWORD: {SECRET}\n",
    "no indentation": f"env_variables:\n  PASSWORD: x\n {SECRET}\n",
    "a colon": f"env_variables:\n  PASSWORD: a: {SECRET}\n",
    "in the entrypoint": f"entrypoint: env PASSWORD={SECRET} gunicorn main:app\n",
}


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a JSON value with the key it stands under."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from texts(item, name)
            yield key, name
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, key)
    elif isinstance(value, str):
        yield key, value


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("platform", ["flex", "cloud-run"])
def test_no_report_repeats_a_value(name: str, platform: str) -> None:
    from flexmigrate.model import Platform
    from flexmigrate.reports import json as json_report
    from flexmigrate.reports import text as text_report
    from flexmigrate.reports.plain import Style

    files = {"app.yaml": HEAD + SHAPES[name], "requirements.txt": "flask\n"}
    made = make_plan(files, platform=Platform(platform))
    shown = [line for line in text_report.render(made, Style(False)).splitlines() if SECRET in line]
    diffs = {f"  {line}" for change in made.changes for line in json_report.change_diff(change).splitlines()}
    assert [line for line in shown if line not in diffs] == []
    told = {key for key, text in texts(json_report.as_data(made)) if SECRET in text}
    assert told <= {"diff", "old", "new"}


@pytest.mark.parametrize("name", ["unclosed", "an alias of nothing", "twice"])
def test_no_error_of_the_command_repeats_a_value(name: str, tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(HEAD + SHAPES[name])
    assert SECRET not in flexmigrate("apply", "--yes", *TODAY, cwd=tmp_path).said


def test_an_edit_that_does_not_fit_does_not_say_what_it_found() -> None:
    with pytest.raises(EditError) as error:
        apply(f"PASSWORD: {SECRET}", [Edit("app.yaml", 10, 29, "something", "else")])
    assert SECRET not in str(error.value)


def test_the_journal_itself_holds_no_value(tmp_path: Path) -> None:
    files = {"app.yaml": HEAD + SHAPES["plain"]}
    (tmp_path / "app.yaml").write_text(files["app.yaml"])
    assert write_all(tmp_path, writes_of(make_plan(files))) == []
    home = state.home_of(tmp_path)
    for path in home.state.rglob("*"):
        if path.is_file():
            # The old bytes are there, of course, compressed and for the owner only; everything else is only names.
            assert SECRET.encode() not in path.read_bytes()


def test_a_saved_plan_says_that_it_is_to_be_kept_private(tmp_path: Path) -> None:
    trees.build(tmp_path / "root")
    ran = flexmigrate("plan", *TODAY, "--out", "../plan.json", cwd=tmp_path / "root")
    assert ran.code == 0
    assert "secrets included" in json.loads((tmp_path / "plan.json").read_text())["note"]
