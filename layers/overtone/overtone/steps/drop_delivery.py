"""What every delivery of a dropped file goes through, whatever it holds: it is taken, refused or interrupted, and its receipt says which.

Who drops files may not look: a file of which nothing was kept is told to its sender besides.
"""

from collections.abc import Callable
from typing import Any

from overtone.aws import buckets
from overtone.aws.buckets import Stored
from overtone.errors import Conflict, Fault, Rejected, Retryable
from overtone.facts.drops import Drop
from overtone.facts.limits import DROP_TIME_LEFT_SECONDS_MIN
from overtone.steps import rejections
from overtone.stores import drops

TimeLeft = Callable[[], float]
"""The seconds that this delivery has left."""


class Unfinished(Retryable):
    """A delivery has no time left: what is committed stays, and the next one goes on."""


def is_late(time_left_seconds: TimeLeft) -> bool:
    """Whether a delivery must leave the rest to the next one."""
    return time_left_seconds() < DROP_TIME_LEFT_SECONDS_MIN


def deliver(key: str, version: str, take: Callable[[Drop, Stored], dict[str, Any]]) -> None:
    """Take in the file at `key`, of which `take` makes a receipt given the object, and leave the receipt, whatever goes wrong.

    The version is that of the notification, and is read also where another file lies there by now; without one, what lies there is.
    Raises `Retryable` where another delivery has to go on.
    """
    try:
        drop = Drop.parse(key)
    except Rejected as error:
        drops.leave_unplaced(key, error)
        raise
    found = _dropped(key, version)
    if found is None:
        return
    drop = drop._replace(version=found.version)
    try:
        drop.check()
        receipt = take(drop, found)
    except (Conflict, Rejected) as error:
        receipt = drops.refusal(drop, error)
    except Retryable:
        raise
    except Exception as error:
        drops.leave_receipt(drop, found.etag, drops.interruption(drop, error))
        raise
    rejections.dropped(drop, receipt)
    drops.leave_receipt(drop, found.etag, receipt)


def _dropped(key: str, version: str) -> Stored | None:
    """What was dropped; `None` where it was taken away since."""
    bucket = buckets.drop()
    newest = bucket.head(key)
    return newest if newest is None or version in {"", newest.version} else bucket.head(key, version)


def own(licensee: str | None, drop: Drop) -> str:
    """The licensee that a file may speak for: its sender. Raises `Rejected` for another one."""
    if licensee not in {None, drop.party}:
        message = f"licensee is {licensee!r} but the file was dropped by {drop.party!r}; leave the field out"
        raise Rejected(message, [Fault(message, "licensee")])
    return drop.party
