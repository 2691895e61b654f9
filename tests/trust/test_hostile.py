"""Broken and hostile trees: the right exit code, a line for each trouble, no traceback, bounded time and memory."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from flexmigrate import disk, git, places
from flexmigrate.errors import UserError
from flexmigrate.project import Unreadable
from tests.trust import trees
from tests.trust.commands import TODAY, Ran, flexmigrate

FIXTURES = Path(__file__).parents[2] / "fixtures" / "hostile"
GOOD = b"runtime: python\nenv: flex\nruntime_config:\n  python_version: 3\n"
MEGABYTE = 1 << 20
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has none of these")


def check(ran: Ran, *codes: int, seconds: float = 240, memory: int = 500 * MEGABYTE) -> Ran:
    """What holds for every hostile tree."""
    assert "Traceback" not in ran.said, ran.said[-2000:]
    assert ran.code in codes, (ran.code, ran.said[-2000:])
    assert ran.seconds < seconds
    assert ran.peak < memory
    controls = {character for character in ran.said if ord(character) < 32} - {"\n", "\t"}
    assert not controls, controls
    return ran


def nested(levels: int) -> bytes:
    return GOOD + b"env_variables:\n  A: " + b"[" * levels + b"]" * levels + b"\n"


def bomb() -> bytes:
    lines = [b'a0: &a0 ["x","x","x","x","x","x","x","x","x"]']
    lines += [b"a%d: &a%d [%s]" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)]
    return GOOD + b"\n".join(lines) + b"\nenv_variables: *a11\n"


BROKEN: dict[str, bytes] = {
    "alias bomb": bomb(),
    "merge bomb": GOOD + b"".join(b"m%d: &m%d {<<: [*m%d, *m%d]}\n" % (n, n, n - 1, n - 1) for n in range(1, 40)),
    "endless alias": GOOD + b"env_variables: &a\n  B: *a\n",
    "10,000 levels": nested(10_000),
    "10,000 block levels": GOOD + b"env_variables:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 3000)),
    "NUL": GOOD + b"env_variables:\n  A: \0\n",
    "binary": bytes(range(256)) * 40 + b"runtime: python\nenv: flex\n",
    "UTF-16 cut": b"\xff\xfe" + GOOD.decode().encode("utf-16-le")[:-1],
    "UTF-32": GOOD.decode().encode("utf-32"),
    "invalid UTF-8": GOOD + b"# \xff\xfe\xfa\n",
    "encoded surrogate": GOOD + b"# \xed\xa0\x80\n",
    "unclosed": GOOD + b"env_variables: [\n",
    "tabs": b"runtime: python\nenv: flex\n\truntime_config:\n\t\tpython_version: 3\n",
    "tag of Python": GOOD + b"env_variables: !!python/object/apply:os.system ['touch sprung']\n",
    "a million colons": GOOD + b"x" + b":" * 1_000_000 + b"\n",
    "a long line": GOOD + b"entrypoint: " + b"a" * 3_000_000 + b"\n",
    "many keys": GOOD + b"env_variables:\n" + b"".join(b"  K%d: v\n" % n for n in range(100_000)),
    "quotes": GOOD + b"entrypoint: " + b'"' * 20_001 + b"\n",
    "blanks for regexes": GOOD + b"entrypoint: gunicorn " + b" " * 200_000 + b"\tx\n",
    "braces": GOOD + b"service: " + b"{{" * 50_000 + b"\n",
    "percents": GOOD + b"service: " + b"%" * 100_001 + b"\n",
    "backslashes": GOOD + b"entrypoint: sh -c '" + b"\\" * 100_001 + b"'\n",
}


def test_broken_configs_stop_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "app.yaml").write_bytes(GOOD)
    for name, data in BROKEN.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.yaml").write_bytes(data)
    ran = check(flexmigrate("plan", "--format", "json", *TODAY, cwd=tmp_path), 4)
    plan = json.loads(ran.out)
    assert "good/app.yaml" in {service["config"] for service in plan["services"]}
    told = {place["path"] for place in (*plan["skipped"], *plan["bystanders"])}
    told |= {service["config"] for service in plan["services"]}
    assert {f"{name}/app.yaml" for name in BROKEN} <= told, "passed over in silence"
    assert not list(tmp_path.rglob("sprung"))


SUPPORTING: dict[str, tuple[str, bytes]] = {
    "requirements that include each other": ("requirements.txt", b"-r requirements.txt\n-r ./requirements.txt\n"),
    "requirements from outside": ("requirements.txt", b"-r /etc/passwd\n-r ../../../../etc/passwd\n-c ../x\n"),
    "requirements from a terminal": ("requirements.txt", b"fl\x1b]0;x\x07ask==1\ngunicorn==\x1b[31m19\n"),
    "a version without end": ("requirements.txt", b"flask==" + b"1." * 50_000 + b"1\n"),
    "a marker without end": ("requirements.txt", b"flask; " + b"(" * 5_000 + b"\n"),
    "extras without end": ("requirements.txt", b"flask[" + b"a," * 50_000 + b"\n"),
    "continued for ever": ("requirements.txt", b"flask \\\n" * 50_000),
    "many requirements": ("requirements.txt", b"".join(b"package%d==1.0\n" % n for n in range(3_000))),
    "binary requirements": ("requirements.txt", bytes(range(256))),
    "deep Python": ("main.py", b"x = " + b"(" * 10_000 + b")" * 10_000 + b"\n"),
    "more deep Python": ("main.py", b"import gunicorn\nx = " + b"-" * 20_000 + b"1\n"),
    "long Python": ("main.py", b"import imp, distutils\n" + b"x = [1, 2, 3]  # nothing\n" * 8_000),
    "broken Python": ("main.py", b"def f(:\n  import imp\n\0"),
    "Python in no codec": ("main.py", b"# coding: no-such-codec\nimport imp\n"),
    "Python in a codec that is none": ("main.py", b"# coding: zip\nimport imp\n"),
    "a Dockerfile without end": ("Dockerfile", b"FROM python:3.6\nRUN a \\\n" * 30_000),
    "heredocs": ("Dockerfile", b"FROM python:3.6\nRUN <<A <<B <<C\n" + b"x\n" * 10_000),
    "a Procfile": ("Procfile", b"web: " + b"$(" * 20_000 + b"\n"),
    "a start script": ("start.sh", b"exec " + b"`" * 20_001 + b"\n"),
}


def test_broken_files_beside_a_config_stop_nothing(tmp_path: Path) -> None:
    for name, (path, data) in SUPPORTING.items():
        root = tmp_path / name
        root.mkdir()
        (root / "app.yaml").write_bytes(GOOD + b"entrypoint: gunicorn -b :$PORT main:app\n")
        (root / "requirements.txt").write_bytes(b"flask\ngunicorn==19.0\n")
        (root / path).write_bytes(data)
    ran = check(flexmigrate("plan", "--format", "json", "--unsafe-fixes", *TODAY, cwd=tmp_path), 4)
    found = {service["config"] for service in json.loads(ran.out)["services"]}
    assert found == {f"{name}/app.yaml" for name in SUPPORTING}
    assert "root:x:0" not in ran.said


@posix
def test_strange_names(tmp_path: Path) -> None:
    names = [b"new\nline", b"esc\x1b[31mred", b"bell\x07", b"bad\xff\xfeutf", b"-rf", b"$(touch sprung)", b" "]
    for name in [*names, "turned \u202e round".encode()]:
        directory = tmp_path / os.fsdecode(name)
        directory.mkdir()
        (directory / "app.yaml").write_bytes(GOOD)
        (directory / "requirements.txt").write_bytes(b"-r missing\x1b[1m.txt\ngunicorn==19.0\n")
    before = trees.look(tmp_path)
    check(flexmigrate("plan", "--format", "diff", *TODAY, cwd=tmp_path), 0, 4)
    check(flexmigrate("plan", *TODAY, "--out", str(tmp_path.parent / "names.json"), cwd=tmp_path), 0, 4)
    assert trees.look(tmp_path) == before
    check(flexmigrate("apply", str(tmp_path.parent / "names.json"), "--yes", cwd=tmp_path), 0, 1, 4)
    assert trees.look(tmp_path) != before
    check(flexmigrate("undo", cwd=tmp_path), 0)
    assert trees.look(tmp_path) == before


@posix
def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(GOOD)
    for name in ("pipe", "socket", "directory", "null", "loop", "out", "dangling"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "pipe" / "app.yaml")
    os.mkfifo(tmp_path / "requirements.txt")
    os.mkfifo(tmp_path / "main.py")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(tmp_path, os.O_RDONLY)
        try:
            # The name of a socket may only have some hundred bytes.
            server.bind(f"/proc/self/fd/{here}/socket/app.yaml" if sys.platform == "linux" else "s")
        finally:
            os.close(here)
        (tmp_path / "directory" / "app.yaml").mkdir()
        (tmp_path / "null" / "app.yaml").symlink_to("/dev/zero")
        (tmp_path / "loop" / "app.yaml").symlink_to("app.yaml")
        (tmp_path / "loop" / "again").symlink_to("..")
        outside = tmp_path.parent / "outside.yaml"
        outside.write_bytes(GOOD)
        (tmp_path / "out" / "app.yaml").symlink_to(outside)
        (tmp_path / "dangling" / "app.yaml").symlink_to("nowhere.yaml")
        ran = check(flexmigrate("apply", "--yes", *TODAY, cwd=tmp_path), 4)
    assert outside.read_bytes() == GOOD
    for name in ("pipe", "socket", "null", "loop", "out"):
        assert f"{name}/app.yaml" in ran.out, name
    assert b"runtime_version" in (tmp_path / "app.yaml").read_bytes()


@posix
def test_a_pipe_that_git_would_wait_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trees.build(tmp_path)
    trees.commit_all(tmp_path)
    os.mkfifo(tmp_path / ".gitignore")
    monkeypatch.setattr(git, "PATIENCE_SECONDS", 1)
    with pytest.raises(UserError, match="did not answer"):
        disk.open_repository(tmp_path)


def test_large_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(GOOD)
    for name in ("app-big.yaml", "requirements.txt", "main.py", "huge.yaml"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(100 * MEGABYTE)
    ran = check(flexmigrate("plan", *TODAY, cwd=tmp_path), 4, memory=300 * MEGABYTE)
    assert "app-big.yaml" in ran.out
    assert "larger than 5,000,000 bytes" in ran.out


def test_many_files(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(GOOD)
    for number in range(3_000):
        directory = tmp_path / f"d{number % 50}"
        directory.mkdir(exist_ok=True)
        (directory / f"f{number}.yaml").write_bytes(b"a: 1\n")
    check(flexmigrate("plan", *TODAY, cwd=tmp_path), 0)


@posix
@pytest.mark.skipif(ROOT, reason="nothing is closed to root")
def test_closed_directories_and_files(tmp_path: Path) -> None:
    trees.build(tmp_path)
    (tmp_path / "front" / "app.yaml").chmod(0)
    (tmp_path / "closed").mkdir(mode=0)
    ran = check(flexmigrate("plan", *TODAY, cwd=tmp_path), 4)
    assert "closed" in ran.out
    assert "front/app.yaml" in ran.out
    (tmp_path / "api").chmod(0o555)
    assert "api/app.yaml" in check(flexmigrate("apply", "--yes", *TODAY, cwd=tmp_path), 4).out


def test_a_directory_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app.yaml").write_bytes(GOOD)
    (tmp_path / "closed").mkdir()
    listing = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(git, "run", lambda *arguments: None)
    monkeypatch.setattr(os, "scandir", scandir)
    repository = disk.open_repository(tmp_path)
    assert repository.paths == ("app.yaml",)
    assert repository.unreadable == {"closed": "a directory that cannot be listed: Permission denied"}


def test_files_that_change_or_vanish_while_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(GOOD)
    (tmp_path / "gone.yaml").write_bytes(GOOD)
    repository = disk.open_repository(tmp_path)
    first = repository.data("app.yaml")
    (tmp_path / "app.yaml").write_bytes(b"other")
    (tmp_path / "gone.yaml").unlink()
    assert repository.data("app.yaml") == first, "a file is read once"
    assert repository.data("gone.yaml") is None


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a/..",
            "./a",
            "a//b",
            "a\0b",
            "C:evil",
            "C:\\x",
            "\\\\host\\share\\x",
        ),
        *(".git/hooks/pre-commit", ".GIT/config", "sub/.git/config", ".git", ".git./x", ".git /x", "git~1/x", "GIT~1"),
        *(".g\u200cit/hooks/x", ".git::$INDEX_ALLOCATION/x", ".git\\hooks\\x", "a/.Git/b"),
    ],
)
def test_paths_that_nobody_writes(path: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        places.writable(tmp_path.resolve(), path)


@pytest.mark.parametrize("path", [".gitignore", ".gcloudignore", "git/x", "a/.github/x", "c.yaml", "aux/app.yaml"])
def test_paths_that_look_alike_and_are_fine(path: str, tmp_path: Path) -> None:
    if os.name != "nt" or "aux" not in path:
        assert places.writable(tmp_path.resolve(), path) == tmp_path.resolve() / path


@posix
def test_a_link_into_git_is_no_way_in(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "innocent").symlink_to(".git")
    with pytest.raises(Unreadable, match="git directory"):
        places.writable(tmp_path.resolve(), "innocent/hooks/pre-commit")


def test_the_inputs_that_fuzzing_found(tmp_path: Path) -> None:
    for path in FIXTURES.iterdir():
        root = tmp_path / path.name
        root.mkdir()
        (root / "app.yaml").write_bytes(GOOD)
        (root / path.name.partition("-")[0]).write_bytes(path.read_bytes())
    check(flexmigrate("plan", "--unsafe-fixes", *TODAY, cwd=tmp_path), 0, 4)
