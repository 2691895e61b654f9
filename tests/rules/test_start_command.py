"""The effective start command: where it is looked for, what is followed, and what is called unknown."""

from __future__ import annotations

import pytest

from flexmigrate.project import discover_services
from flexmigrate.testing import repository
from flexmigrate_rules.web_server._entrypoint import Start, start
from flexmigrate_rules.web_server._gunicorn import gunicorns

HEAD = "runtime: python\nenv: flex\n"
CUSTOM = "runtime: custom\nenv: flex\n"
FROM = "FROM python:3.12\n"


def begun(files: dict[str, str | bytes]) -> Start:
    (service,) = discover_services(repository(files)).services
    return start(service)


FOUND: dict[str, tuple[dict[str, str | bytes], str]] = {
    "entrypoint": ({"app.yaml": HEAD + "entrypoint: gunicorn a:b\n"}, "app.yaml"),
    "a Procfile before it": ({"app.yaml": HEAD + "entrypoint: x\n", "Procfile": "web: gunicorn a:b\n"}, "Procfile"),
    "a build variable before both": (
        {
            "app.yaml": HEAD + "entrypoint: x\nbuild_env_variables:\n  GOOGLE_ENTRYPOINT: gunicorn a:b\n",
            "Procfile": "web: y\n",
        },
        "app.yaml",
    ),
    "a folded scalar": ({"app.yaml": HEAD + "entrypoint: >\n  gunicorn\n  a:b\n"}, "app.yaml"),
    "a script": ({"app.yaml": HEAD + "entrypoint: bash run.sh\n", "run.sh": "cd x\ngunicorn a:b\n"}, "run.sh"),
    "a script of a script": (
        {"app.yaml": HEAD + "entrypoint: ./a.sh\n", "a.sh": ". ./b.sh\n", "b.sh": "gunicorn a:b\n"},
        "b.sh",
    ),
    "processes": (
        {
            "app.yaml": HEAD + "entrypoint: honcho start -f procs web\n",
            "procs": "web: gunicorn a:b\nbg: gunicorn c:d\n",
        },
        "procs",
    ),
    "all processes": (
        {"app.yaml": HEAD + "entrypoint: honcho -f procs start\n", "procs": "web: gunicorn a:b\nbg: sleep 9\n"},
        "procs",
    ),
    "an image": ({"app.yaml": CUSTOM, "Dockerfile": FROM + "CMD gunicorn a:b\n"}, "Dockerfile"),
    "an image's list": ({"app.yaml": CUSTOM, "Dockerfile": FROM + 'CMD ["gunicorn", "a:b"]\n'}, "Dockerfile"),
    "an image's script": (
        {"app.yaml": CUSTOM, "Dockerfile": FROM + "CMD /app/run.sh\n", "run.sh": "gunicorn a:b\n"},
        "run.sh",
    ),
    "an entrypoint for an image": (
        {"app.yaml": CUSTOM + "entrypoint: gunicorn a:b\n", "Dockerfile": FROM + "CMD x\n"},
        "app.yaml",
    ),
}


@pytest.mark.parametrize(("files", "path"), FOUND.values(), ids=FOUND)
def test_found(files: dict[str, str | bytes], path: str) -> None:
    found = begun(files)
    (one,) = found.servers("gunicorn")
    assert one.server is not None
    assert one.server.app == "a:b"
    assert one.written.path == path
    assert not found.missing


UNKNOWN: dict[str, dict[str, str | bytes]] = {
    "a template": {"app.yaml": HEAD + "entrypoint: {{ run }}\n"},
    "a list": {"app.yaml": HEAD + "entrypoint: [gunicorn, a]\n"},
    "a variable": {"app.yaml": HEAD + "entrypoint: $RUN\n"},
    "a script that is not there": {"app.yaml": HEAD + "entrypoint: ./run.sh\n"},
    "a script of the system": {"app.yaml": HEAD + "entrypoint: bash /opt/run.sh\n"},
    "a script above": {"web/app.yaml": HEAD + "entrypoint: bash ../../run.sh\n"},
    "scripts in a circle": {"app.yaml": HEAD + "entrypoint: ./a.sh\n", "a.sh": "./a.sh\n"},
    "processes that are not there": {"app.yaml": HEAD + "entrypoint: honcho start -f procs\n"},
    "an image that says nothing": {"app.yaml": CUSTOM, "Dockerfile": FROM},
}


