"""A repository as an immutable snapshot of bytes, and the App Engine flexible services found in it."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from flexmigrate.documents.decoding import Undecodable, decode
from flexmigrate.documents.yaml import Node, YamlError, YamlFile, parsed
from flexmigrate.documents.yaml_edits import YamlEditor
from flexmigrate.model import Bystander, Skipped

CONFIG_NAME = re.compile(r"(?i)\.ya?ml(?:$|[.-])")
_APP_NAME = re.compile(r"(?i)(?:^|/)app[^/]*\.ya?ml[^/]*$")
_TELLING = re.compile(
    rb"""(?ix)
      \benv["']?[ \t]*:[ \t]*["']?(?:flex|2(?![\w.])|[$<%{@])
    | \bvm["']?[ \t]*:[ \t]*["']?(?:true|yes|on|1)\b
    | (?:^|[\r\n]|\xef\xbb\xbf|[{,][ \t\r\n]*)["']?runtime["']?[ \t]*:
    """
)
_SURELY_MEANT = re.compile(
    rb"""(?ix)\b(?:
      env["']?[ \t]*:[ \t]*["']?flex
    | vm["']?[ \t]*:[ \t]*true
    | runtime["']?[ \t]*:[ \t]*["']?(?:python|custom)
    )"""
)
_APP_ENGINE_KEYS = (
    *("handlers", "entrypoint", "service", "module", "instance_class", "api_version", "threadsafe", "libraries"),
    *("automatic_scaling", "manual_scaling", "basic_scaling", "env_variables", "inbound_services"),
)
_PYTHON_FILES = (".py", "requirements.txt", "Pipfile", "pyproject.toml")
_PYTHON_START = re.compile(
    r"(?m)^[ \t-]*(?:entrypoint|script)[ \t]*:[^#\r\n]*(?:python|gunicorn|uwsgi|uvicorn|\.py\b|\.app(?:lication)?\b)"
    r"|^[ \t-]*(?:django_wsgi|threadsafe|python_version)[ \t]*:"
)
_TRUE = {"true", "yes", "on", "1", "y"}


class Unreadable(Exception):
    """A file that exists and cannot be read; the message says why."""


@dataclass(slots=True)
class _Snapshot:
    """What has been read so far. A file is read once and stays as it was then."""

    read: Callable[[str], bytes | None]
    contents: dict[str, bytes | None] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    texts: dict[str, tuple[str, str] | None] = field(default_factory=dict)


class Repository:
    """The files of one repository, read when first asked for and unchanged from then on.

    `paths` are relative to the root, with `/`, sorted. `read` returns a file's bytes, None when there is no such file,
    or raises Unreadable; it is called at most once for each path. `overlay` holds planned texts, which hide the files.
    """

    def __init__(
        self,
        paths: tuple[str, ...],
        read: Callable[[str], bytes | None],
        overlay: Mapping[str, str] | None = None,
        _snapshot: _Snapshot | None = None,
    ) -> None:
        self.paths = paths
        self.overlay = dict(overlay or {})
        self._snapshot = _snapshot or _Snapshot(read)

    def planned(self, texts: Mapping[str, str]) -> Repository:
        """The same repository as it will be once these texts are written."""
        overlay = {**self.overlay, **texts}
        new = tuple(sorted({*self.paths, *texts})) if texts.keys() - set(self.paths) else self.paths
        return Repository(new, self._snapshot.read, overlay, self._snapshot)

    def data(self, path: str) -> bytes | None:
        """The bytes on disk; None when the file does not exist or cannot be read (see `unreadable`).

        A path that leads out of the repository is as good as missing.
        """
        if path.startswith(("/", "../")) or path == "..":
            return None
        snapshot = self._snapshot
        if path not in snapshot.contents:
            try:
                snapshot.contents[path] = snapshot.read(path)
            except Unreadable as error:
                snapshot.contents[path] = None
                snapshot.unreadable[path] = str(error)
        return snapshot.contents[path]

    def text(self, path: str) -> str | None:
        """The decoded text, planned texts first; None when there is none or it is no text (see `unreadable`)."""
        if path in self.overlay:
            return self.overlay[path]
        return self.original(path)[0]

    def original(self, path: str) -> tuple[str | None, str]:
        """The decoded text on disk and its codec."""
        snapshot = self._snapshot
        if path not in snapshot.texts:
            data = self.data(path)
            snapshot.texts[path] = None
            if data is not None:
                try:
                    snapshot.texts[path] = decode(path, data)
                except Undecodable as error:
                    snapshot.unreadable[path] = str(error)
        return snapshot.texts[path] or (None, "utf-8")

    def exists(self, path: str) -> bool:
        """Whether the file is there or planned; asking makes the answer an input of the plan."""
        return path in self.overlay or self.data(path) is not None

    @property
    def unreadable(self) -> Mapping[str, str]:
        """Files that were asked for and could not be read or decoded, with the reason."""
        return dict(self._snapshot.unreadable)

    def inputs(self) -> dict[str, str | None]:
        """SHA-256 of every file that was consulted so far; None where there was none."""
        return {
            path: None if data is None else hashlib.sha256(data).hexdigest()
            for path, data in sorted(self._snapshot.contents.items())
        }

    def below(self, directory: str) -> Iterator[str]:
        """The paths below a directory (`""` is the root)."""
        prefix = f"{directory}/" if directory else ""
        return (path for path in self.paths if path.startswith(prefix))


class Service:
    """One App Engine flexible service: its config file and its source directory, seen at one moment of planning."""

    def __init__(self, repository: Repository, config: str, document: int = 0, first: bool = True) -> None:
        self.repository = repository
        self.config = config
        self.document = document
        self.first = first
        """Whether this is the first service of the repository, the one that repository-wide findings go to."""
        self.directory = posixpath.dirname(config)

    def planned(self, repository: Repository) -> Service:
        """The same service in the repository as it will be."""
        return Service(repository, self.config, self.document, self.first)

    @cached_property
    def yaml(self) -> YamlFile:
        """The parsed config file; YamlError when it does not parse."""
        return parsed(self.repository.text(self.config) or "")

    @cached_property
    def root(self) -> Node:
        """The top-level mapping of the config."""
        return self.yaml.documents[self.document]

    @cached_property
    def editor(self) -> YamlEditor:
        """Makes edits of the config file."""
        return YamlEditor(self.config, self.yaml, self.document)

    @property
    def name(self) -> str:
        """The name App Engine gives the service."""
        return self.root.text("service") or self.root.text("module") or "default"

    @property
    def runtime(self) -> str:
        """The value of `runtime`; a flexible service without one is a custom runtime."""
        return self.root.text("runtime") or "custom"

    def node(self, *route: str | int) -> Node | None:
        """The config's node at a route, or None."""
        return self.editor.node(route)

    def value(self, *route: str | int) -> str | None:
        """The text of the scalar at a route as written in the file (`3.10` stays `3.10`), or None."""
        node = self.node(*route)
        return node.value if node is not None and node.kind == "scalar" and not node.is_empty else None

    def path(self, name: str) -> str:
        """The repository path of a file named relative to the source directory; may lead outside (`../x`)."""
        return posixpath.normpath(posixpath.join(self.directory, name))

    def text(self, name: str) -> str | None:
        """The text of a file of the source directory, or None."""
        return self.repository.text(self.path(name))

    def data(self, name: str) -> bytes | None:
        """The bytes on disk of a file of the source directory, or None."""
        return self.repository.data(self.path(name))

    def files(self, *suffixes: str) -> tuple[str, ...]:
        """The repository paths below the source directory that end in one of the suffixes (all without any)."""
        return tuple(path for path in self.repository.below(self.directory) if not suffixes or path.endswith(suffixes))


@dataclass(frozen=True, slots=True)
class Discovery:
    """What looking through a repository found."""

    services: tuple[Service, ...]
    bystanders: tuple[Bystander, ...]
    skipped: tuple[Skipped, ...]


def discover_services(repository: Repository, only: frozenset[str] | None = None) -> Discovery:
    """Every flexible Python service by content, what else of App Engine is there, and what could not be read.

    `only` limits the search to these paths; they are then looked at whatever their names.
    """
    services: list[Service] = []
    bystanders: list[Bystander] = []
    skipped: list[Skipped] = []
    candidates = repository.paths if only is None else sorted(only)
    for path in candidates:
        if only is None and not CONFIG_NAME.search(posixpath.basename(path)):
            continue
        found = _look(repository, path, first=not services)
        if isinstance(found, Service):
            services.append(found)
        elif isinstance(found, Bystander):
            bystanders.append(found)
        elif isinstance(found, Skipped):
            skipped.append(found)
    return Discovery(tuple(services), tuple(bystanders), tuple(skipped))


def _look(repository: Repository, path: str, first: bool) -> Service | Bystander | Skipped | None:
    data = repository.data(path)
    if data is None:
        return _unreadable(repository, path)
    if b"\0" in data[:200]:
        # UTF-16 hides the telling words in the bytes.
        text = repository.text(path)
        if text is None or "\0" in text:
            return _unreadable(repository, path, "not UTF-8 text (it holds NUL bytes)")
        data = text.encode("utf-8", "replace")
    if not _TELLING.search(data):
        return None
    text = repository.text(path)
    if text is None:
        return _unreadable(repository, path)
    try:
        file = parsed(text)
    except YamlError as error:
        if _SURELY_MEANT.search(data):
            return Skipped(path, f"not readable as YAML: {error.problem}", error.line)
        return None
    for index, root in enumerate(file.documents):
        kind = _kind(root)
        if kind in ("python", "custom"):
            service = Service(repository, path, index, first)
            return service if kind == "python" else _custom(service)
        if kind is not None:
            return Bystander(path, *kind.split(": ", 1))
    return None


def _unreadable(repository: Repository, path: str, otherwise: str = "") -> Skipped | None:
    """The reason why a file was not read, where its name says that it matters."""
    reason = repository.unreadable.get(path, otherwise)
    return Skipped(path, reason) if reason and _APP_NAME.search(path) else None


def _kind(root: Node) -> str | None:
    """`python` or `custom` for a flexible service, `<kind>: <reason>` for another App Engine file, else None."""
    if root.kind != "mapping":
        return None
    env, runtime, vm = root.get("env"), root.text("runtime"), root.text("vm")
    if env is not None and env.kind != "scalar":
        return None
    env_text = root.text("env") or ""
    legacy_block = root.get("runtime_config") is not None and runtime == "python"
    flexible = env_text in ("flex", "flexible", "2") or (vm or "").lower() in _TRUE
    if env is not None and env.templated and runtime in ("python", "custom"):
        flexible = True
    if not flexible:
        if legacy_block and env is None:
            return "standard: `runtime: python` without `env: flex`, which gcloud refuses for the standard environment"
        if runtime is None or not re.fullmatch(r"(python|java|go|nodejs|php|ruby)[0-9]*", runtime):
            return None
        return f"standard: standard environment ({runtime})" if root.get("env") or _standard(root, runtime) else None
    if runtime is None or runtime == "custom":
        return "custom"
    node = root.get("runtime")
    if re.match(r"python", runtime) or (node is not None and node.templated):
        return "python"
    return f"other-language: flexible environment, but {runtime} and not Python"


def _standard(root: Node, runtime: str) -> bool:
    """Whether the file is App Engine's and not another tool's that also has a `runtime` key."""
    return len(root.entries) == 1 or any(root.get(key) is not None for key in _APP_ENGINE_KEYS)


def _custom(service: Service) -> Service | Bystander:
    """A custom runtime is ours when its image, its source or its start command is Python."""
    dockerfile = service.text("Dockerfile")
    if dockerfile is not None:
        bases = re.findall(r"(?im)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)", dockerfile)
        if any("python" in base.lower() for base in bases) or re.search(r"\bpython|requirements\.txt", dockerfile):
            return service
        base = bases[0] if bases else "a Dockerfile"
        return Bystander(service.config, "other-language", f"custom runtime built from {base}, not Python")
    if _PYTHON_START.search(service.text(posixpath.basename(service.config)) or "") or service.files(*_PYTHON_FILES):
        return service
    return Bystander(service.config, "custom", "custom runtime with neither a Dockerfile nor Python source beside it")
