"""Months of the calendar, written `YYYY-MM`: as texts they compare like months, and here they are counted."""

from calendar import monthrange
from functools import lru_cache
from typing import Final

YEAR_MONTHS: Final = 12
MONTHS_KEPT: Final = 1_024
"""How many months' last days are remembered: they are asked for with every line."""


def number_of(month: str) -> int:
    """Months counted through all years; December's number is divisible by twelve, the last of a quarter's by three.

    >>> number_of("2026-03") % 3, number_of("2026-12") % 12
    (0, 0)
    """
    return int(month[:4]) * YEAR_MONTHS + int(month[5:7])


def months_apart(earlier: str, later: str) -> int:
    """How many months one is after another.

    >>> months_apart("2025-11", "2026-02")
    3
    """
    return number_of(later) - number_of(earlier)


def shifted(month: str, by: int) -> str:
    """The month so many months later, or earlier where `by` is below zero.

    >>> shifted("2026-11", 14), shifted("2026-01", -1)
    ('2028-01', '2025-12')
    """
    year, index = divmod(number_of(month) - 1 + by, YEAR_MONTHS)
    return f"{year:04d}-{index + 1:02d}"


def month_after(month: str) -> str:
    """The next month."""
    return shifted(month, 1)


def month_before(month: str) -> str:
    """The month before."""
    return shifted(month, -1)


@lru_cache(maxsize=MONTHS_KEPT)
def last_day(month: str) -> str:
    """The last day of a month.

    >>> last_day("2028-02")
    '2028-02-29'
    """
    return f"{month}-{monthrange(int(month[:4]), int(month[5:7]))[1]:02d}"


def months_between(first: str, last: str) -> list[str]:
    """All months from the first to the last, both included.

    >>> months_between("2025-12", "2026-01")
    ['2025-12', '2026-01']
    """
    return [shifted(first, by) for by in range(months_apart(first, last) + 1)]
