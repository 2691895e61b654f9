"""Python 2 is told by the parser, and is an error only where the service loads the file."""

from __future__ import annotations

import pytest

from flexmigrate.documents.python_syntax import syntax_error
from flexmigrate.model import Severity
from flexmigrate.testing import check_quiet, check_reported
from flexmigrate_rules.source._old_syntax import looks_old
from tests.rules.source_files import CONFIG, HEAD, said, service

RULE = "python2-syntax"

QUIET = {
    "Python 3": service("print('x')\nprint(1, file=f)\ntry:\n  pass\nexcept (A, B) as e:\n  raise A from e\n"),
    "print as a name": service("log = print\nx.print = 1\nprint\n"),
    "texts with old code": service('"""\nprint "x"\n`y`\nexcept A, e:\n"""\nx = "<>"\n# print "x"\n'),
    "a test of the version": service("import sys\nif sys.version_info[0] < 3:\n    text = unicode\n"),
    "both kinds of blanks": service("if x:\n\ty\nif z:\n    y\n"),
    "tests": service("", tests__test_x="print 'x'\n", conftest="print 'x'\n"),
    "bundled packages": service("", vendor__old="print 'x'\n", site_packages__a="print('x')\n"),
    "installed packages": {
        **service(),
        "venv/lib/python2.7/site-packages/x.py": "print 'x'\n",
        "node_modules/gyp/y.py": "print 'y'\n",
    },
    "another service": {**service(), "other/app.yaml": HEAD + "entrypoint: python x.py\n", "x.py": "x = 1"},
    "binary": service(b"\0\1print 'x'"),
    "octal in a text": service("x = ['0755', '2014-01-02']\n"),
    "hex that ends in L": service("x = 'DEADBEEFL'\nCELL = 1\nx1L = 2\n"),
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files)


LOUD = {
    "print": ("x = 1\nprint 'x'\n", 2, "a print statement"),
    "print behind a colon": ("if x: print x\n", 1, "a print statement"),
    "print to a file": ("print >>f, x\n", 1, "a print statement"),
    "print with brackets": ('print ("%s") % x, y\nprint "z"\n', 2, "a print statement"),
    "print nothing more": ("for x in y:\n    print x,\n", 2, "a print statement"),
    "exec": ("exec 'x' in y\n", 1, "an exec statement"),
    "except": ("try:\n    x\nexcept E, e:\n    pass\n", 3, "except X, e"),
    "except several": ("try:\n    x\nexcept (A, B), e:\n    pass\n", 3, "except X, e"),
    "raise": ("raise E, 'x'\n", 1, "raise E, v"),
    "backticks": ("x = `y`\n", 1, "backticks"),
    "unequal": ("if a <> b: pass\n", 1, "a <> operator"),
    "ur": ('x = ur"x"\n', 1, "a ur'' string"),
    "octal": ("os.chmod(x, 0755)\n", 1, "octal number"),
    "long": ("x = 10L\n", 1, "long number"),
    "tuple parameter": ("def f(a, (b, c)):\n    pass\n", 1, "a tuple parameter"),
    "lambda": ("f = lambda (a, b): a\n", 1, "a tuple parameter"),
    "tabs": ("if x:\n        a\n\tb\n", 3, "tabs and spaces mixed"),
    "CRLF": ("x = 1\r\nprint 'x'\r\n", 2, "a print statement"),
    "with a mark": ("\ufeffprint 'x'\n", 1, "a print statement"),
}


@pytest.mark.parametrize(("text", "line", "says"), LOUD.values(), ids=LOUD)
def test_loud(text: str, line: int, says: str) -> None:
    (found,) = check_reported(RULE, service(text), says)
    assert (found.path, found.line, found.severity) == ("main.py", line, Severity.ERROR)


@pytest.mark.parametrize("text", [text for text, _, _ in LOUD.values()], ids=LOUD)
def test_the_cheap_test_agrees_with_the_parser(text: str) -> None:
    assert looks_old(text.encode())
    assert syntax_error(text, (3, 12)) is not None


@pytest.mark.parametrize(
    ("main", "others", "severity"),
    [
        pytest.param("import tools\n", {"tools": "print 'x'\n"}, Severity.ERROR, id="imported"),
        pytest.param(
            "from a import b\n", {"a__b": "print 'x'\n", "a____init__": ""}, Severity.ERROR, id="in a package"
        ),
        pytest.param("", {"tools": "print 'x'\n"}, Severity.WARNING, id="not imported"),
        pytest.param("def f():\n    import tools\n", {"tools": "print 'x'\n"}, Severity.WARNING, id="imported late"),
        pytest.param("import lib.x\n", {"lib__x": "print 'x'\n"}, Severity.ERROR, id="bundled and imported"),
    ],
)
def test_only_what_is_loaded_is_an_error(main: str, others: dict[str, str], severity: Severity) -> None:
    assert [found.severity for found in said(RULE, service(main, **others))] == [severity]


def test_django_loads_by_names() -> None:
    files = {
        "app.yaml": HEAD + "entrypoint: gunicorn -b :$PORT site1.wsgi\n",
        "site1/wsgi.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site1.settings')\n",
        "site1/settings.py": "ROOT_URLCONF = 'site1.urls'\nINSTALLED_APPS = ['django.contrib.admin', 'polls']\n",
        "site1/urls.py": "urlpatterns = [url(r'^polls/', include('polls.urls'))]\n",
        "polls/models.py": "print 'x'\n",
        "polls/urls.py": "print 'x'\n",
        "polls/management/commands/fill.py": "print 'x'\n",
    }
    found = {one.path: one.severity for one in said(RULE, files)}
    assert found == {
        "polls/models.py": Severity.ERROR,
        "polls/urls.py": Severity.ERROR,
        "polls/management/commands/fill.py": Severity.WARNING,
    }


def test_many_files_are_summed_up() -> None:
    found = said(RULE, service("print 'x'\n", **{f"part{n}": "print 'x'\n" for n in range(30)}))
    assert len(found) == 11
    assert found[0].severity is Severity.ERROR
    assert any("21 more files" in one.message for one in found)


def test_a_custom_image_decides_by_itself() -> None:
    files = {
        **service("print 'x'\n"),
        "app.yaml": CONFIG.replace("python", "custom"),
        "Dockerfile": "FROM python:2.7\n",
    }
    check_quiet(RULE, files)
