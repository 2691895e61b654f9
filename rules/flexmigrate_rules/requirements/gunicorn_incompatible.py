"""Tell that the gunicorn which pip installs does not start on the target Python, and which one does.

The metadata of old releases lets pip install them anywhere: gunicorn 20.1.0 says Python >= 3.5, is installed on 3.12
and dies at its start, because it imports `pkg_resources`, which setuptools has no longer. So nothing is concluded from
metadata here: each verdict is the outcome of a start that was really made with this release, worker class, setuptools
and Python. What was not measured is called unknown and is never an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.requirements._gunicorn_choice import (
    Choice,
    brings_packaging,
    choices,
    meaning,
    releases,
    serving,
)
from flexmigrate_rules.requirements._pkg_resources import answered_by_setuptools
from flexmigrate_rules.requirements._requirements import add, place, with_rewrites

# These strike when gunicorn itself is imported, whatever its worker.
_OF_ITS_OWN = frozenset({"bundled-six", "pkg-resources-missing", "inspect-getargspec", "requires-python"})


def check(service: Service, context: Context) -> Iterator[Finding]:
    for choice in choices(service, context):
        verdict = choice.verdict()
        cause = verdict.cause.id if verdict.cause is not None else ""
        if verdict.outcome == "fails":
            if cause == "packaging-missing" and "packaging" in choice.wanted:
                continue
            if cause == "library-not-installable":
                yield from _library_fails(choice)
                continue
            if cause == "pkg-resources-missing":
                broken = answered_by_setuptools(service, choice.wanted)
                if broken and choice.verdict(setuptools="old").outcome == "serves":
                    # The rule about setuptools names gunicorn too, and its one line repairs everything.
                    continue
            yield _fails(service, choice)
        elif verdict.outcome == "unknown" and choice.settings is not None and (line := _import_fails(choice)):
            yield _older_fails(choice, line)
        elif verdict.outcome == "unknown" and choice.sure and context.python == choice.wanted.python:
            yield Finding(
                f"whether gunicorn {choice.version} starts{choice.worker_text} on Python {choice.wanted.python} "
                "has not been measured",
                choice.entry.path,
                place(choice.entry),
                hint="start the service once on that Python before traffic goes there",
                severity=Severity.INFO,
                fix=FixClass.MANUAL,
                key=f"gunicorn:{choice.worker}",
            )


def _fails(service: Service, choice: Choice) -> Finding:
    verdict = choice.verdict()
    cause = verdict.cause
    evidence = verdict.evidence
    said = meaning(choice, cause, evidence.setuptools_version if evidence else "")
    measured = f" (measured {evidence.as_of})" if evidence and cause and cause.id != "requires-python" else ""
    newer, older = _candidates(choice)
    uncertain = cause is not None and cause.id == "packaging-missing" and brings_packaging(choice.wanted)
    any_worker = choice.settings is not None and cause is not None and cause.id in _OF_ITS_OWN
    severity = Severity.ERROR if (choice.sure or any_worker) and not uncertain else Severity.WARNING
    what = f"gunicorn {choice.version} does not start{choice.worker_text} on Python {choice.wanted.python}"
    message = f"{what}: {said}{measured}"
    if uncertain:
        message += ", unless another requirement brings it"
    elif newer:
        message += f"; {_last_words(choice, newer)}"
    elif older:
        message += f"; {older} is the newest that starts there"
    finding = Finding(
        message, choice.entry.path, place(choice.entry), severity=severity, key=f"gunicorn:{choice.worker}"
    )
    if cause is not None and cause.id == "packaging-missing":
        line = add(service, choice.wanted, "packaging", choice.entry)
        return with_rewrites(finding, [line], "add `packaging` to the requirements")
    chosen = _last_of_its_major(choice, newer) if newer else older
    if chosen is None:
        return with_rewrites(finding, [Rewrite(choice.entry.path, refusal="no measured release starts there")], "")
    text = _specifier(choice, chosen, above=bool(newer))
    command = f"pip install 'gunicorn{text}' and freeze or compile the requirements again"
    return with_rewrites(finding, [_edit(choice, text)], command)


def _library_fails(choice: Choice) -> Iterator[Finding]:
    """The pinned library is at fault, unless the rule about pins says so already."""
    from flexmigrate_rules.facts import pins

    entry = choice.wanted.first(choice.worker)
    evidence = choice.verdict().evidence
    known = pins.load().install(choice.worker, choice.library, choice.wanted.python).outcome
    if entry is None or evidence is None or known in ("fails", "refused"):
        return
    yield Finding(
        f"{choice.worker} {choice.library}, which gunicorn's workers need, cannot be installed on Python "
        f"{choice.wanted.python} (measured {evidence.as_of})",
        entry.path,
        place(entry),
        hint=f"take a newer {choice.worker}",
        fix=FixClass.MANUAL,
        key=f"gunicorn:{choice.worker}",
    )


def _import_fails(choice: Choice) -> str:
    """How a release older than the table of starts fails as soon as it is imported; empty where that is unknown."""
    from flexmigrate_rules.facts import pins

    answer = pins.load().run("gunicorn", choice.version, choice.wanted.python)
    return answer.line if answer.cause == "python" else ""


def _older_fails(choice: Choice, line: str) -> Finding:
    from flexmigrate_rules.facts import pins

    newer, _ = _candidates(choice)
    finding = Finding(
        f"gunicorn {choice.version} does not start on Python {choice.wanted.python}: {line.partition(' (')[0]} "
        f"(measured {pins.load().as_of})" + (f"; {_last_words(choice, newer)}" if newer else ""),
        choice.entry.path,
        place(choice.entry),
        key=f"gunicorn:{choice.worker}",
    )
    if newer is None:
        return finding
    text = _specifier(choice, _last_of_its_major(choice, newer), above=True)
    command = f"pip install 'gunicorn{text}' and freeze or compile the requirements again"
    return with_rewrites(finding, [_edit(choice, text)], command)


def _edit(choice: Choice, text: str) -> Rewrite:
    from flexmigrate.documents.requirements import set_specifier

    deciding = choice.wanted.line_deciding("gunicorn")
    if deciding is None:
        return Rewrite(choice.entry.path, refusal="several lines speak of gunicorn")
    if choice.wanted.hashed:
        return Rewrite(choice.entry.path, refusal="the file pins by hash, and a new version needs new hashes")
    return set_specifier(deciding, text)


def _candidates(choice: Choice) -> tuple[str | None, str | None]:
    """The lowest release above the chosen one that serves, and where none does the newest below it."""
    from flexmigrate.documents.packages import version

    here = version(choice.version)
    newer = serving(choice, [text for release, text in releases() if release > here])
    if newer:
        return newer, None
    return None, serving(choice, [text for release, text in reversed(releases()) if release < here])


def _last_of_its_major(choice: Choice, lowest: str) -> str:
    """The newest release of the lowest major version that serves: the first of one seldom stays the best."""
    from flexmigrate.documents.packages import version

    wanted = [text for release, text in reversed(releases()) if release.major == version(lowest).major]
    return serving(choice, wanted) or lowest


def _last_words(choice: Choice, newer: str) -> str:
    from flexmigrate.documents.packages import version

    later = [text for release, text in releases() if release >= version(newer)]
    failing = [text for text in later if choice.verdict(text).outcome != "serves"]
    if not failing:
        return f"{newer} and later start"
    before = [text for text in later if version(text) < version(failing[0])]
    return f"{newer} starts" if len(before) < 2 else f"{newer} to {before[-1]} start"


def _specifier(choice: Choice, chosen: str, above: bool) -> str:
    """The version clauses that lead pip to the chosen release, in the manner of those that stand there."""
    from flexmigrate.documents.packages import version

    deciding = choice.wanted.line_deciding("gunicorn") or choice.entry
    clauses = list(deciding.specifier or ())
    if any(clause.operator in ("==", "===") and not clause.version.endswith(".*") for clause in clauses):
        return f"=={chosen}"
    major = version(chosen).major
    if any(clause.operator == "==" for clause in clauses):
        return f"=={major}.*"
    serves_to_the_end = all(
        choice.verdict(text).outcome == "serves" for release, text in releases() if release >= version(chosen)
    )
    bounded = any(clause.operator in ("<", "<=", "~=") for clause in clauses)
    if above and bounded:
        if any(clause.operator == "~=" for clause in clauses):
            return f"~={'.'.join(chosen.split('.')[:2])}"
        return f">={chosen},<{major + 1}"
    if above and serves_to_the_end:
        return f">={chosen}"
    lower = next((clause.version for clause in clauses if clause.operator in (">=", ">")), "")
    if lower and version(lower) <= version(chosen):
        return f">={lower},<={chosen}"
    return f"=={chosen}" if above else f"<={chosen}"


RULE = Rule(
    check=check,
    summary="this gunicorn does not start on the target Python, as measured",
    severity=Severity.ERROR,
    fix=FixClass.UNSAFE,
    source="https://docs.cloud.google.com/appengine/docs/flexible/python/runtime",
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
            "requirements.txt": "Flask\ngunicorn==20.1.0  # the web server\n",
        },
        after={
            "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
            "requirements.txt": "Flask\ngunicorn==21.2.0  # the web server\n",
        },
        says="gunicorn 20.1.0 does not start on Python 3.12: it imports pkg_resources",
    ),
)