@pytest.mark.parametrize("files", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown(files: dict[str, str | bytes]) -> None:
    found = begun(files)
    assert found.unknown
    assert not found.servers()


MISSING: dict[str, dict[str, str | bytes]] = {
    "nothing": {"app.yaml": HEAD},
    "an empty key": {"app.yaml": HEAD + "entrypoint:\n"},
    "an image without its file": {"app.yaml": CUSTOM, "main.py": ""},
}


@pytest.mark.parametrize("files", MISSING.values(), ids=MISSING)
def test_missing(files: dict[str, str | bytes]) -> None:
    assert begun(files).missing


WORKERS: dict[str, tuple[str, dict[str, str | bytes], str | None]] = {
    "none": ("gunicorn a:b", {}, "sync"),
    "by threads": ("gunicorn --threads 4 a:b", {}, "gthread"),
    "threads beside the usual": ("gunicorn -k sync --threads 4 a:b", {}, "gthread"),
    "unknown threads": ("gunicorn --threads $N a:b", {}, "sync"),
    "the long name": ("gunicorn -k gunicorn.workers.ggevent.GeventWorker a:b", {}, "gevent"),
    "an egg": ("gunicorn -k egg:gunicorn#gevent a:b", {}, "gevent"),
    "not measured": ("gunicorn -k meinheld.gmeinheld.MeinheldWorker a:b", {}, None),
    "a variable": ("gunicorn -k $K a:b", {}, None),
    "the usual file": ("gunicorn a:b", {"gunicorn.conf.py": "worker_class = 'gevent'\n"}, "gevent"),
    "threads in the file": ("gunicorn a:b", {"gunicorn.conf.py": "worker_class = 'sync'\nthreads = 2\n"}, "gthread"),
    "only threads in the file": ("gunicorn a:b", {"gunicorn.conf.py": "threads = 2\n"}, "gthread"),
    "a file in another folder": (
        "gunicorn --chdir web a:b",
        {"web/gunicorn.conf.py": "worker_class = 'gevent'\n", "gunicorn.conf.py": "worker_class = 'eventlet'\n"},
        "gevent",
    ),
    "a module": ("gunicorn -c python:conf.web a:b", {"conf/web.py": "worker_class = 'eventlet'\n"}, "eventlet"),
    "the line before the file": ("gunicorn -k sync a:b", {"gunicorn.conf.py": "worker_class = 'gevent'\n"}, "sync"),
    "under a condition": ("gunicorn a:b", {"gunicorn.conf.py": "if x:\n    worker_class = 'gevent'\n"}, None),
    "computed": ("gunicorn a:b", {"gunicorn.conf.py": "worker_class = choose()\n"}, None),
    "a file that is elsewhere": ("gunicorn -c /etc/g.py a:b", {}, None),
    "a file from a variable": ("gunicorn -c $CONF a:b", {}, None),
    "a file that is not there": ("gunicorn -c conf.py a:b", {}, None),
    "a file that does not parse": ("gunicorn a:b", {"gunicorn.conf.py": "worker_class = = 1\n"}, None),
}


@pytest.mark.parametrize(("command", "files", "worker"), WORKERS.values(), ids=WORKERS)
def test_worker(command: str, files: dict[str, str | bytes], worker: str | None) -> None:
    (service,) = discover_services(repository({"app.yaml": HEAD + f"entrypoint: {command}\n", **files})).services
    (settings,) = gunicorns(service, start(service))
    assert settings.worker == worker
