"""Reads the command line of a web server: what it serves, where it listens, and how many work."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flexmigrate.documents.binds import Bind, address, host_and_port, only_port
from flexmigrate.documents.options import Arguments, Option, scan
from flexmigrate.documents.servers import PROGRAMS, TABLES, Server
from flexmigrate.documents.shell import Run
from flexmigrate.documents.shell_words import Word, tokens
from flexmigrate.documents.shell_wrappers import is_python
from flexmigrate.documents.spans import Span

__all__ = ["Bind", "Option", "Server", "ServerCommand", "read_server"]

_NOTHING: Mapping[str, str] = {}
_PYTHON_VALUED = frozenset(("-W", "-X", "--check-hash-based-pycs"))


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """A server's command line. Values are text as written, since they may be variables; None where not given.

    `app` is the application as the server takes it (`main:app`), or the file that Python runs. `options` holds every
    option in order, unknown ones too; `operands` what is left. `notes` say what could not be told.
    """

    server: Server
    app: str | None
    raw: Run
    binds: tuple[Bind, ...] = ()
    workers: str | None = None
    threads: str | None = None
    worker_class: str | None = None
    config: str | None = None
    timeout: str | None = None
    graceful_timeout: str | None = None
    forwarded_allow_ips: str | None = None
    preload: bool = False
    options: tuple[Option, ...] = ()
    operands: tuple[Word, ...] = ()
    notes: tuple[str, ...] = ()

    def option(self, name: str) -> Word | None:
        """The value that counts for an option, by its long name without dashes."""
        return Arguments(self.options).last(name)


def read_server(run: Run, env: Mapping[str, str] = _NOTHING) -> ServerCommand | None:
    """The server that the command starts; None when it starts something else.

    `env` are the variables the service is given. The servers' own ones count where the command line does not say
    otherwise, and those the command sets itself count before them.
    """
    if not run.words:
        return None
    if is_python(run.words[0]) or run.words[0].text.endswith(".py"):
        return _python(run)
    server = PROGRAMS.get(run.program)
    if server is None:
        return None
    words = run.words[1:]
    settings = {name: _plain(value) for name, value in env.items()} | dict(run.env)
    if server is Server.FLASK:
        return _flask(run, words, settings)
    if server is Server.DJANGO:
        return _django(run, None, words)
    return _READERS[server](run, scan(words, TABLES[server]), settings)


def _plain(value: str) -> Word:
    return Word(value, Span(0, 0))


def _text(word: Word | None) -> str | None:
    return None if word is None else word.text


def _gunicorn(run: Run, given: Arguments, env: Mapping[str, Word]) -> ServerCommand:
    base = scan(_split(env.get("GUNICORN_CMD_ARGS")), TABLES[Server.GUNICORN])

    def setting(name: str, variable: str = "") -> str | None:
        found = given.last(name) or base.last(name) or env.get(variable)
        return _text(found)

    return ServerCommand(
        Server.GUNICORN,
        _text(next(iter((*given.operands, *base.operands)), None)),
        run,
        binds=tuple(address(word) for word in given.all("bind"))
        or tuple(address(word, written=False) for word in base.all("bind")),
        workers=setting("workers", "WEB_CONCURRENCY"),
        threads=setting("threads"),
        worker_class=setting("worker-class"),
        config=setting("config"),
        timeout=setting("timeout"),
        graceful_timeout=setting("graceful-timeout"),
        forwarded_allow_ips=setting("forwarded-allow-ips", "FORWARDED_ALLOW_IPS"),
        preload=given.has("preload") or base.has("preload"),
        options=base.options + given.options,
        operands=given.operands,
        notes=base.notes + given.notes,
    )


def _split(arguments: Word | None) -> tuple[Word, ...]:
    """The words of a variable that the server itself splits."""
    if arguments is None:
        return ()
    if arguments.variables:
        return tuple(token.word for token in tokens(arguments.text) if token.word)
    try:
        return tuple(_plain(part) for part in shlex.split(arguments.text))
    except ValueError:
        return ()


def _uwsgi(run: Run, given: Arguments, env: Mapping[str, Word]) -> ServerCommand:
    sockets = [
        word for name in ("http", "http-socket", "http11-socket", "socket", "uwsgi-socket") for word in given.all(name)
    ]
    module = given.last("module") or given.last("wsgi") or given.last("file") or given.last("mount")
    called = given.last("callable")
    ini = next(
        (word for word in given.operands if word.text.endswith((".ini", ".yaml", ".yml", ".xml", ".json"))), None
    )
    config = given.last("ini") or given.last("yaml") or given.last("xml") or given.last("json") or ini
    app = _text(module)
    return ServerCommand(
        Server.UWSGI,
        f"{app}:{called.text}" if app and called and ":" not in app else app,
        run,
        binds=tuple(address(word) for word in sockets),
        workers=_text(given.last("processes") or given.last("workers") or env.get("UWSGI_PROCESSES")),
        threads=_text(given.last("threads")),
        worker_class="gevent" if given.has("gevent") else None,
        config=_text(config),
        timeout=_text(given.last("harakiri")),
        options=given.options,
        operands=given.operands,
        notes=given.notes,
    )


def _waitress(run: Run, given: Arguments, env: Mapping[str, Word]) -> ServerCommand:
    binds = [address(part) for word in given.all("listen") for part in _parts(word)]
    return ServerCommand(
        Server.WAITRESS,
        _text(given.last("app") or next(iter(given.operands), None)),
        run,
        binds=tuple(binds) or host_and_port(given, env),
        threads=_text(given.last("threads")),
        forwarded_allow_ips=_text(given.last("trusted-proxy")),
        options=given.options,
        operands=given.operands,
        notes=given.notes,
    )


def _parts(word: Word) -> list[Word]:
    """The addresses of a list with blanks between them, as `--listen` takes it."""
    if " " not in word.text.strip():
        return [word]
    return [token.word for token in tokens(word.text) if token.word]


def _asgi(server: Server) -> Callable[[Run, Arguments, Mapping[str, Word]], ServerCommand]:
    def read(run: Run, given: Arguments, env: Mapping[str, Word]) -> ServerCommand:
        own = server is Server.UVICORN
        return ServerCommand(
            server,
            _text(next(iter(given.operands), None)),
            run,
            binds=tuple(address(word) for word in given.all("bind"))
            if server is Server.HYPERCORN
            else host_and_port(given, env, "UVICORN_HOST" if own else "", "UVICORN_PORT" if own else ""),
            workers=_text(given.last("workers") or (env.get("WEB_CONCURRENCY") if own else None)),
            worker_class=_text(given.last("worker-class")),
            config=_text(given.last("config")),
            timeout=_text(given.last("http-timeout")),
            graceful_timeout=_text(given.last("graceful-timeout") or given.last("timeout-graceful-shutdown")),
            forwarded_allow_ips=_text(
                given.last("forwarded-allow-ips") or (env.get("FORWARDED_ALLOW_IPS") if own else None)
            ),
            options=given.options,
            operands=given.operands,
            notes=given.notes,
        )

    return read


_READERS: dict[Server, Callable[[Run, Arguments, Mapping[str, Word]], ServerCommand]] = {
    Server.GUNICORN: _gunicorn,
    Server.UWSGI: _uwsgi,
    Server.WAITRESS: _waitress,
    Server.UVICORN: _asgi(Server.UVICORN),
    Server.DAPHNE: _asgi(Server.DAPHNE),
    Server.HYPERCORN: _asgi(Server.HYPERCORN),
}


def _flask(run: Run, words: Sequence[Word], env: Mapping[str, Word]) -> ServerCommand | None:
    given = scan(words, TABLES[Server.FLASK])
    if not given.operands or given.operands[0].text != "run":
        return None
    return ServerCommand(
        Server.FLASK,
        _text(given.last("app") or env.get("FLASK_APP")),
        run,
        binds=host_and_port(given, env, "FLASK_RUN_HOST", "FLASK_RUN_PORT"),
        options=given.options,
        operands=given.operands[1:],
        notes=given.notes,
    )


def _django(run: Run, file: str | None, words: Sequence[Word]) -> ServerCommand | None:
    given = scan(words, TABLES[Server.DJANGO])
    if not given.operands or given.operands[0].text not in ("runserver", "runserver_plus"):
        return None
    places = given.operands[1:2]
    return ServerCommand(
        Server.DJANGO,
        file,
        run,
        binds=tuple(only_port(word) if word.find(":") < 0 else address(word) for word in places),
        options=given.options,
        operands=given.operands[1:],
        notes=given.notes,
    )


def _python(run: Run) -> ServerCommand | None:
    """`python [options] FILE …` and a Python file that is started by itself."""
    words = list(run.words)
    if is_python(words[0]):
        words.pop(0)
        while words and words[0].text.startswith("-"):
            option = words.pop(0).text
            if option in _PYTHON_VALUED and words:
                words.pop(0)
            elif "c" in option and not option.startswith("--"):
                return None
    if not words:
        return None
    file, rest = words[0], tuple(words[1:])
    if posixpath.basename(file.text) == "manage.py" or any(word.text == "runserver" for word in rest[:1]):
        return _django(run, file.text, rest)
    notes = (f"the file is given by {file.opaque or 'a variable'}",) if file.opaque or file.variables else ()
    return ServerCommand(Server.PYTHON, file.text, run, operands=rest, notes=notes)
