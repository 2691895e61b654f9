"""What a failure is called, who predicted it, and what is kept out of every report."""

from __future__ import annotations

import pytest

from flexmigrate.documents.yaml import YamlFile
from flexmigrate.model import FixClass, ReportedFinding, Severity, Status
from flexmigrate.proving import causes
from flexmigrate.proving.environments import Step
from flexmigrate.proving.redaction import Redaction
from flexmigrate.proving.verdicts import Kind, StageName
from flexmigrate.verify.judging import refused_installation
from flexmigrate.verify.predicted import Failure, predict
from flexmigrate.verify.values import as_passed

FROM_ENVIRON = (
    'Traceback (most recent call last):\n  File "main.py", line 1, in <module>\n'
    '  File "<frozen os>", line 714, in __getitem__\n'
)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("ModuleNotFoundError: No module named 'psycopg2'", Kind.SERVICE),
        ("ImportError: cannot import name 'OperationalError' from 'sqlalchemy.exc'", Kind.SERVICE),
        ("AttributeError: module 'redis.exceptions' has no attribute 'ConnectionError'", Kind.SERVICE),
        ("shop.errors.OperationalError: no", Kind.SERVICE),
        ("KeyError: 'SHOP'", Kind.SERVICE),
        ("ValueError: the port must be a number", Kind.SERVICE),
        ("django.core.exceptions.ImproperlyConfigured: Error loading MySQLdb module.", Kind.SERVICE),
        ("google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found.", Kind.CREDENTIAL),
        ("sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) refused", Kind.DATABASE),
        ("psycopg2.OperationalError: could not connect", Kind.DATABASE),
        ("psycopg.OperationalError: connection failed: port 5432 failed: No such file", Kind.DATABASE),
        ('pymysql.err.OperationalError: (2003, "Can\'t connect to MySQL server")', Kind.DATABASE),
        ("django.db.utils.OperationalError: no", Kind.DATABASE),
        ("redis.exceptions.ConnectionError: Error 111 connecting to 10.0.0.3:6379.", Kind.DATABASE),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/cloudsql/a:b:c'", Kind.DATABASE),
        ("google.api_core.exceptions.ServiceUnavailable: 503 failed to connect to all addresses", Kind.NETWORK),
        ("socket.gaierror: [Errno -2] Name or service not known", Kind.NETWORK),
        ("django.core.exceptions.ImproperlyConfigured: Set the SECRET_KEY environment variable", Kind.VARIABLE),
        ("RuntimeError: environment variable SHOP_URL is not set", Kind.VARIABLE),
        ("RuntimeError: environment variable GAE_INSTANCE is not set", Kind.SERVICE),
        ("decouple.UndefinedValueError: SECRET not found.", Kind.VARIABLE),
    ],
)
def test_a_lack_is_told_from_a_fault_by_the_exception(line: str, kind: Kind) -> None:
    assert causes.of_program(f"Traceback (most recent call last):\n{line}\n", line)[0] is kind


def test_a_key_error_counts_only_when_the_environment_raised_it() -> None:
    line = "KeyError: 'SHOP'"
    assert causes.of_program(FROM_ENVIRON + line, line)[0] is Kind.VARIABLE
    earlier = (
        f"{FROM_ENVIRON}KeyError: 'OTHER'\n\nTraceback (most recent call last):\n  File \"main.py\", line 3\n{line}"
    )
    assert causes.of_program(earlier, line)[0] is Kind.SERVICE


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        ("ERROR: No matching distribution found for flask==99", Kind.SERVICE),
        (
            "ERROR: Ignored the following versions that require a different python version: 1\n(from versions: none)",
            Kind.SERVICE,
        ),
        ("src/x.c:3:10: fatal error: longintrepr.h: No such file or directory", Kind.SERVICE),
        ("ERROR: Could not find a version that satisfies the requirement ours (from versions: none)", Kind.INDEX),
        ("WARNING: Retrying after connection broken by 'NewConnectionError(…)'", Kind.INDEX),
        ("Error: pg_config executable not found.", Kind.TOOLCHAIN),
        ("error: command 'gcc' failed: No such file or directory", Kind.TOOLCHAIN),
        ("src/x.c:3:10: fatal error: Python.h: No such file or directory", Kind.TOOLCHAIN),
    ],
)
def test_an_installation_that_could_not_be_tried_is_no_fault(log: str, kind: Kind) -> None:
    assert causes.of_installer(log)[0] is kind


def finding(message: str, status: Status = Status.OPEN, severity: Severity = Severity.ERROR) -> ReportedFinding:
    return ReportedFinding("a-rule", severity, FixClass.MANUAL, status, message, "", "requirements.txt", 2, 1, "")


GUNICORN = finding("gunicorn 20.1.0 does not start on Python 3.12: it imports pkg_resources")
FRAMES = (
    'Traceback (most recent call last):\n  File "/s/env/bin/gunicorn", line 5, in <module>\n'
    '  File "/s/env/lib/python3.12/site-packages/gunicorn/util.py", line 25, in <module>\n{}'
)


