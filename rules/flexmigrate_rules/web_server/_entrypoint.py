"""The effective start command of a service: where it is written, what it starts, through scripts and wrappers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flexmigrate.model import Rewrite
from flexmigrate.project import Service
from flexmigrate_rules.app_yaml._start import procfile

if TYPE_CHECKING:
    from flexmigrate.documents.commands import ServerCommand
    from flexmigrate.documents.shell import Run, Step, Word

_DEEPEST = 5
_DOCKER_WORKDIRS = ("/app/", "/home/vmagent/app/", "/usr/src/app/", "/workspace/", "/code/", "/srv/")


@dataclass(frozen=True, slots=True)
class Written:
    """A command text as it stands somewhere: `offset` is the place of the whole, `exact` where the text itself begins.

    `exact` is None where the text does not stand in the file character by character (a quoted or folded YAML scalar,
    a Dockerfile). `route` is the place in the config file, empty elsewhere.
    """

    text: str
    path: str
    offset: int
    exact: int | None
    route: tuple[str, ...] = ()
    shell: bool = True


@dataclass(frozen=True, slots=True)
class Started:
    """One command that is started, and where that is written."""

    run: Run
    server: ServerCommand | None
    written: Written


@dataclass(frozen=True, slots=True)
class Start:
    """All that a service starts. `unknown` says what could not be told; `missing` that nothing says what to start."""

    started: tuple[Started, ...] = ()
    unknown: tuple[str, ...] = ()
    missing: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)

    def servers(self, *kinds: str) -> tuple[Started, ...]:
        """The commands that start one of these web servers (any without kinds)."""
        return tuple(
            one for one in self.started if one.server is not None and (not kinds or one.server.server.value in kinds)
        )


def start(service: Service) -> Start:
    """What starts when the service does, as the buildpacks look for it, or as its Dockerfile says."""
    variables = _variables(service)
    custom = service.runtime == "custom"
    found = _from_dockerfile(service) if custom else _from_config(service)
    if found is None:
        return Start(missing=True, variables=variables)
    if isinstance(found, str):
        return Start(unknown=(found,), variables=variables)
    written, steps = found
    started: list[Started] = []
    unknown: list[str] = []
    for one in _followed(service, written, steps, variables, _DEEPEST):
        if isinstance(one, str):
            unknown.append(one)
        else:
            started.append(one)
    return Start(tuple(started), tuple(unknown), variables=variables)


def _from_config(service: Service) -> tuple[Written, tuple[Step, ...]] | str | None:
    from flexmigrate.documents.shell import read

    written = _build_variable(service) or _procfile(service) or _entrypoint(service, ("entrypoint",))
    if isinstance(written, Written):
        return written, read(written.text)
    return written


def _build_variable(service: Service) -> Written | str | None:
    return _entrypoint(service, ("build_env_variables", "GOOGLE_ENTRYPOINT"))


def _procfile(service: Service) -> Written | None:
    web = (procfile(service) or {}).get("web")
    return Written(web[0], service.path("Procfile"), web[1].start, web[1].start) if web else None


def _entrypoint(service: Service, route: tuple[str, ...]) -> Written | str | None:
    node = service.node(*route)
    if node is None or node.is_empty:
        return None
    if node.templated or node.kind != "scalar":
        return "the entrypoint is filled in by a template or is no text"
    text = node.value
    source = service.repository.text(service.config) or ""
    exact = node.start if source.startswith(text, node.start) else None
    return Written(text, service.config, node.start, exact, route)


def _from_dockerfile(service: Service) -> tuple[Written, tuple[Step, ...]] | str | None:
    from flexmigrate.documents.dockerfile import steps
    from flexmigrate_rules.app_yaml._legacy_image import dockerfile

    entry = _entrypoint(service, ("entrypoint",))
    file = dockerfile(service)
    if isinstance(entry, Written):
        from flexmigrate.documents.shell import read

        return entry, read(entry.text)
    if entry is not None or file is None:
        return entry
    found = steps(file)
    if not found:
        return "the image itself says what starts"
    last = [one for one in file.instructions if one.keyword in ("CMD", "ENTRYPOINT")][-1]
    return Written(last.arguments.text, file.path, last.span.start, None, shell=False), found


def _variables(service: Service) -> dict[str, str]:
    node = service.node("env_variables")
    found: dict[str, str] = {}
    for entry in node.entries if node is not None and node.kind == "mapping" else ():
        if entry.name is not None and entry.value.kind == "scalar" and not entry.value.templated:
            found[entry.name] = entry.value.value
    return found


def _followed(
    service: Service, written: Written, steps: tuple[Step, ...], variables: Mapping[str, str], depth: int
) -> Iterator[Started | str]:
    from flexmigrate.documents.commands import read_server
    from flexmigrate.documents.shell import Processes, Run, Script, Unknown, read

    for step in steps:
        if isinstance(step, Unknown):
            yield step.reason
        elif isinstance(step, Run):
            if step.words:
                yield Started(step, read_server(step, variables), written)
        elif depth == 0:
            yield "scripts that start one another too often"
        elif isinstance(step, Script):
            path = local_path(service, step.path)
            text = service.repository.text(path) if path else None
            if path is None or text is None:
                yield f"the script {step.path} is not in the source"
                continue
            yield from _followed(service, Written(text, path, 0, 0), read(text), variables, depth - 1)
        elif isinstance(step, Processes):
            yield from _processes(service, step, variables, depth)


def _processes(service: Service, step: object, variables: Mapping[str, str], depth: int) -> Iterator[Started | str]:
    from flexmigrate.documents.procfile import processes
    from flexmigrate.documents.shell import Processes, read

    assert isinstance(step, Processes)
    path = service.path(step.file or "Procfile")
    text = service.repository.text(path)
    if text is None or step.variables:
        yield f"what the processes of {step.file or 'the Procfile'} are"
        return
    for name, process in processes(text).items():
        if not step.names or name in step.names:
            inner = Written(process.command, path, process.span.start, process.span.start)
            yield from _followed(service, inner, read(process.command), variables, depth - 1)


def local_path(service: Service, name: str) -> str | None:
    """The repository path of a file that a command names; None where it cannot be one of the service's own."""
    for folder in _DOCKER_WORKDIRS:
        name = name.removeprefix(folder)
    if name.startswith(("/", "~", "$")):
        return None
    path = service.path(name)
    return None if path.startswith("../") else path


