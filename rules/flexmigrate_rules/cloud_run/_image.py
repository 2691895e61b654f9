"""The text of a Dockerfile: dependencies first, tools for building kept out of the result, no root, no surprises."""

from __future__ import annotations

import json
import posixpath
import textwrap
from dataclasses import dataclass

from flexmigrate.documents.requirements import Requirements, resolve
from flexmigrate.documents.requirements_entries import RequirementKind
from flexmigrate_rules.cloud_run._command import Command
from flexmigrate_rules.cloud_run._secrets import looks_secret
from flexmigrate_rules.cloud_run._service.config import Config, as_passed
from flexmigrate_rules.cloud_run._service.env import build_variables
from flexmigrate_rules.facts.os_packages import OsPackages, os_packages

WIDTH = 110


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What requirements.txt asks of the image. `files` are relative to the source directory."""

    files: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    whole_source: bool = False
    needs_git: bool = False
    packages: tuple[OsPackages, ...] = ()

    @property
    def build(self) -> tuple[str, ...]:
        names = [name for package in self.packages for name in package.build] + ["git"] * self.needs_git
        return tuple(sorted(set(names)))

    @property
    def run(self) -> tuple[str, ...]:
        return tuple(sorted({name for package in self.packages for name in package.run}))


def dependencies(config: Config) -> Dependencies:
    """Read requirements.txt with all it includes."""
    service = config.service
    start = service.path("requirements.txt")
    if service.repository.text(start) is None:
        return Dependencies()
    found = resolve(start, service.repository.text)
    base = f"{service.directory}/" if service.directory else ""
    inside = tuple(path.removeprefix(base) for path in found.files if path.startswith(base))
    outside = tuple(path for path in found.files if not path.startswith(base))
    local = any(entry.kind is RequirementKind.PATH or entry.editable for entry in found.required)
    local = local or any(option.kind == "find-links" and "://" not in option.value for option in found.options)
    git = any(entry.kind is RequirementKind.VCS for entry in found.required)
    return Dependencies(inside, outside, local, git, _packages(found, config.context.python))


def _packages(found: Requirements, python: str) -> tuple[OsPackages, ...]:
    needed = []
    for name, effective in sorted(found.effective(python).items()):
        row = os_packages().get(name)
        extras = {extra for entry in effective.requirements for extra in entry.extras}
        if row is not None and not extras & set(row.unless_extras):
            needed.append(row)
    return tuple(needed)


def dockerfile(config: Config, command: Command | None, shared: bool) -> str:
    """The text; `shared` images serve several services, each of which names its own command."""
    needs = dependencies(config)
    stages = _built_apart(config, needs) if needs.build else _in_one(config, needs)
    lines = [*_head(config), *stages, "COPY . .", "", *_user(), *_command_lines(command, shared)]
    return "\n".join(lines) + "\n"


def _head(config: Config) -> list[str]:
    return _comment(
        f"Image for Cloud Run, written by flexmigrate from {posixpath.basename(config.service.config)}. While a "
        f"Dockerfile stands here, `gcloud app deploy` refuses an app.yaml with `runtime: {config.service.runtime}`; to "
        "deploy to App Engine once more, move it away."
    )


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _environment(config: Config) -> list[str]:
    lines = ["ENV PYTHONUNBUFFERED=1 \\", "    PYTHONDONTWRITEBYTECODE=1", ""]
    for name, node in build_variables(config):
        if name.startswith("GOOGLE_") or node.kind != "scalar":
            continue
        value = as_passed(node)
        if looks_secret(name, value):
            lines += [f"# build_env_variables.{name} looks like a secret: give it with --build-arg", f"ARG {name}"]
        else:
            lines.append(f"ARG {name}={json.dumps(value, ensure_ascii=False)}")
    return [*lines, ""] if lines[-1] else lines


def _apt(names: tuple[str, ...]) -> list[str]:
    if not names:
        return []
    return [
        "RUN apt-get update \\",
        f"    && apt-get install --yes --no-install-recommends {' '.join(names)} \\",
        "    && rm -rf /var/lib/apt/lists/*",
    ]


def _reasons(needs: Dependencies, which: str) -> list[str]:
    reasons = [
        f"{package.why} ({package.evidence.unverified})" if package.evidence.unverified else package.why
        for package in needs.packages
        if getattr(package, which)
    ]
    if which == "build" and needs.needs_git:
        reasons.append("A requirement is fetched by git")
    return [line for reason in reasons for line in _comment(f"{reason}.")]


def _in_one(config: Config, needs: Dependencies) -> list[str]:
    lines = [f"FROM python:{config.context.python}-slim", "", *_environment(config), "WORKDIR /app", ""]
    if needs.run:
        lines += [*_reasons(needs, "run"), *_apt(needs.run), ""]
    return [*lines, *_install(needs, "")]


def _built_apart(config: Config, needs: Dependencies) -> list[str]:
    """Compilers stay in a first stage; the result has the finished packages only."""
    image = f"FROM python:{config.context.python}-slim"
    lines = [f"{image} AS build", "", *_environment(config), "WORKDIR /app", ""]
    lines += [*_reasons(needs, "build"), *_apt(needs.build), "", "RUN python -m venv /venv", ""]
    lines += [*_install(needs, "/venv/bin/"), image, ""]
    lines += ["ENV PYTHONUNBUFFERED=1 \\", "    PYTHONDONTWRITEBYTECODE=1 \\", '    PATH="/venv/bin:$PATH"', ""]
    lines += ["WORKDIR /app", ""]
    if needs.run:
        lines += [*_reasons(needs, "run"), *_apt(needs.run), ""]
    return [*lines, "COPY --from=build /venv /venv"]


def _install(needs: Dependencies, tools: str) -> list[str]:
    pip = f"RUN {tools}pip install --no-cache-dir -r requirements.txt"
    if not needs.files:
        return ["# There is no requirements.txt, so nothing is installed, as on App Engine.", ""]
    if needs.whole_source:
        return ["# Requirements that are folders of the source need all of it first.", "COPY . .", pip, ""]
    lines = ["# Dependencies first: they change less often than the program."]
    folders: dict[str, list[str]] = {}
    for path in sorted(needs.files):
        folders.setdefault(posixpath.dirname(path), []).append(path)
    lines += [f"COPY {' '.join(paths)} ./{folder}{'/' if folder else ''}" for folder, paths in folders.items()]
    return [*lines, pip, ""]


def _user() -> list[str]:
    return [
        "# Cloud Run does not need root, and neither does the program.",
        "RUN useradd --create-home app",
        "USER app",
    ]


def _command_lines(command: Command | None, shared: bool) -> list[str]:
    if shared:
        return ["", "# Several services use this image; the service-*.yaml of each names its command."]
    if command is None:
        return ["", "# Nothing in the repository says how the program starts: add a CMD."]
    says = f"The command of {command.origin}"
    if command.comment:
        says += f". {command.comment[0].upper()}{command.comment[1:]}"
    assumed = _comment(f"ASSUMED: {command.assumed}.") if command.assumed else []
    return ["", *assumed, *_comment(f"{says}."), f"CMD {json.dumps(list(command.argv), ensure_ascii=False)}"]
