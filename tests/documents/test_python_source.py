"""Python source is read without running it, and rewritten only where the result parses to what was meant."""

from __future__ import annotations

import ast
import codecs
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexmigrate.documents import python_applications, python_environment, python_imports, python_names, python_settings
from flexmigrate.documents.decoding import Undecodable
from flexmigrate.documents.edits import apply
from flexmigrate.documents.python import PythonSource, decode, line_starts, mentions
from flexmigrate.documents.python_applications import Interface
from flexmigrate.documents.python_edits import remove_import, replace_expression, set_assignment
from flexmigrate.documents.python_imports import Guard, Import
from flexmigrate.documents.python_renames import replace_names
from flexmigrate.documents.python_rewrite import smallest_edits
from flexmigrate.documents.python_syntax import RESERVED_NAME, syntax_error
from flexmigrate.documents.spans import Span

SOURCES = st.lists(
    st.sampled_from(
        [
            "import os",
            "import os, imp as i",
            "from a import (b, c,  # é",
            "  d)",
            "from a import b",
            "try:\n    import imp\nexcept ImportError:\n    imp = None",
            "if x:\n\timport cgi",
            "x = 'é'; import y; z = 1",
            "bind = ':80'",
            "app = Flask(__name__)",
            "f'{os.environ[\"A\"]}é' + 'b'",
            "\\",
            "'''",
            "# comment",
            "",
            "print 'x'",
        ]
    )
).flatmap(lambda lines: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda end: end.join(lines)))
TEXTS = st.one_of(SOURCES, SOURCES.map(lambda text: "\ufeff" + text + "\n"), st.text())


def found(text: str) -> tuple[Import, ...]:
    return python_imports.imports(PythonSource(text, "m.py"))


def test_reading_does_not_load_what_rewrites() -> None:
    names = "python python_imports python_names python_environment python_applications python_settings python_syntax"
    modules = ", ".join(
        f"flexmigrate.documents.{name}"
        for name in (*names.split(), "python_edits", "python_renames", "requirements", "commands")
    )
    code = f"import sys, {modules}\nassert not {{'libcst', 'packaging', 'ruamel'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_mentions() -> None:
    assert mentions(b"import imp", b"asyncore", b"imp")
    assert not mentions(b"import os", b"asyncore", b"cgi")


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        pytest.param("é".encode(), "é", "utf-8", id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + b"x", "\ufeffx", "utf-8", id="mark"),
        pytest.param(
            b"#!/x\n# -*- coding: latin-1 -*-\n'\xe9'",
            "#!/x\n# -*- coding: latin-1 -*-\n'é'",
            "latin-1",
            id="second line",
        ),
    ],
)
def test_decode(data: bytes, text: str, encoding: str) -> None:
    assert decode(data) == (text, encoding)


