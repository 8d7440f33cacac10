"""Periods of the calendar over which terms count: a month, quarter or year, or a deal's whole life."""

from typing import Final, Literal

from overtone.fields import Amount, Model

CalendarPeriod = Literal["month", "quarter", "year"]
TermPeriod = Literal["month", "quarter", "year", "deal"]


class Cap(Model):
    """The most that a term owes, in the deal's currency, per calendar period or in all (`deal`)."""

    amount: Amount
    per: TermPeriod


MONTHS: Final[dict[str, int]] = {"month": 1, "quarter": 3, "year": 12}


def period_months(period: CalendarPeriod, month: str) -> tuple[str, ...]:
    """The months of the calendar period that a month is in."""
    size, year, number = MONTHS[period], month[:4], int(month[5:])
    first = (number - 1) // size * size + 1
    return tuple(f"{year}-{first + offset:02d}" for offset in range(size))


def first_month(period: TermPeriod, month: str) -> str:
    """The month in which the period that a month is in begins; before everything for a deal's whole life."""
    return "" if period == "deal" else period_months(period, month)[0]
