"""How long what is kept is kept, and what its end means: a day whose records have expired is final, and stays as it was last accrued.

The table takes expired items late and in any order, so nothing relies on their absence: readers pass over what has expired, what
tells of records that no longer count outlives those records, and indexes outlive what they list.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from overtone import clock
from overtone.aws.attributes import Item
from overtone.config import settings
from overtone.facts.intake import USAGE
from overtone.facts.usage import first_day
from overtone.partitions import Partition

LEAST_DAYS: Final = 400
"""As short as `UsageRetentionDays` may be: what is younger has not expired, whatever that was once and is now."""
OUTLIVED_BY: Final = timedelta(days=30)
"""What is derived from records, or says that they no longer count, is kept so much longer than they are."""


def expiry(last_day: str) -> int:
    """Epoch seconds when what happened up to a day may be forgotten."""
    start = datetime.combine(date.fromisoformat(last_day), datetime.min.time(), UTC)
    return int((start + timedelta(days=settings().usage_retention_days)).timestamp())


def workings_over(day: str) -> bool:
    """Whether what a settlement or a what-if of a day worked with may have expired: it is kept as long as usage of that day."""
    return expiry(day) <= int(clock.now().timestamp())


def derived_expiry(last_day: str) -> int:
    """Epoch seconds when an index, or anything else that follows from what happened up to a day, may be forgotten."""
    return expiry(last_day) + int(OUTLIVED_BY.total_seconds())


def has_expired(item: Item) -> bool:
    """Whether an item is kept no more, although the table may not have taken it yet."""
    return "expires_at" in item and int(item["expires_at"]) <= int(clock.now().timestamp())


def is_kept(page: Item) -> bool:
    """Whether an item of a page, and the object that it may point to, are kept: objects go by the age that the stack says now."""
    return not has_expired(page) and not ("object" in page and workings_over(page["accepted_at"][:10]))


def may_have_expired(day: str) -> bool:
    """Whether records of a usage day may have expired: by now, or when the stack kept them for less."""
    return day < first_day(clock.today(), min(LEAST_DAYS, settings().usage_retention_days))


def is_over(partition: Partition) -> bool:
    """Whether records of the partition that came in time may have expired today."""
    return partition.kind == USAGE and partition.scope < first_day(clock.today(), settings().usage_retention_days)
