"""How late accrual is: for how long something has waited that should not have.

A large partition of which little is new waits for hours, and nothing is wrong. An alarm that rang for it would ring every day.
"""

from datetime import datetime
from typing import Final

from overtone import clock
from overtone.config import settings
from overtone.facts.intake import USAGE
from overtone.facts.pace import PartitionBacklog, may_wait
from overtone.partitions import Partition
from overtone.stores import accruals as accrual_store
from overtone.stores.outbox import Backlog

_HOUR_SECONDS: Final = 3_600


def seconds(waiting: Backlog) -> float:
    """The longest that a partition has waited beyond what it may."""
    now, longest = clock.now(), 0.0
    for partition, waits in sorted(waiting.partitions.items(), key=lambda entry: entry[1].since):
        waited = (now - datetime.fromisoformat(waits.since)).total_seconds()
        if waited <= longest:
            break
        longest = max(longest, waited - _allowed_seconds(Partition.parse(partition), waits))
    return longest


def _allowed_seconds(partition: Partition, waits: PartitionBacklog) -> int:
    if partition.kind != USAGE or not may_wait(waits, accrual_store.accrued_records(partition.scope[:7], str(partition))):
        return 0
    return settings().accrue_at_least_every_hours * _HOUR_SECONDS
