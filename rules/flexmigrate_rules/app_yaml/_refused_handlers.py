"""What gcloud refuses about handlers: which keys go together depends on what answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.documents.yaml import Entry, Node
from flexmigrate_rules.app_yaml._refusals import Refused
from flexmigrate_rules.app_yaml._yaml_values import is_set, truth

_MOST_HANDLERS = 100
_KINDS = ("static_files", "static_dir", "script")
_ANY_KIND = {"url", "login", "auth_fail_action", "secure", "redirect_http_response_code"}
_STATIC = {"mime_type", "expiration", "require_matching_file", "http_headers", "application_readable"}
_BESIDE = {
    "static_files": {"static_files", "upload", *_STATIC},
    "static_dir": {"static_dir", *_STATIC},
    "script": {"script", "position"},
    "api_endpoint": {"api_endpoint", "script", "position"},
}
# What a response header must not be called: request headers, those of one connection, those that App Engine sets.
_NOT_HEADERS = (
    *("accept", "accept-charset", "accept-encoding", "accept-language", "authorization", "expect", "from", "host"),
    *("if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "max-forwards"),
    *("proxy-authorization", "range", "referer", "te", "user-agent", "connection", "keep-alive", "proxy-authenticate"),
    *("trailers", "transfer-encoding", "upgrade", "content-encoding", "content-length", "date", "server"),
)
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def handlers(root: Node) -> Iterator[Refused]:
    """What gcloud refuses about the handlers of a config."""
    node = root.get("handlers")
    if node is None or node.kind != "sequence":
        return
    if len(node.items) > _MOST_HANDLERS:
        yield Refused(
            node.items[_MOST_HANDLERS].start,
            f"gcloud takes at most {_MOST_HANDLERS} handlers, and this file has {len(node.items)}",
            "remove those that the program answers anyway",
            "handlers:count",
        )
    threadsafe = root.get("threadsafe")
    strict = root.text("runtime") == "python27" and threadsafe is not None and truth(threadsafe) is True
    for number, item in enumerate(node.items):
        # Other kinds of nodes, and what a template adds, are no handlers to judge here.
        if item.kind == "mapping" and not any(entry.key.templated for entry in item.entries):
            yield from _handler(root, item, f"handlers[{number}]", strict)


def _handler(root: Node, item: Node, key: str, strict: bool) -> Iterator[Refused]:
    given = {entry.name or "": entry for entry in reversed(item.entries) if is_set(entry.value)}
    kind = "api_endpoint" if "api_endpoint" in given else next((name for name in _KINDS if name in given), None)
    if kind is None:
        yield Refused(
            item.start,
            f"`{key}` says nothing about what answers, and gcloud wants a script, a static_dir or static_files",
            "complete or remove the handler",
            key,
        )
        return
    for name, entry in given.items():
        if name not in _ANY_KIND | _BESIDE[kind] and name in _all_names():
            yield _beside(entry, key, name, kind)
    if kind == "static_files" and "upload" not in given:
        yield Refused(item.start, f"gcloud wants an `upload` beside the static_files of `{key}`", "add it", key)
    if kind == "api_endpoint" and not is_set(root.get("api_config")):
        yield Refused(item.start, f"gcloud wants an `api_config` for the api_endpoint of `{key}`", "remove it", key)
    script = item.text("script") or ""
    if strict and (script.endswith(".py") or "/" in script):
        yield Refused(
            given["script"].start,
            f"gcloud takes no CGI script in `{key}` while `threadsafe` is true",
            "name the WSGI application, as in `main.app`",
            f"{key}.script",
        )
    yield from _headers(item, key, kind)


def _all_names() -> set[str]:
    return _ANY_KIND.union(*_BESIDE.values())


def _beside(entry: Entry, key: str, name: str, kind: str) -> Refused:
    return Refused(
        entry.start,
        f"gcloud takes no `{name}` in `{key}`, which is a handler with `{kind}`",
        "keep what belongs to one kind of handler",
        f"{key}.{name}",
    )


def _headers(item: Node, key: str, kind: str) -> Iterator[Refused]:
    headers = item.get("http_headers")
    if headers is None or headers.kind != "mapping" or kind not in ("static_files", "static_dir"):
        return
    for entry in headers.entries:
        name = (entry.name or "").lower()
        if entry.key.templated:
            continue
        if not _HEADER.fullmatch(name) or name in _NOT_HEADERS or name.startswith("x-appengine"):
            yield Refused(
                entry.start, f"gcloud takes no response header called `{entry.name}`", "remove it", f"{key}.{name}"
            )
        elif name == "content-type" and is_set(item.get("mime_type")):
            yield Refused(
                entry.start,
                f"gcloud takes no Content-Type beside the `mime_type` of `{key}`",
                "keep one of them",
                f"{key}.{name}",
            )
