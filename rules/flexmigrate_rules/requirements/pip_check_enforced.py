"""Tell that the build now refuses requirements that contradict each other.

The legacy build ran `pip install -r requirements.txt` with a pip that took the first version it met and installed
contradictions without a word. The pip of the modern runtimes stops at a contradiction between two lines, and the
buildpacks run `pip check` afterwards, which stops at one between installed packages. Files that pin many packages, as
`pip freeze` writes them and people edit them, are those that this hits. What would contradict what takes an index to
find out.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.requirements._requirements import place, wanted

_MANY = 8


def check(service: Service, context: Context) -> Iterator[Finding]:
    if context.resolver is not None:
        # Then unresolvable-requirements does not have to guess.
        return
    # As it stands on disk: the plan itself makes the config a modern one.
    modern = b"operating_system" in (service.repository.data(service.config) or b"")
    if service.runtime == "custom" or modern:
        return
    found = wanted(service, context)
    if found is None:
        return
    pins = [entry for name in found.effective if (entry := found.first(name)) is not None and entry.pinned]
    if len(pins) < _MANY:
        return
    yield Finding(
        f"{len(pins)} requirements are pinned, and the build now stops where two of them contradict each other, which "
        "the legacy build let pass",
        pins[0].path,
        place(pins[0]),
        hint="plan with --resolve, or try it before deploying: "
        f"python{found.python} -m venv t && t/bin/pip install -r {found.path} && "
        "t/bin/pip check",
        key="pip-check",
    )


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
_PINS = "".join(f"{name}\n" for name in ("six==1.16.0", "idna==2.8", "click==8.1.7", "pytz==2024.1", "attrs==24.2.0"))
_PINS += "Flask==3.0.3\nrequests==2.32.3\nchardet==5.2.0\n"
RULE = Rule(
    check=check,
    summary="the build now refuses requirements that contradict each other",
    severity=Severity.INFO,
    fix=FixClass.MANUAL,
    source="https://github.com/GoogleCloudPlatform/buildpacks/blob/main/pkg/python/python.go",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={"app.yaml": _APP, "requirements.txt": _PINS},
        after={"app.yaml": _APP, "requirements.txt": _PINS},
        says="8 requirements are pinned",
    ),
)
