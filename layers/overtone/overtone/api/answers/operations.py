"""Answers for who operates the stack: queues, alarms, the month."""

from typing import Literal

from typing_extensions import TypedDict

from overtone.api.answers.common import Count, Instant
from overtone.api.answers.receipts import PendingCounts
from overtone.fields import CalendarMonth
from overtone.stores.settlements import RunStatus


class QueueState(TypedDict):
    """How much is in a queue, approximately."""

    queue: str
    waiting: Count
    in_flight: Count
    delayed: Count
    oldest_seconds: Count | None


class WorkQueueState(QueueState):
    """A queue that a function works off."""

    dead_letters: str


class AlarmShown(TypedDict):
    """An alarm of the stack, and where it is said what to do."""

    alarm: str
    state: Literal["ok", "alarm", "insufficient_data"]
    since: Instant
    description: str
    runbook: str


class BacklogState(TypedDict):
    """What was accepted and is still to be accrued."""

    partitions: Count
    oldest: Instant | None
    unreadable: Count


class SettlementStatus(TypedDict):
    """How a settlement stands."""

    settlement_id: str
    status: RunStatus


class MonthProgress(TypedDict):
    """How far a month is on the way to its settlement."""

    month: CalendarMonth
    runs: bool
    reporters: Count
    pending: PendingCounts
    incomplete: list[str]
    set_aside: Count
    settlement: SettlementStatus | None


class OperationsState(TypedDict):
    """How the stack stands."""

    as_of: Instant
    ringing: Count
    queues: list[WorkQueueState]
    dead_letters: list[QueueState]
    alarms: list[AlarmShown]
    backlog: BacklogState
    progress: MonthProgress
