"""Leave Google's legacy Python image behind, and the Dockerfile with it where the buildpacks do the same.

`gcr.io/google-appengine/python` is no longer maintained and ends with Python 3.7; its bare `python3` is 3.7.9 while
`python_version: 3` in app.yaml was 3.6.10. A Dockerfile that only makes the virtual environment, installs
requirements.txt and copies the program does nothing that `runtime: python` does not do: the service goes back to it,
with the command of CMD as entrypoint. The Dockerfile then has to be deleted by hand, because gcloud and App Engine
refuse one beside `runtime: python`. A Dockerfile that does more keeps its place and gets a maintained base image with
what the old one set; compilers and development packages of the old image are not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flexmigrate.documents.dockerfile import Dockerfile, From, replace_instruction
from flexmigrate.model import Edit, Finding, FixClass, Platform, Quoted, Rewrite, Severity, YamlValue
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.app_yaml._legacy_image import dockerfile, legacy_stage
from flexmigrate_rules.app_yaml._plain_image import Plain, look_at, pinned_python
from flexmigrate_rules.facts.runtimes import legacy_image

_VIRTUALENV = re.compile(
    r"(?:/usr/(?:local/)?bin/)?virtualenv(?:[ \t]+(?:--no-download|--no-site-packages|--clear|-p[ \t]*\S+"
    r"|--python[= \t]\S+))*[ \t]+/env/?(?![\w/-])(?:[ \t]+(?:--no-download|-p[ \t]*\S+|--python[= \t]\S+))*"
)
_CUSTOM = "https://cloud.google.com/appengine/docs/flexible/custom-runtimes/build"
_OLD_TOOLS = re.compile(r"\bvirtualenv\b|\bpython[23]?\.[0-9]+\b|\bpip[23]?\.[0-9]+\b|/opt/python|python-compat")


def check(service: Service, context: Context) -> Iterator[Finding]:
    if service.runtime == "custom":
        file = dockerfile(service)
        stage = legacy_stage(file) if file is not None else None
        if file is not None and stage is not None:
            yield _on_legacy_image(service, context, file, stage)
    elif service.runtime == "python":
        yield from _beside_python(service)


def _beside_python(service: Service) -> Iterator[Finding]:
    entry = service.root.entry("runtime")
    offset = entry.start if entry is not None else 0
    if service.repository.exists(service.path("Dockerfile")):
        yield Finding(
            "gcloud and App Engine refuse `runtime: python` while a Dockerfile lies beside this file",
            service.config,
            offset,
            hint=_what_to_do_with(dockerfile(service)),
            severity=Severity.ERROR,
            source=_CUSTOM,
            key="Dockerfile",
        )
    elif service.repository.exists(service.path("cloudbuild.yaml")):
        yield Finding(
            "gcloud refuses `runtime: python` while a cloudbuild.yaml lies beside this file, unless App Engine builds "
            "the image on its side",
            service.config,
            offset,
            hint="give cloudbuild.yaml another name or directory if the deploy complains",
            severity=Severity.INFO,
            source=_CUSTOM,
            key="cloudbuild.yaml",
        )


def _what_to_do_with(file: Dockerfile | None) -> str:
    if file is not None and legacy_stage(file) is not None and isinstance(look_at(file), Plain):
        return "delete the Dockerfile; the buildpacks do what it did"
    return "delete or move the Dockerfile, or write `runtime: custom` if it is meant to build the service"


def _on_legacy_image(service: Service, context: Context, file: Dockerfile, stage: From) -> Finding:
    message = f"the Dockerfile builds on `{stage.image}`, which is no longer maintained{_pins(file)}"
    key, offset = "image", stage.instruction.text_span.start
    looked = look_at(file)
    if isinstance(looked, Plain):
        reason = _why_not_python(service, looked.command)
        if not reason:
            return Finding(
                f"{message}; it does only what `runtime: python` does",
                file.path,
                offset,
                hint="--unsafe-fixes writes `runtime: python`; then delete the Dockerfile, or gcloud refuses both",
                key=key,
                rewrites=(_back_to_python(service, context, looked.command),),
            )
    else:
        reason = f"line {looked.line} does more: {looked.reason}" if looked.line else looked.reason
    image = f"python:{context.python}-slim"
    rewrite = _rebased(file, stage, image)
    if rewrite is None:
        return Finding(
            f"{message}; {reason}",
            file.path,
            offset,
            hint=f"build on `{image}` or `python:{context.python}`, make /env with `python3 -m venv /env`, and set "
            "WORKDIR /app and PORT, which the old image did",
            key=key,
        )
    return Finding(
        f"{message}; {reason}",
        file.path,
        offset,
        hint=f"--unsafe-fixes puts `{image}` in its place; use `python:{context.python}` if pip has to compile, "
        "and check the names of apt packages",
        key=key,
        rewrites=(rewrite,),
    )


def _pins(file: Dockerfile) -> str:
    """What the virtual environment of the Dockerfile runs."""
    version, image = pinned_python(file), legacy_image()
    if version == "":
        return f" and whose virtualenv is Python {image.python}"
    if version in (None, "2", "2.7"):
        return f" and runs Python {image.python}"
    if version == "3":
        return f" and whose bare `python3` is {image.python3}"
    return f" and runs Python {version} here"


def _why_not_python(service: Service, command: str) -> str:
    """Why the service cannot go back to `runtime: python` by itself; empty where it can."""
    written = service.value("entrypoint")
    if not service.repository.exists(service.path("requirements.txt")):
        return "there is no requirements.txt, which the buildpacks install from"
    if written is not None and written.removeprefix("exec ").split() != command.split():
        return "its CMD and the `entrypoint` in app.yaml differ"
    runtime, config = service.root.entry("runtime"), service.root.get("runtime_config")
    if runtime is not None and runtime.value.templated:
        return "`runtime` is written by a template"
    if config is not None and config.kind != "mapping" and not config.is_empty:
        return "`runtime_config` cannot be read"
    return ""


def _back_to_python(service: Service, context: Context, command: str) -> Rewrite:
    editor = service.editor
    block: dict[str, YamlValue] = {"operating_system": Quoted(context.operating_system)}
    if context.write_version:
        block["runtime_version"] = Quoted(context.python)
    names = [entry.name for entry in service.root.entries]
    behind = "env" if "env" in names else "vm" if "vm" in names else names[-1]
    if "runtime" in names:
        rewrite = editor.set(("runtime",), "python")
    else:
        rewrite = editor.insert_first(("runtime",), "python")
    config = service.root.get("runtime_config")
    if service.value("entrypoint") is None:
        rewrite += editor.insert(("entrypoint",), command, after=behind)
    if config is None:
        rewrite += editor.insert(("runtime_config",), block, after=behind)
    elif config.is_empty:
        rewrite += editor.replace(("runtime_config",), block)
    return rewrite


def _rebased(file: Dockerfile, stage: From, image: str) -> Rewrite | None:
    """The Dockerfile on another image, or None where a person has to see to what depends on the old one."""
    alias = f" AS {stage.alias}" if stage.alias else ""
    written = f"FROM {image}{alias}\nENV PORT=8080 PYTHONUNBUFFERED=1\nWORKDIR /app"
    if "$" in stage.written or stage.platform:
        return None
    rewrite = replace_instruction(file, stage.instruction, written)
    for instruction in file.instructions:
        if instruction is stage.instruction or instruction.keyword not in ("RUN", "CMD", "ENTRYPOINT", "ENV"):
            continue
        start, end = instruction.text_span
        left = file.text[start:end]
        for match in _VIRTUALENV.finditer(file.text, start, end):
            new = Edit(file.path, match.start(), match.end(), match[0], "python3 -m venv /env")
            rewrite += Rewrite(file.path, (new,))
            left = left.replace(match[0], "")
        if _OLD_TOOLS.search(left):
            return None
    return None if rewrite.refusal else rewrite


_DOCKERFILE = """\
FROM gcr.io/google-appengine/python
RUN virtualenv /env -p python3.6
ENV VIRTUAL_ENV /env
ENV PATH /env/bin:$PATH
ADD requirements.txt /app/
RUN pip install -r requirements.txt
ADD . /app/
CMD gunicorn -b :$PORT main:app
"""

RULE = Rule(
    check=check,
    summary="a Dockerfile on Google's legacy Python image goes back to `runtime: python`, or gets a maintained image",
    severity=Severity.WARNING,
    fix=FixClass.UNSAFE,
    source="https://github.com/GoogleCloudPlatform/python-runtime",
    platforms=frozenset({Platform.FLEX}),
    example=Example(
        before={
            "app.yaml": "runtime: custom\nenv: flex\n",
            "Dockerfile": _DOCKERFILE,
            "requirements.txt": "gunicorn\n",
        },
        after={
            "app.yaml": 'runtime: python\nenv: flex\nentrypoint: "gunicorn -b :$PORT main:app"\n'
            'runtime_config:\n  operating_system: "ubuntu22"\n  runtime_version: "3.12"\n',
            "Dockerfile": _DOCKERFILE,
            "requirements.txt": "gunicorn\n",
        },
        says="it does only what `runtime: python` does",
    ),
)
