"""Find source that only Python 2 parses.

A service without `python_version`, or with `python_version: 2`, ran Python 2.7. No Python that can be deployed today
reads `print x`, `except E, e` or backticks: the import of such a file fails, and with it the start of the service. The
porting comes first (2to3, futurize and modernize do most of it); a new runtime cannot be had without it.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.source._judging import running_python
from flexmigrate_rules.source._reach import reached
from flexmigrate_rules.source._syntax import offset, problems

_MOST = 10
_HINT = "port the file to Python 3 first; 2to3 or python-modernize do most of it"


def check(service: Service, context: Context) -> Iterator[Finding]:
    if running_python(service, context) is None:
        return
    found: list[Finding] = []
    for file, text, problem in problems(service):
        loaded = file.path in reached(service)
        if problem.python2:
            message = f"Python 3 does not parse this file: line {problem.line} has {_article(problem.construct)}"
            level = Severity.ERROR if loaded else Severity.WARNING
        elif not problem.construct and loaded and problem.certain:
            message = f"Python 3 does not parse this file: {problem.message} in line {problem.line}"
            level = Severity.WARNING
        else:
            continue
        if not loaded:
            message += "; plain imports from the start command do not lead to it"
        found.append(Finding(message, file.path, offset(text, problem.line), hint=_HINT, severity=level, key="syntax"))
    found.sort(key=lambda finding: finding.severity is not Severity.ERROR)
    yield from found[:_MOST]
    rest = found[_MOST:]
    if rest:
        more = f"{len(rest)} more file{'s' if len(rest) > 1 else ''} of this service do not parse as Python 3"
        yield Finding(more, rest[0].path, rest[0].offset, hint=_HINT, severity=rest[0].severity, key="syntax of more")


def _article(construct: str) -> str:
    if not construct.endswith(("statement", "operator", "string", "parameter")):
        return construct
    return f"{'an' if construct[0] in 'aeio' else 'a'} {construct}"


_EXAMPLE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
    "main.py": "import web\n\nprint 'starting'\napp = web.app\n",
}

RULE = Rule(
    check=check,
    summary="source that only Python 2 parses",
    severity=Severity.ERROR,
    fix=FixClass.MANUAL,
    source="https://docs.python.org/3/howto/pyporting.html",
    example=Example(before=_EXAMPLE, after=_EXAMPLE, says="line 3 has a print statement"),
)