@pytest.mark.parametrize("data", [b"\xe9", b"x\n# coding: latin-1\n\xe9", b"# coding: hex\n", b"# coding: no\n"])
def test_decode_refuses(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(data)


@settings(deadline=None)
@given(st.binary())
def test_decode_comes_back(data: bytes) -> None:
    try:
        text, encoding = decode(data)
    except Undecodable:
        return
    assert text.encode(encoding) == data


def test_offsets_count_characters() -> None:
    text = "\ufeff# é\r\nx = 'é', name\ry = name"
    source = PythonSource(text)
    names = [source.span(node) for node in source.nodes if isinstance(node, ast.Name) and node.id == "name"]
    assert [span.of(text) for span in names] == ["name", "name"]
    assert [source.line_of(span.start) for span in names] == [2, 3]


def test_line_starts_are_those_of_python() -> None:
    assert line_starts("a\nb\r\nc\rd\x0ce\u2028") == [0, 2, 5, 7]


@pytest.mark.parametrize(
    "text",
    ["x =", "(" * 5000, "-" * 50_000 + "1", "a" + ".b" * 50_000, "\0", "\ud800", "9" * 9999],
    ids=lambda text: text[:5].encode("unicode_escape").decode(),
)
def test_what_does_not_parse_is_a_value(text: str) -> None:
    source = PythonSource(text)
    assert source.problem is not None
    assert source.problem.reason
    assert python_imports.imports(source) == ()


def test_imports() -> None:
    text = "import os.path, imp as i\nfrom .a import b as c\nfrom x import *\nfrom __future__ import division\n"
    assert [(i.module, i.name, i.bound, i.dotted) for i in found(text)] == [
        ("os.path", None, "os", "os.path"),
        ("imp", None, "i", "imp"),
        (".a", "b", "c", ".a.b"),
        ("x", "*", "*", "x.*"),
    ]


@pytest.mark.parametrize(
    ("text", "guards"),
    [
        pytest.param("import imp", [set()], id="none"),
        pytest.param(
            "try:\n import imp\nexcept ImportError:\n import importlib\n", [{Guard.TRY}, {Guard.FALLBACK}], id="try"
        ),
        pytest.param("try:\n import imp\nexcept ValueError:\n pass", [set()], id="other exception"),
        pytest.param("try:\n import imp\nexcept:\n pass", [{Guard.TRY}], id="bare except"),
        pytest.param("try:\n pass\nexcept ImportError:\n pass\nelse:\n import imp", [set()], id="else part"),
        pytest.param("if TYPE_CHECKING:\n import imp", [{Guard.TYPE_CHECKING}], id="type checking"),
        pytest.param("if x:\n import imp", [set()], id="other test"),
        pytest.param("with suppress(ImportError):\n import imp", [{Guard.TRY}], id="suppress"),
    ],
)
def test_guards(text: str, guards: list[set[Guard]]) -> None:
    assert [set(i.guards) for i in found(text)] == guards


@pytest.mark.parametrize(
    ("test", "first", "second"),
    [
        ("sys.version_info >= (3, 8)", True, False),
        ("sys.version_info < (3,)", False, True),
        ("sys.version_info[0] == 2", False, True),
        ("sys.version_info[:2] <= (3, 12)", True, False),
        ("sys.version_info.major == 3", True, False),
        ("not six.PY2", True, False),
        ("sys.version_info > (3, 12)", True, False),
        ("something", True, True),
    ],
)
def test_version_tests(test: str, first: bool, second: bool) -> None:
    one, two = found(f"if {test}:\n import a\nelse:\n import b")
    assert (one.runs_on("3.12"), two.runs_on("3.12")) == (first, second)


@pytest.mark.parametrize(
    ("text", "used"),
    [
        pytest.param("import imp", False, id="dead"),
        pytest.param('"""imp"""\nimport imp', False, id="only in a docstring"),
        pytest.param("import imp\nimp.x()", True, id="used"),
        pytest.param("import imp\n__all__ = ['imp']", True, id="exported"),
        pytest.param("import imp\nx: 'imp.Y'", True, id="annotation in quotes"),
        pytest.param("import imp  # noqa: F401", True, id="kept on purpose"),
        pytest.param("from x import imp as imp", True, id="exported by repetition"),
        pytest.param("import imp\ndef f(): return imp", True, id="in a function"),
    ],
)
def test_dead_imports(text: str, used: bool) -> None:
    assert found(text)[0].used is used


def test_uses() -> None:
    text = "import collections as c\nfrom collections import Mapping as M\nc.Mapping\nM\nf'é{c.Mapping}'\n"
    text += "class c2:\n  Mapping = 1\n"
    uses = python_names.uses(PythonSource(text), {"collections.Mapping"})
    assert [(use.span.of(text), use.imported, use.exact) for use in uses] == [
        ("Mapping as M", True, True),
        ("c.Mapping", False, True),
        ("M", False, True),
        ("f'é{c.Mapping}'", False, False),
    ]
    assert python_names.uses(PythonSource("collections.Mapping"), {"collections.Mapping"}) == ()


def test_strings() -> None:
    text = "a = 'x' 'y' + 'z'\nb = f'p{q:>3}r'\nc = d('k') + 1\n"
    assert [(t.value, t.complete) for t in python_names.strings(PythonSource(text))] == [
        ("xyz", True),
        ("p{}r", False),
        ("k", True),
    ]


def test_environment_reads() -> None:
    text = (
        "import os\nfrom os import environ as e, getenv\nos.environ['A']\ne.get('B', 8080)\ngetenv('C', default=x)\n"
        "os.environ['D'] = 1\nos.getenv(y)\nother['E']\n"
    )
    reads = python_environment.environment_reads(PythonSource(text))
    assert [(read.name, read.default, read.required) for read in reads] == [
        ("A", None, True),
        ("B", 8080, False),
        ("C", None, False),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from flask import Flask\napp = Flask(__name__)", [("app", "flask", Interface.WSGI)]),
        ("import flask as f\nif x:\n  srv: f.Flask = f.Flask(__name__)", [("srv", "flask", Interface.WSGI)]),
        (
            "from django.core.wsgi import get_wsgi_application as g\napplication = g()",
            [("application", "django", Interface.WSGI)],
        ),
        ("from fastapi import FastAPI\napi = FastAPI()", [("api", "fastapi", Interface.ASGI)]),
        ("app = create_app()", [("app", "", Interface.UNKNOWN)]),
        ("def app(environ, start_response): pass", [("app", "", Interface.WSGI)]),
        ("async def app(scope, receive, send): pass", [("app", "", Interface.ASGI)]),
        ("app = 1\nother = f()\nif __name__ == '__main__':\n  app = f()\ndef g():\n  app = f()", []),
    ],
)
def test_applications(text: str, expected: list[tuple[str, str, Interface]]) -> None:
    found = python_applications.applications(PythonSource(text))
    assert [(a.name, a.framework, a.interface) for a in found] == expected


