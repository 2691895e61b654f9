"""Just enough shell to see what a command line starts, through wrappers, without running or expanding anything.

What is not understood is an Unknown with its reason, never a guess.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from flexmigrate.documents.shell_steps import Processes, Run, Script, Step, Unknown
from flexmigrate.documents.shell_words import Token, TokenKind, Variable, Word, tokens
from flexmigrate.documents.shell_wrappers import Unwrapped, unwrap
from flexmigrate.documents.spans import Span

__all__ = ["Processes", "Run", "Script", "Step", "Token", "TokenKind", "Unknown", "Variable", "Word", "read", "tokens"]
__all__ += ["read_words"]

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_SHELLS = frozenset(("sh", "bash", "dash", "ash", "zsh", "ksh"))
_KEYWORDS = frozenset(
    ("if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "select", "function")
) | frozenset(("{", "}", "!", "[[", "((", "coproc", "eval", "trap"))
_SEPARATORS = frozenset(("&&", "||", ";", "|", "&"))
_DEEPEST = 8


def read(text: str) -> tuple[Step, ...]:
    """The commands of a shell text in order, as far as they can be told."""
    return tuple(_steps(text, 0))


def read_words(arguments: Sequence[str]) -> tuple[Step, ...]:
    """The commands of an argument list that no shell sees (exec form): nothing is expanded at first."""
    words = tuple(Word(argument, Span(0, 0)) for argument in arguments)
    return tuple(_command(words, Span(0, 0), "", 0))


def _steps(text: str, depth: int) -> list[Step]:
    steps: list[Step] = []
    words: list[Word] = []
    start: int | None = None
    trouble = ""
    drop_next = False

    def close(end: int, joined: str) -> None:
        nonlocal words, start, trouble, drop_next
        if start is not None:
            span = Span(start, end)
            steps.extend([Unknown(trouble, span, joined)] if trouble else _command(tuple(words), span, joined, depth))
        words, start, trouble, drop_next = [], None, "", False

    last = 0
    for token in tokens(text):
        written = token.span.of(text)
        if token.kind is TokenKind.BREAK or (token.kind is TokenKind.OPERATOR and written in _SEPARATORS):
            close(last, ";" if token.kind is TokenKind.BREAK else written)
            continue
        if token.kind in (TokenKind.BLANK, TokenKind.COMMENT):
            continue
        start = token.span.start if start is None else start
        if token.word is not None:
            trouble = trouble or token.problem
            if drop_next:
                drop_next = False
            else:
                words.append(token.word)
        elif written in ("(", ")", ";;") or written.startswith("<<"):
            trouble = trouble or ("a here-document" if written.startswith("<<") else "a subshell, function or case")
        else:
            # The target of a redirection is no argument, nor is the number right in front of it.
            drop_next = True
            if words and words[-1].text.isdigit() and words[-1].span.end == token.span.start:
                words.pop()
        last = token.span.end
    close(last, "")
    return steps


def _command(words: tuple[Word, ...], span: Span, joined: str, depth: int) -> list[Step]:
    env, rest = _leading_assignments(words)
    if not rest:
        return [Run((), span, env, (), joined)]
    if rest[0].text in _KEYWORDS:
        return [Unknown(f"the shell construct `{rest[0].text}`", span, joined)]
    found = unwrap(rest)
    env += found.env
    step = _started(found, span, joined, depth)
    return [_with(inner, env, found.wrappers) for inner in step]


def _started(found: Unwrapped, span: Span, joined: str, depth: int) -> list[Step]:
    if found.problem:
        return [Unknown(found.problem, span, joined)]
    words = found.words
    if not words:
        return [Run((), span, (), (), joined)]
    first = words[0]
    if first.opaque or first.variables:
        return [Unknown(f"the program is given by {first.opaque or 'a variable'}", span, joined)]
    name = posixpath.basename(first.text)
    if name in ("honcho", "foreman"):
        return [_processes(words, span, joined)]
    if first.text in ("source", "."):
        return [_script(words[1:], span, joined, sourced=True)]
    if name in _SHELLS:
        return _shell(words, span, joined, depth)
    if _is_script(first.text):
        return [_script(words, span, joined)]
    return [Run(words, span, (), (), joined)]


def _is_script(path: str) -> bool:
    if path.endswith((".sh", ".bash")):
        return True
    local = "/" in path and not path.startswith("/") and "/bin/" not in path
    return local and not path.endswith(".py")


def _script(words: tuple[Word, ...], span: Span, joined: str, sourced: bool = False) -> Step:
    if not words or words[0].opaque or words[0].variables:
        return Unknown("a script whose name cannot be told", span, joined)
    return Script(words[0].text, words[1:], span, (), (), joined, sourced)


def _shell(words: tuple[Word, ...], span: Span, joined: str, depth: int) -> list[Step]:
    """`bash -c '…'`, `sh run.sh`; options of the shell itself do not matter here."""
    rest = list(words[1:])
    inline = False
    while rest and rest[0].text.startswith(("-", "+")) and len(rest[0].text) > 1:
        option = rest.pop(0).text
        if option in ("-o", "+o", "-O", "+O", "--rcfile", "--init-file") and rest:
            rest.pop(0)
        if not option.startswith("--") and option.startswith("-") and "c" in option:
            inline = True
    if not inline:
        return [_script(tuple(rest), span, joined)] if rest else [Unknown("a shell without a command", span, joined)]
    if not rest or rest[0].opaque:
        return [Unknown("a shell command that cannot be told", span, joined)]
    if depth >= _DEEPEST:
        return [Unknown("shells nested too deep", span, joined)]
    inner = _steps(rest[0].text, depth + 1)
    # What comes after the whole joins it as it would join the last inner command.
    return [
        replace(_placed(step, rest[0]), joined=step.joined if number < len(inner) else joined)
        for number, step in enumerate(inner, start=1)
    ]


def _placed(step: Step, outer: Word) -> Step:
    """A nested command with the places it has in the outer text: all in one quoted word, if need be."""

    def moved(span: Span) -> Span:
        return outer.joined.span(*span) if outer.pieces else outer.span

    def word_moved(word: Word) -> Word:
        pieces: list[tuple[int, int]] = []
        ends = [here for here, _ in word.pieces[1:]] + [len(word.text)]
        for (here, there), end in zip(word.pieces if outer.pieces else (), ends, strict=False):
            inside = outer.joined.cut(there, there + end - here).pieces
            pieces += [(here + offset, origin) for offset, origin in inside]
        return replace(word, span=moved(word.span), pieces=tuple(pieces))

    if isinstance(step, Unknown):
        return replace(step, span=moved(step.span))
    env = tuple((name, word_moved(word)) for name, word in step.env)
    if isinstance(step, Processes):
        return replace(step, span=moved(step.span), env=env)
    return replace(step, span=moved(step.span), env=env, words=tuple(map(word_moved, step.words)))


def _processes(words: tuple[Word, ...], span: Span, joined: str) -> Step:
    """`honcho [-f FILE] start [-f FILE] [PROCESS…]`; `honcho run` is a wrapper and does not get here."""
    file: str | None = None
    names: list[str] = []
    variables: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        if word.opaque:
            return Unknown("processes whose names cannot be told", span, joined)
        variables += [found.name for found in word.variables]
        option, equals, value = word.text.partition("=")
        if option in ("-f", "--procfile"):
            following = None if equals else next(rest, None)
            file = value if equals else following.text if following else None
        elif word.text.startswith("-f") and not word.text.startswith("--"):
            file = word.text[2:]
        elif option in _HONCHO_VALUED:
            if not equals:
                next(rest, None)
        elif not word.text.startswith("-"):
            names.append(word.text)
    if not names or names[0] != "start":
        return Unknown(f"what `{words[0].text} {names[0] if names else ''}`".rstrip() + " starts", span, joined)
    return Processes(file, tuple(names[1:]), span, (), (), joined, tuple(variables))


_HONCHO_VALUED = frozenset(
    ("-e", "--env", "-d", "--app-root", "-p", "--port", "-c", "--concurrency", "-q", "--quiet", "-m", "--formation")
)


def _leading_assignments(words: Iterable[Word]) -> tuple[tuple[tuple[str, Word], ...], tuple[Word, ...]]:
    env: list[tuple[str, Word]] = []
    rest = tuple(words)
    while (
        rest
        and (found := _ASSIGNMENT.match(rest[0].text))
        and not any(v.start < found.end() for v in rest[0].variables)
    ):
        env.append((found[0].rstrip("+="), rest[0].cut(found.end())))
        rest = rest[1:]
    return tuple(env), rest


def _with(step: Step, env: tuple[tuple[str, Word], ...], wrappers: tuple[str, ...]) -> Step:
    if isinstance(step, Unknown):
        return step
    return replace(step, env=env + step.env, wrappers=wrappers + step.wrappers)
