"""Dockerfiles are split into instructions with places, and rewritten one instruction at a time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexmigrate.documents import dockerfile as docker
from flexmigrate.documents.dockerfile import ImageReference, parse
from flexmigrate.documents.edits import apply
from flexmigrate.documents.shell import Run

PARTS = (
    'FROM python:3.7|from a AS b|RUN a && \\|  b|# c|# escape=`|CMD ["a", "b"]|CMD a b|RUN <<E|E|COPY --from=b a b||\\'
    '|`|ENV A=1|ARG V|FROM ${V}|ONBUILD RUN a|1|\t \\|ENTRYPOINT ["a"'
)
LINES = st.lists(st.sampled_from(PARTS.split("|"))).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n"]).map(lambda end: end.join(lines))
)
TEXTS = st.one_of(LINES, LINES.map(lambda text: text + "\n"), st.text(), st.text(alphabet='FROM \\\n\r#`<E$"[]{}'))


def test_instructions_with_comments_and_continuations() -> None:
    text = "# syntax=docker/dockerfile:1\n\nFROM a\r\nRUN b && \\\n  # why\n\n    c\n# end\nCMD d"
    file = parse(text)
    assert [(i.keyword, i.line, i.arguments.text) for i in file.instructions] == [
        ("FROM", 3, "a"),
        ("RUN", 4, "b &&     c"),
        ("CMD", 9, "d"),
    ]
    assert file.directives == (("syntax", "docker/dockerfile:1"),)
    run = file.instructions[1]
    assert run.text_span.of(text) == "RUN b && \\\n  # why\n\n    c"
    assert run.span.of(text) == run.text_span.of(text) + "\n"


def test_another_escape_character() -> None:
    file = parse("# escape=`\nRUN a `\n b\nCOPY c:\\ d\\\n")
    assert [i.arguments.text for i in file.instructions] == ["a  b", "c:\\ d\\"]


def test_a_directive_behind_a_comment_is_a_comment() -> None:
    assert parse("# hi\n# escape=`\nRUN a \\\n b\n").directives == ()


def test_here_documents() -> None:
    text = "RUN <<EOF cat\nFROM no\nEOF\nCOPY <<-A <<'B' /x\n1\n\tA\n2\nB\nRUN <<NEVER\nFROM yes\n"
    file = parse(text)
    assert [i.keyword for i in file.instructions] == ["RUN", "COPY", "RUN", "FROM"]
    assert [span.of(text) for span in file.instructions[1].heredocs] == ["1\n\tA\n", "2\nB\n"]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("python", ImageReference("", "python", "", "")),
        ("python:3.9-slim", ImageReference("", "python", "3.9-slim", "")),
        ("gcr.io/google-appengine/python", ImageReference("gcr.io", "google-appengine/python", "", "")),
        ("localhost:5000/x:1@sha256:ab", ImageReference("localhost:5000", "x", "1", "sha256:ab")),
        ("user/x", ImageReference("", "user/x", "", "")),
        ("", None),
        ("a b", None),
    ],
)
def test_image_references(image: str, expected: ImageReference | None) -> None:
    found = docker.image_reference(image)
    assert found == expected
    assert found is None or str(found) == image


def test_stages() -> None:
    text = (
        "ARG V=3.9\nARG T=${V}-slim\nFROM --platform=linux/amd64 python:${T} AS Build\nARG V=1\nfrom python:$W\n"
        "FROM build\nFROM ${X:-debian}\nFROM python:3\n"
    )
    found = docker.stages(parse(text))
    assert [(s.image, s.alias, s.stage, s.platform) for s in found] == [
        ("python:3.9-slim", "Build", None, "linux/amd64"),
        (None, "", None, ""),
        ("build", "", 0, ""),
        ("debian", "", None, ""),
        ("python:3", "", None, ""),
    ]
    assert [s.image_span.of(text) for s in found] == [s.written for s in found]
    assert found[2].reference is None
    assert found[4].reference == ImageReference("", "python", "3", "")


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("CMD a b", None),
        ('CMD ["a", "b"]', ("a", "b")),
        ("CMD ['a']", None),
        ("CMD [1]", None),
        ("RUN --mount=type=cache,target=/x a", None),
        ("CMD " + "[" * 100_000, None),
    ],
)
def test_commands(text: str, arguments: tuple[str, ...] | None) -> None:
    found = docker.command(parse(text).instructions[0])
    assert found.arguments == arguments
    assert not found.text.startswith("--")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("FROM a\nCMD exec gunicorn \\\n -b :$PORT a", ["gunicorn", "-b", ":$PORT", "a"], id="shell form"),
        pytest.param('FROM a\nCMD ["gunicorn", "a"]', ["gunicorn", "a"], id="exec form"),
        pytest.param('FROM a\nENTRYPOINT ["gunicorn"]\nCMD ["a"]', ["gunicorn", "a"], id="both"),
        pytest.param("FROM a\nENTRYPOINT gunicorn a\nCMD b", ["gunicorn", "a"], id="shell form takes no arguments"),
        pytest.param("FROM a\nCMD x\nFROM b\nCMD gunicorn", ["gunicorn"], id="the last stage counts"),
        pytest.param("FROM a\nCMD x\nFROM b", [], id="nothing"),
    ],
)
def test_what_is_started(text: str, words: list[str]) -> None:
    steps = docker.steps(parse(text))
    assert [word.text for step in steps if isinstance(step, Run) for word in step.words] == words


def test_environment_and_copies() -> None:
    file = parse(
        'FROM a\nENV X=1\nFROM b\nENV A=1 B="x y" C=\nENV OLD some value\n'
        'COPY --chown=u . /app/\nADD ["a b", "c"]\nCOPY x'
    )
    assert docker.environment(file) == {"A": "1", "B": "x y", "C": "", "OLD": "some value"}
    assert [docker.copied(i) for i in file.instructions[5:]] == [
        ({"chown": "u"}, (".",), "/app/"),
        ({}, ("a b",), "c"),
        None,
    ]


@pytest.mark.parametrize("text", ["FROM python:$V", "FROM a AS b\nFROM b"])
def test_replace_image_refuses(text: str) -> None:
    file = parse(text)
    assert docker.replace_image(file, docker.stages(file)[-1], "python:3").refusal


def test_replace_image() -> None:
    text = "FROM --platform=x gcr.io/a/python AS b\r\nRUN c"
    file = parse(text, "Dockerfile")
    stage = docker.stages(file)[0]
    assert docker.replace_image(file, stage, "no image").refusal
    assert docker.replace_image(file, stage, stage.written).edits == ()
    rewrite = docker.replace_image(file, stage, "python:3.12")
    assert apply(text, rewrite.edits) == "FROM --platform=x python:3.12 AS b\r\nRUN c"


def test_replace_and_remove_an_instruction() -> None:
    text = "FROM a\r\n  RUN b \\\r\n    c  \r\nCMD d"
    file = parse(text)
    run, cmd = file.instructions[1:]
    replaced = docker.replace_instruction(file, run, "RUN x\nRUN y")
    assert apply(text, replaced.edits) == "FROM a\r\n  RUN x\r\nRUN y  \r\nCMD d"
    assert docker.replace_instruction(file, run, "RUN x \\").refusal
    assert apply(text, docker.remove_instruction(file, run).edits) == "FROM a\r\nCMD d"
    assert apply(text, docker.remove_instruction(file, cmd).edits) == "FROM a\r\n  RUN b \\\r\n    c  \r\n"


@settings(deadline=None)
@given(TEXTS)
def test_instructions_do_not_overlap_and_leave_only_comments(text: str) -> None:
    file = parse(text)
    reached = 0
    between: list[str] = []
    for instruction in file.instructions:
        assert reached <= instruction.span.start < instruction.span.end
        between.append(text[reached : instruction.span.start])
        reached = instruction.span.end
    between.append(text[reached:])
    lines = [line.strip().lstrip("\ufeff") for part in between for line in part.split("\n")]
    assert all(not line or line.startswith("#") for line in lines)
    docker.stages(file)
    docker.steps(file)
    docker.environment(file)


@settings(deadline=None)
@given(TEXTS)
def test_removing_leaves_the_other_instructions(text: str) -> None:
    file = parse(text)
    for number, instruction in enumerate(file.instructions):
        after = parse(apply(text, docker.remove_instruction(file, instruction).edits))
        if file.directives == after.directives:
            kept = [i.span.of(text) for i in file.instructions if i is not instruction]
            assert [i.span.of(after.text) for i in after.instructions][:number] == kept[:number]


@pytest.mark.parametrize(
    "text", ["RUN <<E\n" * 5000, "RUN a \\\n" * 50_000, "$" * 99_999, "FROM " + "${a" * 30_000, "ENV " + "'" * 99_999]
)
def test_long_files(text: str) -> None:
    file = parse(text)
    docker.stages(file)
    docker.environment(file)
