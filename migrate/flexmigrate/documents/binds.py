"""Addresses as servers take them on their command lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flexmigrate.documents.options import Arguments
from flexmigrate.documents.shell_words import Word

_SCHEMES = ("tcp://", "http://", "https://")


@dataclass(frozen=True, slots=True)
class Bind:
    """Where a server listens. `port` is empty where none is given; a socket path or descriptor has only `socket`.

    `from_port` tells that the port is the environment variable PORT, and `default` what it falls back to. `word` is the
    part of the command line that says so; None where one of the server's environment variables does.
    """

    host: str
    port: str
    from_port: bool = False
    text: str = ""
    default: str | None = None
    socket: str = ""
    word: Word | None = None


def address(word: Word, written: bool = True) -> Bind:
    """Read `host:port`, `:port`, `[::]:port`, `unix:path` or `fd://3`."""
    origin = word if written else None
    text = word.text
    if text.startswith(("unix:", "fd://")):
        return Bind("", "", text=text, socket=text, word=origin)
    scheme = next((scheme for scheme in _SCHEMES if text.lower().startswith(scheme)), "")
    netloc = word.cut(len(scheme))
    if netloc.text.startswith("/"):
        return Bind("", "", text=text, socket=netloc.text, word=origin)
    close = netloc.text.find("]:") if netloc.text.startswith("[") else -1
    colon = close + 1 if close >= 0 else -1 if netloc.text.startswith("[") else netloc.find(":")
    if colon < 0:
        return Bind(netloc.text.strip("[]"), "", text=text, word=origin)
    port = netloc.cut(colon + 1)
    return _bind(netloc.text[:colon].strip("[]"), port, text, origin)


def only_port(word: Word) -> Bind:
    """Read a port that stands without a host."""
    return _bind("", word, word.text, word)


def host_and_port(
    given: Arguments, env: Mapping[str, Word], host_variable: str = "", port_variable: str = ""
) -> tuple[Bind, ...]:
    """What `--host` and `--port` say together; nothing where neither is given."""
    socket = given.last("uds") or given.last("unix-socket") or given.last("fd") or given.last("endpoint")
    if socket is not None:
        return (Bind("", "", text=socket.text, socket=socket.text, word=socket),)
    host = given.last("host") or given.last("bind") or env.get(host_variable)
    written = given.last("port")
    port = written or env.get(port_variable)
    if host is None and port is None:
        return ()
    name = host.text if host else ""
    if port is None:
        return (Bind(name, "", text=name, word=given.last("host") or given.last("bind")),)
    return (_bind(name, port, port.text, written),)


def _bind(host: str, port: Word, text: str, word: Word | None) -> Bind:
    found = port.variable
    from_port = found is not None and found.name == "PORT"
    return Bind(host, port.text, from_port, text, found.default if found else None, word=word)
