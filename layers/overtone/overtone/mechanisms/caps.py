"""The most that a term owes in a period: what is over is taken off pro rata to the lines of the month in which the cap is met.

A second look at what the first round came to: the lines' amounts are measured by term and month, and where a month's sum is more than
the period still allows, what it does allow is a pool that the lines share. Months are asked in order, so an earlier one comes first.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from overtone.mechanisms.periods import first_month
from overtone.mechanisms.shape import DealTerms, Month, Term
from overtone.mechanisms.totals import Pool, TermKey, TotalKey, Totals
from overtone.scales import Pico

OWED: Final = "owed_before_cap"
UNDIVIDED: Final = "undivided_before_cap"
"""What pools of the term came to that nobody has a part of: it waits, and the licensee owes it, so the cap counts it too."""


def owed_name(term: TermKey, month: str, currency: str) -> TotalKey:
    """The name of what a term's lines of a month come to before its cap."""
    return TotalKey(*term, OWED, of=month, currency=currency)


def undivided(term: TermKey, month: str, totals: Totals) -> Iterator[Pool]:
    """The term's pools of a month that nobody has a part of."""
    for pool in totals.pools.values():
        if pool.name.term == term and pool.month in {"", month} and not totals[pool.basis]:
            yield pool


def count_undivided(term: TermKey, month: str, totals: Totals, found: Totals) -> None:
    """Add what those pools come to."""
    for pool in undivided(term, month, totals):
        found.add(TotalKey(*term, UNDIVIDED, of=month, currency=pool.currency), pool.amount)


def pools(term: Term[DealTerms], month: Month, totals: Totals) -> Iterator[Pool]:
    """What the month's lines share instead of their own amounts, by currency; none where the period allows them all."""
    cap = term.terms.cap
    if cap is None:
        return
    start = first_month(cap.per, month.month)
    owed: dict[str, dict[str, int]] = {}
    for kind in (OWED, UNDIVIDED):
        for name, pico in totals.sums_of(term.key, kind):
            if start <= name.of <= month.month:
                of_name = owed.setdefault(name.of, {})
                of_name[name.currency] = of_name.get(name.currency, 0) + pico
    left = Fraction(cap.amount)
    for of_month in sorted(owed):
        worth = sum((pico * month.rate(currency, term.currency) for currency, pico in owed[of_month].items()), start=Fraction(0))
        allowed = min(worth, left)
        left -= allowed
        if of_month == month.month and allowed < worth:
            for pool in list(undivided(term.key, of_month, totals)):
                yield pool._replace(amount=Pico(int(pool.amount * allowed / worth)))
            for currency in sorted(owed[of_month]):
                lines = owed_name(term.key, of_month, currency)
                share = Pico(int(totals[lines] * allowed / worth))
                yield Pool(term.name("cap", of=of_month, currency=currency), currency, share, lines, of_month)
