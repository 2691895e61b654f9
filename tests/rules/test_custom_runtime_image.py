"""A Dockerfile on Google's legacy image goes back to runtime: python, or gets another base image."""

from __future__ import annotations

import pytest

from flexmigrate.model import FixClass, Platform, Severity, Status
from flexmigrate.testing import check_quiet, check_reported, check_rewritten, findings, plan

RULE = "custom-runtime-image"
CUSTOM = "runtime: custom\nenv: flex\n"
REQUIREMENTS = {"requirements.txt": "gunicorn\n"}
FROM = "FROM gcr.io/google-appengine/python\n"
USUAL = (
    "RUN virtualenv --no-download /env -p python3\n\n# as in the documentation\nENV VIRTUAL_ENV /env\n"
    "ENV PATH /env/bin:$PATH\nADD requirements.txt /app/requirements.txt\nRUN pip install -r /app/requirements.txt\n"
    "ADD . /app\n"
)
CMD = "CMD gunicorn -b :$PORT main:app\n"
SYSTEM = 'runtime_config:\n  operating_system: "ubuntu22"\n  runtime_version: "3.12"\n'

QUIET = {
    "a maintained image": {"app.yaml": CUSTOM, "Dockerfile": "FROM python:3.12-slim\nCMD python main.py\n"},
    "somebody else's image": {"app.yaml": CUSTOM, "Dockerfile": "FROM gcr.io/my-project/google-appengine/python\n"},
    "an image of the same ending": {"app.yaml": CUSTOM, "Dockerfile": "FROM example.com/google-appengine/python\n"},
    "only a comment": {"app.yaml": CUSTOM, "Dockerfile": "# FROM gcr.io/google-appengine/python\nFROM python:3\n"},
    "no Dockerfile, runtime custom": {"app.yaml": CUSTOM, **REQUIREMENTS},
    "no Dockerfile, runtime python": {"app.yaml": "runtime: python\nenv: flex\n"},
    "a Dockerfile elsewhere": {"app.yaml": "runtime: python\nenv: flex\n", "docker/Dockerfile": FROM},
    "another name": {
        "app.yaml": "runtime: python\nenv: flex\n",
        "Dockerfile.dev": FROM,
        "cloudbuild.prod.yaml": "a: b\n",
    },
    "an image by variable": {"app.yaml": CUSTOM, "Dockerfile": "ARG BASE\nFROM $BASE\nRUN python x\n"},
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str]) -> None:
    check_quiet(RULE, files)


def test_quiet_on_cloud_run() -> None:
    check_quiet(RULE, {"app.yaml": CUSTOM, "Dockerfile": FROM + USUAL + CMD}, platform=Platform.CLOUD_RUN)


def test_a_dockerfile_beside_runtime_python() -> None:
    files = {"app.yaml": "env: flex\nruntime: python\n", "Dockerfile": "FROM python:3.12\n"}
    (found,) = check_reported(RULE, files, "refuse `runtime: python` while a Dockerfile lies beside")
    assert (found.path, found.line, found.severity) == ("app.yaml", 2, Severity.ERROR)


def test_a_cloudbuild_beside_runtime_python() -> None:
    files = {"app.yaml": "runtime: python\nenv: flex\n", "cloudbuild.yaml": "steps: []\n"}
    (found,) = check_reported(RULE, files, "cloudbuild.yaml lies beside")
    assert found.severity is Severity.INFO


BACK = {
    "as documented": (FROM + USUAL + CMD, CUSTOM, f'entrypoint: "gunicorn -b :$PORT main:app"\n{SYSTEM}'),
    "old name of the image": (
        "FROM gcr.io/google_appengine/python:latest\n" + USUAL + CMD,
        CUSTOM,
        f'entrypoint: "gunicorn -b :$PORT main:app"\n{SYSTEM}',
    ),
    "exec form": (
        FROM + USUAL + 'CMD ["gunicorn", "-b", ":8080", "main:app"]\n',
        CUSTOM,
        f'entrypoint: "gunicorn -b :8080 main:app"\n{SYSTEM}',
    ),
    "exec and the virtual environment": (
        FROM + USUAL + "CMD exec /env/bin/gunicorn -b :$PORT main:app\n",
        CUSTOM,
        f'entrypoint: "gunicorn -b :$PORT main:app"\n{SYSTEM}',
    ),
    "the same entrypoint": (
        FROM + USUAL + CMD,
        CUSTOM + "entrypoint: gunicorn -b :$PORT main:app\n",
        f"{SYSTEM}entrypoint: gunicorn -b :$PORT main:app\n",
    ),
    "a version for the other rule": (
        FROM + USUAL + CMD,
        CUSTOM + "runtime_config:\n  python_version: 3\n",
        'entrypoint: "gunicorn -b :$PORT main:app"\nruntime_config:\n  python_version: 3\n',
    ),
    "in one line": (
        FROM + "RUN virtualenv /env && pip install --no-cache-dir -r requirements.txt\nCOPY . .\n" + CMD,
        CUSTOM,
        f'entrypoint: "gunicorn -b :$PORT main:app"\n{SYSTEM}',
    ),
}


