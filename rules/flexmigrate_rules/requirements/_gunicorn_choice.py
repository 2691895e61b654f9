"""Which gunicorn pip would install for a service, beside what, and whether that serves, by the measured table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flexmigrate.project import Service
from flexmigrate.rule import Context
from flexmigrate_rules.requirements._requirements import Wanted, wanted
from flexmigrate_rules.web_server._entrypoint import start
from flexmigrate_rules.web_server._gunicorn import Settings, gunicorns

if TYPE_CHECKING:
    from flexmigrate.documents.packages import SpecifierSet, Version
    from flexmigrate.documents.requirements import Requirement
    from flexmigrate_rules.facts.gunicorn import Cause, Setuptools, Verdict

LIBRARIES = ("gevent", "eventlet", "tornado", "uvicorn", "uvicorn-worker")
# None of these needs `packaging`, so none brings it to a gunicorn that lacks it.
_WITHOUT_PACKAGING = frozenset(
    (
        *(
            "aiohttp",
            "asgiref",
            "beautifulsoup4",
            "blinker",
            "certifi",
            "cffi",
            "chardet",
            "charset-normalizer",
            "click",
        ),
        *("cryptography", "django", "djangorestframework", "eventlet", "fastapi", "flask", "flask-cors", "flask-login"),
        *("flask-sqlalchemy", "flask-wtf", "gevent", "greenlet", "gunicorn", "h11", "httplib2", "idna", "itsdangerous"),
        *("jinja2", "mako", "markupsafe", "mysqlclient", "numpy", "oauthlib", "pillow", "psycopg2", "psycopg2-binary"),
        *("pycryptodome", "pydantic", "pymongo", "pymysql", "python-dateutil", "pytz", "pyyaml", "redis", "requests"),
        *(
            "rsa",
            "setuptools",
            "simplejson",
            "six",
            "sqlalchemy",
            "sqlparse",
            "starlette",
            "tornado",
            "urllib3",
            "uvicorn",
        ),
        *("typing-extensions", "uvicorn-worker", "waitress", "werkzeug", "wheel", "whitenoise", "wtforms"),
    )
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A gunicorn as pip would install it, and how it starts. `sure` is False where the start command cannot be told."""

    wanted: Wanted
    entry: Requirement
    specifier: SpecifierSet
    version: str
    settings: Settings | None
    worker: str
    setuptools: Setuptools
    library: str
    sure: bool

    @property
    def worker_text(self) -> str:
        """The worker class in words, empty for the usual one."""
        return "" if self.worker in ("sync", "gthread") else f" with {self.worker} workers"

    def verdict(self, version: str | None = None, setuptools: Setuptools | None = None) -> Verdict:
        """What the table says of this start, or of the same with another release or setuptools."""
        from flexmigrate_rules.facts import gunicorn as facts

        return facts.verdict(
            version or self.version, self.wanted.python, self.worker, setuptools or self.setuptools, self.library
        )


def choices(service: Service, context: Context) -> Iterable[Choice]:
    """Each gunicorn that the service starts; one with the usual worker where its start command cannot be told."""
    found = wanted(service, context)
    if found is None or "gunicorn" not in found.effective:
        return
    specifier = found.effective["gunicorn"].specifier
    entry = found.line_deciding("gunicorn") or found.first("gunicorn")
    if specifier is None or entry is None:
        return
    version = _resolved(specifier, found.python)
    if version is None:
        return
    begun = start(service)
    settings: tuple[Settings | None, ...] = gunicorns(service, begun)
    sure = bool(settings)
    if not settings:
        if not begun.unknown and not begun.missing:
            return
        settings = (None,)
    seen: set[tuple[str, bool]] = set()
    for one in settings:
        worker = "sync" if one is None else one.worker
        library = _library(found, worker) if worker is not None else None
        known = sure and worker is not None and library is not None
        if worker is None or library is None:
            # What strikes with the usual worker may strike with this one too; the caller knows which causes do.
            worker, library = "sync", "newest"
        if (worker, known) in seen:
            continue
        seen.add((worker, known))
        yield Choice(found, entry, specifier, version, one, worker, _setuptools(found), library, known)


def _resolved(specifier: SpecifierSet, python: str) -> str | None:
    """The release that pip would take: the newest that is allowed and admits the Python; a pin in any case."""
    from flexmigrate_rules.facts import gunicorn as facts

    pins = [clause.version for clause in specifier if clause.operator in ("==", "===") and "*" not in clause.version]
    if pins:
        return pins[0]
    table = facts.load()
    full = table.pythons.get(python)
    for release in reversed(table.releases):
        declared = table.declared(release)
        if not specifier.contains(release) or declared is None:
            continue
        if full is None or not declared.requires_python or admits(declared.requires_python, full):
            return release
    return None