def replaced(service: Service, written: Written, word: Word, new: str) -> Rewrite:
    """Put other text in place of a word of a command, quotes included."""
    text = written.text
    changed = text[: word.span.start] + new + text[word.span.end :]
    return rewritten(service, written, changed, (word.span.start, word.span.end, new))


def rewritten(service: Service, written: Written, changed: str, part: tuple[int, int, str] | None = None) -> Rewrite:
    """Put another command text in place of a written one; only `part` of it where the file has it letter by letter."""
    from flexmigrate.documents.spans import Span, replace_span

    if written.route:
        from dataclasses import replace as changed_fields

        made = service.editor.set(written.route, changed)
        if written.exact is None or made.refusal or len(made.edits) != 1:
            return made
        # A plain scalar stays one where the command does not force quotes on it.
        edit = made.edits[0]
        plain = edit.old == written.text and ": " not in changed and " #" not in changed
        return changed_fields(made, edits=(changed_fields(edit, new=changed),)) if plain else made
    source = service.repository.text(written.path)
    if written.exact is None or source is None or not written.shell:
        return Rewrite(written.path, refusal="the command is not written as one text here")
    start, end, new = part or (0, len(written.text), changed)
    return replace_span(written.path, source, Span(written.exact + start, written.exact + end), new)


def offset(written: Written, word: Word | None) -> int:
    """The place of a word of the command in its file, or of the command where that cannot be told."""
    return written.offset if written.exact is None or word is None else written.exact + word.span.start


def base(path: str) -> str:
    """The folder of a file."""
    return posixpath.dirname(path)
