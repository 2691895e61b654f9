"""A pinned Google Cloud SDK that cannot deploy the modern keys is told wherever CI pins it."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import check_quiet, check_reported, findings, plan

RULE = "old-gcloud"
APP = {"app.yaml": "runtime: python\nenv: flex\n"}
SETUP = "jobs:\n  d:\n    steps:\n    - uses: google-github-actions/setup-gcloud@v1\n"

QUIET = {
    "no CI": {},
    "new enough": {"Dockerfile.ci": "FROM google/cloud-sdk:420.0.0-slim\n"},
    "much newer": {"cloudbuild.yaml": "steps:\n- name: gcr.io/google.com/cloudsdktool/cloud-sdk:528.0.0\n"},
    "latest": {".gitlab-ci.yml": "image: google/cloud-sdk:latest\n"},
    "no tag": {".gitlab-ci.yml": "image: google/cloud-sdk\n"},
    "a variable": {".gitlab-ci.yml": "image: google/cloud-sdk:${VERSION}\n"},
    "a comment": {".gitlab-ci.yml": "# image: google/cloud-sdk:404.0.0\nimage: google/cloud-sdk:500.0.0\n"},
    "a range": {".github/workflows/d.yml": SETUP + "      with:\n        version: '>= 363.0.0'\n"},
    "the version of another step": {
        ".github/workflows/d.yml": SETUP
        + "    - uses: actions/setup-python@v4\n      with:\n        version: 300.0.0\n"
    },
    "the version of the action": {".github/workflows/d.yml": SETUP.replace("@v1", "@v0.6.2")},
    "not a CI file": {"notes.txt": "google/cloud-sdk:404.0.0\n"},
    "another product": {"Dockerfile.ci": "FROM example/cloud-sdk:404.0.0\n"},
    "a longer number": {"Dockerfile.ci": "FROM google/cloud-sdk:404.0.0.1\n"},
    "bytes that are no text": {"Dockerfile.ci": b"FROM google/cloud-sdk:404.0.0\n\xff\xfe\x00"},
}


@pytest.mark.parametrize("files", list(QUIET.values())[:-1], ids=list(QUIET)[:-1])
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, {**APP, **files})


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {**APP, ".gitlab-ci.yml": "image: google/cloud-sdk:404.0.0\n"}, platform=Platform.CLOUD_RUN)


REPORTED = {
    "image": ("Dockerfile.ci", "FROM google/cloud-sdk:404.0.0-alpine AS x\n", "404.0.0", 1),
    "image of the registry": (
        "ci/cloudbuild-prod.yaml",
        "steps:\n- name: gcr.io/google.com/cloudsdktool/cloud-sdk:380.0.0-slim\n",
        "380.0.0",
        2,
    ),
    "new name of the image": (
        "cloudbuild.json",
        '{"name": "gcr.io/google.com/cloudsdktool/google-cloud-cli:419.0.0"}\n',
        "419.0.0",
        1,
    ),
    "archive": (
        ".travis.yml",
        "install:\n- curl -O https://x/google-cloud-sdk-404.0.0-linux-x86_64.tar.gz\n",
        "404.0.0",
        2,
    ),
    "apt": ("install.sh", "apt-get install google-cloud-sdk=402.0.0-0\n", "402.0.0", 1),
    "variable": (".circleci/config.yml", "environment:\n  CLOUD_SDK_VERSION: '300.0.0'\n", "300.0.0", 2),
    "build argument": ("Dockerfile", "ARG CLOUD_SDK_VERSION=99.0.0\n", "99.0.0", 1),
    "shell variable": ("Jenkinsfile", 'GCLOUD_VERSION="404.0.1"\n', "404.0.1", 1),
    "action": (".github/workflows/d.yml", SETUP + "      with:\n        version: 404.0.0\n", "404.0.0", 6),
    "action, quoted": (
        ".github/workflows/d.yaml",
        SETUP + '      with:\n        version: "404.0.0"  # old\n',
        "404.0.0",
        6,
    ),
    "broken one": ("bitbucket-pipelines.yml", "image: google/cloud-sdk:417.0.0\n", "could not deploy", 1),
}


@pytest.mark.parametrize(("path", "text", "says", "line"), REPORTED.values(), ids=REPORTED)
def test_reported(path: str, text: str, says: str, line: int) -> None:
    (found,) = check_reported(RULE, {**APP, path: text}, says)
    assert (found.path, found.line, found.severity) == (path, line, Severity.WARNING)


def test_an_error_where_the_file_deploys() -> None:
    text = "image: google/cloud-sdk:404.0.0\nscript: gcloud app deploy\n"
    (found,) = check_reported(RULE, {**APP, ".gitlab-ci.yml": text}, "404.0.0")
    assert found.severity is Severity.ERROR


def test_once_for_a_repository_and_every_place() -> None:
    ci = {".gitlab-ci.yml": "a: google/cloud-sdk:404.0.0\nb: google/cloud-sdk:404.0.0\n"}
    found = findings(plan({**APP, "b/app.yaml": APP["app.yaml"], **ci}, RULE))
    assert [one.line for one in found] == [1, 2]
