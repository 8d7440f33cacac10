"""What a schedule starts, and when: the runner fires schedules as the clock passes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.local.schedules import is_rate, occurrences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


@dataclass(frozen=True)
class Schedule:
    """A schedule of the template and its target."""

    logical_id: str
    expression: str
    target_arn: str
    input_text: str
    dead_letter_arn: str | None

    def input_at(self, time: datetime) -> str:
        """The target's input, with the time put in where the template asks for it."""
        return self.input_text.replace(SCHEDULED_TIME, time.strftime("%Y-%m-%dT%H:%M:%SZ"))


def due(schedules: Sequence[Schedule], after: datetime, until: datetime) -> Iterator[tuple[datetime, list[Schedule]]]:
    """What fires while the clock moves: before each cron occurrence, and at the end, every rate; then the crons of that time."""
    crons: dict[datetime, list[Schedule]] = {until: []}
    for schedule in schedules:
        if not is_rate(schedule.expression):
            for time in occurrences(schedule.expression, after, until):
                crons.setdefault(time, []).append(schedule)
    rates = [schedule for schedule in schedules if is_rate(schedule.expression)]
    for time in sorted(crons):
        yield time, rates
        if crons[time]:
            yield time, crons[time]
