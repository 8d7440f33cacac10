"""Periods of the books: in which month an entry stands, and what each account has moved month by month since the beginning.

An entry stands on its document's day: money on the day on which it came. A month that finance has locked takes none: what belongs
there is entered on the day of the settlement that hears of it. So the trial balance of a locked month never changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from overtone.errors import InvariantBroken
from overtone.scales import ZERO_PICO, Pico

BEFORE: Final = "0001-01"
"""The period of what was entered before settlements told theirs."""
MONTH_DIGITS: Final = len("2026-10")


class Calendar(NamedTuple):
    """The day of a settlement, and the last month that is locked; none where it is empty."""

    day: str = "9999-12-31"
    locked_through: str = ""

    def booked_on(self, day: str) -> str:
        """The day on which a document of a day is entered."""
        own_day = min(day or self.day, self.day)
        return self.day if own_day[:MONTH_DIGITS] <= self.locked_through else own_day


class Moved(NamedTuple):
    """What an account moved in a month; pico."""

    debit: Pico = ZERO_PICO
    credit: Pico = ZERO_PICO


Months = dict[tuple[str, str, str], Moved]
"""By account, currency and month."""


def together(before: Mapping[tuple[str, str, str], Moved], now: Mapping[tuple[str, str, str], Moved]) -> Months:
    """All that ever moved, with this settlement's part."""
    sums = dict(before)
    for key, moved in now.items():
        was = sums.get(key, Moved())
        sums[key] = Moved(was.debit + moved.debit, was.credit + moved.credit)
    return sums


def beginning(closing: Mapping[tuple[str, str], Pico]) -> Months:
    """The balances of settlements that told no periods, as of before all months."""
    return {
        (account, currency, BEFORE): Moved(max(ZERO_PICO, pico), max(ZERO_PICO, -pico))
        for (account, currency), pico in closing.items()
        if pico
    }


def require_tied(months: Mapping[tuple[str, str, str], Moved], closing: Mapping[tuple[str, str], Pico]) -> None:
    """Raise `InvariantBroken` unless the months of each account come to what stands there, and each month balances."""
    sums: defaultdict[tuple[str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    balanced: defaultdict[tuple[str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    for (account, currency, month), moved in months.items():
        sums[account, currency] += moved.debit - moved.credit
        balanced[currency, month] += moved.debit - moved.credit
    wrong = [name for name in sums.keys() | closing.keys() if sums.get(name, 0) != closing.get(name, 0)]
    if wrong or any(balanced.values()):
        raise InvariantBroken("balanced", f"the periods do not tie: {sorted(wrong)[:5]}")


class PeriodRow(NamedTuple):
    """An account in a span of months: what stood before, what moved, what stands; debit-positive pico."""

    account: str
    currency: str
    opening: Pico
    debit: Pico
    credit: Pico

    @property
    def closing(self) -> Pico:
        """What stands at the end."""
        return self.opening + self.debit - self.credit


def trial_balance(months: Mapping[tuple[str, str, str], Moved], first: str, last: str) -> Iterable[PeriodRow]:
    """The trial balance of the months from `first` to `last`, by account and currency."""
    figures: defaultdict[tuple[str, str], list[Pico]] = defaultdict(lambda: [ZERO_PICO] * 3)
    for (account, currency, month), moved in months.items():
        if month < first:
            figures[account, currency][0] += moved.debit - moved.credit
        elif month <= last:
            figures[account, currency][1] += moved.debit
            figures[account, currency][2] += moved.credit
    return [PeriodRow(*name, *figures[name]) for name in sorted(figures)]
