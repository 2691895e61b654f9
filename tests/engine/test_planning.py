"""How findings become a plan: fix classes, conflicts, passes, the choice of a version, and what cannot be done."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from flexmigrate.errors import ExitCode, UserError
from flexmigrate.model import (
    Creation,
    Edit,
    Finding,
    FixClass,
    Intent,
    Op,
    Plan,
    Quoted,
    Rewrite,
    Severity,
    Status,
    Verdict,
)
from flexmigrate.project import Service
from flexmigrate.rule import Context, Rule
from flexmigrate.testing import after, findings, plan, repository
from tests.engine.packs import APP, pack, replacing, reporting, rule

FILES = {"app.yaml": APP}


def planned(*rules: Rule, files: dict[str, str] = FILES, unsafe: bool = False, python: str = "auto") -> Plan:
    return plan(files, packs=[pack(*rules)], unsafe=unsafe, python=python)


def statuses(made: Plan) -> dict[str, Status]:
    return {finding.rule: finding.status for finding in findings(made)}


def test_without_findings_nothing_changes() -> None:
    made = planned()
    assert not made.changes
    assert not made.skipped


def test_a_safe_fix_goes_in_and_says_so() -> None:
    made = planned(rule("fixer", replacing("# end", "# done")))
    assert after(FILES, made) == {"app.yaml": APP.replace("# end", "# done")}
    assert statuses(made) == {"fixer": Status.FIXED}
    assert [edit.rule for edit in made.changes[0].edits] == ["fixer"]


@pytest.mark.parametrize(("unsafe", "changes"), [(False, 0), (True, 1)])
def test_an_unsafe_fix_waits_for_its_word(unsafe: bool, changes: int) -> None:
    made = planned(rule("fixer", replacing("# end", "# done"), FixClass.UNSAFE), unsafe=unsafe)
    assert len(made.changes) == changes
    if not unsafe:
        assert "--unsafe-fixes" in findings(made)[0].hint


def test_a_finding_without_a_fix_is_manual_whatever_its_rule_says() -> None:
    made = planned(rule("talker", reporting("look here")))
    assert findings(made)[0].fix is FixClass.MANUAL


def test_one_edit_may_make_room_for_another() -> None:
    made = planned(rule("second", replacing("# done", "# really done")), rule("first", replacing("# end", "# done")))
    assert made.changes[0].after.endswith("# really done\n")
    assert made.changes[0].edits == (Edit("app.yaml", 28, 31, "end", "really done", "second"),)


def test_the_first_of_two_conflicting_edits_wins_and_the_other_is_tried_again() -> None:
    made = planned(rule("a", replacing("# end", "# one")), rule("b", replacing("# end", "# two")))
    assert "# one" in made.changes[0].after
    assert statuses(made)["a"] is Status.FIXED


def test_rules_that_never_agree_change_nothing_and_are_named() -> None:
    made = planned(rule("back", replacing("# done", "# end")), rule("forth", replacing("# end", "# done")))
    assert not made.changes
    assert "rules disagree" in made.skipped[0].reason
    assert statuses(made) == {"forth": Status.OPEN}


def test_a_rule_that_crashes_is_recorded_without_the_words_of_its_error() -> None:
    def crash(service: Service, context: Context) -> Iterable[Finding]:
        raise KeyError("secret value")

    made = planned(rule("bad", crash), rule("fixer", replacing("# end", "# done")))
    assert "rule bad crashed with KeyError at test_planning.py" in made.skipped[0].reason
    assert "secret" not in made.skipped[0].reason
    assert len(made.changes) == 1


def test_an_edit_that_does_not_mean_what_it_says_is_refused() -> None:
    def lie(service: Service, context: Context) -> Iterable[Finding]:
        edit = Edit("app.yaml", 9, 15, "python", "pithon")
        yield Finding("lies", "app.yaml", 9, rewrites=(Rewrite("app.yaml", (edit,), (Intent(Op.SET, ("env",), "x"),)),))

    made = planned(rule("liar", lie), rule("fixer", replacing("# end", "# done")))
    assert [change.after for change in made.changes] == [APP.replace("# end", "# done")]
    assert statuses(made) == {"liar": Status.OPEN, "fixer": Status.FIXED}
    assert "liar was not applied" in made.skipped[0].reason


def test_an_edit_that_breaks_the_file_is_refused() -> None:
    made = planned(rule("breaker", replacing("env: flex", "env: [flex")))
    assert not made.changes
    assert "would not parse" in made.skipped[0].reason


def test_a_refusal_by_the_editor_is_reported_with_its_reason() -> None:
    def check(service: Service, context: Context) -> Iterable[Finding]:
        yield Finding("set it", "app.yaml", 0, rewrites=(service.editor.set(("nothing",), "x"),))

    made = planned(rule("setter", check))
    assert "there is no nothing" in findings(made)[0].hint
    assert made.skipped


def test_findings_of_one_rule_at_one_place_are_all_kept() -> None:
    def check(service: Service, context: Context) -> Iterable[Finding]:
        yield Finding("one", "app.yaml")
        yield Finding("two", "app.yaml")

    assert [finding.message for finding in findings(planned(rule("talker", check)))] == ["one", "two"]


def test_what_another_rule_settled_is_no_longer_open() -> None:
    def check(service: Service, context: Context) -> Iterable[Finding]:
        if "# end" in (service.repository.text("app.yaml") or ""):
            yield Finding("end is wrong", "app.yaml")

    made = planned(rule("complainer", check), rule("fixer", replacing("# end", "# done")))
    assert statuses(made) == {"complainer": Status.FIXED, "fixer": Status.FIXED}


def test_open_findings_name_the_line_in_the_file_on_disk() -> None:
    def check(service: Service, context: Context) -> Iterable[Finding]:
        yield Finding("look", "app.yaml", (service.repository.text("app.yaml") or "").index("# end"))

    made = planned(
        rule("inserter", replacing("env: flex\n", "env: flex\nservice: a\nentrypoint: b\n")), rule("looker", check)
    )
    assert {finding.rule: finding.line for finding in findings(made)} == {"inserter": 2, "looker": 3}


SUPPRESSIONS = {
    "on the line": ("runtime: python\nenv: flex  # flexmigrate: ignore[fixer]\n", Status.SUPPRESSED),
    "on the line above": ("runtime: python\n# flexmigrate: ignore[fixer]\nenv: flex\n", Status.SUPPRESSED),
    "at the head": ("# site\n# flexmigrate: ignore[other, fixer]\nruntime: python\nenv: flex\n", Status.SUPPRESSED),
    "of another rule": ("runtime: python\nenv: flex  # flexmigrate: ignore[other]\n", Status.FIXED),
    "two lines above": ("runtime: python\n# flexmigrate: ignore[fixer]\n\nenv: flex\n", Status.FIXED),
}


@pytest.mark.parametrize(("text", "status"), SUPPRESSIONS.values(), ids=SUPPRESSIONS)
def test_a_comment_takes_a_finding_back(text: str, status: Status) -> None:
    made = planned(rule("fixer", replacing("env: flex", "env: 2")), files={"app.yaml": text})
    assert statuses(made) == {"fixer": status}
    assert bool(made.changes) == (status is Status.FIXED)


def test_a_new_file_is_created_and_an_existing_one_never_overwritten() -> None:
    def check(service: Service, context: Context) -> Iterable[Finding]:
        if service.repository.text("Dockerfile") != "FROM x\n":
            yield Finding("write it", "app.yaml", creations=(Creation("Dockerfile", "FROM x\n"),))

    made = planned(rule("maker", check))
    assert [(change.path, change.action, change.after) for change in made.changes] == [
        ("Dockerfile", "create", "FROM x\n")
    ]
    made = planned(rule("maker", check), files={**FILES, "Dockerfile": "FROM y\n"})
    assert not made.changes
    assert "Dockerfile exists already" in made.skipped[0].reason


def error_above(minor: int) -> Rule:
    return rule("picky", reporting("does not build there", lambda context: int(context.python[2:]) > minor))


def test_the_newest_version_without_an_open_error_is_chosen() -> None:
    made = planned(error_above(12))
    assert (made.target.python, made.target.operating_system, made.target.chosen) == ("3.12", "ubuntu22", "auto")
    assert made.target.why == ("3.14: does not build there (app.yaml:1)", "3.13: does not build there (app.yaml:1)")
    assert not findings(made)


def test_an_error_that_every_version_has_does_not_hold_it_back() -> None:
    made = planned(rule("always", reporting("is broken")), error_above(13))
    assert made.target.python == "3.13"
    assert made.target.why == ("3.14: does not build there (app.yaml:1)",)


def test_a_version_that_was_asked_for_is_taken() -> None:
    made = planned(error_above(12), python="3.13")
    assert (made.target.python, made.target.chosen) == ("3.13", "given")
    assert made.count_open(Severity.ERROR) == 1


def test_a_version_that_is_not_offered_is_a_usage_error() -> None:
    with pytest.raises(UserError, match=r"Python 3\.9 cannot be deployed to flex") as caught:
        planned(python="3.9")
    assert caught.value.code is ExitCode.USAGE
    assert "3.14 on ubuntu24" in caught.value.hint


def test_an_unknown_rule_is_a_usage_error() -> None:
    with pytest.raises(UserError, match="no rule called typo"):
        plan(FILES, "typo", packs=[pack()], python="auto")


def test_a_file_shared_by_two_services_is_edited_once() -> None:
    files = {"a/app.yaml": APP, "b/app.yaml": APP, "shared.txt": "old\n"}
    made = planned(rule("fixer", replacing("old", "new", "shared.txt")), files=files)
    assert [change.path for change in made.changes] == ["shared.txt"]
    assert [len(service.findings) for service in made.services] == [1, 0]


def test_services_that_go_to_different_versions_are_told_apart() -> None:
    def check(service: Service, context: Context) -> Iterable[Finding]:
        if service.config == "b/app.yaml" and context.python == "3.14":
            yield Finding("not there", service.config)

    made = planned(rule("picky", check), files={"a/app.yaml": APP, "b/app.yaml": APP})
    assert [service.target.python for service in made.services] == ["3.14", "3.13"]
    assert made.target.python is None
    assert made.target.why == ("a/app.yaml: Python 3.14", "b/app.yaml: Python 3.13")


def test_every_key_has_exactly_one_verdict() -> None:
    text = (
        "runtime: python\nenv: flex\nmystery: 1\nlist: [1, 2]\nmanual_scaling:\n  instances: 1\n"
        "handlers:\n- url: /a\n  script: b\nempty:\nenv_variables: {}\n"
    )

    def check(service: Service, context: Context) -> Iterable[Finding]:
        if service.node("runtime") is not None and service.value("env") == "flex":
            route = ("env",)
            yield Finding("env", "app.yaml", rewrites=(service.editor.set(route, Quoted("x")),))

    made = planned(rule("setter", check), files={"app.yaml": text})
    keys = {verdict.key: verdict for verdict in made.services[0].keys}
    assert list(keys) == [
        *("runtime", "env", "mystery", "list", "manual_scaling.instances"),
        *("handlers[0].url", "handlers[0].script", "empty", "env_variables"),
    ]
    assert (keys["env"].verdict, keys["env"].becomes) == (Verdict.CHANGED, 'env: "x"')
    assert (keys["mystery"].verdict, keys["mystery"].line) == (Verdict.MANUAL, 3)
    assert "not in the table" in keys["mystery"].why


def test_a_renamed_and_a_removed_key_have_their_verdicts() -> None:
    def check(service: Service, context: Context) -> Iterable[Finding]:
        if service.node("b") is not None:
            yield Finding("b", "app.yaml", rewrites=(service.editor.rename(("b",), "c"),))
        if service.node("d") is not None:
            yield Finding("d", "app.yaml", key="d", rewrites=(service.editor.remove(("d",)),))

    made = planned(rule("mover", check), files={"app.yaml": "runtime: python\nenv: flex\nb:\n  x: 1\nd:\n  y: 2\n"})
    keys = {verdict.key: (verdict.verdict, verdict.becomes) for verdict in made.services[0].keys}
    assert keys["b.x"] == (Verdict.CHANGED, "c.x")
    assert keys["d.y"] == (Verdict.DROPPED, "")


def test_every_file_that_was_looked_at_is_an_input() -> None:
    made = planned(rule("looker", replacing("x", "y", "requirements.txt")))
    assert made.inputs["requirements.txt"] is None
    assert made.inputs["app.yaml"] == made_hash(APP)


def made_hash(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def test_a_file_in_another_encoding_keeps_it() -> None:
    data = "\ufeffold\r\n".encode("utf-16-le")
    made = plan(
        {"app.yaml": APP, "requirements.txt": data},
        packs=[pack(rule("fixer", replacing("old", "new", "requirements.txt")))],
        python="auto",
    )
    (change,) = made.changes
    assert change.after.encode(change.encoding) == "\ufeffnew\r\n".encode("utf-16-le")
    assert repository({"a": data}).original("a")[1] == "utf-16-le"
