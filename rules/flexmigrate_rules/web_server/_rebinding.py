"""Commands told to listen somewhere else, with everything else of them left as it is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flexmigrate.model import Rewrite
from flexmigrate.project import Service
from flexmigrate_rules.web_server._entrypoint import Started, replaced, rewritten

if TYPE_CHECKING:
    from flexmigrate.documents.commands import Bind
    from flexmigrate.documents.shell import Word

PORT = "8080"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Default:
    """Where a server listens that is not told, and how to tell it."""

    host: str
    port: str
    options: str
    option: str


DEFAULTS = {
    "uvicorn": Default("127.0.0.1", "8000", "--host 0.0.0.0 --port $PORT", "--port $PORT"),
    "daphne": Default("127.0.0.1", "8000", "-b 0.0.0.0 -p $PORT", "-p $PORT"),
    "hypercorn": Default("127.0.0.1", "8000", "--bind 0.0.0.0:$PORT", ""),
    "flask": Default("127.0.0.1", "5000", "--host 0.0.0.0 --port $PORT", "--port $PORT"),
    "django": Default("127.0.0.1", "8000", "0.0.0.0:$PORT", ""),
    "waitress": Default("0.0.0.0", "8080", "--port=$PORT", "--port=$PORT"),
}


def rebound(service: Service, one: Started, bind: Bind, default: Default | None) -> Rewrite:
    """The command with the right place: the address replaced, or what is missing of host and port said."""
    assert one.server is not None
    server = one.server
    kind = server.server.value
    if kind in ("gunicorn", "hypercorn", "uwsgi", "django") or server.option("listen") is not None:
        if bind.word is None:
            return Rewrite(one.written.path, refusal="an environment variable says where it listens")
        host = "" if kind == "gunicorn" else "0.0.0.0"
        if kind == "uwsgi":
            host = ""
        return _exchanged(service, one, bind.word, f"{host}:$PORT")
    if default is None:
        return Rewrite(one.written.path, refusal="how this server is told cannot be said")
    text = one.written.text
    changes: list[tuple[int, int, str]] = []
    host_word = server.option("host") or server.option("bind")
    port_word = server.option("port")
    if port_word is not None and not bind.from_port and port_word.text != PORT:
        changes.append((*_value(text, port_word), "$PORT"))
    if host_word is not None and host_word.text.lower() in LOOPBACK:
        changes.append((*_value(text, host_word), "0.0.0.0"))
    for start_at, end, new in sorted(changes, reverse=True):
        text = text[:start_at] + new + text[end:]
    missing = [] if host_word is not None or default.host not in LOOPBACK else [default.options.partition(" --")[0]]
    if kind == "daphne" and host_word is None:
        missing = ["-b 0.0.0.0"]
    if port_word is None and default.port != PORT:
        missing.append(default.option)
    if missing:
        end = one.run.span.end
        shift = len(text) - len(one.written.text)
        if one.run.wrappers or not _own(one):
            return Rewrite(one.written.path, refusal="the command stands within another")
        text = text[: end + shift] + " " + " ".join(missing) + text[end + shift :]
    if not _own(one):
        return Rewrite(one.written.path, refusal="the command stands within another")
    return rewritten(service, one.written, text)


def _value(text: str, word: Word) -> tuple[int, int]:
    """Where the value of an option stands: behind the equals sign of its word, or the whole word."""
    written = text[word.span.start : word.span.end]
    place = written.rfind(word.text)
    return (word.span.start + place, word.span.start + place + len(word.text)) if place >= 0 else word.span


def _own(one: Started) -> bool:
    """Whether the words of the command stand in the written text where they say."""
    words = one.run.words
    return bool(words) and all(
        word.text in one.written.text[word.span.start : word.span.end] or not word.text for word in words
    )


def _exchanged(service: Service, one: Started, word: Word, new: str) -> Rewrite:
    begin, end = _value(one.written.text, word)
    if one.written.text[begin:end] != word.text or not one.written.shell:
        return Rewrite(one.written.path, refusal="the address is not written as one word here")
    from flexmigrate.documents.spans import Span

    return replaced(service, one.written, replace(word, span=Span(begin, end)), new)


def appended(service: Service, one: Started, options: str) -> Rewrite:
    if not _own(one) or not one.written.shell:
        return Rewrite(one.written.path, refusal="the command stands within another")
    end = max(word.span.end for word in one.run.words)
    text = one.written.text[:end] + " " + options + one.written.text[end:]
    return rewritten(service, one.written, text, (end, end, " " + options))
