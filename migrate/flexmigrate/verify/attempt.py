"""One service on its way through the stages, in a scratch folder that is already there and guarded."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from flexmigrate import disk
from flexmigrate.model import Change, Platform
from flexmigrate.project import Service, discover_services
from flexmigrate.proving import environments, interpreters
from flexmigrate.proving.environments import Environment
from flexmigrate.proving.interpreters import Interpreter
from flexmigrate.proving.processes import TOKEN_NAME
from flexmigrate.proving.serving import Limits, Request, Serving, State, serve
from flexmigrate.proving.verdicts import Outcome, Stage, StageName, Verification
from flexmigrate.verify import installing, judging, platforms, scratch, starting
from flexmigrate.verify.judging import Trouble
from flexmigrate.verify.starting import Start
from flexmigrate.verify.telling import Known, told_of

if TYPE_CHECKING:
    from flexmigrate.verify.stages import Options, Subject, Told

_ANSWER_SECONDS = 30.0
_SETTLE_SECONDS = 0.3
_MOST_REMARKS = 5


class Stopped(Exception):
    """A stage ended the attempt."""


@dataclass
class Attempt:
    """What is known so far; `made` runs it to its end."""

    subject: Subject
    options: Options
    folder: Path
    token: str
    told: Told
    stages: list[Stage] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    trouble: Trouble | None = None
    interpreter: Interpreter | None = None
    environment: Environment | None = None
    start: Start | str = ""

    def made(self) -> Verification:
        """Every stage in turn, as far as it goes."""
        for name in ("home", "tmp", "cache", "log"):
            (self.folder / name).mkdir()
        self._planned = next(one for one in self.subject.plan.services if one.config == self.subject.config)
        self._changes: tuple[Change, ...] = () if self.options.as_is else self.subject.plan.changes
        try:
            self._copy()
            self._interpreter()
            self._install()
            self._check()
            self._compile()
            self._serve()
        except Stopped:
            pass
        return told_of(
            Known(
                planned=self._planned,
                stages=tuple(self.stages),
                remarks=tuple(self.remarks),
                trouble=self.trouble,
                interpreter=self.interpreter,
                environment=self.environment,
                start=self.start if isinstance(self.start, Start) else None,
                given=dict(self.options.variables),
                as_is=self.options.as_is,
                folder=self.folder,
                keep=self.options.keep,
            )
        )

    def _copy(self) -> None:
        began = time.monotonic()
        repository = disk.open_repository(self.subject.root)
        planned = repository.planned({change.path: change.after for change in self._changes})
        found = discover_services(planned, frozenset({self.subject.config})).services
        found = found or discover_services(repository, frozenset({self.subject.config})).services
        if not found:
            self._end(StageName.COPY, began, judging.source("the config file is no flexible service any more"))
        self.service: Service = found[0]
        if self.service.runtime == "custom":
            self._end(StageName.COPY, began, judging.custom_runtime())
        try:
            target = self.folder / "app"
            copied = scratch.copy_service(self.subject.root, repository, self.service.directory, self._changes, target)
        except OSError as error:
            self._end(StageName.COPY, began, judging.source(f"cannot be copied: {error.strerror or error}"))
        self.remarks += [f"not copied: {one}" for one in copied.left_out[:_MOST_REMARKS]]
        applied = "as it is" if self.options.as_is else f"the plan's {judging.counted(copied.changes, 'change')} made"
        self._done(StageName.COPY, began, f"{judging.counted(copied.files, 'file')}, {applied}")

    def _interpreter(self) -> None:
        began = time.monotonic()
        wanted, given = self._python, self.options.interpreter
        found = interpreters.find(wanted, given)
        refusal = ""
        if found is None and given is None and self.options.download:
            refusal = interpreters.download(wanted)
            found = None if refusal else interpreters.find(wanted)
        if found is None:
            answered = interpreters.probe(given) if given is not None else None
            said = answered.version if answered is not None else ""
            self._end(StageName.INTERPRETER, began, judging.no_interpreter(wanted, given, said, refusal))
        self.interpreter = found
        self._done(StageName.INTERPRETER, began, f"Python {found.version} ({found.origin})")

    def _install(self) -> None:
        assert self.interpreter is not None
        began = time.monotonic()
        self.start = starting.find_start(self.service, self._changes, self._platform)
        arguments = self._requirements()
        variables = installing.tool_variables(self.token, self.folder, os.environ)
        found = installing.install(self.interpreter, self.folder, arguments, variables, self.options.install)
        self._log("install", found.step.output)
        self.environment = found.environment
        if found.remark:
            self.remarks.append(found.remark)
        if not found.step.ok:
            self._end(StageName.INSTALL, began, judging.refused_installation(found.step))
        count = len(self.environment.installed()) if self.environment and arguments else 0
        what = (
            f"{judging.counted(count, 'package')} by {found.tool}" if arguments else "no requirements.txt, so nothing"
        )
        self._done(StageName.INSTALL, began, what)

    def _requirements(self) -> list[str]:
        """What pip is told: requirements.txt, and on flex what the buildpacks add to it."""
        text = self.service.text("requirements.txt")
        arguments = ["-r", "requirements.txt"] if text is not None else []
        if self._platform is not Platform.FLEX:
            return arguments
        vendored = starting.build_variable(self.service, "GOOGLE_VENDOR_PIP_DEPENDENCIES")
        if vendored and arguments:
            return ["--no-index", "--find-links", vendored, *arguments]
        own_start = starting.build_variable(self.service, "GOOGLE_ENTRYPOINT") is not None
        started = isinstance(self.start, Start) and "gunicorn" in self.start.text
        if started and not own_start and not starting.names_gunicorn(text or ""):
            self.remarks.append(
                f"requirements.txt names no gunicorn; the buildpacks add {platforms.BUILDPACK_GUNICORN}"
            )
            arguments.append(platforms.BUILDPACK_GUNICORN)
        return arguments

    def _check(self) -> None:
        began = time.monotonic()
        if self._platform is not Platform.FLEX or self.service.text("requirements.txt") is None:
            why = "no requirements" if self._platform is Platform.FLEX else "Cloud Run's image does not ask for it"
            self._add(Stage(StageName.CHECK, Outcome.NOT_ASKED, 0.0, why))
            return
        assert self.environment is not None
        step = environments.check(self.environment)
        self._log("check", step.output)
        if not step.ok:
            self._end(StageName.CHECK, began, judging.inconsistent(step))
        self._done(StageName.CHECK, began, "")

    def _compile(self) -> None:
        assert self.environment is not None
        began = time.monotonic()
        names = installing.sources(self.folder / "app")
        broken, step = installing.compile_all(self.environment, self.folder, names)
        if not broken and step.ok:
            self._done(StageName.COMPILE, began, judging.counted(len(names), "file"))
            return
        # The service may still start: a file that nobody imports stops nothing. Both are worth knowing.
        self._note(StageName.COMPILE, began, judging.broken_sources(broken, len(names), step))

    def _serve(self) -> None:
        assert self.environment is not None
        began = time.monotonic()
        start = self.start
        if isinstance(start, str):
            self._end(StageName.START, began, judging.no_start(start))
        grace = self.options.grace or platforms.GRACE_SECONDS[self._platform]
        limits = Limits(self.options.timeout, min(self.options.timeout, _ANSWER_SECONDS), grace, _SETTLE_SECONDS)
        path = self.options.request or starting.request_path(self.service)
        served = self._served(start, path, limits, None)
        if served.state is not State.ANSWERED and any(one.port == platforms.PORT for one in served.listened_on):
            served = self._served(start, path, limits, platforms.PORT)
            self.remarks.append(f"it listens on {platforms.PORT} whatever $PORT says; on the platform that is the same")
        self._log("stdout", served.stdout)
        self._log("stderr", served.stderr)
        for stage, trouble in judging.of_serving(served, path, limits, time.monotonic() - began, start):
            self._add(stage)
            self.trouble = self.trouble or trouble

    def _served(self, start: Start, path: str, limits: Limits, port: int | None) -> Serving:
        return serve(
            start.command,
            cwd=self.folder / "app",
            environment=self._variables(start),
            port=port,
            request=Request(path, platforms.REQUEST_HEADERS),
            limits=limits,
        )

    def _variables(self, start: Start) -> dict[str, str]:
        binaries = str(self.folder / "env" / "bin") if self.environment is None else str(self.environment.python.parent)
        return {
            **platforms.container(binaries, str(self.folder / "home"), str(self.folder / "tmp")),
            "PYTHONDONTWRITEBYTECODE": "1",
            **platforms.variables(self._platform, self.service.name, starting.memory_mb(self.service)),
            **{name: value for name, value in start.variables.items() if name and "\0" not in name + value},
            **dict(self.options.variables),
            TOKEN_NAME: self.token,
        }

    @property
    def _platform(self) -> Platform:
        return self._planned.target.platform

    @property
    def _python(self) -> str:
        return self._planned.target.python or ""

    def _end(self, name: StageName, began: float, trouble: Trouble) -> NoReturn:
        self._note(name, began, trouble)
        raise Stopped

    def _note(self, name: StageName, began: float, trouble: Trouble) -> None:
        self._add(Stage(name, trouble.outcome, time.monotonic() - began, trouble.detail))
        self.trouble = self.trouble or trouble

    def _done(self, name: StageName, began: float, detail: str) -> None:
        self._add(Stage(name, Outcome.OK, time.monotonic() - began, detail))

    def _add(self, stage: Stage) -> None:
        self.stages.append(stage)
        self.told(stage)

    def _log(self, name: str, text: str) -> None:
        if self.options.keep:
            (self.folder / "log" / f"{name}.txt").write_text(text, "utf-8", "replace")
