"""What the daily look has still to do: since which day it has looked at nothing, and what it could not check when it did.

Nothing here is a fact: lost, a look forgets what earlier ones could not read, and goes on.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Final, NamedTuple

from overtone import clock
from overtone.aws import notice_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ConditionFailed, equals
from overtone.months import last_day
from overtone.stores import retention

LATE_DAYS_MIN: Final = 2
"""What was accepted on the day before may just have been under way when the day ended."""
_MONTH_LENGTH: Final = len("2026-10")


class Unchecked(NamedTuple):
    """A party's day, or a month (with no party); `tried_at` is when a look tried it last (ISO 8601)."""

    day_or_month: str
    party: str
    tried_at: str


def everything() -> list[Unchecked]:
    """What could not be checked, tried longest ago first; not what is forgotten with the usage that it is about."""
    kept = (item for item in tables.usage().query(notice_keys.UNCHECKED) if not retention.has_expired(item))
    found = []
    for item in kept:
        day_or_month, _, party = item["sk"].partition("#")
        found.append(Unchecked(day_or_month, party, item["tried_at"]))
    return sorted(found, key=lambda one: (one.tried_at, one))


def note(day_or_month: str, party: str = "") -> None:
    """A look could not check it, or not all of it, just now."""
    tables.usage().put(_item(day_or_month, party, clock.timestamp()))


def late(day: str, party: str) -> Iterator[Item]:
    """What notes a party's day of which a look may have seen nothing, for a batch of it leaves the outbox only now."""
    if (date.fromisoformat(clock.today()) - date.fromisoformat(day)).days >= LATE_DAYS_MIN:
        yield _item(day, party, day)


def _item(day_or_month: str, party: str, tried_at: str) -> Item:
    ends = last_day(day_or_month) if len(day_or_month) == _MONTH_LENGTH else day_or_month
    return {**notice_keys.unchecked(day_or_month, party)._asdict(), "tried_at": tried_at, "expires_at": retention.derived_expiry(ends)}


def clear(one: Unchecked) -> None:
    """A look could check it; where it was noted again meanwhile it stays owed."""
    with suppress(ConditionFailed):
        tables.usage().delete(notice_keys.unchecked(one.day_or_month, one.party), equals(tried_at=one.tried_at))


def checked_until() -> str:
    """The last day that a look came to; "" where none did since looks are noted."""
    item = tables.usage().get(notice_keys.CHECKED_UNTIL)
    return str(item["day"]) if item else ""


def note_until(day: str) -> None:
    """A look came to all days up to this one."""
    tables.usage().put({**notice_keys.CHECKED_UNTIL._asdict(), "day": day})
