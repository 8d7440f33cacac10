"""The only clock. Everything that needs the time asks here, so a test can own it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

_source: Callable[[], datetime] | None = None
_sleeper: Callable[[float], None] = time.sleep


def now() -> datetime:
    """The current time, aware, in UTC."""
    return _source() if _source else datetime.now(UTC)


def timestamp() -> str:
    """`now()` as ISO 8601 with microseconds and `Z`, of constant width: texts sort as times."""
    return now().astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def today() -> str:
    """The current day in UTC, ISO 8601."""
    return timestamp()[:10]


def sleep(seconds: float) -> None:
    """Let time pass."""
    _sleeper(seconds)


def set_source(source: Callable[[], datetime] | None, sleeper: Callable[[float], None] = time.sleep) -> None:
    """Replace the clock (`None`: the system's) and how time passes on it. For the local runner and the tests."""
    global _source, _sleeper
    _source, _sleeper = source, sleeper
