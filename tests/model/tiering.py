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
    from collections.abc import Sequence

    from tests.model.holding import Claim
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
            past = [one.units[name, currency] for one in earlier if one.month >= start]
            before = sum((sum(units.values()) for units in past), ZERO) + sum((n for of, n in days.items() if of < day), ZERO)
            if days[day]:
                pool = month.ledger.pool((*name, "tiers", day, currency), licensee)
                pool.amounts[currency or deal.says["currency"]] = half_even(tiered(says, before, days[day]))


def price_by_tier(month: Month, use: Use, held: Claim, term: Term, key: Key) -> None:
    unit, currency = tiered_by(term, use)
    if size := unit * held.part:
        month.ledger.pool((*term.name, "tiers", use.day, currency), use.licensee).basis[key, term.mechanism in held.spared] += size