def test_settings() -> None:
    text = (
        "import os, multiprocessing as mp\nbind = f\":{os.environ.get('PORT', '8080')}\"\n"
        "workers = mp.cpu_count() * 2 + 1\ntimeout = 90\nheaders = {'X': 'y'}\nif x:\n  keepalive = 1\nworkers += 1\n"
    )
    source = PythonSource(text)
    bind, workers, timeout, headers, keepalive, more = python_settings.assignments(source)
    assert (bind.text, bind.known, [r.name for r in bind.environment]) == (":{}", False, ["PORT"])
    assert (workers.known, workers.calls, workers.source) == (
        False,
        ("multiprocessing.cpu_count",),
        "mp.cpu_count() * 2 + 1",
    )
    assert (timeout.value, headers.value, keepalive.conditional, more.augmented) == (90, {"X": "y"}, True, True)
    assert python_settings.setting(source, "workers") == more
    assert python_settings.setting(source, "nothing") is None


@pytest.mark.parametrize(
    "text", ["print('x')", "print ('x')", "async def f(): pass", "x = '`<>'", "except_ = 1", "raise_ = 1, 2", ""]
)
def test_python_3_parses(text: str) -> None:
    assert syntax_error(text, (3, 12)) is None


@pytest.mark.parametrize(
    ("text", "line", "construct"),
    [
        ("x = 1\nprint 'a'", 2, "print statement"),
        ("print x,", 1, "print statement"),
        ("print >>sys.stderr, 'a'", 1, "print statement"),
        ("exec code in ns", 1, "exec statement"),
        ("try:\n  pass\nexcept X, e:\n  pass", 3, "except X, e"),
        ("raise E, 'v'", 1, "raise E, v"),
        ("x = `y`", 1, "backticks"),
        ("if a <> b: pass", 1, "<> operator"),
        ("x = ur'a'", 1, "ur'' string"),
        ("x = 0777", 1, "octal number 0777"),
        ("x = 10L", 1, "long number 10L"),
        ("def f(a, (b, c)): pass", 1, "tuple parameter"),
        ("if x:\n        a\n\tb", 3, "tabs and spaces mixed"),
    ],
)
def test_python_2_is_told_by_its_construct(text: str, line: int, construct: str) -> None:
    problem = syntax_error(text, (3, 12))
    assert problem is not None
    assert (problem.line, problem.construct, problem.python2) == (line, construct, True)


@pytest.mark.parametrize(
    ("text", "construct"),
    [
        ("x =", ""),
        ("x = '<> `' ``", "backticks"),
        ("async = 1", RESERVED_NAME),
        ("f(async=1)", RESERVED_NAME),
        ("def", ""),
    ],
)
def test_other_mistakes_are_not_python_2(text: str, construct: str) -> None:
    problem = syntax_error(text, (3, 11))
    assert problem is not None
    assert (problem.construct, problem.python2) == (construct, construct == "backticks")


def test_syntax_of_a_newer_python_is_not_certain() -> None:
    problem = syntax_error("x = = 1", (3, 99))
    assert problem is not None
    assert not problem.certain


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        pytest.param("x = a.b * 2", "a.b", "y + z", id="brackets would be needed"),
        pytest.param("x = a.b", "a.b", "y z", id="no expression"),
        pytest.param("x = a.b", "a.b", "y\nz", id="two lines"),
        pytest.param("x = a.b", "= a", "y", id="no expression there"),
        pytest.param("x = f'{a.b}'", "a.b", "y", id="in an f-string"),
    ],
)
def test_replace_expression_refuses(text: str, old: str, new: str) -> None:
    start = text.index(old)
    span = Span(start, start + len(old))
    assert replace_expression(PythonSource(text), span, new).refusal


def test_replace_expression() -> None:
    text = "# é\r\nx = f(é, a.b,)  # c\r\n"
    span = Span(text.index("a.b"), text.index("a.b") + 3)
    rewrite = replace_expression(PythonSource(text, "m.py"), span, "c.d(1)")
    assert apply(text, rewrite.edits) == "# é\r\nx = f(é, c.d(1),)  # c\r\n"
    assert replace_expression(PythonSource(text), span, "a.b").edits == ()


