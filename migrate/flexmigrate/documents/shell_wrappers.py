"""Programs that only start another one: what they are, and which of their words belong to them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from flexmigrate.documents.shell_words import Word

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_PYTHON = re.compile(r"(?:python|pypy)[0-9]*(?:\.[0-9]+)?$")


@dataclass(frozen=True, slots=True)
class Wrapper:
    """How to find the wrapped command: behind `verbs` (`run`), options (`valued` ones take a word) and `operands`."""

    verbs: tuple[str, ...] = ()
    valued: frozenset[str] = frozenset()
    operands: int = 0
    assignments: bool = False


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The innermost command, what its wrappers set, and their names from the outside in."""

    words: tuple[Word, ...]
    env: tuple[tuple[str, Word], ...] = ()
    wrappers: tuple[str, ...] = ()
    problem: str = ""


def _valued(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UV = (
    "-p --python --with --with-editable --with-requirements --extra --group --env-file --project --directory --package"
)
_OPENTELEMETRY = (
    "--traces_exporter --metrics_exporter --logs_exporter --service_name --exporter_otlp_endpoint --id_generator"
)
_WRAPPERS = {
    "exec": Wrapper(valued=_valued("-a")),
    "command": Wrapper(),
    "nohup": Wrapper(),
    "setsid": Wrapper(),
    "time": Wrapper(),
    "env": Wrapper(valued=_valued("-u --unset -C --chdir"), assignments=True),
    "nice": Wrapper(valued=_valued("-n --adjustment")),
    "ionice": Wrapper(valued=_valued("-c --class -n --classdata")),
    "stdbuf": Wrapper(valued=_valued("-i -o -e --input --output --error")),
    "timeout": Wrapper(valued=_valued("-k --kill-after -s --signal"), operands=1),
    "tini": Wrapper(valued=_valued("-p -e")),
    "dumb-init": Wrapper(valued=_valued("-r --rewrite")),
    "gosu": Wrapper(operands=1),
    "su-exec": Wrapper(operands=1),
    "sudo": Wrapper(valued=_valued("-u -g --user --group"), assignments=True),
    "pipenv": Wrapper(verbs=("run",), valued=_valued("--python")),
    "poetry": Wrapper(verbs=("run",), valued=_valued("-C --directory -P --project")),
    "pdm": Wrapper(verbs=("run",), valued=_valued("-p --project")),
    "rye": Wrapper(verbs=("run",)),
    "uv": Wrapper(verbs=("run",), valued=_valued(_UV)),
    "honcho": Wrapper(verbs=("run",), valued=_valued("-e --env -d --app-root -f --procfile")),
    "foreman": Wrapper(verbs=("run",), valued=_valued("-e --env -f --procfile")),
    "ddtrace-run": Wrapper(),
    "newrelic-admin": Wrapper(verbs=("run-program",)),
    "opentelemetry-instrument": Wrapper(valued=_valued(_OPENTELEMETRY)),
    "berglas": Wrapper(verbs=("exec",)),
    "doppler": Wrapper(verbs=("run",), valued=_valued("-p --project -c --config")),
}
# They have other verbs than the one that starts a program; with those they are commands of their own.
_PYTHON_VALUED = frozenset(("-W", "-X", "--check-hash-based-pycs"))
_MODULES = {"gunicorn.app.wsgiapp": "gunicorn", "gunicorn.__main__": "gunicorn", "uvicorn.__main__": "uvicorn"}


def is_python(word: Word) -> bool:
    """Whether the word names a Python interpreter."""
    return bool(_PYTHON.match(posixpath.basename(word.text)))


def unwrap(words: tuple[Word, ...]) -> Unwrapped:
    """The command without everything that only starts it; `python -m X …` becomes `X …`."""
    env: list[tuple[str, Word]] = []
    wrappers: list[str] = []
    while words:
        name = posixpath.basename(words[0].text)
        if is_python(words[0]):
            module = _module(words)
            if module is None:
                break
            wrappers.append("python -m")
            words = module
            continue
        wrapper = _WRAPPERS.get(name)
        if wrapper is None:
            break
        inner = _inside(wrapper, words[1:], env)
        if inner is None:
            break
        if not inner:
            return Unwrapped(
                (), tuple(env), tuple(wrappers), "" if name in ("exec", "env") else f"`{name}` starts nothing"
            )
        wrappers.append(" ".join((name, *wrapper.verbs)))
        words = inner
    return Unwrapped(words, tuple(env), tuple(wrappers))


def _inside(wrapper: Wrapper, words: tuple[Word, ...], env: list[tuple[str, Word]]) -> tuple[Word, ...] | None:
    """The words of the wrapped command; None when the wrapper is used for something else."""
    place = 0
    verbs, operands = list(wrapper.verbs), wrapper.operands
    while place < len(words):
        text = words[place].text
        if text == "--":
            place += 1
            break
        if text.startswith("-") and len(text) > 1:
            place += 2 if text in wrapper.valued else 1
        elif wrapper.assignments and (found := _ASSIGNMENT.match(text)):
            env.append((found[0][:-1], words[place].cut(found.end())))
            place += 1
        elif verbs:
            if text != verbs.pop(0):
                return None
            place += 1
        elif operands:
            operands -= 1
            place += 1
        else:
            break
    return None if verbs else words[place:]


def _module(words: tuple[Word, ...]) -> tuple[Word, ...] | None:
    """What `python [options] -m module …` runs, the module's name first; None when it runs something else."""
    place = 1
    while place < len(words) and words[place].text.startswith("-") and len(words[place].text) > 1:
        option = words[place].text
        if option.startswith("-") and not option.startswith("--") and "m" in option:
            attached = option.partition("m")[2]
            if attached:
                module, rest = words[place].cut(len(option) - len(attached)), words[place + 1 :]
            elif place + 1 < len(words):
                module, rest = words[place + 1], words[place + 2 :]
            else:
                return None
            known = _MODULES.get(module.text)
            return (Word(known, module.span) if known else module, *rest)
        if "c" in option.lstrip("-") and not option.startswith("--"):
            return None
        place += 2 if option in _PYTHON_VALUED else 1
    return None
