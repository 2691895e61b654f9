"""Install a service's requirements as the target does, and compile its sources for the target's Python."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flexmigrate.proving import environments
from flexmigrate.proving.environments import Environment, Step
from flexmigrate.proving.interpreters import Interpreter
from flexmigrate.proving.processes import TOKEN_NAME

_COMPILE_SECONDS = 120.0
_COMPILER = """\
import json, sys, warnings
warnings.simplefilter("ignore")
found = []
with open(sys.argv[1], "rb") as listed:
    names = [name.decode("utf-8", "surrogateescape") for name in listed.read().split(b"\\0") if name]
for name in names:
    try:
        with open(name, "rb") as source:
            compile(source.read(), name, "exec", dont_inherit=True)
    except SyntaxError as error:
        found.append([name, error.lineno or 0, "%s: %s" % (type(error).__name__, error.msg)])
    except Exception as error:
        found.append([name, 0, "%s: %s" % (type(error).__name__, error)])
with open(sys.argv[2], "w") as result:
    json.dump(found, result)
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """What came of installing: the environment where there is one, and what a person should know besides."""

    environment: Environment | None
    step: Step
    tool: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A source file that does not compile; line 0 where there is none."""

    path: str
    line: int
    message: str


def tool_variables(token: str, scratch: Path, caller: Mapping[str, str]) -> dict[str, str]:
    """What keeps the installers inside the scratch folder, marked as ours, and choosing among indexes as pip does."""
    variables = {
        TOKEN_NAME: token,
        "TMPDIR": str(scratch / "tmp"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    for name in ("PIP_CACHE_DIR", "UV_CACHE_DIR"):
        # A cache that a person names is theirs; without a word nothing outside of the scratch folder is written.
        if not caller.get(name):
            variables[name] = str(scratch / "cache" / name.partition("_")[0].lower())
    return variables


def install(
    interpreter: Interpreter,
    scratch: Path,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    seconds: float,
) -> Installed:
    """A fresh environment with what the arguments ask for: by uv where it is, and by pip where uv will not."""
    source = scratch / "app"
    environment, made = environments.create(interpreter, scratch / "env", variables=variables, empty=not arguments)
    if environment is None:
        return Installed(None, made, "venv")
    tool = "uv" if environment.uv is not None else "pip"
    if not arguments:
        return Installed(environment, made, tool)
    step = environments.install(environment, arguments, seconds, cwd=source)
    if step.ok or environment.uv is None:
        return Installed(environment, step, tool)
    # The platform uses pip, and uv refuses some old metadata that pip takes.
    other, made = environments.create(interpreter, scratch / "env-pip", use_uv=False, variables=variables)
    if other is None:
        return Installed(environment, step, tool)
    again = environments.install(other, arguments, seconds, cwd=source)
    if not again.ok:
        return Installed(other, again, "pip")
    return Installed(other, again, "pip", f"uv would not install this, pip did: {step.line}")


def sources(folder: Path) -> list[str]:
    """The Python files below the folder, relative to it, without those of a template."""
    found = []
    for directory, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if name not in ("node_modules", ".git", "__pycache__"))
        base = os.path.relpath(directory, folder)
        found += [
            os.path.normpath(os.path.join(base, name))  # noqa: PTH118  (a text, for another interpreter)
            for name in sorted(files)
            if name.endswith(".py")
        ]
    return [name for name in found if "{{" not in name]


def compile_all(environment: Environment, scratch: Path, names: Sequence[str]) -> tuple[list[Broken], Step]:
    """Every source file that this Python cannot compile; nothing of the sources is run."""
    listed, result = scratch / "sources.list", scratch / "broken.json"
    listed.write_bytes(b"\0".join(os.fsencode(name) for name in names))
    command = [str(environment.python), "-I", "-S", "-c", _COMPILER, str(listed), str(result)]
    step = environments.run_step(command, _COMPILE_SECONDS, environment.variables, scratch / "app")
    if not step.ok:
        return [], step
    found = json.loads(result.read_text("ascii"))
    return [Broken(str(path), int(line), str(message)) for path, line, message in found], step