@pytest.mark.parametrize(
    ("text", "name", "after"),
    [
        pytest.param("import imp\nx\n", "imp", "x\n", id="statement"),
        pytest.param("\ufeffimport imp\r\nx", "imp", "\ufeffx", id="first line with mark"),
        pytest.param("import imp  # why\nx\n", "imp", "x\n", id="with its comment"),
        pytest.param("x; import imp; y\n", "imp", "x; y\n", id="between semicolons"),
        pytest.param("x; import imp # c\n", "imp", "x # c\n", id="behind a semicolon"),
        pytest.param("import a, imp, b\n", "imp", "import a, b\n", id="in a list"),
        pytest.param("import a, imp\n", "imp", "import a\n", id="at the end of a list"),
        pytest.param("from x import imp, b\n", "imp", "from x import b\n", id="at the begin of a list"),
        pytest.param(
            "from x import (\n    a,  # A\n    imp,  # I\n)\n",
            "imp",
            "from x import (\n    a,  # A\n)\n",
            id="on its own line",
        ),
        pytest.param(
            "from x import (\n    a,\n    imp\n)\n", "imp", "from x import (\n    a,\n)\n", id="own line, no comma"
        ),
        pytest.param("from x import a, \\\n    imp\ny\n", "imp", "from x import a\ny\n", id="continued line"),
        pytest.param("from x import (a, imp)\n", "imp", "from x import (a)\n", id="in brackets"),
        pytest.param("from x import (\n    imp,\n)\ny\n", "imp", "y\n", id="only one in brackets"),
        pytest.param(
            "try:\n    import imp\nexcept E:\n    pass\n",
            "imp",
            "try:\n    pass\nexcept E:\n    pass\n",
            id="only one in a block",
        ),
        pytest.param("if x: import imp\n", "imp", "if x: pass\n", id="block on one line"),
        pytest.param("def f():\n    import imp\n    return 1\n", "imp", "def f():\n    return 1\n", id="in a function"),
    ],
)
def test_remove_import(text: str, name: str, after: str) -> None:
    source = PythonSource(text, "m.py")
    gone = next(i for i in python_imports.imports(source) if i.bound == name)
    rewrite = remove_import(source, gone)
    assert rewrite.refusal is None
    assert apply(text, rewrite.edits) == after


def test_remove_import_of_another_source_is_refused() -> None:
    assert remove_import(PythonSource("import a"), found("x\nimport b")[0]).refusal


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", "workers = 3\n"),
        ("bind = 1\r\n", "bind = 1\r\nworkers = 3\r\n"),
        ("bind = 1", "bind = 1\nworkers = 3"),
        ("workers = (  # how many\n  2\n)\n", "workers = (  # how many\n  3\n)\n"),
        ("workers: int = 2  # c", "workers: int = 3  # c"),
    ],
)
def test_set_assignment(text: str, after: str) -> None:
    assert apply(text, set_assignment(PythonSource(text, "g.py"), "workers", "3").edits) == after


@pytest.mark.parametrize("text", ["workers = 1\nworkers = 2", "if x:\n  workers = 2", "workers += 1", "x =", "x = 1\\"])
def test_set_assignment_refuses(text: str) -> None:
    assert set_assignment(PythonSource(text), "workers", "3").refusal
    assert set_assignment(PythonSource(""), "workers", "3; 4").refusal
    assert set_assignment(PythonSource(""), "a b", "3").refusal


@settings(deadline=None)
@given(TEXTS)
def test_any_text_is_read(text: str) -> None:
    source = PythonSource(text)
    for imported in python_imports.imports(source):
        assert imported.span.of(text)
    python_names.strings(source)
    python_environment.environment_reads(source)
    python_applications.applications(source)
    python_settings.assignments(source)
    problem = syntax_error(text, (3, 12))
    assert problem is None or problem.line >= 1


@settings(deadline=None)
@given(TEXTS)
def test_rewriting_removes_one_import_and_nothing_else(text: str) -> None:
    source = PythonSource(text, "m.py")
    before = python_imports.imports(source)
    for imported in before:
        rewrite = remove_import(source, imported)
        if rewrite.refusal:
            continue
        (edit,) = rewrite.edits
        after = python_imports.imports(PythonSource(apply(text, rewrite.edits)))
        assert [i.dotted for i in after] == [i.dotted for i in before if i is not imported]
        assert "\n".join(edit.old.split("\n")).strip("\ufeff") == edit.old


