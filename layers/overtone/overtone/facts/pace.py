"""When a partition is worth accruing again: a large one costs as much for one new record as for all it has.

Over a month the work then is a small multiple of the partition's size, whether its reporter sends one batch per day or one per minute.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

SMALL_RECORDS_MAX: Final = 2_000
"""A partition of at most so many records is accrued whenever something is new."""
GROWTH: Final = 1
"""A larger one when so many times what waits is what it has: when it has doubled, so that all its accruals together are twice the last."""


class PartitionBacklog(NamedTuple):
    """What a partition waits for: records that batches brought, and when the oldest of its causes was accepted."""

    records: int
    since: str

    @classmethod
    def of(cls, causes: Iterable[tuple[int, str]]) -> "PartitionBacklog":
        """All causes together; there is at least one."""
        found = list(causes)
        return cls(sum(records for records, _ in found), min(at for _, at in found))


def may_wait(waiting: PartitionBacklog, accrued: int) -> bool:
    """Whether a partition of which so many records are accrued is left for later while what waits is young."""
    return accrued > SMALL_RECORDS_MAX and waiting.records * GROWTH < accrued


def is_due(waiting: PartitionBacklog, accrued: int, now: str, hours_max: int) -> bool:
    """Whether a partition of which so many records are accrued should be accrued now."""
    if not may_wait(waiting, accrued):
        return True
    return datetime.fromisoformat(now) - datetime.fromisoformat(waiting.since) >= timedelta(hours=hours_max)
