"""Turn what came of a stage into words: what failed, the decisive line, and whether it is the service's own fault."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flexmigrate.proving import causes
from flexmigrate.proving.decisive import decisive_line
from flexmigrate.proving.environments import Step
from flexmigrate.proving.serving import Limits, Serving, State
from flexmigrate.proving.verdicts import Kind, Outcome, Stage, StageName
from flexmigrate.verify.installing import Broken
from flexmigrate.verify.predicted import Failure
from flexmigrate.verify.starting import NOTHING_TO_START, Start

_ERROR = re.compile(r"\s*(?:ERROR:|error:|×|╰─▶|├─▶)")
_BUILD = re.compile(r"╰─> \[\d+ lines of output\]\n(?P<output>.*?)\n\s*\[end of output\]", re.DOTALL)
_COLLECTED = re.compile(
    r"(?m)^\s*(?:Collecting|Building wheel for) ([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?(?:[=<>!~][^\s(]*)?)"
)
_CONFLICT = re.compile(
    r"ERROR: (?P<what>Cannot install [^\n]*conflicting dependencies\.?)"
    r"(?:\s*The conflict is caused by:\n(?P<wants>(?:[ \t]+\S[^\n]*\n)+))?"
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a stage did not end well. `failure` is None where no rule could have known of it."""

    kind: Kind
    line: str
    meaning: str = ""
    failure: Failure | None = None
    detail: str = ""

    @property
    def outcome(self) -> Outcome:
        """Failed by the service's own fault, hindered by anything else."""
        return Outcome.FAILED if self.kind is Kind.SERVICE else Outcome.HINDERED


def source(reason: str) -> Trouble:
    """The source is not there or cannot be copied."""
    return Trouble(Kind.SOURCE, reason)


def custom_runtime() -> Trouble:
    """Nothing here can build an image."""
    return Trouble(
        Kind.RUNTIME,
        "a custom runtime: its own Dockerfile says what is installed and started",
        "build and run that image: docker build -t service . && docker run -e PORT=8080 -p 8080:8080 service",
    )


def no_interpreter(wanted: str, given: Path | None, said: str, refusal: str) -> Trouble:
    """There is no Python of the target's version."""
    if given is not None:
        line = f"{given} is Python {said}, and not {wanted}" if said else f"{given} is no Python that answers"
        hint = f"give a Python {wanted}" + (f", or say --python {'.'.join(said.split('.')[:2])}" if said else "")
        return Trouble(Kind.INTERPRETER, line, hint)
    line = f"there is no Python {wanted} here (asked: uv, pyenv, PATH)"
    hint = (
        f"uv could not install it: {refusal}"
        if refusal
        else (
            f"install one (uv python install {wanted}, pyenv install {wanted}), let uv do it with --download, "
            "or give one with --interpreter"
        )
    )
    return Trouble(Kind.INTERPRETER, line, hint)


def refused_installation(step: Step) -> Trouble:
    """An installer that gave up: by the requirements' fault, or for want of an index or a compiler."""
    kind, meaning = causes.of_installer(step.output)
    line = step.line
    built = _BUILD.search(step.output)
    if "ResolutionImpossible" in line:
        line = _conflict(step.output) or line
    elif built is not None:
        line = decisive_line(textwrap.dedent(built["output"])) or line
        # pip names what it builds long before it shows how that went.
        collected = _COLLECTED.findall(step.output[: built.start()])
        line = f"{collected[-1]}: {line}" if collected else line
    told = [one.strip() for one in step.output.splitlines() if _ERROR.match(one)]
    return Trouble(kind, line, meaning, Failure(StageName.INSTALL, "\n".join([line, *told])))


def _conflict(output: str) -> str:
    """What pip says of a contradiction: which requirements, and what each of them wants."""
    found = _CONFLICT.search(output)
    if found is None:
        return ""
    wants = [line.strip() for line in (found["wants"] or "").splitlines() if line.strip()]
    return f"{found['what'].strip().rstrip('.')}: {'; '.join(wants)}" if wants else found["what"].strip()


def inconsistent(step: Step) -> Trouble:
    """Distributions that do not fit each other, which fails the build on flex."""
    lines = [line.strip() for line in step.output.splitlines() if line.strip()]
    # Where `pip check` finds something it says one conflict a line.
    told = [line for line in lines if " requires " in line or " requirement " in line or "not supported" in line]
    line = (told or [step.line])[0]
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    meaning = f"the build on the platform runs `pip check` and stops at it{more}"
    return Trouble(Kind.SERVICE, line, meaning, Failure(StageName.CHECK, "\n".join(told) or line))


