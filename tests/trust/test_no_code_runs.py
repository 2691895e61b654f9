"""A repository full of traps: whatever of it runs leaves a mark, and plan, apply and undo leave none."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from flexmigrate import dirty, git
from tests.trust import trees
from tests.trust.commands import TODAY, flexmigrate

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the traps are shell scripts")

HOOKS = (
    *("applypatch-msg", "pre-commit", "post-checkout", "post-index-change", "pre-push", "reference-transaction"),
    *("fsmonitor-watchman", "pre-auto-gc", "post-merge", "sendemail-validate", "pre-receive", "update"),
)
MODULES = (
    *("setup", "conftest", "sitecustomize", "usercustomize", "flexmigrate", "flexmigrate_rules", "typer", "click"),
    *("ruamel", "libcst", "packaging", "main", "gunicorn.conf", "settings", "wsgi", "json", "yaml", "noxfile"),
)
CONFIGURED = (
    *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "core.gitProxy"),
    *("core.alternateRefsCommand", "diff.external", "diff.trap.textconv", "diff.trap.command", "sequence.editor"),
    *("filter.trap.clean", "filter.trap.smudge", "filter.trap.process", "gpg.program", "pager.ls-files"),
    *("pager.rev-parse", "pager.diff-index", "uploadpack.packObjectsHook", "merge.trap.driver", "pager.config"),
)
SHELL_ONLY = ("credential.helper", "alias.ls-files", "alias.rev-parse", "alias.status", "trailer.trap.command")


class Traps:
    """Plants scripts that leave a mark with their name."""

    def __init__(self, directory: Path) -> None:
        self.marks = directory / "marks"
        self.scripts = directory / "scripts"
        self.marks.mkdir()
        self.scripts.mkdir()

    def script(self, name: str, path: Path | None = None) -> Path:
        path = path or self.scripts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch '{self.marks}/{name}'\ncat\n")
        path.chmod(0o755)
        return path

    def python(self, name: str) -> str:
        return f"import pathlib\npathlib.Path({str(self.marks / name)!r}).touch()\n"

    def sprung(self) -> list[str]:
        return sorted(path.name for path in self.marks.iterdir())


@pytest.fixture
def traps(tmp_path: Path) -> Traps:
    return Traps(tmp_path)


@pytest.fixture
def root(tmp_path: Path, traps: Traps) -> Path:
    root = tmp_path / "root"
    trees.build(root)
    for name in MODULES:
        (root / f"{name}.py").write_text(traps.python(name))
        (root / "front" / f"{name}.py").write_text(traps.python(name))
    for package in ("flexmigrate", "flexmigrate_rules", "ruamel"):
        (root / package).mkdir()
        (root / package / "__init__.py").write_text(traps.python(f"package-{package}"))
    (root / "trap.pth").write_text(f"import pathlib; pathlib.Path({str(traps.marks / 'pth')!r}).touch()\n")
    (root / "Makefile").write_text(f"$(shell touch '{traps.marks}/make')\n")
    for name in ("git", "git.exe", "git.bat", "sh", "env", "python", "python3"):
        traps.script(f"program-{name}", root / name)
    trees.commit_all(root)
    trees.git(root, "config", "core.hooksPath", str(traps.scripts / "hooks"))
    for hook in HOOKS:
        traps.script(f"hook-{hook}", root / ".git" / "hooks" / hook)
        traps.script(f"hook-{hook}", traps.scripts / "hooks" / hook)
    for setting in CONFIGURED:
        trees.git(root, "config", setting, str(traps.script(setting)))
    for setting in SHELL_ONLY:
        trees.git(root, "config", setting, f"!{traps.script(setting)}")
    included = traps.scripts / "included"
    included.write_text(f'[filter "other"]\n\tclean = {traps.script("included-clean")}\n\trequired = true\n')
    trees.git(root, "config", "include.path", str(included))
    # Objects that are not there make git fetch them, and a transport can be any program.
    trees.git(root, "config", "remote.origin.url", f"ext::{traps.script('transport')} %S")
    trees.git(root, "config", "remote.origin.promisor", "true")
    trees.git(root, "config", "remote.origin.vcs", "trap")
    trees.git(root, "config", "protocol.ext.allow", "always")
    trees.git(root, "config", "extensions.partialClone", "origin")
    trees.git(root, "config", "core.repositoryFormatVersion", "1")
    attributes = root / ".git" / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text("* filter=trap diff=trap merge=trap\n*.txt filter=other\n")
    for path in root.rglob("*.yaml"):
        # Git looks into files whose times have changed; that is when filters run.
        os.utime(path, (1, 1))
    for mark in traps.marks.iterdir():
        mark.unlink()
    return root


def test_the_traps_are_armed(root: Path, traps: Traps) -> None:
    subprocess.run(["git", "status"], cwd=root, capture_output=True, check=False)
    subprocess.run(["git", "diff"], cwd=root, capture_output=True, check=False)
    sprung = set(traps.sprung())
    assert "core.fsmonitor" in sprung
    assert sprung & {"filter.trap.process", "filter.trap.clean"}, sprung


def test_plan_apply_and_undo_spring_none(root: Path, traps: Traps) -> None:
    path = f".:{os.environ['PATH']}"
    before = trees.look(root)
    planned = flexmigrate("plan", *TODAY, "--out", "../saved.json", cwd=root, PATH=path)
    assert planned.code in (0, 4), planned.err
    assert "front/app.yaml" in planned.out
    applied = flexmigrate("apply", *TODAY, "--yes", cwd=root, PATH=path)
    assert applied.code in (0, 1), applied.err
    assert trees.look(root) != before
    assert flexmigrate("undo", cwd=root, PATH=path).code == 0
    assert trees.look(root) == before
    saved = flexmigrate("apply", "../saved.json", "--yes", cwd=root, PATH=path)
    assert saved.code in (0, 1), saved.err
    assert flexmigrate("undo", cwd=root, PATH=path).code == 0
    assert traps.sprung() == []


def test_a_missing_object_is_not_fetched(root: Path, traps: Traps) -> None:
    tree = trees.git(root, "rev-parse", "HEAD^{tree}").strip()
    missing = root / ".git" / "objects" / tree[:2] / tree[2:]
    missing.chmod(stat.S_IRWXU)
    missing.unlink()
    for mark in traps.marks.iterdir():
        mark.unlink()
    flexmigrate("apply", *TODAY, "--yes", cwd=root)
    assert traps.sprung() == []


def test_changes_are_seen_without_asking_a_filter(tmp_path: Path, traps: Traps) -> None:
    root = tmp_path / "root"
    trees.build(root)
    (root / "data.bin").write_bytes(b"kept elsewhere")
    (root / "windows.txt").write_bytes(b"one\ntwo\n")
    (root / ".gitattributes").write_text("*.bin filter=lfs\n")
    trees.commit_all(root)
    trees.git(root, "config", "filter.lfs.clean", str(traps.script("clean")))
    assert dirty.uncommitted(root, ("front/app.yaml",)) == ()
    (root / "windows.txt").write_bytes(b"one\r\ntwo\r\n")
    assert dirty.uncommitted(root, ()) == (), "line ends are git's business"
    (root / "data.bin").write_bytes(b"another")
    assert dirty.uncommitted(root, ()) == (), "only the filter could tell"
    assert dirty.uncommitted(root, ("data.bin",)) == ("data.bin",)
    (root / "front" / "app.yaml").write_bytes(b"runtime: python\nenv: flex\n")
    (root / "api" / "app.yaml").chmod(0o755)
    (root / "front" / "new.txt").write_bytes(b"")
    (root / "windows.txt").write_bytes(b"one\ntwo\nthree\n")
    trees.git(root, "add", "windows.txt")
    changed = {"api/app.yaml", "front/app.yaml", "windows.txt"}
    assert set(dirty.uncommitted(root, ())) == changed
    assert set(dirty.uncommitted(root, ("front/new.txt", "front/absent.txt"))) == changed | {"front/new.txt"}
    assert set(dirty.uncommitted(root / "front", ("new.txt",))) == {"app.yaml", "new.txt"}
    assert traps.sprung() == []


def test_git_is_looked_for_on_the_path_and_never_here(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    git._program.cache_clear()
    program = git._program()
    git._program.cache_clear()
    assert program is not None
    assert Path(program).is_absolute()
    assert not Path(program).is_relative_to(root)


def test_there_is_no_module_to_run() -> None:
    # `python -m flexmigrate` would put the working directory first on the path, and any repository before us.
    package = Path(git.__file__).parent
    assert not (package / "__main__.py").exists()
