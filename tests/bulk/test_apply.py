"""Who is applied to, when it is only told, and what happens to checkouts."""

from __future__ import annotations

from pathlib import Path

from tests.bulk.fleets import NEEDS_HUMAN, SERVICE, apply, bulk, checkout, cloned, plan, states, write


def test_waves_and_globs(tmp_path: Path) -> None:
    for name in ("api-1", "api-2", "web-1", "web-2"):
        checkout(tmp_path / "fleet" / name, SERVICE)
    plan(tmp_path / "c", tmp_path / "fleet")
    dry = bulk("apply", "--campaign", tmp_path / "c", "--select-repo", "api-*", "--commit", "--dry-run")
    assert "2 repositories: commit to the branch flexmigrate" in dry.stdout
    assert set(states(tmp_path / "c").values()) == {"planned"}
    apply(tmp_path / "c", "--commit", "--select-repo", "web-*", "--wave", "1")
    assert list(states(tmp_path / "c").values()).count("committed") == 1
    apply(tmp_path / "c", "--commit", "--wave", "9")
    assert set(states(tmp_path / "c").values()) == {"committed"}


def test_pushing_without_a_word_is_a_dry_run(tmp_path: Path) -> None:
    root = cloned(tmp_path / "work", SERVICE)
    plan(tmp_path / "c", root)
    assert "--yes pushes" in bulk("apply", "--campaign", tmp_path / "c", "--push").stderr
    assert states(tmp_path / "c") == {"work": "planned"}


def test_open_errors_wait_for_a_person(tmp_path: Path) -> None:
    checkout(tmp_path / "fleet" / "x", NEEDS_HUMAN)
    plan(tmp_path / "c", tmp_path / "fleet")
    assert "0 repositories" in apply(tmp_path / "c", "--commit").stdout
    apply(tmp_path / "c", "--commit", "--include-needs-human")
    assert states(tmp_path / "c") == {"x": "committed"}


def test_to_the_checkouts(tmp_path: Path) -> None:
    clean = checkout(tmp_path / "fleet" / "clean", SERVICE)
    dirty = checkout(tmp_path / "fleet" / "dirty", SERVICE)
    plan(tmp_path / "c", tmp_path / "fleet")
    write(dirty, {"main.py": "app = 1\n"})
    plan(tmp_path / "c")
    finished = apply(tmp_path / "c", code=4)
    assert "not committed" in finished.stdout
    assert states(tmp_path / "c") == {"clean": "applied", "dirty": "failed"}
    assert "runtime_version" in (clean / "app.yaml").read_text()
    assert "runtime_version" not in (dirty / "app.yaml").read_text()
    assert "unchanged 1" in plan(tmp_path / "c").stderr
    assert states(tmp_path / "c") == {"clean": "applied", "dirty": "planned"}


def test_passwords_are_in_nothing_that_stays(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("http://user:hunter2secret@127.0.0.1:9/acme/web.git\n")
    finished = plan(tmp_path / "c", tmp_path / "list", code=4)
    bulk("report", "--campaign", tmp_path / "c", "--out", tmp_path / "r.html")
    held = finished.stdout + finished.stderr + (tmp_path / "r.html").read_text()
    held += "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "c").rglob("*") if path.is_file())
    assert "hunter2secret" not in held
    assert "127.0.0.1:9/acme/web" in held
