"""Command lines are taken apart as a shell does, and nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexmigrate.documents.shell import Processes, Run, Script, Step, Unknown, read, read_words
from flexmigrate.documents.shell_words import TokenKind, Word, tokens

PARTS = (
    "gunicorn@ @-b@:$PORT@${PORT:-8080}@'@\"@bash -c @&&@|@;@\n@env A=1 @exec @$(nproc)@`x`@$((@\\@# c@2>&1@"
    "honcho start @uv run @./run.sh@python -m @<<E"
)
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="ab $'\"\\`(){}[]|&;<>#=-/\n\r\tPORT:.0!*"),
    st.lists(st.sampled_from(PARTS.split("@"))).map("".join),
)


def words(text: str) -> list[str]:
    return [token.word.text for token in tokens(text) if token.word]


def one(text: str) -> Step:
    (step,) = read(text)
    return step


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("a b\tc", ["a", "b", "c"], id="blanks"),
        pytest.param("'a b' \"c d\" e\\ f", ["a b", "c d", "e f"], id="quotes and escapes"),
        pytest.param("a'b'\"c\"", ["abc"], id="joined parts"),
        pytest.param("'' a", ["", "a"], id="empty word"),
        pytest.param("a # b", ["a"], id="comment"),
        pytest.param("a#b", ["a#b"], id="hash sign in a word"),
        pytest.param("a \\\n b", ["a", "b"], id="continued line"),
        pytest.param('"a\\"b\\x"', ['a"b\\x'], id="escapes in double quotes"),
        pytest.param("$PORT ${PORT:-80}x", ["$PORT", "${PORT:-80}x"], id="variables stay"),
        pytest.param("a$", ["a$"], id="lone dollar"),
        pytest.param("{{ x }}", ["{{", "x", "}}"], id="template"),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_variables_are_marked_where_the_shell_would_expand_them() -> None:
    plain, quoted, single, escaped, default = (
        token.word for token in tokens("$A \"$B\" '$C' \\$D ${E:-x y}") if token.word
    )
    assert [found.name for found in plain.variables] == ["A"]
    assert plain.splits
    assert [found.name for found in quoted.variables] == ["B"]
    assert not quoted.splits
    assert single.variables == escaped.variables == ()
    assert default.variables[0].default == "x y"
    assert default.variable is not None


@pytest.mark.parametrize("text", ["$(nproc)", "`nproc`", "$((2 * 2))", "${A%x}", "${A:+b}", "a$(echo ')' \")\")b"])
def test_what_only_a_shell_can_tell_is_opaque(text: str) -> None:
    (word,) = (token.word for token in tokens(text) if token.word)
    assert word.opaque
    assert word.text == text


@pytest.mark.parametrize("text", ["'a", '"a', "$(a", "`a", "${a", '"$(a"'])
def test_what_is_not_closed_is_unknown(text: str) -> None:
    assert isinstance(one(text), Unknown)


@pytest.mark.parametrize(
    ("text", "program", "wrappers"),
    [
        pytest.param("gunicorn app", "gunicorn", (), id="plain"),
        pytest.param("/usr/local/bin/gunicorn app", "gunicorn", (), id="full path"),
        pytest.param("env/bin/gunicorn app", "gunicorn", (), id="virtual environment"),
        pytest.param("exec gunicorn app", "gunicorn", ("exec",), id="exec"),
        pytest.param("env -i A=1 nohup gunicorn", "gunicorn", ("env", "nohup"), id="env and nohup"),
        pytest.param("python3 -u -m gunicorn app", "gunicorn", ("python -m",), id="python -m"),
        pytest.param("python -W ignore -mgunicorn.app.wsgiapp x", "gunicorn", ("python -m",), id="attached module"),
        pytest.param("pipenv run gunicorn", "gunicorn", ("pipenv run",), id="pipenv"),
        pytest.param("poetry run python -m uvicorn x", "uvicorn", ("poetry run", "python -m"), id="poetry"),
        pytest.param("uv run --no-sync --with x -- gunicorn", "gunicorn", ("uv run",), id="uv"),
        pytest.param("ddtrace-run gunicorn", "gunicorn", ("ddtrace-run",), id="ddtrace"),
        pytest.param("newrelic-admin run-program gunicorn", "gunicorn", ("newrelic-admin run-program",), id="newrelic"),
        pytest.param(
            "opentelemetry-instrument --service_name a gunicorn", "gunicorn", ("opentelemetry-instrument",), id="otel"
        ),
        pytest.param("bash -lc 'exec gunicorn'", "gunicorn", ("exec",), id="bash -c"),
        pytest.param("sh -c \"sh -c 'gunicorn'\"", "gunicorn", (), id="nested shells"),
        pytest.param("timeout -k 5 60 gunicorn", "gunicorn", ("timeout",), id="timeout"),
        pytest.param("honcho run gunicorn", "gunicorn", ("honcho run",), id="honcho run"),
        pytest.param("poetry install", "poetry", (), id="another verb is its own command"),
        pytest.param("python main.py", "python", (), id="file"),
        pytest.param("python -c 'import m'", "python", (), id="python -c"),
        pytest.param("./main.py", "main.py", (), id="Python file by itself"),
    ],
)
def test_wrappers_are_taken_off(text: str, program: str, wrappers: tuple[str, ...]) -> None:
    step = one(text)
    assert isinstance(step, Run)
    assert (step.program, step.wrappers) == (program, wrappers)


def test_assignments_are_collected_from_outside_in() -> None:
    step = one("A=1 env B=$X sh -c 'C=3 gunicorn'")
    assert isinstance(step, Run)
    assert [(name, word.text) for name, word in step.env] == [("A", "1"), ("B", "$X"), ("C", "3")]


def test_commands_are_split() -> None:
    steps = read("cd app && python manage.py migrate; gunicorn a 2>&1 >log | tee x &\nwait")
    assert [(step.words[0].text, step.joined) for step in steps if isinstance(step, Run)] == [
        ("cd", "&&"),
        ("python", ";"),
        ("gunicorn", "|"),
        ("tee", "&"),
        ("wait", ""),
    ]
    assert [word.text for word in steps[2].words] == ["gunicorn", "a"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "path", "sourced"),
    [
        ("./run.sh a", "./run.sh", False),
        ("sh -e run.sh", "run.sh", False),
        ("bin/start", "bin/start", False),
        (". env.sh", "env.sh", True),
    ],
)
def test_scripts_are_named(text: str, path: str, sourced: bool) -> None:
    step = one(text)
    assert isinstance(step, Script)
    assert (step.path, step.sourced) == (path, sourced)


@pytest.mark.parametrize(
    ("text", "file", "names", "variables"),
    [
        ("honcho start", None, (), ()),
        ("honcho -f P start", "P", (), ()),
        ("honcho start -f /app/procfile web worker", "/app/procfile", ("web", "worker"), ()),
        ("honcho start $PROCESSES", None, ("$PROCESSES",), ("PROCESSES",)),
    ],
)
def test_processes_are_named(text: str, file: str | None, names: tuple[str, ...], variables: tuple[str, ...]) -> None:
    step = one(text)
    assert isinstance(step, Processes)
    assert (step.file, step.names, step.variables) == (file, names, variables)


@pytest.mark.parametrize(
    "text",
    [
        "$CMD a",
        "$(which gunicorn) a",
        "if a",
        "(a)",
        "a <<E",
        "sh",
        'sh -c "$(a)"',
        "honcho check",
        "eval a",
        "sh " + "-c 'sh " * 30,
    ],
)
def test_what_is_not_understood_is_unknown(text: str) -> None:
    step = read(text)[0]
    assert isinstance(step, Unknown)
    assert step.reason


def test_shells_nested_too_deep_are_unknown() -> None:
    arguments: tuple[str, ...] = ("sh", "-c", "a")
    for _ in range(9):
        arguments = ("sh", "-c", " ".join("'" + part.replace("'", "'\\''") + "'" for part in arguments))
    assert isinstance(read_words(arguments)[0], Unknown)


def test_exec_form_expands_nothing_unless_there_is_a_shell() -> None:
    (step,) = read_words(["gunicorn", "-b", ":$PORT"])
    assert isinstance(step, Run)
    assert step.words[2].variables == ()
    (step,) = read_words(["sh", "-c", "gunicorn -b :$PORT"])
    assert isinstance(step, Run)
    assert step.words[2].variables[0].name == "PORT"


def test_places_within_quotes() -> None:
    text = "bash -c 'exec gunicorn --bind=\"0.0.0.0:80\"'"
    step = one(text)
    assert isinstance(step, Run)
    value = step.words[1].cut(len("--bind="))
    assert value.place is not None
    assert value.place.of(text) == value.text == "0.0.0.0:80"
    assert step.words[1].place is None


@settings(deadline=None)
@given(TEXTS)
def test_tokens_follow_each_other(text: str) -> None:
    found = tokens(text)
    assert "".join(token.span.of(text) for token in found) == text
    assert all(token.span.start < token.span.end for token in found)
    assert all((token.word is not None) is (token.kind is TokenKind.WORD) for token in found)


@settings(deadline=None)
@given(TEXTS)
def test_any_text_is_read(text: str) -> None:
    for step in read(text):
        assert 0 <= step.span.start <= step.span.end <= len(text)
        for word in step.words if isinstance(step, Run | Script) else ():
            _check(word, text)


def _check(word: Word, text: str) -> None:
    assert word.place is None or word.place.of(text) == word.text
    assert all(word.text[found.start : found.end].startswith("$") for found in word.variables)


@pytest.mark.parametrize(
    "text", ["a" * 300_000, "'" * 99_999, "$(" * 50_000, "${a:-" * 50_000, "\\" * 99_999, "`" * 99_999, '"$(' * 9_999]
)
def test_long_lines(text: str) -> None:
    assert "".join(token.span.of(text) for token in tokens(text)) == text
