"""Point out a Google Cloud SDK that is too old, pinned in CI.

`operating_system` and `runtime_version` need gcloud 420.0.0. An older one takes the file, because it takes any name in
`runtime_config`, and sends neither key, so that the deploy asks for the legacy runtime. 417.0.0 could not deploy the
flexible environment at all. Only an exact version counts as a pin; `latest`, ranges and tags without a version are left
alone, and so are comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.documents.text import line_at, position
from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.facts.runtimes import gcloud, version_key

_CI_FILE = re.compile(
    r"""(?ix)
      (?:^|/) (?:Dockerfile[^/]* | [^/]*\.dockerfile | cloudbuild[^/]*\.ya?ml | cloudbuild[^/]*\.json
        | [^/]*\.?gitlab-ci\.ya?ml | \.travis\.ya?ml | bitbucket-pipelines\.ya?ml | azure-pipelines[^/]*\.ya?ml
        | \.drone\.ya?ml | Jenkinsfile[^/]* | Makefile | [^/]+\.sh)$
    | (?:^|/)\.circleci/[^/]+\.ya?ml$
    | (?:^|/)\.github/(?:workflows|actions)/(?:[^/]+/)*[^/]+\.ya?ml$
    | (?:^|/)\.gitlab/(?:[^/]+/)*[^/]+\.ya?ml$
    """
)
_TELLING = re.compile(rb"(?i)cloud[-_]?sdk|cloud-cli|setup-gcloud|gcp-cli|gcloud_(?:cli_)?version")
_VERSION = r"(?P<version>[0-9]{2,3}\.[0-9]+\.[0-9]+)(?![0-9.])"
_PIN = re.compile(
    rf"""(?ix)
      (?:google/|cloudsdktool/)(?:google-)?cloud-(?:sdk|cli):v?{_VERSION}
    | google-cloud-(?:sdk|cli)[-=]{_VERSION.replace("version", "package")}
    | (?<![A-Z0-9])(?:GOOGLE_)?(?:CLOUD_?SDK|GCLOUD|CLOUD_CLI|GCLOUD_SDK|GCLOUD_CLI)_VERSION["']?[ \t]*[:=][ \t]*
      ["']?v?{_VERSION.replace("version", "variable")}
    """
)
_STEP = re.compile(
    r"(?i)^[ \t]*(?:-[ \t]+)?(?:uses:[ \t]*['\"]?[\w./-]*setup-gcloud(?:@|['\"]|\s)|-?[ \t]*gcp-cli/\w+:)"
)
_STEP_VERSION = re.compile(rf"^[ \t]*(?:sdk-)?version:[ \t]*['\"]?v?{_VERSION}['\"]?[ \t]*(?:#.*)?$")
_NEXT_STEP = re.compile(r"^[ \t]*-[ \t]")
_MOST_LINES_OF_A_STEP = 20


def check(service: Service, context: Context) -> Iterator[Finding]:
    if not service.first:
        return
    repository = service.repository
    for path in repository.paths:
        if not _CI_FILE.search(path) or not _TELLING.search(repository.data(path) or b""):
            continue
        text = repository.text(path)
        if text is not None:
            yield from _in_file(path, text)


def _in_file(path: str, text: str) -> Iterator[Finding]:
    for version, offset, shown in sorted(_pins(text), key=lambda pin: pin[1]):
        needed = gcloud()
        if version_key(version) >= version_key(needed.minimum):
            continue
        if version in needed.broken:
            what = "could not deploy the flexible environment at all"
        else:
            what = f"does not send `operating_system` and `runtime_version`; {needed.minimum} is the first that does"
        deploys = "app deploy" in text
        yield Finding(
            f"`{shown}` pins gcloud {version}, which {what}",
            path,
            offset,
            hint=f"pin {needed.minimum} or later, or no version",
            severity=Severity.ERROR if deploys else Severity.WARNING,
            key=f"{position(text, offset).line}:{version}",
        )


def _pins(text: str) -> Iterator[tuple[str, int, str]]:
    """Every pinned version with its place and the words that pin it."""
    for match in _PIN.finditer(text):
        if not line_at(text, match.start()).lstrip().startswith(("#", "//")):
            yield next(found for found in match.groupdict().values() if found), match.start(), match[0].strip("'\"")
    offset, left = 0, 0
    for line in text.splitlines(keepends=True):
        if _STEP.match(line):
            left = _MOST_LINES_OF_A_STEP
        elif left and _NEXT_STEP.match(line):
            left = 0
        elif left and (found := _STEP_VERSION.match(line.rstrip())):
            yield found["version"], offset + found.start() + len(line) - len(line.lstrip()), line.strip()
        left = max(0, left - 1)
        offset += len(line)


_EXAMPLE = {
    "app.yaml": "runtime: python\nenv: flex\n",
    "cloudbuild.yaml": "steps:\n- name: gcr.io/google.com/cloudsdktool/cloud-sdk:404.0.0\n  args: [app, deploy]\n",
}

RULE = Rule(
    check=check,
    summary="a Google Cloud SDK pinned in CI is too old for the modern runtimes",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://cloud.google.com/appengine/docs/flexible/python/runtime",
    platforms=frozenset({Platform.FLEX}),
    example=Example(before=_EXAMPLE, after=_EXAMPLE, says="pins gcloud 404.0.0"),
)
