"""Require the server that the start command names.

A virtual environment has what `requirements.txt` asks for and nothing else. The buildpacks of the flexible environment
help out in one case: where `requirements.txt` does not mention gunicorn and GOOGLE_ENTRYPOINT is not set, they install
a gunicorn of their own choice. A service should not live on that, because their choice changes with time; writing the
same version down changes nothing today. Any other server that no requirement brings is not found at the start.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._start import has_build_variable
from flexmigrate_rules.requirements._requirements import add, wanted, with_rewrites
from flexmigrate_rules.web_server._entrypoint import start

# Since 2026-07-01; 21.2.0 before.
BUILT_IN = "gunicorn==22.0.0"
_PACKAGES = {
    "gunicorn": "gunicorn",
    "uwsgi": "uwsgi",
    "waitress": "waitress",
    "uvicorn": "uvicorn",
    "hypercorn": "hypercorn",
    "daphne": "daphne",
    "flask": "flask",
}
# Other distributions that contain or require a server.
_BRINGS = {
    "gunicorn": ("uvicorn-worker", "gunicorn-color", "locustio"),
    "uwsgi": ("pyuwsgi", "uwsgitop"),
    "waitress": ("pyramid-debugtoolbar", "mlflow", "flask-appbuilder", "webtest"),
    "uvicorn": ("uvicorn-worker", "fastapi-cli", "gradio", "google-adk", "connexion", "mcp", "chromadb", "prefect"),
    "hypercorn": ("quart",),
    "daphne": ("channels",),
    "flask": ("dash", "flask-restful", "flask-sqlalchemy", "flask-cors", "flask-restplus", "connexion", "mlflow"),
}
_EXTRAS = {"uvicorn": ("standard", "all", "uvicorn", "fastapi"), "daphne": ("daphne",), "waitress": ("waitress",)}


def check(service: Service, context: Context) -> Iterator[Finding]:
    if service.runtime == "custom":
        # Its image may bring any server.
        return
    found = wanted(service, context)
    if found is None or found.opaque:
        return
    for one in start(service).servers(*_PACKAGES):
        assert one.server is not None
        name = one.server.server.value
        package = _PACKAGES[name]
        if package in found or any(other in found for other in _BRINGS[name]):
            continue
        extras = {extra for every in found.effective.values() for line in every.requirements for extra in line.extras}
        if name != "flask" and (name in extras or extras & set(_EXTRAS.get(name, ()))):
            continue
        if name == "flask" and any(other.startswith("flask-") for other in found.effective):
            continue
        built_in = name == "gunicorn" and context.platform is Platform.FLEX
        built_in = built_in and not has_build_variable(service, "GOOGLE_ENTRYPOINT")
        line = BUILT_IN if built_in else package
        message = (
            f"the start command runs gunicorn, which no requirement brings; the build adds {BUILT_IN} on its own"
            if built_in
            else f"the start command runs {name}, which no requirement brings: it will not be found"
        )
        yield with_rewrites(
            Finding(
                message,
                one.written.path,
                one.written.offset,
                severity=Severity.WARNING if built_in else Severity.ERROR,
                key=f"server:{name}",
            ),
            [add(service, found, line)],
            f"add {line} to {found.path}",
        )
        return


_APP = "runtime: python\nenv: flex\nentrypoint: waitress-serve --port=$PORT main:app\n"
RULE = Rule(
    check=check,
    summary="the start command names a server that no requirement brings",
    severity=Severity.ERROR,
    fix=FixClass.SAFE,
    source="https://github.com/GoogleCloudPlatform/buildpacks/blob/main/cmd/python/webserver/main.go",
    example=Example(
        before={"app.yaml": _APP, "requirements.txt": "Flask==3.0.3\n"},
        after={"app.yaml": _APP, "requirements.txt": "Flask==3.0.3\nwaitress\n"},
        says="runs waitress, which no requirement brings",
    ),
)
