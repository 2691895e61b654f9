"""What the target platform starts, with which variables, and which page it asks for."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flexmigrate.documents.yaml import Node, YamlError, YamlFile, walk
from flexmigrate.model import Change, Platform
from flexmigrate.project import Service
from flexmigrate.verify import platforms
from flexmigrate.verify.values import as_passed

# As the buildpacks read it (pkg/entrypoint/procfile.go): the first process of a name counts.
_PROCESS = re.compile(r"^(\w+):\s*(.+)$", re.ASCII | re.MULTILINE)
_APPLICATION = re.compile(r"(?m)^(app|application)\s*(?::[^=\n]+)?=")
_PLACE_OF_SERVICE = re.compile(r"(?:^|/)service[^/]*\.ya?ml$")
# Nothing of the builder's layout exists here, and the platform's own port counts.
_NOT_TAKEN = frozenset({"PATH", "PORT", "VIRTUAL_ENV", "PYTHONHOME"})
NOTHING_TO_START = (
    "nothing says what to start: no GOOGLE_ENTRYPOINT, no Procfile with `web`, no entrypoint in the config file"
)


@dataclass(frozen=True, slots=True)
class Start:
    """A command as an argument list, where it is written, and the variables that the service itself brings.

    `absent` names variables whose values are kept elsewhere; `own` is false for a command that nobody wrote.
    """

    command: tuple[str, ...]
    text: str
    origin: str
    variables: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()


def find_start(service: Service, changes: Sequence[Change], platform: Platform) -> Start | str:
    """What the platform starts in the planned repository that `service` sees; the reason where nothing can be told."""
    if platform is Platform.CLOUD_RUN:
        found = _of_container(service, changes)
        if found is not None:
            return found
    written, variables = _of_config(service), config_variables(service)
    if written is None and platform is Platform.CLOUD_RUN:
        written = _assumed(service)
    if written is None:
        return NOTHING_TO_START
    text, origin, templated = written
    if templated:
        return f"the command ({origin}) is filled in by a template"
    return Start(in_shell(text), text, origin, variables)


def in_shell(text: str) -> tuple[str, ...]:
    """A command line as the launcher of a buildpack image runs it."""
    return ("bash" if shutil.which("bash") else "sh", "-c", text)


def request_path(service: Service) -> str:
    """The path of the readiness check, else `/`."""
    path = service.value("readiness_check", "path") or "/"
    return path if path.startswith("/") else f"/{path}"


def memory_mb(service: Service) -> str:
    """What GAE_MEMORY_MB would say; the default of 0.6 GB where nothing is written."""
    try:
        return str(int(float(service.value("resources", "memory_gb") or "0.6") * 1024))
    except (ValueError, OverflowError):
        return "614"


def config_variables(service: Service) -> dict[str, str]:
    """`env_variables` as the platform passes them."""
    return _scalars(service, "env_variables")


def build_variable(service: Service, name: str) -> str | None:
    """The value of a build variable; None where there is none."""
    return _scalars(service, "build_env_variables").get(name)


def names_gunicorn(text: str) -> bool:
    """Whether requirements name gunicorn, as the webserver buildpack looks for it."""
    return re.search(r"(?m)^gunicorn\b([^-]|$)", text) is not None


def _scalars(service: Service, key: str) -> dict[str, str]:
    """The texts of a mapping's members, aliases and merged mappings (`<<`) followed, own members first."""
    anchors = {node.anchor: node for _, _, node in walk(service.root) if node.anchor}

    def resolved(node: Node) -> Node:
        return anchors.get(node.value, node) if node.kind == "alias" else node

    found: dict[str, str] = {}
    node = service.root.get(key)
    pending = [node] if node is not None else []
    while pending:
        mapping = resolved(pending.pop(0))
        pending += mapping.items
        for entry in mapping.entries:
            value = resolved(entry.value)
            if entry.name == "<<":
                pending.append(entry.value)
            elif entry.name is not None and value.kind == "scalar":
                found.setdefault(entry.name, as_passed(value))
    return found


