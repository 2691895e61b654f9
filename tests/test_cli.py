"""The command line as a person and a script meet it: whole outputs, exit codes, and the contract of the JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "fixtures" / "projects" / "bookshelf" / "before"
SNAPSHOTS = ROOT / "fixtures" / "cli"
OPTIONS = ("--python", "3.12", "--today", "2026-11-22")
APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\nruntime_config:\n  python_version: 3\n"


def flexmigrate(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from flexmigrate.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "100", **environment},
        check=False,
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small service that needs a migration and nothing else."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.yaml").write_bytes(APP.encode())
    (folder / "requirements.txt").write_bytes(b"flask==3.1.0\ngunicorn==23.0.0\n")
    (folder / "main.py").write_bytes(b"from flask import Flask\n\napp = Flask(__name__)\n")
    return folder


def check_snapshot(name: str, text: str) -> None:
    """Compare with fixtures/cli; FLEXMIGRATE_REGEN=1 writes what is said now."""
    file = SNAPSHOTS / name
    if os.environ.get("FLEXMIGRATE_REGEN"):
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_text(encoding="utf-8")


def test_plan_as_text() -> None:
    result = flexmigrate("plan", *OPTIONS, cwd=EXAMPLE)
    assert (result.returncode, result.stderr) == (0, "")
    check_snapshot("plan.txt", result.stdout)


def test_plan_as_diff_is_a_patch(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "copy")
    result = flexmigrate("plan", *OPTIONS, "--format", "diff", cwd=tmp_path / "copy")
    check_snapshot("plan.diff", result.stdout)
    patched = subprocess.run(
        ["git", "apply", "-"], cwd=tmp_path / "copy", input=result.stdout, text=True, capture_output=True, check=False
    )
    assert patched.returncode == 0, patched.stderr
    assert flexmigrate("plan", *OPTIONS, "--format", "diff", cwd=tmp_path / "copy").stdout == ""


def test_plan_as_json_follows_its_schema(shop: Path) -> None:
    schema = json.loads((ROOT / "docs" / "plan.schema.json").read_text(encoding="utf-8"))
    result = flexmigrate("plan", *OPTIONS, "--format", "json", "--out", shop.parent / "plan.json", cwd=shop)
    assert result.returncode == 0, result.stderr
    for text in (result.stdout, (shop.parent / "plan.json").read_text(encoding="utf-8")):
        jsonschema.validate(json.loads(text), schema)


def test_plan_writes_nothing(shop: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in shop.rglob("*")}
    flexmigrate("plan", cwd=shop)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in shop.rglob("*")} == before


def test_apply_writes_the_plan_and_a_second_one_finds_nothing(shop: Path) -> None:
    announced = flexmigrate("plan", *OPTIONS, "--format", "json", cwd=shop)
    applied = flexmigrate("apply", *OPTIONS, "--yes", cwd=shop)
    assert applied.returncode == 0, applied.stderr
    assert b'operating_system: "ubuntu22"' in (shop / "app.yaml").read_bytes()
    assert json.loads(announced.stdout)["summary"]["changes"] == 1
    again = flexmigrate("plan", *OPTIONS, "--check", cwd=shop)
    assert again.returncode == 0
    assert "Nothing to change" in again.stdout


def test_check_tells_that_something_is_pending(shop: Path) -> None:
    assert flexmigrate("plan", "--check", cwd=shop).returncode == 1


def test_a_single_file_may_be_named(shop: Path) -> None:
    (shop / "staging.yaml").write_text(APP, encoding="utf-8")
    result = flexmigrate("plan", "shop/staging.yaml", "--format", "json", cwd=shop.parent)
    plan = json.loads(result.stdout)
    assert (plan["root"], [service["config"] for service in plan["services"]]) == ("shop", ["staging.yaml"])


def test_several_directories_have_their_common_root(shop: Path) -> None:
    shutil.copytree(shop, shop.parent / "api")
    result = flexmigrate("plan", "shop", "api", "--format", "json", cwd=shop.parent)
    plan = json.loads(result.stdout)
    assert (plan["root"], [one["config"] for one in plan["services"]]) == (".", ["api/app.yaml", "shop/app.yaml"])


def test_a_saved_plan_is_written_exactly_and_once(shop: Path) -> None:
    saved = shop.parent / "plan.json"
    made = flexmigrate("plan", *OPTIONS, "--out", saved, cwd=shop)
    assert f"flexmigrate apply {saved}" in made.stderr
    assert flexmigrate("apply", saved, cwd=shop).returncode == 0
    assert b"ubuntu22" in (shop / "app.yaml").read_bytes()
    stale = flexmigrate("apply", saved, cwd=shop)
    assert stale.returncode == 5
    assert "nothing was written" in stale.stderr


REFUSED = {
    "no such option": (("plan", "--colour"), 2),
    "no such directory": (("plan", "nowhere"), 2),
    "no such rule": (("plan", "--select", "typo"), 2),
    "no version": (("plan", "--python", "three"), 2),
    "no system": (("plan", "--os", "windows"), 2),
    "no date": (("plan", "--today", "tomorrow"), 2),
    "no offered version": (("plan", "--python", "3.6"), 2),
    "no rule to explain": (("explain", "typo"), 2),
}


@pytest.mark.parametrize(("words", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_told_in_a_line(words: tuple[str, ...], code: int, shop: Path) -> None:
    result = flexmigrate(*words, cwd=shop)
    assert result.returncode == code
    assert result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_nothing_found_has_its_own_code(tmp_path: Path) -> None:
    result = flexmigrate("plan", cwd=tmp_path)
    assert result.returncode == 3
    assert "no App Engine flexible Python service" in result.stderr


def test_standard_environment_files_are_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("runtime: python39\n", encoding="utf-8")
    result = flexmigrate("plan", cwd=tmp_path)
    assert result.returncode == 3
    assert "app.yaml: standard environment (python39)" in result.stdout


def test_a_broken_file_is_reported_and_the_rest_is_done(shop: Path) -> None:
    (shop / "broken.yaml").write_text("env: flex\nruntime: [\n", encoding="utf-8")
    result = flexmigrate("apply", *OPTIONS, cwd=shop)
    assert result.returncode == 4
    assert "broken.yaml:3" in result.stdout
    assert b"ubuntu22" in (shop / "app.yaml").read_bytes()


def test_a_modern_service_has_nothing_to_do(tmp_path: Path) -> None:
    text = 'runtime: python\nenv: flex\nentrypoint: python main.py\nruntime_config:\n  operating_system: "ubuntu24"\n'
    (tmp_path / "app.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "main.py").write_text("import os\n\nprint(os.environ['PORT'])\n", encoding="utf-8")
    result = flexmigrate("plan", "--check", "--today", "2026-11-22", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert "stays on Python 3.14 on ubuntu24" in result.stdout


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[31mred\n"
    folder.mkdir()
    (folder / "app.yaml").write_text(APP, encoding="utf-8")
    result = flexmigrate("plan", cwd=tmp_path)
    assert "\x1b" not in result.stdout
    assert r"a\x1b[31mred\n/app.yaml" in result.stdout


def test_version_and_rules(shop: Path) -> None:
    assert flexmigrate("--version", cwd=shop).stdout.startswith("flexmigrate 0.")
    listed = flexmigrate("rules", "--format", "json", cwd=shop)
    assert "legacy-python-version" in [rule["name"] for rule in json.loads(listed.stdout)["packs"][0]["rules"]]
    assert "legacy-python-version" in flexmigrate("rules", cwd=shop).stdout
    check_snapshot("explain.txt", flexmigrate("explain", "legacy-python-version", cwd=shop).stdout)


def test_python_source_is_not_parsed_by_libcst_where_no_rule_needs_it(shop: Path) -> None:
    code = (
        "import sys\nfrom flexmigrate.cli import main\ntry:\n    main()\nfinally:\n    print('libcst' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code, "plan"], cwd=shop, capture_output=True, text=True, check=False)
    assert result.stdout.endswith("False\n"), result.stderr


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def test_only_files_that_git_does_not_ignore_are_looked_at(shop: Path) -> None:
    git(shop, "init", "-q")
    (shop / ".gitignore").write_text("old/\n", encoding="utf-8")
    (shop / "old").mkdir()
    (shop / "old" / "app.yaml").write_text(APP, encoding="utf-8")
    plan = json.loads(flexmigrate("plan", "--format", "json", cwd=shop).stdout)
    assert [service["config"] for service in plan["services"]] == ["app.yaml"]


def test_apply_refuses_what_git_could_not_bring_back(shop: Path) -> None:
    git(shop, "init", "-q")
    refused = flexmigrate("apply", cwd=shop)
    assert refused.returncode == 4
    assert "app.yaml" in refused.stderr
    assert (shop / "app.yaml").read_bytes() == APP.encode()
    assert flexmigrate("apply", "--allow-dirty", cwd=shop).returncode == 0


def test_apply_writes_into_a_clean_checkout(shop: Path) -> None:
    git(shop, "init", "-q")
    git(shop, "add", ".")
    git(shop, "commit", "-qm", "first")
    assert flexmigrate("apply", cwd=shop).returncode == 0
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=shop, capture_output=True, text=True, check=True)
    assert changed.stdout == " M app.yaml\n"