def predicted(finding: ReportedFinding, line: str, frames: str = "", as_is: bool = False) -> bool:
    return predict([finding], Failure(StageName.START, line, FRAMES.format(frames) + line), as_is) is not None


def test_a_finding_that_names_the_missing_module_predicted_it() -> None:
    assert predicted(GUNICORN, "ModuleNotFoundError: No module named 'pkg_resources'")


def test_a_package_that_only_stands_above_the_services_own_frames_is_not_accused() -> None:
    own = '  File "/s/app/main.py", line 3, in <module>\n'
    assert not predicted(GUNICORN, "ModuleNotFoundError: No module named 'shelves'", own)
    assert predicted(GUNICORN, "TypeError: no", "")


def test_a_warning_is_not_believed_for_a_package_in_a_traceback() -> None:
    warning = finding("gunicorn 20.1.0 has had its last release", severity=Severity.WARNING)
    assert not predicted(warning, "TypeError: no")


def test_what_the_plan_fixed_predicted_only_what_happens_without_the_plan() -> None:
    fixed = finding("gunicorn imports pkg_resources", Status.FIXED)
    line = "ModuleNotFoundError: No module named 'pkg_resources'"
    assert not predicted(fixed, line)
    assert predicted(fixed, line, as_is=True)


def test_ports_and_entrypoints_have_findings_of_their_own() -> None:
    port = finding("the server listens on 8080 and not on $PORT")
    proxy = finding("gunicorn leaves `forwarded_allow_ips` at 127.0.0.1")
    assert predict([proxy], Failure(StageName.START, "it listens elsewhere", about_port=True), False) is None
    assert (
        predict([GUNICORN, port], Failure(StageName.START, "it listens elsewhere", about_port=True), False) is not None
    )
    assert predict([GUNICORN], Failure(StageName.START, "it listens elsewhere", about_port=True), False) is None
    assert predict([GUNICORN], Failure(StageName.START, "nothing", nothing_to_start=True), False) is None


def test_a_word_in_a_path_is_no_module() -> None:
    assert not predicted(
        finding("shop.example/api/*: give it a domain of its own"), "ModuleNotFoundError: No module named 'api'"
    )


def test_values_are_replaced_by_names() -> None:
    hidden = Redaction({"URL": "postgres://bob:p%40ss@db/x", "SHORT": "abc", "KEY": "line-one\nline-two", "ONE": "1"})
    assert hidden("p@ss and p%40ss and line-two") == "<URL> and <URL> and <KEY>"
    assert hidden("invalid literal: 'abc', abc, line 1") == "invalid literal: '<SHORT>', abc, line 1"
    assert "line-one" not in hidden(repr("line-one\nline-two"))
    assert hidden("nothing of it") == "nothing of it"


@pytest.mark.parametrize(
    ("written", "passed"),
    [
        ("1.10", "1.1"),
        ("'1.10'", "1.10"),
        ("yes", "True"),
        ("off", "False"),
        ("017", "15"),
        ("0x1F", "31"),
        ("10:22", "622"),
        ("1e3", "1000.0"),
        ("1_000", "1000"),
        ("-3", "-3"),
        ("", "None"),
        ("~", "None"),
        (".inf", "inf"),
        ("hello", "hello"),
        ("089", "089"),
    ],
)
def test_values_as_the_platform_passes_them(written: str, passed: str) -> None:
    node = YamlFile(f"a: {written}\n").documents[0].get("a")
    assert node is not None
    assert as_passed(node) == passed


PIP_BUILD = """\
Collecting flask
Collecting gevent==20.9.0 (from -r requirements.txt (line 3))
  Getting requirements to build wheel: finished with status 'error'
  error: subprocess-exited-with-error
  × Getting requirements to build wheel did not run successfully.
  ╰─> [2 lines of output]
      Error compiling Cython file:
      Cython.Compiler.Errors.CompileError: src/gevent/libev/corecext.pyx
      [end of output]
error: subprocess-exited-with-error
"""


def test_a_build_that_fails_is_named_with_its_own_last_words() -> None:
    trouble = refused_installation(Step(False, 1.0, "error: subprocess-exited-with-error", PIP_BUILD))
    assert trouble.line == "gevent==20.9.0: Cython.Compiler.Errors.CompileError: src/gevent/libev/corecext.pyx"
    assert trouble.failure is not None
    assert predict([finding("gevent 20.9.0 cannot be installed on Python 3.12")], trouble.failure, False) is not None


def test_a_contradiction_is_told_with_what_each_side_wants() -> None:
    said = (
        "ERROR: Cannot install flask==2.0.2 and werkzeug==1.0.1 because these package versions have conflicting "
        "dependencies.\n\nThe conflict is caused by:\n    The user requested werkzeug==1.0.1\n"
        "    flask 2.0.2 depends on Werkzeug>=2.0\n\nERROR: ResolutionImpossible: for help visit …\n"
    )
    line = refused_installation(Step(False, 1.0, "ERROR: ResolutionImpossible: for help visit …", said)).line
    assert line.endswith("dependencies: The user requested werkzeug==1.0.1; flask 2.0.2 depends on Werkzeug>=2.0")
