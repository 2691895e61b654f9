"""Say `env: flex` and nothing else.

`vm: true` asked for Managed VMs, which stopped in December 2017; gcloud still reads the key and warns. `env: 2` and
`env: flexible` are aliases that gcloud understands, but the buildpacks look for the words `env: flex` or `env:
flexible` in the file and would not know `env: 2`; one spelling also keeps a fleet searchable. `runtime: python27` on
a Managed VM is left to a person: gcloud refuses it together with `env: flex`, and the App Engine APIs it relied on
are gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flexmigrate.documents.yaml import Entry
from flexmigrate.model import Finding, FixClass, Platform, Rewrite, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._yaml_values import truth

_STANDARD = ("standard", "1")


def check(service: Service, context: Context) -> Iterator[Finding]:
    vm, env = service.root.entry("vm"), service.root.entry("env")
    if env is not None and (env.value.kind != "scalar" or env.value.templated):
        return
    if vm is not None and truth(vm.value):
        yield _managed(service, vm, env)
    elif env is not None and service.value("env") in ("2", "flexible"):
        yield _alias(service, env)


def _managed(service: Service, vm: Entry, env: Entry | None) -> Finding:
    retired = "`vm: true` asks for Managed VMs, which were shut down in 2017"
    if service.runtime == "python27":
        return Finding(
            f"{retired}, and `runtime: python27` cannot go on in the flexible environment that followed them",
            service.config,
            vm.start,
            hint="move the code off the App Engine APIs to Python 3, then write `runtime: python` and `env: flex`",
            key="vm",
        )
    if env is not None and service.value("env") in _STANDARD:
        return Finding(
            f"{retired}, while `env` names the standard environment",
            service.config,
            vm.start,
            hint="write `env: flex` without `vm`, or for the standard environment a runtime such as `python312`",
            key="vm",
        )
    editor = service.editor
    if env is None:
        rewrite = editor.set(("vm",), "flex") + editor.rename(("vm",), "env")
        message = f"{retired}; their successor is `env: flex`"
    else:
        rewrite = editor.remove(("vm",))
        if service.value("env") != "flex":
            rewrite += _flex(service)
        message = f"{retired}; `env` alone says it"
    return Finding(message, service.config, vm.start, key="vm", rewrites=(rewrite,))


def _alias(service: Service, env: Entry) -> Finding:
    written = service.value("env")
    why = "the buildpacks do not recognise it" if written == "2" else "`env: flex` is the documented spelling"
    return Finding(
        f"`env: {written}` is an old alias of `env: flex`; {why}",
        service.config,
        env.start,
        severity=Severity.WARNING if written == "2" else Severity.INFO,
        key="env",
        rewrites=(_flex(service),),
    )


def _flex(service: Service) -> Rewrite:
    rewrite = service.editor.set(("env",), "flex")
    # The buildpacks look for the bare words `env: flex`, so quotes do not stay.
    return replace(rewrite, edits=tuple(replace(edit, new=edit.new.strip("'\"")) for edit in rewrite.edits))


RULE = Rule(
    check=check,
    summary="`vm: true` and the aliases of `env: flex` become `env: flex`",
    severity=Severity.ERROR,
    fix=FixClass.SAFE,
    source="https://cloud.google.com/appengine/docs/flexible/python/upgrading",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={"app.yaml": "runtime: python\nvm: true  # 2 CPUs\nruntime_config:\n  python_version: 3\n"},
        after={"app.yaml": "runtime: python\nenv: flex  # 2 CPUs\nruntime_config:\n  python_version: 3\n"},
        says="Managed VMs",
    ),
)
