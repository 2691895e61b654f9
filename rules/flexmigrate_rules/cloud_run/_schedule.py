"""App Engine's schedules (`every 5 minutes from 10:00 to 14:00`, `1st,third tuesday of month 17:00`) as crontab lines.

The grammar is that of gcloud's parser (Google Cloud SDK 528.0.0 lib/googlecloudsdk/appengine/googlecron). Cloud
Scheduler takes crontab lines and, by its API's description, App Engine's own words too, which is what is left where no
crontab line says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# More crontab lines than this for one job help nobody.
MOST_LINES = 4
DAY = 24 * 60
_ORDINALS = {
    "1st": 1,
    "first": 1,
    "2nd": 2,
    "second": 2,
    "3rd": 3,
    "third": 3,
    "4th": 4,
    "fourth": 4,
    "5th": 5,
    "fifth": 5,
}
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november")
_WEEKDAY = {name: number for number, day in enumerate(_DAYS) for name in (day, day[:3])}
_MONTH = {name: number for number, month in enumerate((*_MONTHS, "december"), 1) for name in (month, month[:3])}
_UNITS = {"minutes": 1, "mins": 1, "minute": 1, "min": 1, "hours": 60, "hour": 60}
_TOKEN = re.compile(r"\s*(\d{1,2}:\d{2}|\d+(?:st|nd|rd|th)|\d+|[a-z]+|,)\s*")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class ScheduleError(ValueError):
    """The text is no schedule; the message says why."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A schedule as crontab lines that together run when it does; none where crontab cannot say it.

    `nearest` then is the crontab line that comes closest, and `caveat` says what differs (also beside lines).
    """

    written: str
    lines: tuple[str, ...]
    caveat: str = ""
    nearest: str = ""


def translate(schedule: str) -> Translation:
    """The schedule in crontab's words; ScheduleError for what gcloud's parser refuses."""
    written = " ".join(schedule.split())
    words = _words(written.lower())
    if len(words) > 1 and words[0] == "every" and words[1].isdigit() and not _is_monthday(words):
        return _interval(written, words)
    return _specific(written, words)


def _words(text: str) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise ScheduleError(f"`{text[place:].split()[0]}` is not understood")
        found.append(token[1])
        place = token.end()
    if not found:
        raise ScheduleError("it is empty")
    return found


def _is_monthday(words: Sequence[str]) -> bool:
    return len(words) > 2 and words[2] in ("of", ",")


def _interval(written: str, words: Sequence[str]) -> Translation:
    unit = _UNITS.get(words[2]) if len(words) > 2 else None
    if unit is None:
        raise ScheduleError("the number is followed by neither `minutes` nor `hours`")
    step, rest = int(words[1]) * unit, list(words[3:])
    if step < 1:
        raise ScheduleError("the interval must be at least 1")
    if rest == ["synchronized"]:
        if step > DAY or DAY % step:
            raise ScheduleError("`synchronized` needs an interval that divides 24 hours")
        return _daily(written, range(0, DAY, step))
    if len(rest) == 4 and rest[0] == "from" and rest[2] == "to":
        start, end = _minutes(rest[1]), _minutes(rest[3])
        if end < start:
            end += DAY
        return _daily(written, (minute % DAY for minute in range(start, end + 1, step)))
    if rest:
        raise ScheduleError(f"`{' '.join(rest)}` is not understood")
    return _free(written, step)


def _minutes(text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ScheduleError(f"`{text}` is no time of day")
    return int(found[1]) * 60 + int(found[2])


def _free(written: str, step: int) -> Translation:
    """An interval without a clock: App Engine counts from the end of one run to the begin of the next."""
    clock = "App Engine counts from the end of the run before; crontab keeps to the clock"
    if DAY % step == 0 and (60 % step == 0 or step % 60 == 0):
        return Translation(written, _daily(written, range(0, DAY, step)).lines, clock)
    hours = round(step / 60)
    near = f"0 */{hours} * * *" if 1 < hours < 24 else "0 0 * * *" if step >= DAY else f"*/{min(step, 59)} * * * *"
    return Translation(
        written, (), f"crontab has no interval that does not divide {'a day' if step > 60 else 'an hour'}", near
    )


def _daily(written: str, times: Iterable[int]) -> Translation:
    """The same minutes of every day, hours with the same minutes in one line."""
    hours: dict[int, list[int]] = {}
    for time in sorted(set(times)):
        hours.setdefault(time // 60, []).append(time % 60)
    groups: dict[tuple[int, ...], list[int]] = {}
    for hour, minutes in hours.items():
        groups.setdefault(tuple(minutes), []).append(hour)
    lines = tuple(f"{_list(minutes, 0, 59)} {_list(found, 0, 23)} * * *" for minutes, found in groups.items())
    if len(lines) > MOST_LINES:
        return Translation(written, (), f"crontab would need {len(lines)} lines for these times", lines[0])
    return Translation(written, lines)


def _specific(written: str, words: Sequence[str]) -> Translation:
    *words, time = words
    minute = _minutes(time)
    at = f"{minute % 60} {minute // 60}"
    head, months = _split_months(words)
    if not head:
        raise ScheduleError("no day is named")
    if head[0].isdigit():
        days = _numbers(head)
        if "of" not in words:
            raise ScheduleError("days of the month are followed by `of month`")
        return Translation(written, (f"{at} {_list(days, 1, 31)} {_list(months, 1, 12)} *",))
    ordinals, names = _ordinals(head)
    weekdays = _weekdays(names)
    if ordinals == (1, 2, 3, 4, 5):
        return Translation(written, (f"{at} * {_list(months, 1, 12)} {_list(weekdays, 0, 6)}",))
    if len(weekdays) == 7:
        # `1st day of month` is the day of the month, not the first of each weekday.
        return Translation(written, (f"{at} {_list(ordinals, 1, 31)} {_list(months, 1, 12)} *",))
    days = tuple(day for ordinal in ordinals for day in range(7 * ordinal - 6, min(7 * ordinal, 31) + 1))
    caveat = "crontab runs on a day that fits the date or the weekday, and cannot ask for both"
    return Translation(written, (), caveat, f"{at} {_list(days, 1, 31)} {_list(months, 1, 12)} *")


def _split_months(words: Sequence[str]) -> tuple[list[str], tuple[int, ...]]:
    """What stands before `of`, and the months behind it (all without)."""
    if "of" not in words:
        return list(words), tuple(range(1, 13))
    place = list(words).index("of")
    head, tail = list(words[:place]), list(words[place + 1 :])
    if tail == ["month"]:
        return head, tuple(range(1, 13))
    if tail == ["quarter"]:
        return head, (1, 4, 7, 10)
    if tail[-3:] == ["month", "of", "quarter"]:
        first = tuple(_named(_separated(tail[:-3]), _ORDINALS, "no place in a quarter"))
        if any(number > 3 for number in first):
            raise ScheduleError("a quarter has three months")
        return head, tuple(sorted(number + shift for number in first for shift in (0, 3, 6, 9)))
    return head, tuple(sorted(set(_named(_separated(tail), _MONTH, "no month"))))


def _separated(words: Sequence[str]) -> list[str]:
    """`a , b` as [a, b]."""
    if not words or any((word == ",") != bool(index % 2) for index, word in enumerate(words)) or words[-1] == ",":
        raise ScheduleError("names are separated by commas")
    return list(words[::2])


def _named(words: Iterable[str], known: dict[str, int], problem: str) -> list[int]:
    found = []
    for word in words:
        if word not in known:
            raise ScheduleError(f"`{word}` is {problem}")
        found.append(known[word])
    return found


def _numbers(words: Sequence[str]) -> tuple[int, ...]:
    found = sorted({int(word) for word in _separated(words) if word.isdigit()})
    if len(found) == 0 or any(not word.isdigit() for word in _separated(words)) or not 1 <= found[0] <= found[-1] <= 31:
        raise ScheduleError("days of the month are numbers from 1 to 31")
    return tuple(found)


def _ordinals(words: list[str]) -> tuple[tuple[int, ...], list[str]]:
    """`every` or `1st,third`, and the weekdays behind it."""
    if words[0] == "every":
        return (1, 2, 3, 4, 5), words[1:]
    taken: list[str] = []
    rest = list(words)
    while rest and (rest[0] in _ORDINALS or (rest[0] == "," and taken)):
        taken.append(rest.pop(0))
    if not taken:
        raise ScheduleError(f"`{words[0]}` is not understood")
    return tuple(sorted(set(_named(_separated(taken), _ORDINALS, "no place in a month")))), rest


def _weekdays(words: Sequence[str]) -> tuple[int, ...]:
    if list(words) == ["day"]:
        return tuple(range(7))
    if not words:
        raise ScheduleError("no weekday is named")
    return tuple(sorted(set(_named(_separated(words), _WEEKDAY, "no weekday"))))


def _list(numbers: Iterable[int], low: int, high: int) -> str:
    """Numbers in crontab's shortest words: `*`, `*/5`, `1-5`, `10-40/10` or a list."""
    found = sorted(set(numbers))
    if len(found) == high - low + 1:
        return "*"
    if len(found) > 2:
        step = found[1] - found[0]
        if all(after - before == step for before, after in pairwise(found)):
            if found[0] == low and found[-1] + step > high:
                return f"*/{step}"
            if step == 1 or len(found) > 3:
                return f"{found[0]}-{found[-1]}" + (f"/{step}" if step > 1 else "")
    return ",".join(_runs(found))


def _runs(numbers: Sequence[int]) -> Iterator[str]:
    """Three and more in a row as `a-b`."""
    row: list[int] = []
    for number in [*numbers, None]:
        if row and (number is None or number != row[-1] + 1):
            yield from [f"{row[0]}-{row[-1]}"] if len(row) > 2 else map(str, row)
            row = []
        if number is not None:
            row.append(number)
