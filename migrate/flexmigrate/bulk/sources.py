"""Reads what a person calls "our repositories": directories of checkouts, lists, JSON with labels, URLs."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from flexmigrate.bulk.model import Kind, Source
from flexmigrate.bulk.redaction import bare_url
from flexmigrate.errors import ExitCode, UserError

_URL = re.compile(r"(?i)(?:https?|ssh|git|file)://|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:(?!/)")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_FORGE = "https://github.com/"
_PLACES = ("path", "directory", "url", "clone_url", "http_url_to_repo", "sshUrl", "ssh_url", "nameWithOwner", "name")
_PASSED_OVER = {"node_modules", ".tox", ".nox", ".venv", "__pycache__"}


def read_sources(given: Sequence[str]) -> Iterator[Source]:
    """Every repository that the words of a command line name, one after the other; UserError for what is neither."""
    for word in given:
        if word == "-":
            yield from read_list(sys.stdin, "standard input")
        elif _URL.match(word):
            yield _remote(word, {})
        elif Path(word).is_dir():
            yield from find_checkouts(Path(word))
        elif Path(word).is_file():
            with Path(word).open(encoding="utf-8-sig", errors="surrogateescape") as lines:
                yield from read_list(lines, word)
        else:
            raise UserError(
                f"{word} is no directory, list or URL", "give a directory of checkouts, a file or -", ExitCode.USAGE
            )


def find_checkouts(top: Path) -> Iterator[Source]:
    """The git checkouts at or below a directory; the directory itself where there is none. Links are not followed."""
    top = _absolute(top)
    found = False
    for directory, names, _ in os.walk(top):
        if os.path.lexists(os.path.join(directory, ".git")):  # noqa: PTH118  (many directories)
            found = True
            relative = Path(directory).relative_to(top).as_posix()
            yield Source(Kind.DIRECTORY, directory, top.name if relative == "." else relative)
            names.clear()
        else:
            names[:] = sorted(name for name in names if name not in _PASSED_OVER)
    if not found:
        yield Source(Kind.DIRECTORY, str(top), top.name)


def read_list(lines: TextIO, where: str) -> Iterator[Source]:
    """One repository a line: a path, a URL, `owner/name`, or a JSON object with labels; also one JSON array of these.

    Further columns after a tab are passed over (`gh repo list` prints them), as are blank lines and `#` comments.
    """
    numbered = enumerate(lines, 1)
    first = next(((number, line) for number, line in numbered if line.strip()), None)
    if first is None:
        return
    if first[1].lstrip().startswith("["):
        try:
            entries = json.loads(first[1] + "".join(line for _, line in numbered))
        except ValueError as error:
            raise _no_list(where, first[0], str(error)) from None
        for entry in entries:
            yield _from_data(entry, where, first[0])
        return
    for number, line in chain([first], numbered):
        text = line.strip()
        if text.startswith("{"):
            try:
                yield _from_data(json.loads(text), where, number)
            except ValueError as error:
                raise _no_list(where, number, str(error)) from None
        elif text and not text.startswith("#"):
            yield _from_text(line.split("\t")[0].strip(), {})


def _from_data(entry: Any, where: str, number: int) -> Source:
    if isinstance(entry, str):
        return _from_text(entry, {})
    if not isinstance(entry, dict):
        raise _no_list(where, number, "neither text nor an object")
    for place in _PLACES:
        if isinstance(value := entry.get(place), str) and value:
            return _from_text(value, _labels(entry, place))
    raise _no_list(where, number, f"none of {', '.join(_PLACES)}")


def _labels(entry: Mapping[str, Any], place: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for name, value in entry.items():
        if isinstance(value, dict) and isinstance(value.get("login"), str):
            value = value["login"]
        if name != place and isinstance(value, str | int | float) and name not in _PLACES:
            labels[name] = bare_url(str(value))
    return labels


def _from_text(text: str, labels: Mapping[str, str]) -> Source:
    if _URL.match(text):
        return _remote(text, labels)
    if _SLUG.fullmatch(text) and not Path(text).exists():
        return _remote(f"{_FORGE}{text}", labels)
    path = _absolute(Path(text).expanduser())
    return Source(Kind.DIRECTORY, str(path), text.rstrip("/") if not Path(text).is_absolute() else path.name, labels)


def _remote(url: str, labels: Mapping[str, str]) -> Source:
    path = re.sub(r"(?i)^[a-z]+://[^/]*/|^[^/:]*:", "", bare_url(url))
    name = "/".join(path.rstrip("/").removesuffix(".git").split("/")[-2:])
    return Source(Kind.URL, url, name or bare_url(url), labels)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  (resolve() would follow links)


def _no_list(where: str, number: int, problem: str) -> UserError:
    return UserError(
        f"{where}:{number} names no repository: {problem}", "one path, URL or JSON object a line", ExitCode.USAGE
    )
