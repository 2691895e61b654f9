"""The resolver at the edge: what uv is asked, what its words mean, and (with --network) uv itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from flexmigrate import resolving, resolving_index, resolving_uv
from flexmigrate.documents import packages
from flexmigrate.documents.resolution import Outcome, Release, ResolveRequest
from flexmigrate.errors import UserError
from flexmigrate.resolving import UvResolver, open_resolver

CLOSED_INDEX = (("no-index", ""),)
"""With this option nothing asks for releases."""


class FakeUv:
    """Answers one after the other, and remembers what it was given."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.commands: list[Sequence[str]] = []
        self.files: list[dict[str, str]] = []

    def __call__(self, command: Sequence[str], folder: Path, seconds: float) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        self.files.append({path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()})
        code, said = self.answers.pop(0)
        return subprocess.CompletedProcess(command, code, *((said, "") if code == 0 else ("", said)))


def no_wheel(name: str) -> tuple[int, str]:
    return 1, (
        "error: No solution found when resolving dependencies\n"
        f"  cause: Because {name}==1.0 has no usable wheels and you require {name}==1.0, we can conclude that your "
        f"requirements are unsatisfiable.\n\nhint: Wheels are required for `{name}` because building from source is "
        "disabled for all packages (i.e., with `--no-build`)\n"
    )


def asked(uv: FakeUv, *lines: str, options: tuple[tuple[str, str], ...] = CLOSED_INDEX) -> resolving.Resolution:
    return UvResolver("uv", run=uv).resolve(ResolveRequest("3.12", lines, (), options))


def test_nothing_is_built_and_nothing_stands_on_the_command_line() -> None:
    uv = FakeUv((0, "flask==3.0\nJinja2==3.1\nwarning: something\n"))
    options = (*CLOSED_INDEX, ("extra-index-url", "https://u:secret@example.com/simple"), ("trusted-host", "x"))
    found = asked(uv, "flask==3.0", options=options)
    assert found.versions == {"flask": "3.0", "jinja2": "3.1"}
    assert "--no-build" in uv.commands[0]
    assert "--no-python-downloads" in uv.commands[0]
    assert not any("secret" in word for word in uv.commands[0])
    assert uv.files[0]["requirements.in"].splitlines() == [
        "--no-index",
        "--extra-index-url https://u:secret@example.com/simple",
        "flask==3.0",
    ]
    assert uv.files[0]["uv.toml"] == ""


def test_the_same_question_is_asked_once() -> None:
    uv = FakeUv((0, "flask==3.0\n"))
    resolver = UvResolver("uv", run=uv)
    request = ResolveRequest("3.12", ("flask",), (), CLOSED_INDEX)
    assert resolver.resolve(request) is resolver.resolve(request)
    assert len(uv.commands) == 1


def test_what_exists_as_source_only_is_left_out() -> None:
    uv = FakeUv(no_wheel("docopt"), no_wheel("Future"), (0, "flask==3.0\n"))
    found = asked(uv, "docopt==1.0", "future==1.0", "flask")
    assert found.outcome is Outcome.RESOLVED
    assert found.unbuilt == {"docopt", "future"}
    assert [files["excludes.txt"] for files in uv.files] == ["", "docopt\n", "docopt\nfuture\n"]


def test_what_is_known_to_be_source_only_is_not_asked_again() -> None:
    uv = FakeUv(no_wheel("docopt"), no_wheel("beneath"), (0, "flask==3.0\n"), (0, ""), (0, "docopt==2.0\n"))
    resolver = UvResolver("uv", run=uv)
    for lines in (("docopt==1.0", "flask"), ("docopt==1.0",), ("docopt>=1.0",)):
        resolver.resolve(ResolveRequest("3.12", lines, (), CLOSED_INDEX))
    assert [files["excludes.txt"] for files in uv.files[2:]] == ["beneath\ndocopt\n"] * 2 + ["beneath\n"]


