"""queue.yaml as a script of Cloud Tasks queues."""

from __future__ import annotations

import pytest

from flexmigrate.testing import findings
from tests.cloud_run.cases import app, planned, written


def script(queue: str) -> str:
    return written({**app(""), "queue.yaml": queue})["cloud-tasks.sh"]


RATES = [
    ("5/s", "--max-dispatches-per-second=5"),
    ("20/m", "--max-dispatches-per-second=0.333333"),
    ("36/h", "--max-dispatches-per-second=0.01"),
    ("900/s", "--max-dispatches-per-second=500"),
    ("0", "gcloud tasks queues pause q"),
    ("0/s", "gcloud tasks queues pause q"),
    ("fast", "rate: fast cannot be read"),
]


@pytest.mark.parametrize(("rate", "part"), RATES)
def test_rates(rate: str, part: str) -> None:
    assert part in script(f"queue:\n- name: q\n  rate: {rate}\n")


def test_retries_count_the_first_attempt() -> None:
    assert "--max-attempts=8" in script("queue:\n- name: q\n  retry_parameters:\n    task_retry_limit: 7\n")


def test_a_pull_queue_is_told() -> None:
    files = {**app(""), "queue.yaml": "queue:\n- name: q\n  mode: pull\n"}
    assert "# gcloud pubsub topics create q" in written(files)["cloud-tasks.sh"]
    assert any("pull queue q" in one.message for one in findings(planned(files)))
