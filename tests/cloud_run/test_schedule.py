"""App Engine's schedules in crontab's words; and, where gcloud is installed, against its own parser and clock."""

from __future__ import annotations

import datetime
import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flexmigrate_rules.cloud_run._schedule import ScheduleError, translate

EXACT = {
    "every day 00:00": ("0 0 * * *",),
    "every day 9:05": ("5 9 * * *",),
    "every monday 09:00": ("0 9 * * 1",),
    "every mon,wed,fri 07:30": ("30 7 * * 1,3,5",),
    "every mon, tue ,wed,thursday,friday 07:30": ("30 7 * * 1-5",),
    "every sunday of jan,jul 23:59": ("59 23 * 1,7 0",),
    "every day of month 01:00": ("0 1 * * *",),
    "every day of quarter 01:00": ("0 1 * */3 *",),
    "1,15 of month 12:00": ("0 12 1,15 * *",),
    "1 of jan,april,july,oct 00:00": ("0 0 1 */3 *",),
    "1 of quarter 08:00": ("0 8 1 */3 *",),
    "1 of second month of quarter 08:00": ("0 8 1 2-11/3 *",),
    "1st day of month 00:00": ("0 0 1 * *",),
    "second day of month 00:00": ("0 0 2 * *",),
    "5th day of month 00:00": ("0 0 5 * *",),
    "every 5 minutes synchronized": ("*/5 * * * *",),
    "every 2 hours synchronized": ("0 */2 * * *",),
    "every 24 hours synchronized": ("0 0 * * *",),
    "every 90 minutes synchronized": ("0 */3 * * *", "30 1-22/3 * * *"),
    "every 5 minutes from 10:00 to 14:00": ("*/5 10-13 * * *", "0 14 * * *"),
    "every 30 minutes from 09:15 to 11:45": ("15,45 9-11 * * *",),
    "every 1 hours from 22:00 to 02:00": ("0 0-2,22,23 * * *",),
    "every 2 hours from 10:00 to 14:00": ("0 10,12,14 * * *",),
    "every 30 mins from 08:00 to 08:00": ("0 8 * * *",),
    "EVERY   DAY  10:00": ("0 10 * * *",),
}
CLOCK = {
    "every 1 minutes": ("* * * * *",),
    "every 5 minutes": ("*/5 * * * *",),
    "every 60 minutes": ("0 * * * *",),
    "every 1 hours": ("0 * * * *",),
    "every 12 hours": ("0 0,12 * * *",),
    "every 24 hours": ("0 0 * * *",),
}
IMPOSSIBLE = {
    "1st,third tuesday of month 17:00": "0 17 1-7,15-21 * *",
    "2nd monday of sep,oct,nov 17:00": "0 17 8-14 9-11 *",
    "first monday of quarter 09:00": "0 9 1-7 */3 *",
    "every 7 minutes": "*/7 * * * *",
    "every 45 minutes": "*/45 * * * *",
    "every 5 hours": "0 */5 * * *",
    "every 48 hours": "0 0 * * *",
    "every 90 minutes": "0 */2 * * *",
    "every 7 minutes from 00:00 to 23:59": "*/7 */7 * * *",
}
REFUSED = {
    "": "empty",
    "every": "no time of day",
    "every 0 minutes": "at least 1",
    "every 5 days": "neither `minutes` nor `hours`",
    "every 7 minutes synchronized": "divides 24 hours",
    "every 5 minutes from 10:00": "not understood",
    "every day": "no time of day",
    "every day 24:00": "no time of day",
    "every 5 minutes at noon": "not understood",
    "every someday 10:00": "no weekday",
    "32 of month 10:00": "1 to 31",
    "0 of month 10:00": "1 to 31",
    "1 10:00": "of month",
    "1 of smarch 10:00": "no month",
    "1,, 2 of month 10:00": "commas",
    "of month 10:00": "no day",
    "fourth month of quarter 10:00": "no weekday",
    "*/5 * * * *": "not understood",
    "1 of 5th month of quarter 10:00": "three months",
}


