"""What starts the service, and how a container says it without losing signals: as a list, or by `sh -c 'exec …'`."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from flexmigrate.documents.commands import Server, ServerCommand, read_server
from flexmigrate.documents.procfile import processes
from flexmigrate.documents.shell import Run, TokenKind, read, tokens
from flexmigrate_rules.cloud_run._service.config import Config, as_passed

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.", re.DOTALL)
_PATTERN = re.compile(r"[*?\[~{]")
_SEPARATORS = ("&&", "||", ";")
# Words that a shell has to see itself: `exec` cannot start them.
_BUILTINS = frozenset(
    ("cd", "source", ".", "export", "set", "unset", "eval", "trap", "ulimit", "umask", "wait", "if", "for", "while")
) | frozenset(("case", "until", "{", "[[", "function", "exit", "return", ":", "!", "then", "do", "done", "fi", "esac"))
_BASH = re.compile(r"(?:^|[;&|\s])source\s|\[\[|<\(|\$'")
_APP = re.compile(r"(?m)^app(?:lication)?\s*(?::[^=\n]+)?=")


@dataclass(frozen=True, slots=True)
class Command:
    """A container's command. `text` is what is written at `origin`; `assumed` says why it is only a guess."""

    argv: tuple[str, ...]
    text: str
    origin: str
    comment: str = ""
    assumed: str = ""


def own_image(config: Config) -> bool:
    """Whether the service brings its own image: a custom runtime, whose Dockerfile is kept and never written."""
    return config.service.runtime == "custom"


def command(config: Config) -> Command | None:
    """What App Engine starts, in the order in which it looks; None where nothing says it or the image does."""
    found = _written(config)
    if found is None and not own_image(config):
        found = _assumed(config)
    if found is None:
        return None
    text, origin, assumed = found
    argv, comment = argument_list(text)
    return Command(argv, text, origin, comment, assumed) if argv else None


def _written(config: Config) -> tuple[str, str, str] | None:
    entrypoint = config.written("entrypoint")
    if own_image(config):
        return (entrypoint, "entrypoint", "") if entrypoint else None
    web = _procfile(config)
    if config.has("runtime_config", "operating_system"):
        # The buildpacks look at the variable first, then at the Procfile, and at app.yaml last.
        node = config.node("build_env_variables", "GOOGLE_ENTRYPOINT")
        if node is not None:
            return as_passed(node), "build_env_variables.GOOGLE_ENTRYPOINT", ""
        if web and web.split() != (entrypoint or "").split():
            return web, "Procfile", ""
    if entrypoint:
        return entrypoint, "entrypoint", ""
    return (web, "Procfile", "app.yaml names no entrypoint; the Procfile's `web` is taken") if web else None


def _procfile(config: Config) -> str:
    text = config.service.text("Procfile")
    found = processes(text).get("web") if text else None
    return found.command if found else ""


def _assumed(config: Config) -> tuple[str, str, str] | None:
    """What the buildpacks of a source deploy would start, where the files fit."""
    for module in ("main", "app"):
        source = config.service.text(f"{module}.py")
        if source is None or not (found := _APP.search(source)):
            continue
        requirements = config.service.text("requirements.txt") or ""
        if re.search(r"(?im)^\s*gunicorn\b", requirements):
            name = found[0].split("=")[0].split(":")[0].strip()
            why = f"nothing names a command; {module}.py defines `{name}` and requirements.txt has gunicorn"
            return f"gunicorn --bind :$PORT {module}:{name}", f"{module}.py", why
    return None


def argument_list(text: str) -> tuple[tuple[str, ...], str]:
    """The command as a container's list, with a word on the shell where it needs one; empty for an empty text."""
    text = " ".join(line.strip() for line in text.splitlines()).strip()
    if not text:
        return (), ""
    why = _needs_shell(text)
    if why is None:
        words = shlex.split(text)
        if words and words[0] == "exec":
            words = words[1:]
        return tuple(words), ""
    shell = "bash" if _BASH.search(text) else "sh"
    run, keeps = with_exec(text)
    comment = f"a shell, because of {why}"
    comment += (
        "; exec, so that signals reach the program"
        if keeps
        else "; the shell stays, so signals do not reach the program"
    )
    return (shell, "-c", run), comment


def _needs_shell(text: str) -> str | None:
    """Why only a shell can run this; None where a list of words says the same."""
    found = [token for token in tokens(text) if token.kind is not TokenKind.BLANK]
    for index, token in enumerate(found):
        written = token.span.of(text)
        if token.kind is not TokenKind.WORD or token.word is None:
            return "the comment" if token.kind is TokenKind.COMMENT else f"`{written.strip() or 'a line break'}`"
        if token.problem or token.word.opaque:
            return f"`{written}`"
        if token.word.variables:
            return f"${token.word.variables[0].name}"
        if _PATTERN.search(_QUOTED.sub("", written)):
            return f"`{written}`"
        if (index == 0 and _ASSIGNMENT.match(written)) or (index == 0 and written in _BUILTINS):
            return f"`{written}`"
    try:
        shlex.split(text)
    except ValueError:
        return "its quotes"
    return None


def with_exec(text: str) -> tuple[str, bool]:
    """The text with `exec` before its last command, and whether it has one now."""
    start: int | None = None
    words: list[str] = []
    pending = True
    for token in tokens(text):
        written = token.span.of(text)
        if token.kind is TokenKind.OPERATOR and written in _SEPARATORS:
            pending = True
        elif (token.kind is TokenKind.OPERATOR and written in ("|", "&", "(", ")", ";;")) or token.problem:
            return text, False
        elif token.kind is TokenKind.WORD:
            if pending:
                start, words, pending = token.span.start, [], False
            words.append(written)
    if start is None or not words or words[0] in _BUILTINS:
        return text, False
    if words[0] == "exec":
        return text, True
    prefix = "exec env " if _ASSIGNMENT.match(words[0]) else "exec "
    return text[:start] + prefix + text[start:], True


def server(config: Config, found: Command | None) -> ServerCommand | None:
    """The web server that the command starts last, as far as it can be told."""
    if found is None:
        return None
    variables = {name: as_passed(node) for name, node in config.members(config.node("env_variables"))}
    runs = [step for step in read(found.text) if isinstance(step, Run)]
    return read_server(runs[-1], variables) if runs else None


def capacity(config: Config, found: Command | None) -> tuple[int, str] | None:
    """How many requests the server handles at a time and why; None where that cannot be told or has no bound."""
    serving = server(config, found)
    if serving is None or serving.notes:
        return None
    if serving.server is Server.GUNICORN:
        if serving.config or config.service.text("gunicorn.conf.py") is not None:
            return None
        if (serving.worker_class or "sync") not in ("sync", "gthread", "gunicorn.workers.sync.SyncWorker"):
            return None
    elif serving.server is Server.UWSGI:
        if serving.config or serving.worker_class:
            return None
    elif serving.server is not Server.WAITRESS:
        return None
    workers = _count(serving.workers, 1)
    threads = _count(serving.threads, 4 if serving.server is Server.WAITRESS else 1)
    if workers is None or threads is None:
        return None
    at_once = f"{workers * threads} request{'s' if workers * threads > 1 else ''} at a time"
    detail = f"{workers} worker{'s' if workers > 1 else ''} x {threads} thread{'s' if threads > 1 else ''}"
    return workers * threads, f"{serving.server} handles {at_once} ({detail})"


def _count(text: str | None, default: int) -> int | None:
    if text is None:
        return default
    return int(text) if text.isascii() and text.isdigit() and int(text) else None
