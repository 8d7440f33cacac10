"""How many calls were taken of a client's minute: one item for each, gone an hour later."""

from typing import Final

from overtone.aws import counters, tables

MINUTE_SECONDS: Final = 60
_KEPT_SECONDS: Final = 3600


def take(who: str, minute: int, calls: int) -> int | None:
    """Take so many calls of a minute (minutes since 1970); how many were taken by now, `None` where nobody can say."""
    return counters.add(tables.usage(), counters.calls(who, minute), calls, minute * MINUTE_SECONDS + _KEPT_SECONDS)
