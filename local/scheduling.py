"""What a schedule starts, and when: the runner fires schedules as the clock passes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from local.schedules import interval, occurrences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from local.permissions import Grants

ALWAYS_DUE = timedelta(hours=1)
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


@dataclass(frozen=True)
class Schedule:
    """A schedule of the template and its target."""

    logical_id: str
    expression: str
    target_arn: str
    input_text: str
    dead_letter_arn: str | None
    grants: Grants
    """Of its own role, with which it starts its target, and leaves what it could not start."""

    def input_at(self, time: datetime) -> str:
        """The target's input, with the time put in where the template asks for it."""
        return self.input_text.replace(SCHEDULED_TIME, time.strftime("%Y-%m-%dT%H:%M:%SZ"))


class Timetable:
    """The schedules of a stack, and when each of its rates fired last."""

    def __init__(self, start: datetime) -> None:
        self.schedules: list[Schedule] = []
        self.reset(start)

    def reset(self, start: datetime) -> None:
        """No rate has fired since `start`."""
        self._start = start
        self._fired: dict[str, datetime] = {}

    def due(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Schedule]]:
        """What fires while the clock moves: before each cron occurrence, and at the end, the rates; then the crons of that time."""
        rates: list[tuple[Schedule, timedelta]] = []
        crons: dict[datetime, list[Schedule]] = {until: []}
        for schedule in sorted(self.schedules, key=lambda schedule: schedule.logical_id):
            every = interval(schedule.expression)
            if every is not None:
                rates.append((schedule, every))
                continue
            for time in occurrences(schedule.expression, after, until):
                crons.setdefault(time, []).append(schedule)
        for time in sorted(crons):
            for schedule, every in rates:
                if every <= ALWAYS_DUE or abs(time - self._fired.get(schedule.logical_id, self._start)) >= every:
                    self._fired[schedule.logical_id] = time
                    yield time, schedule
            for schedule in crons[time]:
                yield time, schedule
