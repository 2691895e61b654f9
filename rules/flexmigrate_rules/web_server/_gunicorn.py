"""The settings that a gunicorn starts with: command line, GUNICORN_CMD_ARGS, and its Python file, read statically."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flexmigrate.project import Service
from flexmigrate_rules.web_server._entrypoint import Start, Started, local_path

if TYPE_CHECKING:
    from flexmigrate.documents.python import PythonSource
    from flexmigrate.documents.python_settings import Assignment

DEFAULT_FILE = "gunicorn.conf.py"
_WORKERS = {
    "sync": "sync",
    "gunicorn.workers.sync.SyncWorker": "sync",
    "gthread": "gthread",
    "gunicorn.workers.gthread.ThreadWorker": "gthread",
    "gevent": "gevent",
    "gevent_wsgi": "gevent",
    "gevent_pywsgi": "gevent",
    "gunicorn.workers.ggevent.GeventWorker": "gevent",
    "eventlet": "eventlet",
    "gunicorn.workers.geventlet.EventletWorker": "eventlet",
    "tornado": "tornado",
    "gunicorn.workers.gtornado.TornadoWorker": "tornado",
    "uvicorn.workers.UvicornWorker": "uvicorn",
    "uvicorn.workers.UvicornH11Worker": "uvicorn",
    "uvicorn_worker.UvicornWorker": "uvicorn-worker",
    "asgi": "asgi",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """One gunicorn that is started. `file` is its settings file where there is one in the repository."""

    started: Started
    file: str | None
    source: PythonSource | None
    unread: str
    """Why settings may be missing: a file that cannot be found or told."""

    def assigned(self, name: str) -> Assignment | None:
        """What the settings file assigns to a name; None where it does not."""
        if self.source is None or name.encode() not in self.source.text.encode("utf-8", "replace"):
            return None
        from flexmigrate.documents.python_settings import setting

        return setting(self.source, name)

    @property
    def worker_class(self) -> str | None:
        """The worker class as written; None where it cannot be told."""
        server = self.started.server
        assert server is not None
        if server.worker_class is not None:
            return None if "$" in server.worker_class else server.worker_class
        if self.unread:
            return None
        assigned = self.assigned("worker_class")
        if assigned is None:
            return "gthread" if self._threads() > 1 else "sync"
        if assigned.known and isinstance(assigned.value, str) and not assigned.conditional:
            if assigned.value == "sync" and self._threads() > 1:
                return "gthread"
            return assigned.value
        default = assigned.environment[0].default if len(assigned.environment) == 1 else None
        return default if isinstance(default, str) and not assigned.conditional else None

    @property
    def worker(self) -> str | None:
        """The worker by the name under which it was measured; None where it was not, or cannot be told."""
        written = self.worker_class
        if written is None:
            return None
        if written.startswith("egg:gunicorn#"):
            written = written.partition("#")[2]
        if written == "sync" and self._threads() > 1:
            return "gthread"
        return _WORKERS.get(written)

    def _threads(self) -> int:
        server = self.started.server
        assert server is not None
        if server.threads is not None:
            return int(server.threads) if server.threads.isdigit() else 1
        assigned = None if self.unread else self.assigned("threads")
        return assigned.value if assigned is not None and isinstance(assigned.value, int) else 1


def gunicorns(service: Service, found: Start) -> tuple[Settings, ...]:
    """Each gunicorn that the service starts, with its settings."""
    return tuple(_settings(service, one) for one in found.servers("gunicorn"))


def _settings(service: Service, started: Started) -> Settings:
    server = started.server
    assert server is not None
    chdir = server.option("chdir")
    named = server.config
    if named is not None and named.startswith("python:"):
        path = service.path(named.removeprefix("python:").replace(".", "/") + ".py")
    elif named is not None:
        found = None if "$" in named else local_path(service, named.removeprefix("file:"))
        if found is None:
            return Settings(started, None, None, f"its settings file {named} is not in the source")
        path = found
    else:
        folder = chdir.text if chdir is not None and chdir.text not in (".", "./") else ""
        found = local_path(service, f"{folder}/{DEFAULT_FILE}" if folder else DEFAULT_FILE)
        if found is None or service.repository.text(found) is None:
            return Settings(started, None, None, "")
        path = found
    text = service.repository.text(path)
    if text is None:
        return Settings(started, None, None, f"its settings file {named} is not in the source")
    from flexmigrate.documents.python import PythonSource

    source = PythonSource(text, path)
    trouble = f"{path} does not parse" if source.problem is not None else ""
    return Settings(started, path, source, trouble)