def test_a_contradiction_is_explained() -> None:
    said = (
        "error: No solution found when resolving dependencies\n"
        "  cause: Because flask==1.0.2 depends on werkzeug>=0.14 and you require flask==1.0.2, we can conclude that "
        "you require werkzeug>=0.14.\n         And because you require werkzeug==0.9, we can conclude that your "
        "requirements are unsatisfiable.\n"
    )
    found = asked(FakeUv((1, said)), "flask==1.0.2", "werkzeug==0.9")
    assert found.outcome is Outcome.IMPOSSIBLE
    assert {"flask", "werkzeug"} <= found.involved
    assert found.reason == (
        "flask==1.0.2 depends on werkzeug>=0.14 and you require flask==1.0.2, so you require werkzeug>=0.14. "
        "And because you require werkzeug==0.9"
    )


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("error: Request failed after 3 retries\n  cause: Failed to fetch: https://u:p@x.example/\n", "not be reached"),
        (
            "error: No solution found\n  cause: Because a was not found\n\nhint: An index could not be queried",
            "wants credentials",
        ),
        (
            "error: something new about https://u:secret@x.example/simple\n",
            "uv: error: something new about https://****@",
        ),
        ("", "uv: "),
    ],
)
def test_what_is_no_answer_is_unknown_and_tells_no_credentials(said: str, reason: str) -> None:
    found = asked(FakeUv((2, said)), "a")
    assert found.outcome is Outcome.UNKNOWN
    assert reason in found.reason
    assert "secret" not in found.reason


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        (("index-url", "https://${TOKEN}@example.com/simple"), "environment variable"),
        (("find-links", "./wheels"), "names a directory"),
        (("index-url", "file:///etc"), "names a directory"),
        (("extra-index-url", "https://example.com/ --index-url https://other.example/"), "no address"),
    ],
)
def test_places_that_are_not_asked(option: tuple[str, str], reason: str) -> None:
    uv = FakeUv()
    found = asked(uv, "a", options=(option,))
    assert (found.outcome, uv.commands) == (Outcome.UNKNOWN, [])
    assert reason in found.reason


def test_time_is_bounded() -> None:
    found = UvResolver("uv", seconds=0, run=FakeUv()).resolve(ResolveRequest("3.12", ("a",), (), CLOSED_INDEX))
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, "it took too long")


def test_releases_with_an_upper_bound_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (
        b'{"files": [{"filename": "a-1.0-py3-none-any.whl", "requires-python": ">=3.6"},'
        b' {"filename": "a-2.0-py3-none-any.whl", "requires-python": "<3.12"}]}'
    )
    monkeypatch.setattr(resolving_index.Index, "_fetch", lambda self, name: resolving_index.read_files(page))
    uv = FakeUv((0, "a==2.0\n"), (0, "a==1.0\n"))
    found = asked(uv, "a", options=(("index-url", "https://example.com/simple"),))
    assert found.versions == {"a": "1.0"}
    assert uv.files[1]["constraints.txt"] == "a!=2.0\n"


def test_the_files_of_an_index_tell_the_releases() -> None:
    files = [
        {"filename": "my_pkg-1.0-py3-none-any.whl", "requires-python": ">=3.6", "yanked": False},
        {"filename": "my-pkg-1.0.tar.gz", "requires-python": ">=3.6", "yanked": False},
        {"filename": "my_pkg-2.0-py3-none-any.whl", "requires-python": ">=3.8,<3.11", "yanked": "broken"},
        {"filename": "my_pkg-3.0.zip", "yanked": True},
        {"filename": "my_pkg-1.0.exe"},
        {"filename": "other-9.tar.gz"},
        {"filename": "my-pkg-what.tar.gz"},
    ]
    found = resolving_index.releases_of(resolving_index.read_files(json.dumps({"files": files}).encode()), "my-pkg")
    assert {str(version): release for version, release in found.items()} == {
        "1.0": Release(True, True, True, (">=3.6",)),
        "2.0": Release(True, True, False, (">=3.8,<3.11",), "broken"),
        "3.0": Release(True, False, True, (), ""),
    }
    upper = found[packages.version("2")]
    assert not upper.admits("3.12")
    assert upper.admits("3.10")


def test_a_missing_uv_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving_uv.importlib, "import_module", _raise)
    monkeypatch.setattr(resolving_uv.shutil, "which", lambda name: None)
    with pytest.raises(UserError) as caught:
        open_resolver()
    assert caught.value.message == "--resolve needs uv, which is not installed"
    assert "flexmigrate[resolve]" in caught.value.hint


def test_an_old_uv_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "uv"
    old.write_text("#!/bin/sh\necho uv 0.4.0\n")
    old.chmod(0o755)
    monkeypatch.setattr(resolving_uv, "_installed", lambda: str(old))
    with pytest.raises(UserError, match=r"needs uv 0\.9\.8 or newer, and here is 0\.4\.0"):
        open_resolver()


def _raise(name: str) -> object:
    raise ImportError(name)


@pytest.mark.network
def test_uv_itself_is_understood() -> None:
    resolver = open_resolver()
    clash = resolver.resolve(ResolveRequest("3.12", ("requests==2.20.0", "urllib3==1.25.3")))
    assert clash.outcome is Outcome.IMPOSSIBLE
    assert {"requests", "urllib3"} <= clash.involved
    source = resolver.resolve(ResolveRequest("3.12", ("docopt==0.6.2", "flask==3.0.3")))
    assert (source.outcome, source.unbuilt) == (Outcome.RESOLVED, {"docopt"})
    bound = resolver.resolve(ResolveRequest("3.12", ("scipy==1.7.3",)))
    assert (bound.outcome, bound.involved >= {"scipy"}) == (Outcome.IMPOSSIBLE, True)
    attrs = resolver.release("attrs", "21.1.0", ())
    assert attrs is not None
    assert attrs.yanked
    missing = resolver.release("flask", "99.0", ())
    assert missing is not None
    assert not missing.exists
