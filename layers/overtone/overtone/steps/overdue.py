"""How late accrual is: for how long something has waited that should not have.

A fact waits for the next turn of the schedule, and a large partition of which little is new waits for hours, and nothing is wrong. An alarm
that rang for it would ring every day.
"""

from datetime import datetime
from typing import Final

from overtone import clock
from overtone.config import settings
from overtone.facts.intake import USAGE
from overtone.facts.pace import PartitionBacklog, may_wait
from overtone.partitions import Partition
from overtone.stores import accruals as accrual_store
from overtone.stores import outbox
from overtone.stores.outbox import Backlog

_HOUR_SECONDS: Final = 3_600
_MINUTE_SECONDS: Final = 60


def seconds(waiting: Backlog) -> float:
    """The longest that a partition has waited beyond what it may."""
    longest = 0.0
    for partition, waits in sorted(waiting.partitions.items(), key=lambda entry: entry[1].since):
        waited = _since(waits.since)
        if waited <= longest:
            break
        longest = max(longest, waited - _allowed_seconds(Partition.parse(partition), waits))
    return longest


def watched_seconds() -> float:
    """The same of all that is stored now: of partitions that wait, and of what nobody has taken out of the outbox."""
    longest, oldest = seconds(outbox.backlog()), outbox.oldest_entry()
    return max(longest, _since(oldest)) if oldest else longest


def _since(moment: str) -> float:
    """For how long something that was accepted then waits, less what passes until the schedule's next turn."""
    return (clock.now() - datetime.fromisoformat(moment)).total_seconds() - settings().accrue_every_minutes * _MINUTE_SECONDS


def _allowed_seconds(partition: Partition, waits: PartitionBacklog) -> int:
    if partition.kind != USAGE or not may_wait(waits, accrual_store.accrued_records(partition.scope[:7], str(partition)) or 0):
        return 0
    return settings().accrue_at_least_every_hours * _HOUR_SECONDS
