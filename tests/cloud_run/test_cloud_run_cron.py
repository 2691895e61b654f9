"""cron.yaml as a script of Cloud Scheduler jobs."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from flexmigrate.model import Severity
from flexmigrate.testing import findings
from flexmigrate_rules.cloud_run._companions import seconds
from tests.cloud_run.cases import CASES, GIVEN, app, before, planned, written


def script(cron: str, **files: str) -> str:
    return written({**app(""), "cron.yaml": cron, **files}, GIVEN)["cloud-scheduler.sh"]


def test_a_job_with_everything() -> None:
    text = script(
        "cron:\n- description: it's late\n  url: /a?b=$c\n  schedule: every day 23:30\n  timezone: Asia/Tokyo\n"
        "  retry_parameters:\n    job_retry_limit: 3\n    job_age_limit: 2d\n    min_backoff_seconds: 2.5\n"
        "    max_backoff_seconds: 3600\n    max_doublings: 5\n"
    )
    assert "gcloud scheduler jobs create http it-s-late \\" in text
    assert "--schedule='30 23 * * *' --time-zone=Asia/Tokyo" in text
    assert '--uri="${URL_DEFAULT}/a?b=\\$c" --http-method=GET' in text
    assert "--description='it'\"'\"'s late'" in text
    for flag in ("attempts=3", "duration=172800s", "backoff=2.5s", "backoff=3600s", "doublings=5"):
        assert flag in text


def test_two_lines_are_two_jobs_and_names_do_not_clash() -> None:
    text = script("cron:\n" + "- url: /a\n  schedule: every 5 minutes from 10:00 to 14:00\n" * 2)
    assert text.count("jobs create http a-1 ") == text.count("jobs create http a-2 ") == 1
    assert text.count("jobs create http a-1-again ") == 1


def test_a_target_is_looked_up() -> None:
    text = script(
        "cron:\n- url: /a\n  schedule: every 1 hours\n  target: v2.api\n"
        "- url: /b\n  schedule: every 1 hours\n  target: x\n",
        **{"api/app.yaml": app("service: api\n")["app.yaml"]},
    )
    assert 'URL_API="$(gcloud run services describe api' in text
    assert "No service called x was found here" in text


def test_what_crontab_cannot_say_is_told_and_kept() -> None:
    files = {**app(""), "cron.yaml": "cron:\n- url: /a\n  schedule: 2nd monday of sep,oct,nov 17:00\n"}
    assert "--schedule='2nd monday of sep,oct,nov 17:00'" in written(files)["cloud-scheduler.sh"]
    found = [one for one in findings(planned(files)) if one.rule == "cloud-run-cron" and one.path == "cron.yaml"]
    assert [(one.severity, one.line) for one in found] == [(Severity.WARNING, 3)]


def test_what_is_no_schedule_is_an_error_and_no_job() -> None:
    files = {**app(""), "cron.yaml": "cron:\n- url: /a\n  schedule: whenever\n"}
    assert "jobs create" not in written(files)["cloud-scheduler.sh"]
    assert any(one.severity is Severity.ERROR and "whenever" in one.message for one in findings(planned(files)))


@pytest.mark.parametrize("cron", ["kind: CronJob\n", "cron: 5\n", "cron:\n", ": [", "- a\n"])
def test_another_cron_yaml_is_none_of_ours(cron: str) -> None:
    assert "cloud-scheduler.sh" not in written({**app(""), "cron.yaml": cron})


def test_one_script_however_many_services() -> None:
    files = {
        **app(""),
        "api/app.yaml": app("")["app.yaml"],
        "cron.yaml": "cron:\n- url: /a\n  schedule: every 1 hours\n",
    }
    assert sum(path.endswith("cloud-scheduler.sh") for path in written(files)) == 1


SECONDS = {"90": "90s", "2d": "172800s", "1.5h": "5400s", "10m": "600s", "45s": "45s", "soon": "soon"}


@pytest.mark.parametrize(("value", "duration"), SECONDS.items())
def test_durations(value: str, duration: str) -> None:
    assert seconds(value) == duration


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell here")
@pytest.mark.parametrize("case", ["flask", "worker", "two_services"])
def test_the_scripts_are_shell(case: str) -> None:
    for path, text in written(before(case), CASES[case]).items():
        if path.endswith(".sh"):
            done = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr
