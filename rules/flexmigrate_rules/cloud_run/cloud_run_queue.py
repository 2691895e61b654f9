"""Write the queues of `queue.yaml` as Cloud Tasks queues.

The limits of a queue move over one by one; what its tasks call does not: a task for App Engine names a path, a task for
Cloud Run needs the whole address and an account for its token, which is a change in the program that creates it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from flexmigrate.documents.yaml import Node
from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.cloud_run import _companions as companions
from flexmigrate_rules.cloud_run import _examples
from flexmigrate_rules.cloud_run._companions import Companion, comment, quoted, seconds, text
from flexmigrate_rules.cloud_run._emit import Draft, propose
from flexmigrate_rules.cloud_run._service.config import Config

SCRIPT = "cloud-tasks.sh"
_PER = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RATE = re.compile(r"([0-9]+(?:\.[0-9]*)?)/([smhd])")
_MOST_PER_SECOND = 500


def check(service: Service, context: Context) -> Iterator[Finding]:
    for companion in companions.companions(service, "queue"):
        path = companions.script_path(companion, SCRIPT)
        count = len(companion.entries)
        says = f"{path}: the {count} queue{'s' if count != 1 else ''} of {companion.path} for Cloud Tasks"
        draft = Draft(path, script(service, context, companion), says, executable=True)
        yield from filter(None, (propose(service, context, draft),))
        for entry in companion.entries:
            if text(entry, "mode") == "pull":
                message = f"the pull queue {text(entry, 'name')} has no counterpart in Cloud Tasks"
                yield Finding(message, companion.path, entry.start, hint="use a Pub/Sub topic with a pull subscription")


def script(service: Service, context: Context, companion: Companion) -> str:
    """The whole script."""
    config = Config(service, context)
    file = posixpath.basename(companion.path)
    lines = companions.head(config, f"Cloud Tasks queues in place of {file}.")
    lines += [
        "",
        'gcloud services enable cloudtasks.googleapis.com --project="$PROJECT_ID"',
        "",
        *comment(
            "A task names its address itself. The program that creates tasks has to change: http_request with the "
            "whole URL of the Cloud Run service and an oidc_token in place of app_engine_http_request with its "
            "relative_uri; and the handler finds X-CloudTasks-QueueName where X-AppEngine-QueueName was. Its account "
            "needs roles/cloudtasks.enqueuer and roles/iam.serviceAccountUser on the account of the token, which needs "
            "roles/run.invoker on the service."
        ),
        *comment(
            f"Do not deploy {file} any more after this: that deletes or pauses queues it does not name. (unverified)"
        ),
        "queue() {",
        '  if gcloud tasks queues describe "$1" --project="$PROJECT_ID" --location="$REGION" >/dev/null 2>&1',
        "  then verb=update; else verb=create; fi",
        '  gcloud tasks queues "$verb" "$@" --project="$PROJECT_ID" --location="$REGION"',
        "}",
    ]
    for entry in companion.entries:
        lines += ["", *_queue(companion, entry)]
    storage = text(companion.file.documents[0], "total_storage_limit")
    if storage:
        lines += ["", *comment(f"total_storage_limit: {storage} has no counterpart; Cloud Tasks has quotas instead.")]
    return "\n".join(lines) + "\n"


def _queue(companion: Companion, entry: Node) -> list[str]:
    name = text(entry, "name")
    lines = comment(f"{companion.path.rpartition('/')[2]}:{companion.line(entry)}  {name}")
    if text(entry, "mode") == "pull":
        topic = f'gcloud pubsub topics create {quoted(name)} --project="$PROJECT_ID"'
        return [*lines, *comment("A pull queue becomes a Pub/Sub topic with a pull subscription:"), f"# {topic}"]
    words = [f"queue {quoted(name)}"]
    paused = _rate(entry, words, lines)
    if text(entry, "bucket_size"):
        lines += comment(
            f"bucket_size: {text(entry, 'bucket_size')}: Cloud Tasks derives the burst from the rate itself."
        )
    if text(entry, "max_concurrent_requests"):
        words.append(f"--max-concurrent-dispatches={quoted(text(entry, 'max_concurrent_requests'))}")
    if text(entry, "target"):
        lines += comment(f"target: {text(entry, 'target')}: goes into the URL of each task.")
    _retry(entry.get("retry_parameters"), words)
    lines.append(companions.command(words))
    if paused:
        lines.append(f'gcloud tasks queues pause {quoted(name)} --project="$PROJECT_ID" --location="$REGION"')
    return lines


def _rate(entry: Node, words: list[str], lines: list[str]) -> bool:
    """Tasks per second; a rate of 0 is a paused queue."""
    rate = text(entry, "rate")
    if rate in ("0", "0.0") or re.match(r"0+(?:\.0*)?/", rate):
        lines += comment("rate: 0 is a paused queue.")
        return True
    found = _RATE.fullmatch(rate)
    if rate and found is None:
        lines += comment(f"rate: {rate} cannot be read.")
    if found is not None:
        per_second = float(found[1]) / _PER[found[2]]
        if per_second > _MOST_PER_SECOND:
            lines += comment(f"rate: {rate} is above the {_MOST_PER_SECOND} a second of Cloud Tasks.")
        words.append(f"--max-dispatches-per-second={min(per_second, _MOST_PER_SECOND):.6g}")
    return False


def _retry(retry: Node | None, words: list[str]) -> None:
    if retry is None:
        return
    limit = text(retry, "task_retry_limit")
    if limit.isdigit():
        # The first attempt is no retry, but it counts as an attempt.
        words.append(f"--max-attempts={int(limit) + 1}")
    for key, flag in (
        ("task_age_limit", "--max-retry-duration"),
        ("min_backoff_seconds", "--min-backoff"),
        ("max_backoff_seconds", "--max-backoff"),
    ):
        if text(retry, key):
            words.append(f"{flag}={quoted(seconds(text(retry, key)))}")
    if text(retry, "max_doublings"):
        words.append(f"--max-doublings={quoted(text(retry, 'max_doublings'))}")


RULE = Rule(
    check=check,
    summary="queue.yaml becomes Cloud Tasks queues",
    severity=Severity.WARNING,
    fix=FixClass.SAFE,
    source="https://docs.cloud.google.com/tasks/docs/creating-http-target-tasks",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before={
            "app.yaml": "runtime: python\nenv: flex\nentrypoint: python main.py\n",
            "queue.yaml": "queue:\n- name: mail\n  rate: 20/m\n",
        },
        after=_examples.QUEUE,
        says="cloud-tasks.sh: the 1 queue of queue.yaml",
        platform=Platform.CLOUD_RUN,
    ),
)