def _of_config(service: Service) -> tuple[str, str, bool] | None:
    """GOOGLE_ENTRYPOINT, then the Procfile's `web`, then the config: the order of the buildpacks."""
    for route in (("build_env_variables", "GOOGLE_ENTRYPOINT"), ("entrypoint",)):
        if route == ("entrypoint",):
            web = dict(reversed(_PROCESS.findall(service.text("Procfile") or ""))).get("web")
            if web:
                return web.strip(), "Procfile: web", False
        node = service.node(*route)
        if node is not None and node.kind == "scalar" and node.value.strip():
            return node.value.strip(), f"{service.config}: {'.'.join(route)}", node.templated
    return None


def _assumed(service: Service) -> tuple[str, str, bool] | None:
    """What the buildpacks start when nothing is written."""
    for module in ("main", "app"):
        found = _APPLICATION.search(service.text(f"{module}.py") or "")
        if found:
            return f"gunicorn -b :$PORT {module}:{found[1]}", f"assumed from {module}.py", False
    return None


def _of_container(service: Service, changes: Sequence[Change]) -> Start | None:
    """The command of service.yaml, else of the Dockerfile, with the variables that these bring."""
    container, path = _container(service, changes)
    image_variables, image_command = _image(service)
    variables, absent = (config_variables(service), ()) if container is None else _container_variables(container)
    variables = {**image_variables, **variables}
    words = () if container is None else (*_texts(container.get("command")), *_texts(container.get("args")))
    if words:
        return Start(words, _shown(words), path, variables, absent)
    if image_command:
        return Start(image_command, _shown(image_command), service.path("Dockerfile"), variables, absent)
    return None


def _container(service: Service, changes: Sequence[Change]) -> tuple[Node | None, str]:
    """The first container of this service's service.yaml, one of the plan's own before one that is there.

    Services that share a directory have one each: the name in it decides, then the name of the file.
    """
    created = [change.path for change in changes if _PLACE_OF_SERVICE.search(change.path)]
    beside = [path for path in created if posixpath.dirname(path) == service.directory]
    found: list[tuple[str, str, Node]] = []
    for path in (*beside, service.path("service.yaml")):
        try:
            documents = YamlFile(service.repository.text(path) or "").documents
        except YamlError:
            continue
        for root in documents:
            node: Node | None = root if root.text("kind") == "Service" else None
            for key in ("spec", "template", "spec", "containers"):
                node = node.get(key) if node is not None else None
            if node is not None and node.items:
                metadata = root.get("metadata")
                found.append((path, (metadata.text("name") if metadata else None) or "", node.items[0]))
    if len({path for path, _, _ in found}) > 1:
        stem = posixpath.basename(service.config).partition(".")[0]
        named = [one for one in found if _plain(one[1]) == _plain(service.name)]
        found = named or [one for one in found if posixpath.basename(one[0]).startswith(f"service-{stem}.")]
    return (found[0][2], found[0][0]) if found else (None, "")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _container_variables(container: Node) -> tuple[dict[str, str], tuple[str, ...]]:
    found: dict[str, str] = {}
    absent: list[str] = []
    node = container.get("env")
    for item in node.items if node is not None else []:
        name, value = item.text("name"), item.get("value")
        if name and value is not None:
            found[name] = platforms.PROJECT if value.value == "PROJECT_ID" else value.value
        elif name:
            absent.append(name)
    return found, tuple(absent)


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(item.value for item in node.items) if node is not None else ()


def _image(service: Service) -> tuple[dict[str, str], tuple[str, ...]]:
    text = service.text("Dockerfile")
    if text is None:
        return {}, ()
    from flexmigrate.documents import dockerfile

    file = dockerfile.parse(text, service.path("Dockerfile"))
    variables = {name: value for name, value in dockerfile.environment(file).items() if name not in _NOT_TAKEN}
    words: dict[str, tuple[str, ...]] = {}
    ends_there = False
    for instruction in file.instructions:
        if instruction.keyword == "FROM":
            words, ends_there = {}, False
        elif instruction.keyword in ("CMD", "ENTRYPOINT"):
            command = dockerfile.command(instruction)
            words[instruction.keyword] = command.arguments or ("/bin/sh", "-c", command.text)
            ends_there = ends_there or (instruction.keyword == "ENTRYPOINT" and command.arguments is None)
    # A shell as entrypoint takes no further words.
    behind = () if ends_there else words.get("CMD", ())
    return variables, (*words.get("ENTRYPOINT", ()), *behind)


def _shown(words: Sequence[str]) -> str:
    import shlex

    return shlex.join(words)
