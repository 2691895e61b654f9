"""Write the jobs of `cron.yaml` as Cloud Scheduler jobs.

App Engine's cron calls services of the same application only, and proves itself by a header that anybody can send to
Cloud Run. Cloud Scheduler calls any address and proves itself by a signed token. Each schedule is translated to crontab
where crontab can say it; where it cannot, App Engine's own words are kept, which Cloud Scheduler's API takes too, and
the difference is told.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from flexmigrate.documents.yaml import Node
from flexmigrate.model import Finding, FixClass, Platform, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.cloud_run import _companions as companions
from flexmigrate_rules.cloud_run import _examples
from flexmigrate_rules.cloud_run._companions import Companion, comment, quoted, seconds, text
from flexmigrate_rules.cloud_run._emit import Draft, propose
from flexmigrate_rules.cloud_run._schedule import ScheduleError, translate
from flexmigrate_rules.cloud_run._service.config import Config

SCRIPT = "cloud-scheduler.sh"
_RETRY = {
    "job_retry_limit": "--max-retry-attempts",
    "job_age_limit": "--max-retry-duration",
    "min_backoff_seconds": "--min-backoff",
    "max_backoff_seconds": "--max-backoff",
    "max_doublings": "--max-doublings",
}
_COUNTS = ("job_retry_limit", "max_doublings")


def check(service: Service, context: Context) -> Iterator[Finding]:
    for companion in companions.companions(service, "cron"):
        path = companions.script_path(companion, SCRIPT)
        says = f"{path}: the {len(companion.entries)} jobs of {companion.path} for Cloud Scheduler"
        draft = Draft(path, script(service, context, companion), says, executable=True)
        yield from filter(None, (propose(service, context, draft),))
        for entry in companion.entries:
            yield from _gap(companion, entry)


def _gap(companion: Companion, entry: Node) -> Iterator[Finding]:
    """A schedule that crontab cannot say, or that is none."""
    schedule = text(entry, "schedule")
    node = entry.get("schedule") or entry
    try:
        found = translate(schedule)
    except ScheduleError as error:
        message = f"the schedule `{schedule}` cannot be read: {error}"
        yield Finding(message, companion.path, node.start, hint="write the job by hand", severity=Severity.ERROR)
        return
    if not found.lines:
        message = f"`{schedule}` cannot be said as crontab: {found.caveat}"
        hint = f"the script keeps App Engine's own words; the nearest crontab line is `{found.nearest}`"
        yield Finding(message, companion.path, node.start, hint=hint, severity=Severity.WARNING)


def script(service: Service, context: Context, companion: Companion) -> str:
    """The whole script."""
    config = Config(service, context)
    names = companions.run_names(service, context)
    file = posixpath.basename(companion.path)
    lines = companions.head(config, f"Cloud Scheduler jobs in place of {file}.")
    lines += [
        "",
        *comment(
            "The jobs call Cloud Run as this account, with a signed token. A service that everybody may call has to "
            "check that token itself: the header X-Appengine-Cron is gone, and anybody can send it."
        ),
        'INVOKER="cron-invoker@${PROJECT_ID}.iam.gserviceaccount.com"',
        'gcloud services enable cloudscheduler.googleapis.com --project="$PROJECT_ID"',
        'gcloud iam service-accounts describe "$INVOKER" --project="$PROJECT_ID" >/dev/null 2>&1 ||',
        '  gcloud iam service-accounts create cron-invoker --project="$PROJECT_ID"',
    ]
    targets = list(dict.fromkeys(_target(entry) for entry in companion.entries))
    for target in targets:
        lines += ["", *_service_lines(target, names)]
    seen: set[str] = set()
    for entry in companion.entries:
        lines += ["", *_job(companion, entry, seen)]
    lines += [
        "",
        *comment(f"When all of them run: empty {file} and deploy it, so that App Engine stops calling as well:"),
    ]
    lines += [f"#   gcloud app deploy {file}"]
    return "\n".join(lines) + "\n"


def _target(entry: Node) -> str:
    """The App Engine service that is called: `service`, or `version.service` as old files have it."""
    return text(entry, "target").rpartition(":")[2].rpartition(".")[2] or "default"


def _variable(target: str) -> str:
    return "URL_" + companions.identifier(target).replace("-", "_").upper()


def _service_lines(target: str, names: dict[str, str]) -> list[str]:
    name = names.get(target, target)
    lines = [] if target in names else comment(f"No service called {target} was found here; check its Cloud Run name.")
    binding = (
        f"gcloud run services add-iam-policy-binding {quoted(name)}",
        '--project="$PROJECT_ID" --region="$REGION"',
        '--member="serviceAccount:${INVOKER}" --role=roles/run.invoker',
    )
    return [
        *lines,
        f'{_variable(target)}="$(gcloud run services describe {quoted(name)} \\',
        '  --project="$PROJECT_ID" --region="$REGION" --format=\'value(status.url)\')"',
        companions.command(binding),
    ]


def _job(companion: Companion, entry: Node, seen: set[str]) -> list[str]:
    url, schedule = text(entry, "url") or "/", text(entry, "schedule")
    described = text(entry, "description")
    lines = comment(f"{companion.path.rpartition('/')[2]}:{companion.line(entry)}  {schedule}  {url}")
    try:
        found = translate(schedule)
    except ScheduleError as error:
        return [*lines, *comment(f"This schedule cannot be read ({error}); write the job by hand.")]
    lines += comment(f"{found.caveat}.".capitalize()) if found.caveat else []
    if not found.lines:
        lines += comment(f"So App Engine's own words are kept. The nearest crontab line: {found.nearest}")
    if not text(entry, "target"):
        lines += comment("No target is written: the default service, unless dispatch.yaml sends the path elsewhere.")
    for number, schedule_line in enumerate(found.lines or (found.written,), 1):
        name = _name(described or url, seen, number if len(found.lines) > 1 else 0)
        lines.append(companions.command(_create(entry, name, schedule_line, url, described)))
    return lines


def _name(words: str, seen: set[str], number: int) -> str:
    base = companions.identifier(words)[:80].strip("-") or "job"
    name = base if not number else f"{base}-{number}"
    while name in seen:
        name += "-again"
    seen.add(name)
    return name


def _create(entry: Node, name: str, schedule: str, url: str, described: str) -> list[str]:
    variable = _variable(_target(entry))
    address = (
        "${" + variable + "}" + url.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    )
    words = [
        f"gcloud scheduler jobs create http {name}",
        '--project="$PROJECT_ID" --location="$REGION"',
        f"--schedule={quoted(schedule)} --time-zone={quoted(text(entry, 'timezone') or 'UTC')}",
        f'--uri="{address}" --http-method=GET',
        f'--oidc-service-account-email="$INVOKER" --oidc-token-audience="${variable}"',
        "--attempt-deadline=1800s",
    ]
    words += [f"--description={quoted(described)}"] if described else []
    retry = entry.get("retry_parameters")
    for key, flag in _RETRY.items() if retry is not None else ():
        value = retry.text(key) if retry is not None else None
        if value is not None:
            words.append(f"{flag}={quoted(value if key in _COUNTS else seconds(value))}")
    return words


_CRON = "cron:\n- description: daily report\n  url: /report\n  schedule: every day 09:00\n  timezone: Europe/Paris\n"
RULE = Rule(
    check=check,
    summary="cron.yaml becomes Cloud Scheduler jobs",
    severity=Severity.WARNING,
    fix=FixClass.SAFE,
    source="https://docs.cloud.google.com/scheduler/docs/configuring/cron-job-schedules",
    platforms=frozenset({Platform.CLOUD_RUN}),
    example=Example(
        before={"app.yaml": "runtime: python\nenv: flex\nentrypoint: python main.py\n", "cron.yaml": _CRON},
        after=_examples.CRON,
        says="cloud-scheduler.sh: the 1 jobs of cron.yaml",
        platform=Platform.CLOUD_RUN,
    ),
)
