"""Requirements that pip cannot install: against an index that exists in memory only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from flexmigrate.documents.requirements import Requirement, parse
from flexmigrate.documents.resolution import Outcome, Release, Resolution, ResolveRequest
from flexmigrate.model import Plan, ReportedFinding, Severity, Status
from flexmigrate.planning import Settings, make_plan
from flexmigrate.rule import installed_packs
from flexmigrate.testing import TODAY, check_quiet, check_reported, findings, repository

NAME = "unresolvable-requirements"
APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"


@dataclass(frozen=True)
class Known:
    """One release: what it needs, and what files there are of it."""

    needs: tuple[str, ...] = ()
    wheel: bool = True
    source: bool = True
    other_wheels: bool = False
    python: str = ""
    yanked: str | None = None


@dataclass
class FakeIndex:
    """Solves by trying everything, newest first, as pip would with the same few packages."""

    packages: Mapping[str, Mapping[str, Known]]
    unknown: str = ""
    asked: list[ResolveRequest] = field(default_factory=list)

    def resolve(self, request: ResolveRequest) -> Resolution:
        self.asked.append(request)
        if self.unknown:
            return Resolution(Outcome.UNKNOWN, reason=self.unknown)
        unbuilt = frozenset(
            entry.name
            for entry in map(read, request.requirements)
            if entry.pinned
            and (known := self.packages.get(entry.name, {}).get(entry.pinned))
            and known.source
            and not known.wheel
            and self.admits(known, request.python)
        )
        wanted = [*request.requirements, *(line for line in request.constraints if read(line).name in names(request))]
        found = self.solve({}, [line for line in wanted if read(line).name not in unbuilt], request)
        if found is None:
            return Resolution(Outcome.IMPOSSIBLE, {}, unbuilt, self.core(wanted, request), "they do not fit")
        return Resolution(Outcome.RESOLVED, found, unbuilt)

    def core(self, wanted: list[str], request: ResolveRequest) -> frozenset[str]:
        """The packages of a smallest set of lines that do not fit."""
        for line in list(wanted):
            fewer = [other for other in wanted if other != line]
            wanted = fewer if self.solve({}, fewer, request) is None else wanted
        return frozenset(read(line).name for line in wanted)

    def solve(self, chosen: dict[str, str], wanted: list[str], request: ResolveRequest) -> dict[str, str] | None:
        if not wanted:
            return chosen
        entry, rest = read(wanted[0]), wanted[1:]
        assert entry.specifier is not None
        if entry.name in chosen:
            return self.solve(chosen, rest, request) if entry.specifier.contains(chosen[entry.name]) else None
        releases = list(self.packages.get(entry.name, {}).items())
        for version, known in releases if request.lowest else reversed(releases):
            if not known.wheel or not entry.specifier.contains(version) or not self.admits(known, request.python):
                continue
            found = self.solve({**chosen, entry.name: version}, [*rest, *known.needs], request)
            if found is not None:
                return found
        return None

    def admits(self, known: Known, python: str) -> bool:
        return Release(True, requires_python=(known.python,) if known.python else ()).admits(python)

    def release(self, name: str, version: str, options: tuple[tuple[str, str], ...]) -> Release | None:
        known = self.packages.get(name, {}).get(version)
        if known is None:
            return Release(exists=False)
        wheels = known.wheel or known.other_wheels
        return Release(True, wheels, known.source, (known.python,) if known.python else (), known.yanked)


def read(line: str) -> Requirement:
    (entry,) = parse(line)
    assert isinstance(entry, Requirement)
    return entry


def names(request: ResolveRequest) -> list[str]:
    return [read(line).name for line in request.requirements]


def made(text: str, index: FakeIndex | None, unsafe: bool = True, **more: str) -> Plan:
    files = {"app.yaml": APP, "requirements.txt": text, **more}
    settings = Settings(TODAY, python="3.12", select=frozenset({NAME}), unsafe=unsafe, resolver=index)
    return make_plan(repository(files), installed_packs(), settings)


def only(plan: Plan) -> ReportedFinding:
    (finding,) = findings(plan)
    return finding


def written(plan: Plan) -> dict[str, str]:
    return {change.path: change.after for change in plan.changes}


FLASK = {
    "flask": {"1.0": Known(("werkzeug>=0.14",)), "2.0": Known(("werkzeug>=2",)), "2.1": Known(("werkzeug>=2",))},
    "werkzeug": {"0.9": Known(), "0.16": Known(), "2.0": Known(), "2.1": Known(), "3.0": Known()},
    "click": {"8.0": Known(), "8.1": Known()},
}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Flask==1.0\nflask==1.0.0\n", id="the same version twice"),
        pytest.param("Flask>=1\nflask<2\n", id="ranges that overlap"),
        pytest.param("Flask==1.0\nflask==2.0; python_version < '3'\n", id="the other line is for another Python"),
        pytest.param("Flask==2.0b1\nflask>=1.0\n", id="a pre-release within a range"),
        pytest.param("Flask==1.0\n-c c.txt\n", id="a constraint of another package"),
    ],
)
def test_without_a_resolver_only_contradictions_are_told(text: str) -> None:
    check_quiet(NAME, {"app.yaml": APP, "requirements.txt": text, "c.txt": "click==8.0\n"})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Flask==1.0\nflask==2.0\n", id="two pins"),
        pytest.param("Flask==1.0\nflask>=2\n", id="a pin and a range"),
        pytest.param("Flask==1.0\n-c c.txt\n", id="a pin and a constraint"),
        pytest.param("-r more.txt\nFlask==1.0\n", id="a pin in another file"),
    ],
)
def test_a_contradiction_is_told_without_a_resolver(text: str) -> None:
    files = {"app.yaml": APP, "requirements.txt": text, "c.txt": "flask==2.0\n", "more.txt": "flask==2.0\n"}
    check_reported(NAME, files, "contradict each other about")


def test_a_contradiction_is_not_sent_to_the_resolver() -> None:
    index = FakeIndex(FLASK)
    assert "contradict" in only(made("flask==1.0\nflask==2.0\n", index)).message
    assert not index.asked


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("flask==2.0\nwerkzeug==2.0\n", id="pins that fit"),
        pytest.param("flask\n", id="no pins"),
        pytest.param("", id="nothing"),
        pytest.param("git+https://example.com/x.git#egg=flask\nclick==8.0\n", id="a repository is not looked at"),
        pytest.param("flask==99; python_version < '3'\n", id="not for this Python"),
    ],
)
def test_what_resolves_is_left_alone(text: str) -> None:
    plan = made(text, FakeIndex(FLASK))
    assert not findings(plan)
    assert not plan.skipped


def test_markers_extras_constraints_and_options_reach_the_resolver() -> None:
    index = FakeIndex(FLASK)
    made(
        "--index-url https://u:p@example.com/simple\nflask[async]==2.0; python_version >= '3'\n-c c.txt\n",
        index,
        **{"c.txt": "werkzeug<3\nclick==7; python_version < '3'\n"},
    )
    (request,) = set(index.asked)
    assert request.requirements == ("flask[async]==2.0",)
    assert request.constraints == ("werkzeug<3",)
    assert request.options == (("index-url", "https://u:p@example.com/simple"),)
    assert "u:p" not in repr(request)


def test_the_smallest_change_of_one_line_is_proposed() -> None:
    plan = made("click==8.0\nflask==1.0\nwerkzeug==0.9  # old\n", FakeIndex(FLASK))
    finding = only(plan)
    assert written(plan) == {"requirements.txt": "click==8.0\nflask==1.0\nwerkzeug==0.16  # old\n"}
    assert (finding.line, finding.status) == (2, Status.FIXED)
    assert "pip check" in finding.message
    assert "werkzeug==0.9 (requirements.txt:3)" in finding.message


def test_the_change_waits_for_unsafe_fixes() -> None:
    plan = made("flask==1.0\nwerkzeug==0.9\n", FakeIndex(FLASK), unsafe=False)
    assert not plan.changes
    assert only(plan).hint == "resolves with werkzeug==0.16 (requirements.txt:2); --unsafe-fixes writes it"
    assert only(plan).severity is Severity.ERROR


def test_two_lines_change_where_one_is_not_enough() -> None:
    index = FakeIndex(
        {
            "a": {"1.0": Known(("c==1.0",)), "1.1": Known(("c==2.0",))},
            "b": {"1.0": Known(("c==3.0",)), "1.1": Known(("c==2.0",))},
            "c": {"1.0": Known(), "2.0": Known(), "3.0": Known()},
        }
    )
    assert written(made("a==1.0\nb==1.0\n", index)) == {"requirements.txt": "a==1.1\nb==1.1\n"}


def test_a_pin_that_is_not_for_this_python() -> None:
    index = FakeIndex(
        {"scipy": {"1.7": Known(python=">=3.7,<3.11"), "1.11": Known(), "1.11.4": Known(), "1.16": Known()}}
    )
    plan = made("scipy==1.7\n", index)
    assert "declares that it is for Python >=3.7,<3.11" in only(plan).message
    assert written(plan) == {"requirements.txt": "scipy==1.11.4\n"}


def test_a_release_that_is_missing() -> None:
    plan = made("flask==99.0\nclick==8.0\n", FakeIndex(FLASK))
    assert only(plan).message == "the index has no release flask 99.0"
    assert written(plan) == {"requirements.txt": "flask==2.1\nclick==8.0\n"}


def test_wheels_for_other_pythons_without_source() -> None:
    index = FakeIndex({"tensorflow": {"2.3": Known(wheel=False, source=False, other_wheels=True)}, **FLASK})
    plan = made("tensorflow==2.3\nflask==1.0\nwerkzeug==0.9\n", index)
    alone, together = findings(plan)
    assert "wheels only" in alone.message
    assert alone.status is Status.OPEN
    assert "no final release was found" in alone.hint
    assert together.status is Status.FIXED


def test_a_range_stays_a_range() -> None:
    index = FakeIndex({"x": {"1.5": Known(python="<3.8"), "2.0": Known(), "3.0": Known()}})
    assert written(made("x >= 1.0, < 2\n", index)) == {"requirements.txt": "x >= 2.0, < 3\n"}


def test_a_pre_release_is_not_proposed() -> None:
    index = FakeIndex({"x": {"1.0": Known(python="<3.8"), "2.0rc1": Known()}})
    assert not made("x==1.0\n", index).changes


def test_a_hash_is_never_edited() -> None:
    plan = made(f"flask==99.0 --hash=sha256:{'0' * 64}\n", FakeIndex(FLASK))
    assert not plan.changes
    assert "resolves with flask==2.1" in only(plan).hint


def test_source_only_is_said_and_not_built() -> None:
    index = FakeIndex({"docopt": {"0.6": Known(wheel=False)}, **FLASK})
    finding = only(made("docopt==0.6\nflask==2.0\n", index))
    assert finding.severity is Severity.INFO
    assert "released as source only: docopt==0.6 (requirements.txt:1)" in finding.message


def test_wheels_for_other_pythons_with_source_are_a_warning_with_a_proposal() -> None:
    index = FakeIndex({"grpcio-x": {"1.0": Known(wheel=False, other_wheels=True), "1.5": Known(), "2.0": Known()}})
    plan = made("grpcio-x==1.0\n", index)
    assert only(plan).severity is Severity.WARNING
    assert written(plan) == {"requirements.txt": "grpcio-x==1.5\n"}


def test_a_yanked_release_is_told() -> None:
    index = FakeIndex({"attrs": {"21.1": Known(yanked="not importable")}})
    finding = only(made("attrs==21.1\n", index))
    assert finding.message == "attrs 21.1 was yanked from the index: not importable"
    assert finding.severity is Severity.WARNING


def test_what_could_not_be_resolved_is_said() -> None:
    finding = only(made("flask\n", FakeIndex(FLASK, unknown="an index could not be reached")))
    assert finding.message == "the requirements could not be resolved for Python 3.12: an index could not be reached"
    assert finding.severity is Severity.WARNING


def test_the_number_of_questions_is_bounded() -> None:
    many = {
        f"p{number}": {"1.0": Known((f"q{number % 2 + 1}==1",)), "2.0": Known(("nothing",))} for number in range(30)
    }
    index = FakeIndex(many)
    plan = made("".join(f"{name}==1.0\n" for name in many), index)
    assert len(index.asked) <= 61
    assert findings(plan)
    assert not plan.changes
