"""What is fuzzed: functions from bytes that may refuse an input in their own words and in no other way.

The same targets serve hypothesis (tests/fuzz/test_fuzz.py) and atheris (`python -m tests.fuzz.with_atheris TARGET`).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from contextlib import suppress

from flexmigrate.documents import dockerfile, procfile, requirements, shell
from flexmigrate.documents.decoding import Undecodable, decode
from flexmigrate.documents.dockerfile_parse import parse as parse_dockerfile
from flexmigrate.documents.edits import apply, unified_diff
from flexmigrate.documents.python import PythonSource
from flexmigrate.documents.python import Unreadable as NoPython
from flexmigrate.documents.yaml import YamlError, YamlFile, walk
from flexmigrate.errors import UserError
from flexmigrate.model import Platform
from flexmigrate.places import check_name
from flexmigrate.project import Unreadable
from flexmigrate.reports import json as json_report
from flexmigrate.reports import text as text_report
from flexmigrate.reports.plain import Style, plain_lines
from flexmigrate.runs import run_from_data
from flexmigrate.saved import request_of
from flexmigrate.suppression import suppressed
from flexmigrate.testing import plan

SEPARATOR = b"\n--- next file ---\n"
FILES = ("app.yaml", "requirements.txt", "Dockerfile", "main.py", "Procfile", "start.sh")


def as_text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def yaml(data: bytes) -> None:
    text = as_text(data)
    try:
        file = YamlFile(text)
    except YamlError:
        return
    for document in file.documents:
        for _, _, node in walk(document):
            assert 0 <= node.start <= node.end <= len(text)


def codecs(data: bytes) -> None:
    for path in ("main.py", "requirements.txt", "app.yaml"):
        try:
            text, encoding = decode(path, data)
        except Undecodable:
            continue
        assert text.encode(encoding) == data


def requirement_lines(data: bytes) -> None:
    text = as_text(data)
    requirements.parse(text)
    requirements.resolve("requirements.txt", lambda path: text if "/" not in path else None)


def shell_text(data: bytes) -> None:
    shell.read(as_text(data))
    shell.read_words(as_text(data).split())


def docker_text(data: bytes) -> None:
    file = parse_dockerfile(as_text(data))
    dockerfile.stages(file)
    dockerfile.steps(file)
    dockerfile.environment(file)


def proc_text(data: bytes) -> None:
    procfile.processes(as_text(data))


def python_text(data: bytes) -> None:
    try:
        PythonSource("main.py", data)
    except NoPython:
        return


def suppressions(data: bytes) -> None:
    text = as_text(data)
    for line in range(-1, text.count("\n") + 3):
        suppressed(text, line, "some-rule")


def names(data: bytes) -> None:
    try:
        check_name(as_text(data))
    except Unreadable:
        return


def terminal(data: bytes) -> None:
    shown = plain_lines(data.decode("utf-8", "surrogateescape"))
    steering = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert all(character in "\n\t" or unicodedata.category(character) not in steering for character in shown)
    shown.encode("utf-8")


def difference(data: bytes) -> None:
    before, _, after = as_text(data).partition(SEPARATOR.decode())
    unified_diff("a", before, after)


def records(data: bytes) -> None:
    """Journals and saved plans are read without believing them."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return
    with suppress(KeyError, TypeError, ValueError):
        run_from_data("000001-000000000000", found)
    if isinstance(found, dict):
        with suppress(UserError):
            request_of(found)


def whole_plan(data: bytes) -> None:
    """Six files at once: a plan comes out, no rule crashes, and every change is the sum of its edits."""
    parts = data.split(SEPARATOR)
    files: dict[str, str | bytes] = dict(zip(FILES, parts, strict=False))
    for platform in (Platform.FLEX, Platform.CLOUD_RUN):
        made = plan(files, platform=platform)
        crashed = [skipped.reason for skipped in made.skipped if "crashed" in skipped.reason]
        assert not crashed, crashed
        for change in made.changes:
            if change.before is not None:
                assert apply(change.before, change.edits) == change.after
                assert change.before.encode(change.encoding) == files[change.path]
        json_report.render(made)
        text_report.render(made, Style(False))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "yaml": yaml,
    "codecs": codecs,
    "requirements": requirement_lines,
    "shell": shell_text,
    "dockerfile": docker_text,
    "procfile": proc_text,
    "python": python_text,
    "suppressions": suppressions,
    "names": names,
    "terminal": terminal,
    "difference": difference,
    "records": records,
    "plan": whole_plan,
}