@pytest.mark.parametrize(("schedule", "lines"), EXACT.items())
def test_says_the_same_in_crontab(schedule: str, lines: tuple[str, ...]) -> None:
    found = translate(schedule)
    assert (found.lines, found.caveat) == (lines, "")


@pytest.mark.parametrize(("schedule", "lines"), CLOCK.items())
def test_an_interval_keeps_to_the_clock_and_says_so(schedule: str, lines: tuple[str, ...]) -> None:
    found = translate(schedule)
    assert found.lines == lines
    assert "from the end of the run before" in found.caveat


@pytest.mark.parametrize(("schedule", "nearest"), IMPOSSIBLE.items())
def test_tells_what_crontab_cannot_say(schedule: str, nearest: str) -> None:
    found = translate(schedule)
    assert (found.lines, found.nearest) == ((), nearest)
    assert "crontab" in found.caveat
    assert found.written == schedule


@pytest.mark.parametrize(("schedule", "problem"), REFUSED.items())
def test_refuses_what_is_no_schedule(schedule: str, problem: str) -> None:
    with pytest.raises(ScheduleError, match=problem):
        translate(schedule)


def test_every_range_of_the_day_is_covered_exactly() -> None:
    for step, start, end in itertools.product((5, 10, 15, 20, 30, 60, 120), (0, 135, 600), (0, 610, 725, 1439)):
        found = translate(f"every {step} minutes from {_clock(start)} to {_clock(end)}")
        last = end if end >= start else end + 1440
        wanted = {minute % 1440 for minute in range(start, last + 1, step)}
        if found.lines:
            assert {minute for line in found.lines for minute in _times(line)} == wanted


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _field(text: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        found |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return found


def _times(line: str) -> set[int]:
    minutes, hours = line.split()[:2]
    return {hour * 60 + minute for hour in _field(hours, 0, 23) for minute in _field(minutes, 0, 59)}


def _runs(line: str, moment: datetime.datetime) -> bool:
    minutes, hours, days, months, weekdays = line.split()
    return (
        moment.minute in _field(minutes, 0, 59)
        and moment.hour in _field(hours, 0, 23)
        and moment.day in _field(days, 1, 31)
        and moment.month in _field(months, 1, 12)
        and (moment.weekday() + 1) % 7 in _field(weekdays, 0, 6)
    )


_ORACLE = """
import datetime, json, sys
sys.path[:0] = sys.argv[1:3]
from googlecloudsdk.appengine.googlecron import groc, groctimespecification
answers = {}
for schedule in json.load(sys.stdin):
    try:
        found = groctimespecification.GrocTimeSpecification(schedule)
        start = datetime.datetime(2027, 1, 1, 0, 0) - datetime.timedelta(minutes=1)
        answers[schedule] = [str(one) for one in found.GetMatches(start, 60)]
    except (groc.GrocException, ValueError) as error:
        answers[schedule] = None
json.dump(answers, sys.stdout)
"""


@pytest.mark.gcloud
@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_agrees_with_gclouds_own_schedules() -> None:
    library = Path(shutil.which("gcloud") or "").resolve().parents[1] / "lib"
    asked = [*EXACT, *CLOCK, *IMPOSSIBLE, *REFUSED]
    asked = [schedule.lower() for schedule in asked if schedule]
    command = [sys.executable, "-W", "ignore", "-c", _ORACLE, str(library), str(library / "third_party")]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    answers = json.loads(done.stdout)
    for schedule, lines in EXACT.items():
        matches = answers[schedule.lower()]
        if matches is None:
            raise AssertionError(f"gcloud refuses {schedule}")
        moments = [datetime.datetime.fromisoformat(one) for one in matches]
        assert all(any(_runs(line, moment) for line in lines) for moment in moments), schedule
        # Between the first and the last run there is no other.
        minute = moments[0]
        extra = 0
        while minute < min(moments[-1], moments[0] + datetime.timedelta(days=70)):
            extra += any(_runs(line, minute) for line in lines) and minute not in moments
            minute += datetime.timedelta(minutes=1)
        assert extra == 0, schedule
    assert all(answers[schedule] is not None for schedule in [*CLOCK, *IMPOSSIBLE])
    assert [schedule for schedule in REFUSED if schedule and answers[schedule] is not None] == []
