"""The words of a verification as frozen data: what was tried, how far it came, what stopped it, and who said so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flexmigrate.model import Platform


class StageName(StrEnum):
    """What is done to a service, in this order."""

    COPY = "copy"
    INTERPRETER = "interpreter"
    INSTALL = "install"
    CHECK = "pip check"
    COMPILE = "compile"
    START = "start"
    ANSWER = "answer"
    STOP = "stop"


class Outcome(StrEnum):
    """How a stage ended. `hindered`: by something that this machine or its surroundings lack, not by the service."""

    OK = "ok"
    FAILED = "failed"
    HINDERED = "hindered"
    NOT_REACHED = "not reached"
    NOT_ASKED = "not asked"


class Verdict(StrEnum):
    """What a verification says about a service."""

    PROVEN = "proven"
    FAILED = "failed"
    HINDERED = "hindered"


class Kind(StrEnum):
    """What stands in the way, as far as the exception's module and kind tell."""

    SERVICE = "service"
    DATABASE = "database"
    CREDENTIAL = "credential"
    VARIABLE = "environment variable"
    NETWORK = "network"
    PORT = "port in use"
    INDEX = "package index"
    TOOLCHAIN = "build tools"
    INTERPRETER = "interpreter"
    SOURCE = "source"
    RUNTIME = "custom runtime"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its time in seconds and one line on what it found."""

    name: StageName
    outcome: Outcome
    seconds: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why it went no further: the decisive line of the output, and what it means in plain words."""

    stage: StageName
    kind: Kind
    line: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The finding of the plan that said so before anything ran."""

    rule: str
    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of trying one service. `report` is the line to send in for a failure that no rule predicted."""

    config: str
    name: str
    platform: Platform
    python: str
    interpreter: str
    command: str
    origin: str
    as_is: bool
    stages: tuple[Stage, ...]
    cause: Cause | None = None
    prediction: Prediction | None = None
    report: str = ""
    remarks: tuple[str, ...] = ()
    folder: str = ""

    @property
    def verdict(self) -> Verdict:
        """Failed when any stage failed; hindered when one could not be tried; proven when all that was asked is ok."""
        outcomes = {stage.outcome for stage in self.stages}
        if Outcome.FAILED in outcomes:
            return Verdict.FAILED
        whole = outcomes <= {Outcome.OK, Outcome.NOT_ASKED}
        return Verdict.PROVEN if self.stages and whole else Verdict.HINDERED

    def stage(self, name: StageName) -> Stage | None:
        """The stage of this name, where it was come to."""
        return next((stage for stage in self.stages if stage.name is name), None)
