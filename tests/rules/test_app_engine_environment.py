"""Variables of App Engine are told where they are read, and asked for behind Cloud Run's."""

from __future__ import annotations

import pytest

from flexmigrate.model import Platform, Severity
from flexmigrate.testing import check_quiet, check_rewritten
from tests.rules.source_files import CONFIG, said, service

RULE = "app-engine-environment"
RUN = Platform.CLOUD_RUN
QUIET = {
    "other variables": service("import os\nos.environ['PORT']\nos.getenv('DEBUG')\n"),
    "a text": service("import os\nx = 'GAE_SERVICE'\n# os.environ['GAE_SERVICE']\n"),
    "written": service("import os\nos.environ['GAE_SERVICE'] = 'x'\n"),
    "another dictionary": service("settings = {}\nsettings['GAE_VERSION']\n"),
    "prepared": service("import os\nx = os.environ.get('K_SERVICE') or os.environ.get('GAE_SERVICE')\n"),
    "given": {
        **service("import os\nos.environ['GAE_VERSION']\n"),
        "app.yaml": CONFIG + "env_variables:\n  GAE_VERSION: x\n",
    },
    "tests": service("", tests__test_a="import os\nos.environ['GAE_SERVICE']\n"),
    "no Python": service("import os\nos.environ['GAE_SERVICE'\n"),
}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_quiet(files: dict[str, str | bytes]) -> None:
    check_quiet(RULE, files, platform=RUN)


def test_quiet_on_flex() -> None:
    check_quiet(RULE, service("import os\nos.environ['GAE_SERVICE']\n"))


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("import os\nx = os.environ['GAE_INSTANCE']\n", Severity.WARNING),
        ("from os import environ\nx = environ.get('GAE_MEMORY_MB', 512)\n", Severity.INFO),
        ("import os\nx = os.getenv('GOOGLE_CLOUD_PROJECT')\n", Severity.INFO),
        ("import os\nlive = 'GAE_ENV' in os.environ\n", Severity.WARNING),
        ("from decouple import config\nx = config('GAE_INSTANCE', default='')\n", Severity.WARNING),
        ("import environ\nenv = environ.Env()\nx = env.str('GAE_INSTANCE')\n", Severity.WARNING),
        ("import environ\nenv = environ.Env()\nx = env('GAE_INSTANCE')\n", Severity.WARNING),
        ("import os\nx = f\"{os.environ['GAE_INSTANCE']}\"\n", Severity.WARNING),
    ],
)
def test_told(text: str, severity: Severity) -> None:
    (found,) = said(RULE, service(text), platform=RUN)
    assert found.severity is severity
    assert found.hint


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import os\nx = os.environ['GAE_SERVICE']  # who\n",
            "import os\nx = (os.environ.get(\"K_SERVICE\") or os.environ['GAE_SERVICE'])  # who\n",
        ),
        (
            "from os import environ as e\nx = f(e.get('GAE_VERSION', ''), 1)\n",
            "from os import environ as e\nx = f((e.get(\"K_REVISION\") or e.get('GAE_VERSION', '')), 1)\n",
        ),
    ],
)
def test_cloud_run_is_asked_first(before: str, after: str) -> None:
    check_rewritten(RULE, service(before), {"main.py": after}, platform=RUN)


def test_it_stays_as_it_is_without_unsafe_fixes() -> None:
    (found,) = said(RULE, service("import os\nx = os.environ['GAE_SERVICE']\n"), platform=RUN, unsafe=False)
    assert found.severity is Severity.INFO
    assert "service.yaml" in found.hint
