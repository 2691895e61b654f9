"""`python_version` becomes `operating_system` and `runtime_version`, and nothing else moves."""

from __future__ import annotations

import pytest

from flexmigrate.testing import check_quiet, check_reported, check_rewritten, findings, plan

RULE = "legacy-python-version"
HEAD = "runtime: python\nenv: flex\n"
MODERN = '  operating_system: "ubuntu22"\n  runtime_version: "3.12"'

QUIET = {
    "modern": HEAD + 'runtime_config:\n  operating_system: "ubuntu22"\n  runtime_version: "3.12"\n',
    "no runtime_config": HEAD,
    "empty runtime_config": HEAD + "runtime_config:\n",
    "a comment that names it": HEAD + "# runtime_config:\n#   python_version: 3\n",
    "a variable of that name": HEAD + "env_variables:\n  python_version: 3\n",
    "a key of that name elsewhere": HEAD + "python_version: 3\n",
    "runtime_config that is no mapping": HEAD + "runtime_config: 3\n",
}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_it_leaves_alone(text: str) -> None:
    check_quiet(RULE, {"app.yaml": text})


REWRITTEN = {
    "number": ("runtime_config:\n  python_version: 3\n", f"runtime_config:\n{MODERN}\n"),
    "float": ("runtime_config:\n  python_version: 3.7\n", f"runtime_config:\n{MODERN}\n"),
    "double quotes": ('runtime_config:\n  python_version: "3"\n', f"runtime_config:\n{MODERN}\n"),
    "single quotes": (
        "runtime_config:\n  python_version: '3'\nservice: 'a'\n",
        "runtime_config:\n  operating_system: 'ubuntu22'\n  runtime_version: '3.12'\nservice: 'a'\n",
    ),
    "empty value": ("runtime_config:\n  python_version:\n", f"runtime_config:\n{MODERN}\n"),
    "comment on the line": (
        "runtime_config:\n  python_version: 3  # stays\n",
        f"runtime_config:\n{MODERN}  # stays\n",
    ),
    "comments around": (
        "runtime_config:  # a\n  # b\n  python_version: 3\n  # c\n# d\n",
        f"runtime_config:  # a\n  # b\n{MODERN}\n  # c\n# d\n",
    ),
    "four spaces": (
        "runtime_config:\n    python_version: 3\n",
        'runtime_config:\n    operating_system: "ubuntu22"\n    runtime_version: "3.12"\n',
    ),
    "no final newline": ("runtime_config:\n  python_version: 3", f"runtime_config:\n{MODERN}"),
    "flow": (
        "runtime_config: {python_version: 3}\n",
        'runtime_config: {operating_system: "ubuntu22", runtime_version: "3.12"}\n',
    ),
    "system is there already": (
        'runtime_config:\n  operating_system: "ubuntu22"\n  python_version: 3\n',
        f"runtime_config:\n{MODERN}\n",
    ),
    "all three are there": (
        'runtime_config:\n  python_version: 3\n  operating_system: "ubuntu22"\n  runtime_version: "3.12"\n',
        f"runtime_config:\n{MODERN}\n",
    ),
    "only the version is there": (
        'runtime_config:\n  python_version: 3\n  runtime_version: "3.12"\n',
        f"runtime_config:\n{MODERN}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), REWRITTEN.values(), ids=REWRITTEN)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_it_writes_the_modern_pair(before: str, after: str, newline: str) -> None:
    files = {"app.yaml": (HEAD + before).replace("\n", newline)}
    check_rewritten(RULE, files, {"app.yaml": (HEAD + after).replace("\n", newline)})


def test_latest_leaves_the_version_to_the_platform() -> None:
    check_rewritten(
        RULE,
        {"app.yaml": HEAD + "runtime_config:\n  python_version: 3  # stays\n"},
        {"app.yaml": HEAD + 'runtime_config:\n  operating_system: "ubuntu24"  # stays\n'},
        python="latest",
    )


SAYS = {
    "3": "ran Python 3.6.10",
    "2": "ran Python 2.7.12",
    "3.4": "ran Python 3.4.8",
    "3.5": "ran Python 3.5.9",
    "3.6": "ran Python 3.6.10",
    "3.7": "ran Python 3.7.9",
    "3.10": "no version that the legacy runtime ever built",
    "latest": "no version that the legacy runtime ever built",
}


@pytest.mark.parametrize(("written", "says"), SAYS.items(), ids=SAYS)
def test_it_tells_what_really_ran(written: str, says: str) -> None:
    made = plan({"app.yaml": f"{HEAD}runtime_config:\n  python_version: {written}\n"}, RULE)
    assert says in findings(made)[0].message


REFUSED = {
    "templated": "runtime_config:\n  python_version: {{ version }}\n",
    "anchored": "runtime_config: &config\n  python_version: 3\nother: *config\n",
    "twice": "runtime_config:\n  python_version: 2\n  python_version: 3\n",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_edit_stays_open_with_the_reason(text: str) -> None:
    made = plan({"app.yaml": HEAD + text}, RULE)
    assert not made.changes
    assert findings(made)[0].hint.startswith("not edited: ")
    assert made.skipped


def test_a_silenced_line_is_reported_as_such() -> None:
    text = HEAD + "runtime_config:\n  python_version: 3  # flexmigrate: ignore[legacy-python-version]\n"
    (finding,) = check_reported(RULE, {"app.yaml": text}, "ran Python 3.6.10")
    assert finding.status == "suppressed"
