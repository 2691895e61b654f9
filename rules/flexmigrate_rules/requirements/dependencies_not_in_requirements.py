"""Tell that nothing is installed, because the dependencies stand in a file that the build does not read.

The buildpacks of the flexible environment install what `requirements.txt` beside the config file says. Poetry and uv
have buildpacks of their own, but not in this builder; a Pipfile, `setup.py` or conda file is read by none. Without
`requirements.txt` the image is built, holds no package, and the first import fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.requirements._requirements import FILE

_EXPORTS = (
    ("Pipfile.lock", "pipenv requirements > requirements.txt"),
    ("Pipfile", "pipenv lock && pipenv requirements > requirements.txt"),
    ("poetry.lock", "poetry export --without-hashes -o requirements.txt (needs poetry-plugin-export)"),
    ("uv.lock", "uv export --no-hashes --no-dev -o requirements.txt"),
    ("pyproject.toml", "uv pip compile pyproject.toml -o requirements.txt"),
    ("setup.py", "write `.` into requirements.txt, or pip-compile setup.py"),
    ("setup.cfg", "write `.` into requirements.txt, or pip-compile setup.cfg"),
    ("environment.yml", "list the packages of environment.yml in requirements.txt"),
    ("environment.yaml", "list the packages of environment.yaml in requirements.txt"),
    ("conda.yaml", "list the packages of conda.yaml in requirements.txt"),
)
_DECLARES = re.compile(r"^\s*(?:dependencies\s*=|\[tool\.poetry\.dependencies\])", re.MULTILINE)
_EMPTY = re.compile(r"^\s*dependencies\s*=\s*\[\s*\]", re.MULTILINE)
_SETUP = re.compile(r"install_requires\s*=\s*(?!\[\s*\])")


def check(service: Service, context: Context) -> Iterator[Finding]:
    if service.runtime == "custom" or service.text(FILE) is not None:
        return
    beside = {path for path in service.files() if "/" not in path[len(service.directory) :].lstrip("/")}
    for name, export in _EXPORTS:
        path = service.path(name)
        if path not in beside or not _declares(name, service.repository.text(path) or ""):
            continue
        yield Finding(
            f"the dependencies stand in {name}, which the build does not read: without {FILE} it installs nothing",
            path,
            hint=export if export.startswith(("write", "list")) else f"run {export}",
            key=FILE,
        )
        return


def _declares(name: str, text: str) -> bool:
    """Whether the file names a dependency at all; `pyproject.toml` often only configures tools."""
    if name == "pyproject.toml":
        return _DECLARES.search(text) is not None and not _EMPTY.search(text)
    if name in ("setup.py", "setup.cfg"):
        return _SETUP.search(text) is not None
    if name == "Pipfile":
        packages = text.partition("[packages]")[2].partition("\n[")[0]
        return "=" in packages
    return bool(text.strip())


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
_PIPFILE = '[packages]\nflask = "*"\ngunicorn = "*"\n'
RULE = Rule(
    check=check,
    summary="the dependencies stand in a file that the build does not read",
    severity=Severity.ERROR,
    fix=FixClass.MANUAL,
    source="https://github.com/GoogleCloudPlatform/buildpacks/blob/main/builders/python/builder.toml.template",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={"app.yaml": _APP, "Pipfile": _PIPFILE},
        after={"app.yaml": _APP, "Pipfile": _PIPFILE},
        says="the dependencies stand in Pipfile",
    ),
)
