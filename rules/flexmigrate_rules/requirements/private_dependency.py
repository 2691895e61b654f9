"""Tell of requirements that the build can fetch only with a key, a tool or a folder that it may not have.

The build sees the service's own folder and nothing else: neither the neighbouring folder that `-e ../lib` names, nor an
ssh key for `git+ssh`, nor a variable that stands in an index URL unless `build_env_variables` sets it. Packages of
Artifact Registry are the exception: the buildpacks log in there themselves. Credentials are never repeated here.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flexmigrate.model import Finding, FixClass, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._start import has_build_variable
from flexmigrate_rules.requirements._requirements import Wanted, place, wanted

if TYPE_CHECKING:
    from flexmigrate.documents.requirements import Requirement

_HOST = re.compile(r"(?i)^[a-z][a-z0-9+.-]*://(?:[^/@\s]*@)?([^/:?#\s]+)")
_PUBLIC = re.compile(
    r"(?i)(?:(?:(?:test\.)?pypi|pypi\.python|files\.pythonhosted)\.org|download\.pytorch\.org|"
    r"storage\.googleapis\.com|.*-python\.pkg\.dev|data\.pyg\.org|github\.com|gitlab\.com|bitbucket\.org|"
    r"codeload\.github\.com|raw\.githubusercontent\.com)"
)
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


def check(service: Service, context: Context) -> Iterator[Finding]:
    found = wanted(service, context)
    if found is None:
        return
    yield from _indexes(service, found)
    from flexmigrate.documents.requirements import RequirementKind, marker_holds

    for entry in found.requirements.required:
        if entry.kind is RequirementKind.NAME or not marker_holds(entry, found.python):
            continue
        what = entry.written or "a package"
        if entry.kind is RequirementKind.PATH:
            yield from _path(service, entry, what)
        else:
            yield from _url(service, entry, what)


def _indexes(service: Service, found: Wanted) -> Iterator[Finding]:
    for option in found.requirements.options:
        if option.kind not in ("index-url", "extra-index-url", "find-links"):
            continue
        host = _HOST.match(option.value)
        missing = _missing(service, option.value)
        if missing:
            yield _finding(option.path, option.span.start, _said(option.kind, missing), _VARIABLES)
        elif host is not None and not _PUBLIC.fullmatch(host[1]) and "$" not in host[1]:
            yield _finding(
                option.path,
                option.span.start,
                f"packages are fetched from the index at {host[1]}, which the build has to reach without a login",
                "mirror them to Artifact Registry, where the build logs in by itself, or make the index reachable",
                Severity.INFO,
            )


_VARIABLES = (
    "set it in `build_env_variables`, or fetch the package from Artifact Registry, where the build logs in itself"
)


def _said(kind: str, variable: str) -> str:
    return f"--{kind} holds the variable {variable}, which the build does not have"


def _missing(service: Service, text: str) -> str:
    """The first variable of a URL that the build is not given."""
    return next((name for name in _VARIABLE.findall(text) if not has_build_variable(service, name)), "")


def _path(service: Service, entry: Requirement, what: str) -> Iterator[Finding]:
    written = (entry.url or "").removeprefix("file:").partition("#")[0].partition("[")[0]
    if written.startswith("//"):
        written = "/" + written.lstrip("/")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), written))
    directory = service.directory
    # pip takes a path from where it is started, which is the service's own folder.
    inside = not written.startswith(("/", "~")) and not path.startswith("../") and path != ".."
    if inside and (not directory or path == directory or path.startswith(f"{directory}/")):
        return
    if not written.startswith(("/", "~")) and written and not written.startswith(".."):
        return
    yield _finding(
        entry.path,
        place(entry),
        f"{what} is taken from {'a path' if written.startswith('/') else written} outside the service's folder, which "
        "is not uploaded",
        "put the package into the service's folder, or publish it to Artifact Registry",
    )


def _url(service: Service, entry: Requirement, what: str) -> Iterator[Finding]:
    url = entry.url or ""
    missing = _missing(service, url)
    if missing:
        yield _finding(
            entry.path,
            place(entry),
            f"the URL of {what} holds the variable {missing}, which the build does not have",
            _VARIABLES,
        )
    elif re.match(r"(?i)(?:git\+)?ssh:|git@|git\+git@", url):
        yield _finding(
            entry.path,
            place(entry),
            f"{what} is fetched by ssh, and the build has no key",
            "publish it to Artifact Registry, put a wheel into the service's folder, or fetch it by https",
        )
    else:
        host = _HOST.match(url)
        if host is not None and not _PUBLIC.fullmatch(host[1]):
            yield _finding(
                entry.path,
                place(entry),
                f"{what} is fetched from {host[1]}, which the build has to reach without a login of its own",
                "publish it to Artifact Registry if it is not public",
                Severity.INFO,
            )


def _finding(path: str, offset: int, message: str, hint: str, severity: Severity | None = None) -> Finding:
    return Finding(message, path, offset, hint=hint, severity=severity)


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
_LINES = "Flask==3.0.3\ngit+ssh://git@example.com/team/lib.git#egg=lib\n"
RULE = Rule(
    check=check,
    summary="a requirement needs a key, a variable or a folder that the build may not have",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://docs.cloud.google.com/appengine/docs/flexible/python/specifying-dependencies",
    example=Example(
        before={"app.yaml": _APP, "requirements.txt": _LINES},
        after={"app.yaml": _APP, "requirements.txt": _LINES},
        says="lib is fetched by ssh",
    ),
)