@pytest.mark.parametrize(("image", "before", "after"), BACK.values(), ids=BACK)
def test_back_to_python(image: str, before: str, after: str) -> None:
    files = {"app.yaml": before, "Dockerfile": image, **REQUIREMENTS}
    found = check_rewritten(RULE, files, {"app.yaml": "runtime: python\nenv: flex\n" + after})
    assert [(one.status, one.severity) for one in found] == [
        (Status.OPEN, Severity.ERROR),
        (Status.FIXED, Severity.WARNING),
    ]
    assert "Dockerfile lies beside" in found[0].message
    assert found[0].hint == "delete the Dockerfile; the buildpacks do what it did"


REBASED = {
    "apt packages": (
        FROM + "RUN apt-get update && apt-get install -y ffmpeg\n" + USUAL + CMD,
        "RUN apt-get update && apt-get install -y ffmpeg\n" + USUAL + CMD,
    ),
    "a variable": (FROM + USUAL + "ENV STAGE prod\n" + CMD, USUAL + "ENV STAGE prod\n" + CMD),
    "a script to start": (FROM + USUAL + 'ENTRYPOINT ["./run.sh"]\n', USUAL + 'ENTRYPOINT ["./run.sh"]\n'),
    "virtualenv among others": (
        FROM + "RUN virtualenv -p python3.6 /env && /env/bin/pip install x\nADD . /app\n" + CMD,
        "RUN virtualenv -p python3.6 /env && /env/bin/pip install x\nADD . /app\n" + CMD,
    ),
}


@pytest.mark.parametrize(("before", "rest"), REBASED.values(), ids=REBASED)
def test_another_base_image(before: str, rest: str) -> None:
    new = rest.replace("virtualenv --no-download /env -p python3\n", "python3 -m venv /env\n")
    new = new.replace("virtualenv -p python3.6 /env", "python3 -m venv /env")
    expected = "FROM python:3.12-slim\nENV PORT=8080 PYTHONUNBUFFERED=1\nWORKDIR /app\n" + new
    check_rewritten(RULE, {"app.yaml": CUSTOM, "Dockerfile": before, **REQUIREMENTS}, {"Dockerfile": expected})


def test_a_plain_dockerfile_without_requirements_keeps_its_place() -> None:
    found = findings(plan({"app.yaml": CUSTOM, "Dockerfile": FROM + "ADD . /app\n" + CMD}, RULE))
    assert ["there is no requirements.txt" in one.message for one in found] == [True]


def test_a_differing_entrypoint_keeps_the_dockerfile() -> None:
    files = {"app.yaml": CUSTOM + "entrypoint: python main.py\n", "Dockerfile": FROM + USUAL + CMD, **REQUIREMENTS}
    found = findings(plan(files, RULE))
    assert ["`entrypoint` in app.yaml differ" in one.message for one in found] == [True]


MANUAL = {
    "an interpreter by number": FROM + "RUN virtualenv /env\nRUN pip3.6 install x\n" + CMD,
    "an unusual virtualenv": FROM + "RUN virtualenv venv\n" + CMD,
    "by variable": "ARG TAG=latest\nFROM gcr.io/google-appengine/python:$TAG\nRUN make\n" + CMD,
}


@pytest.mark.parametrize("text", MANUAL.values(), ids=MANUAL)
def test_told_only(text: str) -> None:
    found = check_reported(RULE, {"app.yaml": CUSTOM, "Dockerfile": text, **REQUIREMENTS}, "no longer maintained")
    assert [one.fix for one in found] == [FixClass.MANUAL]


PINS = {
    "-p python3.6": ("RUN virtualenv /env -p python3.6\n", "runs Python 3.6 here"),
    "-p python3": ("RUN virtualenv -p python3 /env\n", "whose bare `python3` is 3.7.9"),
    "no -p": ("RUN virtualenv /env\n", "whose virtualenv is Python 2.7.12"),
    "none": ("RUN make\n", "runs Python 2.7.12"),
}


@pytest.mark.parametrize(("run", "says"), PINS.values(), ids=PINS)
def test_says_what_it_pins(run: str, says: str) -> None:
    found = findings(plan({"app.yaml": CUSTOM, "Dockerfile": FROM + run + CMD}, RULE, unsafe=False))
    assert any(says in one.message for one in found), found


NAMES = (
    "gcr.io/google-appengine/python:2018-01-01",
    "gcr.io/google_appengine/python-compat",
    "gcr.io/google_appengine/python-compat-multicore",
    "eu.gcr.io/google-appengine/python",
    "gcr.io/google_containers/python",
    "google/appengine-python27",
    "google/python-runtime",
    "google/python",
)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_the_image(name: str) -> None:
    found = findings(plan({"app.yaml": CUSTOM, "Dockerfile": f"FROM {name}\nRUN make\n{CMD}"}, RULE, unsafe=False))
    assert [name in one.message for one in found] == [True]
