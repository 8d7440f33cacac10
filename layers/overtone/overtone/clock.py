"""The only clock. Everything that needs the time asks here, so a test can own it."""

from collections.abc import Callable
from datetime import UTC, datetime

_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """The current time, aware, in UTC."""
    return _source() if _source else datetime.now(UTC)


def timestamp() -> str:
    """`now()` as ISO 8601 with microseconds and `Z`, of constant width: texts sort as times."""
    return now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def today() -> str:
    """The current day in UTC, ISO 8601."""
    return timestamp()[:10]


def set_source(source: Callable[[], datetime] | None) -> None:
    """Replace the clock (`None`: the system's). For the local runner and the tests."""
    global _source  # noqa: PLW0603 - the one replaceable clock is the purpose of this module
    _source = source