def test_own_source_is_read() -> None:
    for path in Path(python_names.__file__).parent.glob("python*.py"):
        text, _ = decode(path.read_bytes())
        assert syntax_error(text, (3, 11)) is None
        assert all(
            i.used
            for i in python_imports.imports(PythonSource(text))
            if i.module != "x" and "as" not in i.span.of(text)
        )


NAMES = {
    "collections.Mapping": "collections.abc.Mapping",
    "collections.Iterable": "collections.abc.Iterable",
    "fractions.gcd": "math.gcd",
    "time.clock": "time.process_time",
    "imp.reload": "importlib.reload",
}


@pytest.mark.parametrize(
    ("text", "after"),
    [
        pytest.param("import time\nt = time.sleep(1)\n", None, id="nothing to replace"),
        pytest.param("time.clock()\n", None, id="not imported"),
        pytest.param("import time\nt = time.clock()  # c\n", "import time\nt = time.process_time()  # c\n", id="same"),
        pytest.param(
            "from time import clock\r\nclock()", "from time import process_time as clock\r\nclock()", id="from"
        ),
        pytest.param(
            "import collections\nx = collections.Mapping, f'{collections.Iterable!r}'",
            "import collections.abc\nx = collections.abc.Mapping, f'{collections.abc.Iterable!r}'",
            id="a submodule",
        ),
        pytest.param(
            "import collections, os\ncollections.Mapping\ncollections.OrderedDict\n",
            "import collections, os\nimport collections.abc\ncollections.abc.Mapping\ncollections.OrderedDict\n",
            id="the old import is still needed",
        ),
        pytest.param(
            "from collections import (\n    Mapping,  # m\n    OrderedDict,  # o\n)\n",
            "from collections import (\n    OrderedDict,  # o\n)\nfrom collections.abc import Mapping\n",
            id="one of several",
        ),
        pytest.param(
            "from collections import Mapping, Iterable as I  # both\n",
            "from collections.abc import Mapping, Iterable as I  # both\n",
            id="all of several",
        ),
        pytest.param(
            "def f():\n    # why\n    import imp  # c\n    imp.reload(x)\n",
            "def f():\n    # why\n    import importlib  # c\n    importlib.reload(x)\n",
            id="in a function",
        ),
        pytest.param(
            "import imp\n__all__ = ['imp']\nimp.reload(x)\n",
            "import imp\nimport importlib\n__all__ = ['imp']\nimportlib.reload(x)\n",
            id="exported",
        ),
    ],
)
def test_replace_names(text: str, after: str | None) -> None:
    rewrite = replace_names(PythonSource(text, "m.py"), NAMES)
    assert rewrite.refusal is None
    assert apply(text, rewrite.edits) == (text if after is None else after)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import time\ndef f(time): time.clock()", id="a parameter of that name"),
        pytest.param("import time\ntime = other\ntime.clock()", id="bound again"),
        pytest.param("import fractions\nmath = 1\nfractions.gcd(1, 2)", id="the new name is taken"),
        pytest.param("import collections; collections.Mapping", id="a line shared"),
        pytest.param("try:\n  from collections import Mapping\nexcept E:\n  from a import Mapping", id="two imports"),
        pytest.param("import time\ntime.clock(", id="no Python"),
        pytest.param("import time\r\ntime.clock()\r", id="libcst would change line ends"),
        pytest.param("import time\ntime.clock()\n" + "-" * 160 + "1", id="nested deep"),
    ],
)
def test_replace_names_refuses(text: str) -> None:
    rewrite = replace_names(PythonSource(text), NAMES)
    assert rewrite.refusal
    assert not rewrite.edits


@pytest.mark.parametrize(
    ("text", "name", "after"),
    [
        ("# a\nimport imp\n# b\nx\n", "imp", "# a\n# b\nx\n"),
        ("x\n# a\nimport imp\n", "imp", "x\n# a\n"),
        ("def f():\n    # a\n    import imp\n\n    # b\n    x\n", "imp", "def f():\n    # a\n\n    # b\n    x\n"),
        ("import os, imp as i\nimport os\n", "i", "import os\nimport os\n"),
    ],
)
def test_what_stands_around_an_import_stays(text: str, name: str, after: str) -> None:
    source = PythonSource(text, "m.py")
    gone = next(i for i in python_imports.imports(source) if i.bound == name)
    assert apply(text, remove_import(source, gone).edits) == after


@given(st.text("ab\n\r", max_size=30), st.text("ab\n\r", max_size=30))
def test_the_smallest_edits_lead_from_one_text_to_the_other(old: str, new: str) -> None:
    edits = smallest_edits("m.py", old, new)
    assert apply(old, edits) == new
    assert all(edit.old[:1] != edit.new[:1] or not edit.old or not edit.new for edit in edits)
