"""Only what counts on the end of an instance is told."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform
from flexmigrate.testing import check_quiet, check_reported
from tests.rules.source_files import CONFIG, HEAD, service

RULE = "shutdown-signal"
RUN = Platform.CLOUD_RUN
HANDLER = "import signal\nsignal.signal(signal.SIGTERM, stop)\n"
QUIET = {
    "other signals": service("import signal\nsignal.signal(signal.SIGINT, stop)\n"),
    "a text": service("x = 'SIGTERM'\n# atexit\n"),
    "a short time": {**service(), "app.yaml": CONFIG.replace("-b", "--graceful-timeout 8 -b")},
    "a short time in the settings": {**service(), "gunicorn.conf.py": "graceful_timeout = 5\n"},
    "tests": service("", tests__test_a=HANDLER),
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, platform=RUN)


def test_quiet_on_flex() -> None:
    check_quiet(RULE, service(HANDLER))


@pytest.mark.parametrize(
    ("files", "path"),
    [
        (service(HANDLER), "main.py"),
        (service("import atexit\n@atexit.register\ndef bye(): pass\n"), "main.py"),
        (service("from signal import SIGTERM, signal\nsignal(SIGTERM, stop)\n"), "main.py"),
        ({**service(), "app.yaml": HEAD + "entrypoint: gunicorn --graceful-timeout=60 main:app\n"}, "app.yaml"),
        ({**service(), "gunicorn.conf.py": "graceful_timeout = 120\n"}, "gunicorn.conf.py"),
    ],
)
def test_loud(files: dict[str, str | bytes], path: str) -> None:
    (found,) = check_reported(RULE, files, "10", platform=RUN)
    assert found.path == path
