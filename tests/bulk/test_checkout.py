"""A checkout looked at cheaply gives the plan that `flexmigrate plan` makes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from flexmigrate import disk
from flexmigrate.bulk import checkout
from flexmigrate.planning import Settings, make_plan
from flexmigrate.rule import installed_packs
from tests.bulk.fleets import BROKEN, LEGACY, NEEDS_HUMAN, OTHER, SERVICE, git, write
from tests.bulk.fleets import checkout as make

SETTINGS = Settings(date(2026, 11, 22))


def _untracked(root: Path) -> None:
    write(make(root, OTHER), {"app.yaml": LEGACY})


def _ignored(root: Path) -> None:
    write(make(root, {**OTHER, ".gitignore": "build/\n*.tmp.yaml\n"}), {"build/app.yaml": LEGACY, "a.tmp.yaml": LEGACY})


def _ignored_beside_a_service(root: Path) -> None:
    write(make(root, {**SERVICE, ".gitignore": "old/\n"}), {"old/app.yaml": LEGACY, "old/requirements.txt": "x\n"})


def _nested(root: Path) -> None:
    make(make(root, SERVICE) / "inner", SERVICE)


def _submodule(root: Path) -> None:
    part = make(root.with_name("part"), SERVICE)
    git(make(root, SERVICE), "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(part), "vendored")
    git(root, "commit", "-qm", "part")


def _deleted(root: Path) -> None:
    (make(root, {**SERVICE, "two/app.yaml": LEGACY}) / "two" / "app.yaml").unlink()


def _links(root: Path) -> None:
    make(root, {**SERVICE, "real/staging.yaml": LEGACY})
    (root / "app-link.yaml").symlink_to("real/staging.yaml")
    (root / "app-out.yaml").symlink_to("../../outside.yaml")
    (root / "folder.yaml").symlink_to("real")
    git(root, "add", "-A")


def _conflict(root: Path) -> None:
    make(root, SERVICE)
    git(root, "checkout", "-qb", "other")
    write(root, {"main.py": "app = 1\n"})
    git(root, "commit", "-qam", "one")
    git(root, "checkout", "-q", "main")
    write(root, {"main.py": "app = 2\n"})
    git(root, "commit", "-qam", "two")
    with pytest.raises(Exception, match="merge"):
        git(root, "merge", "other")


def _with(command: tuple[str, ...]) -> Callable[[Path], None]:
    def build(root: Path) -> None:
        make(root, {**SERVICE, "deep/er/app.yaml": LEGACY, "deep/er/a.py": "\n"})
        git(root, *command)

    return build


def _linked_worktree(root: Path) -> None:
    git(make(root.with_name("home"), SERVICE), "worktree", "add", "-q", str(root))


def _no_git(root: Path) -> None:
    write(root, {**SERVICE, "node_modules/x/app.yaml": LEGACY})


def _empty(root: Path) -> None:
    root.mkdir()
    git(root, "init", "-q")


def _ignored_checkout(root: Path) -> None:
    make(root.parent, {**OTHER, ".gitignore": f"{root.name}\n"})
    write(root, SERVICE)


def _long_names(root: Path) -> None:
    make(root, {**SERVICE, **{f"{'d' * 200}/{'e' * 200}/{name * 150}.yaml": LEGACY for name in "fg"}})


def _odd_names(root: Path) -> None:
    make(root, {**SERVICE, "tab\there/app.yaml": LEGACY, "schön/app.yaml": LEGACY, 'quote".yaml': LEGACY})


def _fifo(root: Path) -> None:
    import os

    make(root, SERVICE)
    os.mkfifo(root / "app-pipe.yaml")


CASES: dict[str, Callable[[Path], None]] = {
    "service": lambda root: make(root, SERVICE) and None,
    "open error": lambda root: make(root, NEEDS_HUMAN) and None,
    "broken": lambda root: make(root, BROKEN) and None,
    "other": lambda root: make(root, OTHER) and None,
    "untracked": _untracked,
    "ignored": _ignored,
    "ignored beside a service": _ignored_beside_a_service,
    "nested": _nested,
    "submodule": _submodule,
    "deleted": _deleted,
    "links": _links,
    "conflict": _conflict,
    "index version 4": _with(("update-index", "--index-version", "4")),
    "split index": _with(("update-index", "--split-index")),
    "sparse index": _with(("sparse-checkout", "set", "--sparse-index", "other")),
    "skip worktree": _with(("update-index", "--skip-worktree", "main.py")),
    "packed refs": _with(("pack-refs", "--all")),
    "detached": _with(("checkout", "-q", "--detach")),
    "not bare, said loudly": _with(("config", "core.bare", "true")),
    "linked worktree": _linked_worktree,
    "no git": _no_git,
    "empty": _empty,
    "ignored by the repository around": _ignored_checkout,
    "long names": _long_names,
    "odd names": _odd_names,
    "pipe": _fifo,
}


@pytest.mark.parametrize("case", CASES)
def test_sees_what_plan_sees(tmp_path: Path, case: str) -> None:
    root = tmp_path / "work" / "repo"
    root.parent.mkdir()
    CASES[case](root)
    commit, content, files = checkout.fingerprint(root)
    seen = checkout.look(root, commit, content, files)
    expected = make_plan(disk.open_repository(root), installed_packs(), SETTINGS)
    if seen.repository is None:
        assert (expected.services, expected.skipped, expected.bystanders) == ((), (), ())
    else:
        assert make_plan(seen.repository, installed_packs(), SETTINGS) == expected
    head = git(root, "rev-parse", "HEAD").strip() if case not in ("no git", "empty") else None
    assert commit == head


def test_an_ordinary_checkout_starts_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make(tmp_path / "repo", SERVICE)
    monkeypatch.setattr("flexmigrate.git.run", lambda *_, **__: pytest.fail("git was started"))
    commit, content, files = checkout.fingerprint(root)
    assert checkout.look(root, commit, content, files).repository is not None


def test_the_fingerprint_tells_every_change(tmp_path: Path) -> None:
    root = make(tmp_path / "repo", SERVICE)
    seen = {checkout.fingerprint(root)[1]}
    assert checkout.fingerprint(root)[1] in seen
    write(root, {"main.py": "app = 1234\n"})
    seen.add(checkout.fingerprint(root)[1])
    write(root, {"new.yaml": ""})
    seen.add(checkout.fingerprint(root)[1])
    git(root, "commit", "-q", "--allow-empty", "-m", "second")
    seen.add(checkout.fingerprint(root)[1])
    (root / "main.py").chmod(0o755)
    seen.add(checkout.fingerprint(root)[1])
    assert len(seen) == 5
