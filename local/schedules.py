"""EventBridge Scheduler's expressions, in UTC: when is a schedule due?

`rate(...)` has no phase that anything here could depend on. A rate of up to an hour is due whenever the clock is moved, a slower
one when its interval has passed; what it missed on the way is one firing.
`cron(minutes hours day-of-month month day-of-week year)` is due at each of its occurrences.
"""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)\Z")
CRON = re.compile(r"cron\((.+)\)\Z")
MONTHS = {name.upper(): str(number) for number, name in enumerate(calendar.month_abbr) if name}
WEEKDAYS = {"SUN": "1", "MON": "2", "TUE": "3", "WED": "4", "THU": "5", "FRI": "6", "SAT": "7"}


UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


class UnknownSchedule(Exception):
    """An expression that the local stand-in cannot follow."""


def interval(expression: str) -> timedelta | None:
    """A rate's interval, none for a cron; raises when it is neither, or one that we cannot follow."""
    match = RATE.match(expression)
    if match:
        return int(match[1]) * UNITS[match[2]]
    _fields(expression)
    return None


def occurrences(expression: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """The times of a cron expression, after the first bound and up to the second, in order."""
    minutes, hours, month_days, months, weekdays, years = _fields(expression)
    day = after.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= until:
        on_day = day.day in month_days and day.isoweekday() % 7 + 1 in weekdays
        if on_day and day.month in months and day.year in years:
            for hour, minute in product(sorted(hours), sorted(minutes)):
                time = day.replace(hour=hour, minute=minute)
                if after < time <= until:
                    yield time
        day += timedelta(days=1)


def _fields(expression: str) -> tuple[set[int], ...]:
    match = CRON.match(expression)
    fields = match[1].split() if match else []
    if len(fields) != 6:
        raise UnknownSchedule(expression)
    bounds = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
    names: tuple[dict[str, str], ...] = ({}, {}, {}, MONTHS, WEEKDAYS, {})
    return tuple(_numbers(text, low, high, named) for text, (low, high), named in zip(fields, bounds, names, strict=True))


def _numbers(text: str, low: int, high: int, names: dict[str, str]) -> set[int]:
    numbers: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span in {"*", "?"}:
            first, last = low, high
        else:
            ends = [names.get(end, end) for end in span.split("-")]
            if not all(end.isdigit() for end in ends) or len(ends) > 2:
                raise UnknownSchedule(text)  # L, W and # are not needed here
            first, last = int(ends[0]), int(ends[-1])
            last = high if step and len(ends) == 1 else last
        numbers.update(range(first, last + 1, int(step or 1)))
    if not numbers or min(numbers) < low or max(numbers) > high:
        raise UnknownSchedule(text)
    return numbers
