"""Find imports of the services that came bundled with App Engine's first generation.

`google.appengine.api.memcache`, `ndb`, `taskqueue`, `users` and their relatives belong to the standard environment. The
flexible environment never offered them outside the retired compatibility images, and Cloud Run does not either: without
its package the import fails, and with `appengine-python-standard` installed the calls find no service behind them. Each
has a Cloud service or library that does the same work.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.source._judging import is_local, required, running_python, severity
from flexmigrate_rules.source._sources import SourceFile, sources

_INSTEAD = {
    "ndb": "google-cloud-ndb",
    "db": "google-cloud-ndb or google-cloud-datastore",
    "memcache": "Memorystore (redis)",
    "taskqueue": "google-cloud-tasks",
    "deferred": "google-cloud-tasks",
    "users": "Identity-Aware Proxy, Identity Platform or google-auth",
    "urlfetch": "requests",
    "mail": "a mail provider's API or SMTP relay",
    "blobstore": "google-cloud-storage",
    "images": "Pillow with google-cloud-storage",
    "search": "a search service such as Elasticsearch",
    "app_identity": "google-auth and the metadata server",
    "modules": "GAE_SERVICE on App Engine, K_SERVICE on Cloud Run",
    "logservice": "google-cloud-logging",
    "channel": "Firestore or WebSockets",
    "xmpp": "a messaging service",
    "oauth": "google-auth",
    "webapp": "Flask, or the package webapp2",
    "vendor": "requirements.txt",
}
_PACKAGE = "appengine-python-standard"


def check(service: Service, context: Context) -> Iterator[Finding]:
    python = running_python(service, context) or context.python
    packages: frozenset[str] | None = None
    asked = False
    for file in sources(service):
        bundled = b"google" in file.imports and file.mentions(b"google.appengine")
        if not bundled and b"webapp2" not in file.imports:
            continue
        if not asked:
            packages, asked = required(service, context), True
        yield from _in_file(service, file, python, packages)


def _in_file(service: Service, file: SourceFile, python: str, packages: frozenset[str] | None) -> Iterator[Finding]:
    from flexmigrate_rules.source._reading import read

    text = service.repository.text(file.path)
    if text is None or is_local(service, "google", file.path):
        return
    known = packages or frozenset()
    bundled: list[tuple[Severity, str, int]] = []
    for one in read(text, file.path).imports:
        level = severity(service, file, one.place, python)
        if level is None:
            continue
        if one.dotted.startswith("google.appengine"):
            bundled.append((level, _service(one.dotted), one.offset))
        elif one.dotted.partition(".")[0] == "webapp2" and _missing(service, file, packages):
            yield Finding(
                "webapp2 came with App Engine's standard environment; no requirement brings it here",
                file.path,
                one.offset,
                hint="add it, or move to Flask: its last release is old, and imports cgi, which Python 3.13 lacks",
                severity=Severity.WARNING,
                key="webapp2",
            )
    if not bundled:
        return
    bundled.sort(key=lambda place: place[0] is not Severity.ERROR)
    level, _, offset = bundled[0]
    names = list(dict.fromkeys(name for _, name, _ in bundled))
    listed = ", ".join(f"`{name}`" for name in names)
    if packages is None or _PACKAGE in known:
        level = Severity.WARNING
        message = f"{listed}: App Engine's bundled services answer only in the standard environment"
    else:
        message = f"{listed} cannot be imported: App Engine's bundled services exist only in the standard environment"
    told = (f"{name}: {_INSTEAD[name]}" for name in names if name in _INSTEAD)
    hint = "; ".join(told) or "replace them by Cloud client libraries"
    yield Finding(message, file.path, offset, hint=hint, severity=level, key="google.appengine")


def _missing(service: Service, file: SourceFile, packages: frozenset[str] | None) -> bool:
    """Whether nothing brings webapp2."""
    return packages is not None and not packages & {"webapp2", _PACKAGE} and not is_local(service, "webapp2", file.path)


def _service(dotted: str) -> str:
    """The part of the dotted name that people know the service by."""
    parts = dotted.split(".")[2:]
    return next((part for part in parts if part in _INSTEAD), parts[-1] if parts else "google.appengine")


_EXAMPLE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
    "main.py": "from google.appengine.api import memcache\nfrom google.appengine.ext import ndb\n",
}

RULE = Rule(
    check=check,
    summary="imports of App Engine's bundled services (`google.appengine`)",
    severity=Severity.ERROR,
    fix=FixClass.MANUAL,
    source="https://cloud.google.com/appengine/migration-center/standard/python/migrate-to-python3",
    example=Example(before=_EXAMPLE, after=_EXAMPLE, says="`memcache`, `ndb` cannot be imported"),
)
