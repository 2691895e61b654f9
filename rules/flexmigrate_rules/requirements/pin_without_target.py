"""Tell that a pinned release cannot be installed or does not run on the target Python.

A pin stays what it was while Python moves on: the release may exclude the new Python in its metadata, may have no file
for it and a source that no longer builds, or may import what Python has dropped since. The table behind this rule holds
what happened when common releases were really installed and used; any other pin is not judged. Where a newer release
was seen to work there, that one is proposed; it may differ in its interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, FixClass, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.requirements._requirements import Wanted, place, wanted, with_rewrites
from flexmigrate_rules.requirements._use import imported, setuptools_may_come

if TYPE_CHECKING:
    from flexmigrate_rules.facts.pins import Answer

_FAMILIES = (
    r"google-.*|protobuf|grpc.*|gapic-.*|proto-.*|oauth2client|gcloud",
    r"flask|werkzeug|jinja2|markupsafe|itsdangerous|click",
    r"requests|urllib3|chardet|idna|certifi|charset-normalizer|botocore",
    r"numpy|scipy|pandas|scikit-.*|matplotlib|statsmodels|tensorflow.*|keras.*|torch.*|numba|h5py|spacy|thinc|gensim",
    r"aiohttp|yarl|multidict|frozenlist|aiosignal|async-timeout",
    r"gevent|greenlet",
)
_ELSEWHERE = frozenset({"gunicorn", "setuptools", "pip", "wheel"})


def check(service: Service, context: Context) -> Iterator[Finding]:
    found = wanted(service, context)
    if found is None:
        return
    from flexmigrate_rules.facts import pins

    table = pins.load()
    for name in found.effective:
        version = found.pinned(name)
        if version is None or name in _ELSEWHERE:
            continue
        installs = table.install(name, version, found.python)
        if installs.outcome in ("fails", "refused"):
            yield _finding(found, name, version, installs, _cannot_install(installs, found.python), Severity.ERROR)
            continue
        runs = table.run(name, version, found.python)
        if runs.cause != "python":
            continue
        words = f"does not work on Python {found.python}: {_short(runs.line)}"
        if _may_be_there(found, runs.line):
            continue
        # Another package may bring an urllib3, which then serves.
        sure = "'urllib3'" not in runs.line and _needed(service, name)
        yield _finding(found, name, version, runs, words, Severity.ERROR if sure else Severity.WARNING)


def _may_be_there(found: Wanted, line: str) -> bool:
    """Whether some requirement may bring what was missing when the release was tried with its own needs only."""
    if "'distutils" in line:
        return found.opaque or setuptools_may_come(found.effective, found.pinned("gunicorn"))
    return "'urllib3'" in line and (found.opaque or "urllib3" in found)


def _needed(service: Service, name: str) -> bool:
    """Whether the service uses what does not work; with six only `six.moves` does not."""
    if name == "six":
        return any(b"six.moves" in (service.repository.data(path) or b"") for path in service.files(".py"))
    return imported(service, name) is not False


def _finding(found: Wanted, name: str, version: str, answer: Answer, words: str, severity: Severity) -> Finding:
    from flexmigrate_rules.facts import pins

    entry = found.line_deciding(name) or found.first(name)
    assert entry is not None
    newer = pins.load().next_working(name, version, found.python)
    message = f"{entry.written or name} {version} {words} (measured {pins.load().as_of})"
    if newer:
        message += f"; {newer} does" if answer.cause == "python" else f"; {newer} can be"
    finding = Finding(message, entry.path, place(entry), severity=severity, key=f"pin:{name}")
    if newer is None:
        return finding
    relatives = _relatives(found, name)
    if relatives:
        return replace(finding, hint=f"raise it together with {', '.join(relatives)}, which are pinned to its time")
    return with_rewrites(
        finding, [_rewrite(found, name, newer)], f"pip install '{name}=={newer}' and freeze the requirements again"
    )


def _relatives(found: Wanted, name: str) -> list[str]:
    """The other pinned members of its family: releases of one time, which a single newer one would contradict."""
    family = next((one for one in _FAMILIES if re.fullmatch(one, name)), None)
    return (
        []
        if family is None
        else [
            other for other in found.effective if other != name and found.pinned(other) and re.fullmatch(family, other)
        ]
    )


def _rewrite(found: Wanted, name: str, newer: str) -> Rewrite:
    from flexmigrate.documents.requirements import set_specifier

    deciding = found.line_deciding(name)
    if deciding is None or found.hashed:
        return Rewrite(found.path, refusal="several lines speak of it, or the file pins by hash")
    return set_specifier(deciding, f"=={newer}")


def _cannot_install(answer: Answer, python: str) -> str:
    if answer.outcome == "refused":
        if "Python" in answer.line or "python" in answer.line:
            return f"cannot be installed on Python {python}: it has no file for it or excludes it"
        return f"cannot be installed on Python {python}: pip finds no file of it"
    return f"cannot be installed on Python {python}: it has no wheel there and its source does not build" + (
        "" if answer.line.startswith("Call to") else f" ({_short(answer.line)})"
    )


def _short(line: str) -> str:
    return line.partition(" (")[0]


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
RULE = Rule(
    check=check,
    summary="a pinned release cannot be installed or does not run on the target Python",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://packaging.python.org/en/latest/specifications/core-metadata/#requires-python",
    example=Example(
        before={"app.yaml": _APP, "requirements.txt": "Flask==3.0.3\nPyYAML==5.4.1\n"},
        after={"app.yaml": _APP, "requirements.txt": "Flask==3.0.3\nPyYAML==6.0.1\n"},
        says="PyYAML 5.4.1 cannot be installed on Python 3.12",
    ),
)
