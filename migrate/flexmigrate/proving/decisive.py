"""Pick the one line of a log that says why something failed, and make it readable on any machine."""

from __future__ import annotations

import re

_EXCEPTION = re.compile(
    r"^(?P<type>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Required|NotFound|Configured))"
    r"(?P<message>:(?: .*)?)?$"
)
# A traceback ends in whatever its author named the exception, so anything class-like counts right after one.
_ENDS_TRACEBACK = re.compile(r"^(?P<type>(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(?P<message>:(?: .*)?)?$")
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)')
_TRACEBACK = "Traceback (most recent call last):"
# They tell that a server gave up, never why.
_SAYS_NOTHING = ("HaltServer", "SystemExit", "KeyboardInterrupt", "CancelledError")
_COMPILER = re.compile(r"(?:fatal error: |error: command .* failed|: error: )")
_RESOLVER = re.compile(r"^\s*(?:╰─▶|├─▶|×|cause:)\s*")
_INSTALLER = re.compile(r"^\s*(?:ERROR: |error: )(?!subprocess-exited)")
_HEADINGS = ("[stdout]", "[stderr]")
_COMPLAINT = re.compile(r"\b(?:error|fatal|failed|cannot|can't|could not|not found|refused|denied|invalid)\b", re.I)
_GIVES_UP = re.compile(r"Shutting down: Master|Reason: (?:App|Worker) failed|exited with code|was sent SIG")
_NEEDLESS_PREFIX = re.compile(r"^\[\d{4}-\d\d-\d\d [^\]]*\] \[\d+\] ")
_LONGEST = 400

_LIBRARY_PATH = re.compile(r"(?:/[^\s'\"():,;]+)*?/(?:lib/python\d(?:\.\d+)?/)(?:(?:site|dist)-packages/)?")
_DRIVE_OR_ROOT_PATH = re.compile(r"(?<![\w./:])(?:[A-Za-z]:)?(?:[/\\][\w.+@~-]+)+[/\\](?=[\w.+@~-])")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
_PROCESS = re.compile(r"\b(pid:? ?)\d+")


def decisive_line(log: str) -> str:
    """The line of a Python log, traceback or installer output that names the cause; empty for an empty log."""
    lines = _unnested(log.splitlines())
    for pick in (_last_exception, _compiler_error, _resolver_story, _installer_error, _last_complaint):
        line = pick(lines)
        if line:
            return line[:_LONGEST]
    return ""


def without_machine_paths(line: str) -> str:
    """The same line with absolute paths shortened and addresses and process numbers masked."""
    line = _LIBRARY_PATH.sub("", line)
    line = _DRIVE_OR_ROOT_PATH.sub("", line)
    return _PROCESS.sub(r"\1N", _ADDRESS.sub("0x…", line))


def _unnested(lines: list[str]) -> list[str]:
    """uv shows a build's output indented under a heading; without the indentation it reads like any other log."""
    plain: list[str] = []
    indent = ""
    for line in lines:
        if line.strip() in _HEADINGS:
            indent = line[: len(line) - len(line.lstrip())]
        plain.append(line.removeprefix(indent))
    return plain


def _last_exception(lines: list[str]) -> str:
    found = ""
    in_traceback = False
    frame = ""
    for raw in lines:
        if _TRACEBACK in raw:
            in_traceback = True
            continue
        place = _FRAME.match(raw)
        if place:
            frame = f"{place['file'].replace(chr(92), '/').rpartition('/')[2]}, line {place['line']}"
            continue
        # Some messages begin on the line after the exception's name.
        if found.endswith(":") and raw.strip():
            found = f"{found} {raw.strip()}"
        if not raw.strip() or raw[0].isspace():
            continue
        ended = (_ENDS_TRACEBACK if in_traceback else _EXCEPTION).match(raw)
        in_traceback = False
        if ended and not ended["type"].endswith(_SAYS_NOTHING):
            found = _with_place(raw.rstrip(), ended["type"], frame)
    return found


def _with_place(line: str, kind: str, frame: str) -> str:
    # Alone, "invalid syntax" tells nobody which file to look at.
    is_syntax = kind in ("SyntaxError", "IndentationError", "TabError")
    return f"{line} ({frame})" if is_syntax and frame and ", line " not in line else line


def _compiler_error(lines: list[str]) -> str:
    return next((line.strip() for line in lines if _COMPILER.search(line)), "")


def _resolver_story(lines: list[str]) -> str:
    """uv wraps its explanation over several lines; the last bullet is the cause."""
    starts = [index for index, line in enumerate(lines) if _RESOLVER.match(line)]
    if not starts:
        return ""
    parts = [_RESOLVER.sub("", lines[starts[-1]]).strip()]
    for line in lines[starts[-1] + 1 :]:
        if not line.strip() or not line[0].isspace():
            break
        parts.append(line.strip())
    return " ".join(parts)


def _installer_error(lines: list[str]) -> str:
    """pip says the short version last; the ones before list every version there is."""
    return next((line.strip() for line in reversed(lines) if _INSTALLER.match(line)), "")


def _last_complaint(lines: list[str]) -> str:
    spoken = [_NEEDLESS_PREFIX.sub("", line.strip()) for line in lines if line.strip()]
    complaints = [line for line in spoken if _COMPLAINT.search(line) and not _GIVES_UP.search(line)]
    return (complaints or spoken or [""])[-1]
