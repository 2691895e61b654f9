"""Requirements files are read as pip reads them, and rewritten without touching anything else."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexmigrate.documents import requirements as reqs
from flexmigrate.documents.decoding import Undecodable
from flexmigrate.documents.edits import apply
from flexmigrate.documents.requirements import Include, IndexOption, Requirement, RequirementKind, Unparsed

LINES = st.lists(
    st.sampled_from(
        [
            "flask==1.0",
            "Flask[async] == 2.0 ; python_version > '3.6'  # why",
            "gunicorn",
            "gunicorn (>=19, <20)",
            "a>=1, \\",
            "  <2",
            "b==1 --hash=sha256:aa",
            "    --hash=sha256:bb \\",
            "-r other.txt",
            "-c limits.txt",
            "--index-url https://u:p@host/simple",
            "-e git+https://host/x.git#egg=x",
            "./local",
            "x @ https://host/x.zip",
            "# comment",
            "# comment \\",
            "",
            "   ",
            "v==${VERSION}",
            "what is this",
            "flask==1.0;",
            "\t-e .",
            "\\",
            "é==1",
        ]
    )
).flatmap(lambda lines: st.sampled_from(["\n", "\r\n"]).map(lambda end: end.join(lines)))
TEXTS = st.one_of(
    LINES, LINES.map(lambda text: text + "\n"), st.text(), st.text(alphabet="a-=#\\ \n\r[]();@:/$<>'\"{}")
)


def only(text: str) -> Requirement:
    (entry,) = reqs.parse(text)
    assert isinstance(entry, Requirement), entry
    return entry


@pytest.mark.parametrize(
    ("text", "name", "specifier", "marker"),
    [
        pytest.param("flask", "flask", "", None, id="bare name"),
        pytest.param("Flask_SQLAlchemy.x==1", "flask-sqlalchemy-x", "==1", None, id="name is normalised"),
        pytest.param("flask == 1.0  # pinned", "flask", "==1.0", None, id="comment"),
        pytest.param("flask==1.0#x", "flask", None, None, id="hash sign without blank is no comment"),
        pytest.param("flask>=1,\\\n <2\n", "flask", "<2,>=1", None, id="continued"),
        pytest.param("flask (>=1)", "flask", ">=1", None, id="brackets"),
        pytest.param("flask[async,dotenv]>=1", "flask", ">=1", None, id="extras"),
        pytest.param("flask==1;", "flask", "==1", None, id="semicolon without marker"),
        pytest.param("flask==1 ; python_version<'3'", "flask", "==1", 'python_version < "3"', id="marker"),
        pytest.param("\ufeffflask==1", "flask", "==1", None, id="byte order mark"),
        pytest.param("flask==1\r\n", "flask", "==1", None, id="CRLF"),
    ],
)
def test_reads_a_requirement(text: str, name: str, specifier: str | None, marker: str | None) -> None:
    (entry,) = reqs.parse(text)
    if specifier is None:
        assert isinstance(entry, Unparsed)
        assert entry.name == name
    else:
        assert isinstance(entry, Requirement)
        assert (entry.name, str(entry.specifier), entry.marker) == (name, specifier, marker)


@pytest.mark.parametrize(
    ("text", "kind", "name", "editable"),
    [
        pytest.param("git+https://host/x/y.git@main#egg=Y", RequirementKind.VCS, "y", False, id="git"),
        pytest.param("-e git+ssh://git@host/y.git#egg=Y[z]", RequirementKind.VCS, "y", True, id="editable git"),
        pytest.param("y @ git+https://host/y.git", RequirementKind.VCS, "y", False, id="named git"),
        pytest.param("https://host/pkg-1.0.tar.gz", RequirementKind.URL, "pkg", False, id="archive URL"),
        pytest.param("y @ https://host/y.zip ; python_version > '3'", RequirementKind.URL, "y", False, id="named URL"),
        pytest.param("./wheels/my_pkg-1-py3-none-any.whl", RequirementKind.PATH, "my-pkg", False, id="wheel path"),
        pytest.param("vendor/pkg", RequirementKind.PATH, "", False, id="folder"),
        pytest.param("-e .", RequirementKind.PATH, "", True, id="editable here"),
        pytest.param("--editable=.[dev]", RequirementKind.PATH, "", True, id="editable with extra"),
    ],
)
def test_tells_where_a_package_comes_from(text: str, kind: RequirementKind, name: str, editable: bool) -> None:
    entry = only(text)
    assert (entry.kind, entry.name, entry.editable, entry.specifier) == (kind, name, editable, None)


def test_spans_point_into_the_original() -> None:
    text = "a==1\r\nGunicorn [gevent] == \\\r\n 19.9.0 ; os_name=='posix' # keep\r\n"
    entry = reqs.parse(text)[1]
    assert isinstance(entry, Requirement)
    assert entry.line == 2
    assert entry.name_span is not None
    assert entry.name_span.of(text) == "Gunicorn"
    assert entry.specifier_span is not None
    assert entry.specifier_span.of(text) == "== \\\r\n 19.9.0"
    assert entry.extras == ("gevent",)
    assert entry.span.of(text) == entry.raw == text[6:]


def test_options_and_includes() -> None:
    text = "-i https://user:secret@host/simple?token=t\n-rbase.txt\n--constraint=c.txt\n--pre --no-index\n"
    text += "--requirem x.txt\n"
    index, base, limits, *flags, other = reqs.parse(text)
    assert isinstance(index, IndexOption)
    assert (index.kind, index.shown) == ("index-url", "https://****@host/simple?****")
    assert "secret" not in f"{index!r}{index}"
    assert isinstance(base, Include)
    assert isinstance(limits, Include)
    assert (base.target, base.kind, limits.target, limits.kind) == ("base.txt", "requirement", "c.txt", "constraint")
    assert [flag.kind for flag in flags if isinstance(flag, IndexOption)] == ["pre", "no-index"]
    assert isinstance(other, Include)
    assert other.target == "x.txt"


def test_credentials_do_not_show() -> None:
    entry = only("git+https://user:secret@host/x.git#egg=x")
    assert "secret" not in repr(entry)
    assert entry.shown_url == "git+https://****@host/x.git#egg=x"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("--what x", id="unknown option"),
        pytest.param("-r", id="missing value"),
        pytest.param("--find-links 'x", id="open quote"),
        pytest.param("flask=1", id="wrong operator"),
        pytest.param("flask==1 ; python_version >", id="broken marker"),
        pytest.param("https://x ; nothing", id="broken marker of a URL"),
        pytest.param("{{ cookiecutter }}", id="template"),
        pytest.param("flask " + "(" * 5000, id="deep"),
        pytest.param("a ; " + "(" * 50000, id="deep marker"),
        pytest.param("\0", id="NUL"),
    ],
)
def test_what_cannot_be_read_says_why(text: str) -> None:
    (entry,) = reqs.parse(text)
    assert isinstance(entry, Unparsed)
    assert entry.reason


@pytest.mark.parametrize(
    ("marker", "python", "holds"),
    [
        ("python_version < '3'", "3.12", False),
        ("python_version >= '3.10'", "3.12", True),
        ("python_version >= '3.10'", "3.9", False),
        ("python_full_version < '3.11.3'", "3.11", False),
        ("sys_platform == 'win32'", "3.12", False),
        ("platform_system == 'Linux' and implementation_name == 'cpython'", "3.12", True),
        ("platform_machine == 'x86_64'", "3.12", True),
        ("extra == 'dev'", "3.12", False),
    ],
)
def test_markers_hold_for_the_target(marker: str, python: str, holds: bool) -> None:
    assert reqs.marker_holds(only(f"x ; {marker}"), python) is holds


def test_includes_are_followed() -> None:
    files = {
        "svc/requirements.txt": "-r deps/base.txt\nflask\n-r missing.txt\n-r ../../out.txt\n"
        "-r https://h/x.txt\n-r ${X}.txt\n",
        "svc/deps/base.txt": "gunicorn\n-c limits.txt\n-r ../requirements.txt\n",
        "svc/deps/limits.txt": "gunicorn<20\n",
    }
    found = reqs.resolve("svc/requirements.txt", files.get)
    assert [(entry.name, entry.path) for entry in found.required] == [
        ("gunicorn", "svc/deps/base.txt"),
        ("flask", "svc/requirements.txt"),
    ]
    assert [(entry.name, entry.line) for entry in found.constraints] == [("gunicorn", 1)]
    assert [problem.path for problem in found.problems] == [
        "svc/missing.txt",
        "../out.txt",
        "https://h/x.txt",
        "${X}.txt",
    ]
    assert found.files == tuple(sorted(files))
    assert str(found.effective("3.12")["gunicorn"].specifier) == "<20"


def test_a_missing_start_is_a_value() -> None:
    assert reqs.resolve("requirements.txt", lambda path: None).unparsed[0].reason


def test_a_long_chain_of_includes() -> None:
    found = reqs.resolve("0", lambda path: f"-r {int(path) + 1}\nx{path}\n" if int(path) < 3000 else "end\n")
    assert len(found.required) == 3001


def test_effective_leaves_out_other_pythons_and_reports_duplicates() -> None:
    text = "a==1 ; python_version<'3'\na==2\nA==2\nb ; python_version<'3'\n"
    effective = reqs.resolve("r", lambda path: text).effective("3.12")
    assert set(effective) == {"a"}
    assert effective["a"].duplicated
    assert [entry.line for entry in effective["a"].requirements] == [2, 3]


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        pytest.param(b"flask\r\n", "flask\r\n", "utf-8", id="plain"),
        pytest.param(codecs.BOM_UTF8 + b"a", "\ufeffa", "utf-8", id="UTF-8 mark"),
        pytest.param("\ufeffa==1".encode("utf-16-le"), "\ufeffa==1", "utf-16-le", id="UTF-16 little endian"),
        pytest.param("\ufeffa==1".encode("utf-16-be"), "\ufeffa==1", "utf-16-be", id="UTF-16 big endian"),
        pytest.param("\ufeffa==1".encode("utf-32-le"), "\ufeffa==1", "utf-32-le", id="UTF-32"),
        pytest.param(b"# -*- coding: latin-1 -*-\n# \xe9", "# -*- coding: latin-1 -*-\n# é", "latin-1", id="cookie"),
    ],
)
def test_decode(data: bytes, text: str, encoding: str) -> None:
    assert reqs.decode(data) == (text, encoding)


@pytest.mark.parametrize(
    "data", [b"\xff\xffa", b"# coding: rot13\na", b"# coding: nothing\na", b"# coding: utf-7\n+AGE-"]
)
def test_decode_refuses(data: bytes) -> None:
    with pytest.raises(Undecodable):
        reqs.decode(data)


@settings(deadline=None)
@given(st.binary())
def test_decode_comes_back(data: bytes) -> None:
    try:
        text, encoding = reqs.decode(data)
    except Undecodable:
        return
    assert text.encode(encoding) == data


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a==1 --hash=sha256:aa", id="hash"),
        pytest.param("a @ https://h/a.zip", id="URL"),
        pytest.param("git+https://h/a#egg=a", id="VCS"),
        pytest.param("-e .", id="editable"),
        pytest.param("a==${A}", id="placeholder"),
    ],
)
def test_set_specifier_refuses(text: str) -> None:
    rewrite = reqs.set_specifier(only(text), "==2")
    assert rewrite.refusal
    assert not rewrite.edits


def test_set_specifier_refuses_nonsense() -> None:
    assert reqs.set_specifier(only("a==1"), "=2").refusal
    assert reqs.set_specifier(only("a==1"), "==2\nb").refusal


def test_set_specifier_with_the_same_changes_nothing() -> None:
    assert reqs.set_specifier(only("a==1"), "==1") == reqs.set_specifier(only("a==1"), "== 1")
    assert reqs.set_specifier(only("a==1"), "==1").edits == ()


@pytest.mark.parametrize(
    ("before", "specifier", "after"),
    [
        pytest.param("a==1  # c\r\n", "==23.0.0", "a==23.0.0  # c\r\n", id="pin"),
        pytest.param("a == 1", "==2", "a == 2", id="blank behind operator"),
        pytest.param("a[x]>=1, <2 ; os_name=='posix'", ">=3,<4", "a[x]>=3, <4 ; os_name=='posix'", id="comma style"),
        pytest.param("a", "==2", "a==2", id="unpinned"),
        pytest.param("a[x] ; os_name=='posix' # c", "==2", "a[x]==2 ; os_name=='posix' # c", id="unpinned with marker"),
        pytest.param("a (>=1)", ">=2", "a (>=2)", id="brackets"),
        pytest.param("a==1", "", "a", id="nothing"),
        pytest.param("a>=1,\\\n <2\n", "==3", "a==3\n", id="continued"),
        pytest.param("a==1 --global-option=x", "==2", "a==2 --global-option=x", id="options"),
    ],
)
def test_set_specifier(before: str, specifier: str, after: str) -> None:
    assert apply(before, reqs.set_specifier(only(before), specifier).edits) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "new==1\n", id="empty"),
        pytest.param("a\n", "a\nnew==1\n", id="LF"),
        pytest.param("a\r\n", "a\r\nnew==1\r\n", id="CRLF"),
        pytest.param("a", "a\nnew==1", id="no final newline"),
        pytest.param("a\r\nb", "a\r\nb\r\nnew==1", id="CRLF without the final one"),
        pytest.param("a\nb==1 \\\n", "a\nnew==1\nb==1 \\\n", id="last line wants to go on"),
        pytest.param("a\n# c \\\n", "a\n# c \\\nnew==1\n", id="comment with backslash"),
    ],
)
def test_add_requirement(before: str, after: str) -> None:
    assert apply(before, reqs.add_requirement("r", before, "new==1").edits) == after


def test_add_requirement_behind_an_entry() -> None:
    text = "a\r\nb"
    first, last = (entry for entry in reqs.parse(text, "r") if isinstance(entry, Requirement))
    assert apply(text, reqs.add_requirement("r", text, "n", first).edits) == "a\r\nn\r\nb"
    assert apply(text, reqs.add_requirement("r", text, "n", last).edits) == "a\r\nb\r\nn"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a==1 --hash=sha256:aa\n", "new==1"),
        ("a\n", "new==1\nother"),
        ("a\n", "-r x"),
        ("a\n", "new==1 \\"),
        ("a\n", ""),
    ],
)
def test_add_requirement_refuses(text: str, line: str) -> None:
    assert reqs.add_requirement("r", text, line).refusal


def test_remove_requirement() -> None:
    text = "a\r\nb==1 \\\r\n ; os_name=='posix'  # c\r\nc"
    b = reqs.parse(text)[1]
    assert isinstance(b, Requirement)
    assert apply(text, reqs.remove_requirement(b).edits) == "a\r\nc"
    assert reqs.remove_requirement(only("a==1 --hash=sha256:aa")).refusal


@settings(deadline=None)
@given(TEXTS)
def test_logical_lines_follow_each_other(text: str) -> None:
    assert "".join(line.span.of(text) for line in reqs.logical_lines(text)) == text.removeprefix("\ufeff")


@settings(deadline=None)
@given(TEXTS)
def test_any_text_is_read(text: str) -> None:
    for entry in reqs.parse(text):
        assert entry.span.of(text) == entry.raw
        repr(entry)
        if isinstance(entry, Requirement):
            assert entry.name_span is None or entry.name_span.of(text).replace("\\\n", "").replace("\\\r\n", "")


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["==9.9", ">=1,<3", ""]))
def test_rewriting_leaves_every_other_entry(text: str, specifier: str) -> None:
    entries = reqs.parse(text)
    for number, entry in enumerate(entries):
        if not isinstance(entry, Requirement):
            continue
        rewrite = reqs.set_specifier(entry, specifier)
        after = reqs.parse(apply(text, rewrite.edits))
        assert [e.raw for e in after[:number]] == [e.raw for e in entries[:number]]
        assert [e.raw for e in after[number + 1 :]] == [e.raw for e in entries[number + 1 :]]
        gone = reqs.remove_requirement(entry)
        if not gone.refusal:
            expected = [e.raw for e in entries if e is not entry]
            assert [e.raw for e in reqs.parse(apply(text, gone.edits))] == expected


@settings(deadline=None)
@given(TEXTS)
def test_adding_adds_one_entry(text: str) -> None:
    rewrite = reqs.add_requirement("r", text, "new==1")
    if rewrite.refusal:
        return
    new = apply(text, rewrite.edits)
    before = [e.raw.strip() for e in reqs.parse(text)]
    after = [e.raw.strip() for e in reqs.parse(new)]
    after.remove("new==1")
    assert after == before
    assert new.endswith(("\n", "\r")) is (text.endswith(("\n", "\r")) or text in ("", "\ufeff"))


PIP_CASES = [
    "flask==1.0\nFlask [async] >= 2 ; python_version > '3.6'  # why\n",
    "a==1 \\\n  --hash=sha256:" + "a" * 64 + " \\\n  --hash=sha256:" + "b" * 64 + "\n",
    "-e git+https://host/x.git#egg=x\n-e .\n./local\n",
    "a  # one \\\nb\n# c \\\nd\n",
    "x @ https://host/x.zip ; python_version > '3'\n--pre\n-i https://host/simple\nb\n",
    "a>=1, \\\n# comment\nb<2\n",
    "\tb==1\n\n  \nc;\n",
    "d==1 #x\ne==1\x0cf\n",
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", PIP_CASES)
def test_pip_reads_the_same(text: str, tmp_path: Path) -> None:
    req_file = pytest.importorskip("pip._internal.req.req_file")
    session = pytest.importorskip("pip._internal.network.session").PipSession()
    path = tmp_path / "requirements.txt"
    path.write_bytes(text.encode())
    theirs = [
        (
            found.requirement.strip(),
            found.is_editable,
            tuple(h for hs in (found.options or {}).get("hashes", {}).values() for h in hs),
        )
        for found in req_file.parse_requirements(str(path), session)
    ]
    ours = [
        (entry.url if entry.editable else entry.text, entry.editable, tuple(h.partition(":")[2] for h in entry.hashes))
        for entry in reqs.parse(text)
        if isinstance(entry, Requirement)
    ]
    assert ours == theirs


@pytest.mark.filterwarnings("ignore")
@settings(deadline=None)
@given(LINES)
def test_pip_splits_lines_the_same(text: str) -> None:
    preprocess = pytest.importorskip("pip._internal.req.req_file").preprocess
    ours = [(line.line, line.body.text) for line in reqs.logical_lines(text) if line.body.text]
    assert ours == list(preprocess(text))