def broken_sources(broken: Sequence[Broken], count: int, step: Step) -> Trouble:
    """Source files that this Python cannot compile."""
    if not broken:
        return Trouble(Kind.SOURCE, step.line, "the sources could not be compiled at all")
    first = broken[0]
    line = f"{first.path}:{first.line}: {first.message}"
    detail = f"{len(broken)} of {count} files"
    return Trouble(Kind.SERVICE, line, "", Failure(StageName.COMPILE, line), detail)


def no_start(reason: str) -> Trouble:
    """No command can be told; where none is written that is a fault of the service."""
    if reason == NOTHING_TO_START:
        return Trouble(Kind.SERVICE, reason, "", Failure(StageName.START, reason, nothing_to_start=True))
    return Trouble(Kind.SOURCE, reason)


def of_serving(
    served: Serving, path: str, limits: Limits, took: float, start: Start
) -> Iterator[tuple[Stage, Trouble | None]]:
    """The stages start, answer and stop."""
    listened = served.seconds_to_listen
    if served.state is State.DIED or listened is None:
        trouble = _not_started(served, limits, start)
        yield Stage(StageName.START, trouble.outcome, took, trouble.detail), trouble
        return
    yield Stage(StageName.START, Outcome.OK, listened, f"listens on $PORT ({start.origin})"), None
    until = (served.seconds_to_answer or took) - listened
    if served.answer is None:
        detail = f"GET {path}: no answer within {limits.answer:.0f} s"
        trouble = _spoken(served, StageName.ANSWER, detail)
        yield Stage(StageName.ANSWER, trouble.outcome, until, detail), trouble
    elif served.answer.status >= 500:
        detail = f"GET {path}: {served.answer.status}"
        trouble = _spoken(served, StageName.ANSWER, detail)
        yield Stage(StageName.ANSWER, trouble.outcome, until, detail), trouble
    else:
        yield Stage(StageName.ANSWER, Outcome.OK, until, f"GET {path}: {served.answer.status}"), None
    yield _stopped(served, limits)


def _not_started(served: Serving, limits: Limits, start: Start) -> Trouble:
    ports = ", ".join(sorted({f"{one.address}:{one.port}" for one in served.listened_on}))
    if served.state is State.LOOPBACK_ONLY:
        line = "it listens on 127.0.0.1 only, so nothing outside of the instance reaches it"
        return Trouble(Kind.SERVICE, line, "listen on 0.0.0.0", _about_port(line), "listens on loopback only")
    if served.state is State.LISTENS_ELSEWHERE:
        line = f"it listens on {ports} and not on $PORT"
        return Trouble(Kind.SERVICE, line, "listen on the port in $PORT", _about_port(line), "listens elsewhere")
    if served.state is State.NEVER_LISTENED:
        detail = f"nothing listened within {limits.listen:.0f} s"
        trouble = _spoken(served, StageName.START, detail)
        if trouble.failure is not None and trouble.line == detail:
            return Trouble(Kind.SERVICE, detail, "--timeout gives it longer", _about_port(detail), detail)
        return trouble
    code = served.exit_code
    detail = "died" if code is None else f"died ({_exit(code)})"
    line = served.decisive_line or f"it ended without a word ({_exit(code or 0)})"
    kind, meaning = causes.of_program(f"{served.stdout}\n{served.stderr}", line)
    if kind is Kind.VARIABLE and (absent := [name for name in start.absent if name in line]):
        meaning = f"{absent[0]} comes from Secret Manager on the platform: --env {absent[0]}=…"
    return Trouble(kind, line, meaning, Failure(StageName.START, line, served.stderr or served.stdout), detail)


def _spoken(served: Serving, stage: StageName, detail: str) -> Trouble:
    """What the log says where it holds an exception; else only what was seen."""
    log = served.stderr if "Traceback" in served.stderr else served.stdout
    line = served.decisive_line if "Traceback" in log else detail
    kind, meaning = causes.of_program(log, line)
    return Trouble(kind, line, meaning, Failure(stage, line, log), detail)


def _about_port(line: str) -> Failure:
    return Failure(StageName.START, line, about_port=True)


def _stopped(served: Serving, limits: Limits) -> tuple[Stage, Trouble | None]:
    if served.seconds_to_stop is not None:
        return Stage(StageName.STOP, Outcome.OK, served.seconds_to_stop, "SIGTERM"), None
    if served.exit_code is not None:
        line = f"it ended by itself after the request ({_exit(served.exit_code)})"
        seconds = 0.0
    else:
        line = f"it did not end within {limits.stop:.0f} s of SIGTERM and had to be killed"
        seconds = limits.stop
    meaning = "requests under way are cut off whenever the platform stops an instance"
    trouble = Trouble(Kind.SERVICE, line, meaning, Failure(StageName.STOP, line))
    return Stage(StageName.STOP, Outcome.FAILED, seconds, ""), trouble


def _exit(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