def admits(requires_python: str, full: str) -> bool:
    """Whether a Requires-Python admits a Python."""
    from flexmigrate.documents.packages import specifier_set

    return bool(specifier_set(requires_python).contains(full, prereleases=True))


def _setuptools(found: Wanted) -> Setuptools:
    """Which of the measured setuptools the requirements bring."""
    own = found.effective.get("setuptools")
    if own is None:
        return "resolved"
    state = setuptools_state(own.specifier, found.python)
    # One whose pkg_resources cannot be imported is as good as one that has none.
    return "resolved" if state == "broken" else state


def setuptools_state(specifier: SpecifierSet | None, python: str) -> Literal["old", "newest", "broken"]:
    """Whether these clauses bring a setuptools with a pkg_resources that works on the Python."""
    from flexmigrate.documents.packages import version
    from flexmigrate_rules.facts import pins

    if specifier is None:
        return "newest"
    if specifier.contains("82.0.0") or specifier.contains("999"):
        return "newest"
    exact = next((clause.version for clause in specifier if clause.operator in ("==", "===")), "")
    if exact and "*" not in exact:
        if version(exact) >= version("82"):
            return "newest"
        return "broken" if pins.load().run("setuptools", exact, python).outcome == "fails" else "old"
    allowed = [one for one in pins.load().measured("run", "setuptools") if specifier.contains(one)]
    if not allowed:
        return "old"
    return "broken" if pins.load().run("setuptools", allowed[-1], python).outcome == "fails" else "old"


def _library(found: Wanted, worker: str) -> str | None:
    """How the requirements bring the worker's library, in the table's words; None where the table has none for it."""
    if worker not in LIBRARIES:
        return "newest"
    extra = worker in {one for entry in found.effective["gunicorn"].requirements for one in entry.extras}
    own = found.effective.get(worker)
    if own is None:
        return "extra" if extra else "newest"
    if own.specifier is None:
        return None
    pinned = found.pinned(worker)
    if pinned:
        return pinned
    newest = newest_library(found.python, worker)
    if newest and own.specifier.contains(newest, prereleases=True):
        return "extra" if extra else "newest"
    return None


def newest_library(python: str, worker: str) -> str:
    """The newest release of a worker's library when the table was measured; empty where that is not known."""
    from flexmigrate_rules.facts import gunicorn as facts

    for release in reversed(facts.load().releases):
        evidence = facts.verdict(release, python, worker, "resolved").evidence
        if evidence is not None:
            return evidence.library.partition(" ")[2].split(" ")[-1]
    return ""


def brings_packaging(found: Wanted) -> bool:
    """Whether some requirement may bring `packaging`."""
    return found.opaque or any(name not in _WITHOUT_PACKAGING for name in found.effective)


def serving(choice: Choice, allowed: Iterable[str]) -> str | None:
    """The first of the releases that serves, steady ones before others."""
    from flexmigrate_rules.facts import gunicorn as facts

    table = facts.load()
    good = [release for release in allowed if choice.verdict(release).outcome == "serves"]
    return next((one for one in good if one not in table.unsteady), next(iter(good), None))


def releases() -> list[tuple[Version, str]]:
    """All releases of the table, oldest first."""
    from flexmigrate.documents.packages import version
    from flexmigrate_rules.facts import gunicorn as facts

    return sorted((version(one), one) for one in facts.load().releases)


def meaning(choice: Choice, cause: Cause | None, setuptools_version: str) -> str:
    """The cause as the end of a sentence."""
    if cause is None:
        return "it did not start when it was tried"
    if cause.id == "pkg-resources-missing":
        own = choice.wanted.effective.get("setuptools")
        if own is not None and setuptools_state(own.specifier, choice.wanted.python) == "broken":
            return "it imports pkg_resources, and that of the setuptools asked for does not work there"
        which = f"setuptools {setuptools_version.partition('.')[0]}" if setuptools_version else "a newer setuptools"
        return f"it imports pkg_resources, which {which} no longer has"
    if cause.id == "requires-python":
        return "its metadata says that it does not support that Python, and pip refuses it"
    text = cause.meaning.rstrip(".").partition(": ")[0]
    return text[0].lower() + text[1:]
