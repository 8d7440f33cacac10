"""Tiers: how many units each day has, and what they cost by the tiers that they fall in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model.clauses import (
    by_tier,
    period_of,
    tiered,
    tiered_by,
)
from tests.model.exact import ZERO, half_even

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from tests.model.holding import Claim, Deal
    from tests.model.ledger import Key
    from tests.model.pricing import Month, Priced
    from tests.model.terms import Term
    from tests.model.usage import Use


def count_units(month: Month, priced: list[Priced]) -> None:
    """How many units each day has, by term and currency of the revenue that tiers share."""
    for use, held, term in priced:
        if by_tier(term):
            unit, currency = tiered_by(term, use)
            month.units[term.name, currency][use.day] += unit * held.part


def owe_by_tier(month: Month, earlier: Sequence[Month]) -> None:
    """Each day's units pay the tiers of the terms of that day that they fall in, after all units of the period before."""
    for (name, currency), days in list(month.units.items()):
        licensee = month.deals[name[0]][0].says["licensee"]
        for day in sorted(days):
            deal = next(one for one in month.register.deals(licensee, day) if one.deal_id == name[0])
            says = next(term.says for term in deal.terms if term.name == name)
            start = "" if says["tier_period"] == "deal" else period_of(says["tier_period"], month.month)[0]
            counted = [one for one in (*earlier, month) if one.month >= start]
            alike = _units(counted, name, by_revenue=bool(currency))
            until = [(of, _counted(month, deal, of_currency, n)) for of, of_currency, n in alike if of <= day]
            today = sum((n for of, n in until if of == day), ZERO)
            if days[day]:
                cost = tiered(says, sum((n for of, n in until if of < day), ZERO), today)
                pool = month.ledger.pool((*name, "tiers", day, currency), licensee)
                pool.amounts[currency or deal.says["currency"]] = half_even(cost * days[day] / today)  # pro rata, whatever its currency


def _units(months: Sequence[Month], name: tuple[str, str, int], *, by_revenue: bool) -> Iterator[tuple[str, str, Fraction]]:
    """Every day's units, by currency of the revenue that they are; or those that are no revenue."""
    for month in months:
        for (of, currency), days in month.units.items():
            if of == name and bool(currency) == by_revenue:
                yield from ((day, currency, units) for day, units in days.items())


def _counted(month: Month, deal: Deal, currency: str, units: Fraction) -> Fraction:
    """Units in the deal's currency."""
    return units * month.rate_of_exchange(currency, deal.says["currency"]) if currency and units else units


def price_by_tier(month: Month, use: Use, held: Claim, term: Term, key: Key) -> None:
    unit, currency = tiered_by(term, use)
    if size := unit * held.part:
        month.ledger.pool((*term.name, "tiers", use.day, currency), use.licensee).basis[key, term.mechanism in held.spared] += size
