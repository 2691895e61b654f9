"""Clear away what only the standard environment reads.

Such keys come from a service's first life on App Engine. Where the facts say for certain that the flexible environment
does nothing with a key, the key is removed; where it is likely but was never confirmed, or where something would have
to take the key's place, it is only told. Handlers get a closer look: routes to scripts go when they catch everything
anyway, while `login:`, `secure: always` and static files promise something to somebody and are never removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.documents.yaml import Entry, Node
from flexmigrate.model import Finding, FixClass, Platform, Route, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._legacy_image import dockerfile, legacy_stage
from flexmigrate_rules.facts.keys import KeyRow, row_for

_ENVIRONMENTS = ("standard-only", "retired")
# Keys with members that belong to the standard environment one by one.
_LOOKED_INTO = ("automatic_scaling", "beta_settings")
# Told by rules of their own.
_ELSEWHERE = ("health_check",)
_APIS = "beta_settings.enable_app_engine_apis"
_STATIC = ("static_dir", "static_files")
_HARMLESS = {"secure": ("optional", "never", "default"), "login": ("optional",), "auth_fail_action": ("redirect",)}
_CATCH_ALL = ("/.*", ".*", "/(.*)", "(.*)")
_PACKAGES = {"MySQLdb": "mysqlclient", "PIL": "Pillow", "yaml": "PyYAML", "enum": "", "ssl": "", "futures": ""}


def check(service: Service, context: Context) -> Iterator[Finding]:
    for entry in service.root.entries:
        name = entry.name or ""
        if name == "handlers":
            yield from _handlers(service, entry)
        elif name in _LOOKED_INTO:
            for inner in entry.value.entries:
                yield from _key(service, inner, (name, inner.name or ""))
        elif name not in _ELSEWHERE:
            yield from _key(service, entry, (name,))


def _key(service: Service, entry: Entry, route: Route) -> Iterator[Finding]:
    key = ".".join(map(str, route))
    row = row_for(key)
    if row is None or row.key != key or row.environment not in _ENVIRONMENTS or row.refused:
        return
    if key == "libraries":
        yield _libraries(service, entry)
        return
    sure = row.flex.verdict == "dropped" and row.flex.evidence.verified and key != _APIS
    if sure and _read_by_image(service):
        return
    yield Finding(
        f"`{key}` has no effect on the flexible environment" if sure else _told(row),
        service.config,
        entry.start,
        hint="" if sure else _hint(row),
        severity=Severity.INFO if row.flex.verdict == "dropped" else Severity.WARNING,
        key=key,
        rewrites=(service.editor.remove(route),) if sure else (),
    )


def _told(row: KeyRow) -> str:
    if row.key == "includes":
        return "`includes` merges other files into this one when gcloud deploys, and those files were not looked at"
    if row.key == _APIS:
        return f"`{row.key}` asks for the App Engine APIs of the compat images, which the modern runtime does not have"
    why = row.flex.why.rstrip(".")
    why = row.flex.evidence.qualify(why[:1].lower() + why[1:])
    return f"`{row.key}` is not a setting of the flexible environment: {why}"


def _hint(row: KeyRow) -> str:
    if row.key == "includes":
        return "look into the included files, or copy what they hold into this file"
    if row.key == _APIS:
        return "move the program to Google's client libraries, then remove the key"
    return f"say it with {row.flex.becomes}, or remove it" if row.flex.becomes else "remove it if you do not need it"


def _read_by_image(service: Service) -> bool:
    """Whether what runs the service may read such keys itself, as the compat images do; they go once it has gone."""
    if service.runtime == "custom":
        file = dockerfile(service)
        stage = legacy_stage(file) if file is not None else None
        return file is None or (stage is not None and "compat" in (stage.image or ""))
    return service.runtime != "python" or _is_python27(service)


def _is_python27(service: Service) -> bool:
    written = (service.value("vm_settings", "vm_runtime"), service.value("beta_settings", "vm_runtime"))
    return "python27" in (service.runtime, *written)


def _libraries(service: Service, entry: Entry) -> Finding:
    names = [item.text("name") or "" for item in entry.value.items]
    wanted = [package for name in names if (package := _PACKAGES.get(name, name))]
    requirements = service.text("requirements.txt") or ""
    missing = [package for package in wanted if not _required(package, requirements)]
    if entry.value.kind == "sequence" and not missing and all(names) and not _is_python27(service):
        return Finding(
            "`libraries` has no effect on the flexible environment, and requirements.txt lists the packages",
            service.config,
            entry.start,
            severity=Severity.INFO,
            key="libraries",
            rewrites=(service.editor.remove(("libraries",)),),
        )
    return Finding(
        "`libraries` belongs to the python27 runtime of the standard environment; elsewhere pip installs the packages",
        service.config,
        entry.start,
        hint=f"list in requirements.txt: {', '.join(missing)}; then remove it" if missing else "remove it",
        severity=Severity.WARNING,
        key="libraries",
    )


def _required(package: str, requirements: str) -> bool:
    name = re.escape(package).replace("_", "[-_.]").replace("\\-", "[-_.]")
    return re.search(rf"(?im)^[ \t]*{name}(?![\w.-])", requirements) is not None


def _handlers(service: Service, entry: Entry) -> Iterator[Finding]:
    items = entry.value.items
    static = [item for item in items if any(item.get(name) is not None for name in _STATIC)]
    login = [item for item in items if _says(item, "login", "required", "admin")]
    secure = [item for item in items if _says(item, "secure", "always")]
    if login:
        yield _handler_finding(
            service,
            login,
            "login",
            "are meant for signed-in users or administrators by `login:`, which the flexible environment is not known "
            "to enforce",
            "check who may call these URLs in the program, or put Identity-Aware Proxy in front of it",
            Severity.WARNING,
        )
    if secure:
        yield _handler_finding(
            service,
            secure,
            "secure",
            "say `secure: always`, and it is not known whether the flexible environment redirects plain HTTP then",
            "try it with `curl -I http://…`, and redirect in the program by X-Forwarded-Proto if it has to be HTTPS",
            Severity.INFO,
        )
    if static:
        yield _handler_finding(
            service,
            static,
            "static",
            "point to static files, which the flexible environment does not serve by itself",
            "serve them from the program (for example WhiteNoise) or from Cloud Storage",
            Severity.WARNING,
        )
    plain = items and all(_is_plain(item) for item in items)
    if plain and any(item.text("url") in _CATCH_ALL for item in items) and not _read_by_image(service):
        yield Finding(
            "these handlers only route requests to scripts, and the flexible environment hands every request to the "
            "entrypoint anyway",
            service.config,
            entry.start,
            severity=Severity.INFO,
            key="handlers",
            rewrites=(service.editor.remove(("handlers",)),),
        )


def _handler_finding(
    service: Service, items: list[Node], kind: str, what: str, hint: str, severity: Severity
) -> Finding:
    urls = [item.text("url") or "?" for item in items]
    shown = ", ".join(f"`{url}`" for url in urls[:5]) + (f" and {len(urls) - 5} more" if len(urls) > 5 else "")
    return Finding(
        f"the handlers for {shown} {what}",
        service.config,
        items[0].start,
        hint=hint,
        severity=severity,
        fix=FixClass.MANUAL,
        key=f"handlers.{kind}",
    )


def _says(item: Node, name: str, *values: str) -> bool:
    return item.text(name) in values


def _is_plain(item: Node) -> bool:
    """Whether a handler routes to a script and promises nothing else."""
    if item.kind != "mapping" or item.get("script") is None or item.get("url") is None:
        return False
    for entry in item.entries:
        value = entry.value
        if value.kind != "scalar" or value.templated:
            return False
        if entry.name not in ("url", "script") and value.value not in _HARMLESS.get(entry.name or "", ()):
            return False
    return True


RULE = Rule(
    check=check,
    summary="keys that only the standard environment reads are removed or told",
    severity=Severity.INFO,
    fix=FixClass.SAFE,
    source="https://cloud.google.com/appengine/docs/flexible/reference/app-yaml",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={"app.yaml": "runtime: python\nenv: flex\napi_version: 1\nthreadsafe: true  # always was\n"},
        after={"app.yaml": "runtime: python\nenv: flex\n"},
        says="`threadsafe` has no effect on the flexible environment",
    ),
)
