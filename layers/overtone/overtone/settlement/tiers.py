"""Opens what tiers owe: each day's units by the terms of that day, after what the period's earlier days and months counted.

A version that drops its tiers in the middle of a month leaves the days before it priced as they were agreed.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import cast

from overtone.mechanisms import tier_prices
from overtone.mechanisms.revenue_pool import Terms as RevenuePool
from overtone.mechanisms.revenue_pool import count_reports
from overtone.mechanisms.shape import Month, Term
from overtone.mechanisms.tier_prices import Tiered
from overtone.mechanisms.totals import SHARED_UNITS, Pool, TotalKey, Totals
from overtone.settlement.missing_rates import Lack, opened_of
from overtone.settlement.snapshot import ActiveDeal, Snapshot


def count_revenue(deals: Mapping[str, ActiveDeal], month: Month, totals: Totals) -> None:
    """Note the month's revenue for the tiers of pools, before the months learn of each other."""
    for term in (term for active in deals.values() for term in active.terms):
        if isinstance(term.terms, RevenuePool):
            count_reports(cast("Term[RevenuePool]", term), month, totals)


def opened(snapshot: Snapshot, deals: Mapping[str, ActiveDeal], month: Month, totals: Totals) -> list[tuple[list[Pool], list[Lack]]]:
    """The pool of each day of a month on which units were counted, or the rates that it lacks."""
    found = []
    for name in sorted(name for name in totals.sums if name.kind == SHARED_UNITS and name.of[:7] == month.month):
        active = deals.get(name.deal_id)
        if active and (term := _tiered(snapshot, active.deal.licensee, name)):
            found.append(opened_of(partial(_pools, name), term, month, totals))
    return found


def _tiered(snapshot: Snapshot, licensee: str, name: TotalKey) -> Term[Tiered] | None:
    in_force = (active for active in snapshot.deals_in_force(licensee, name.of) if active.deal_id == name.deal_id)
    terms = (term for active in in_force for term in active.terms if term.key == name.term)
    return next((cast("Term[Tiered]", term) for term in terms if isinstance(term.terms, Tiered)), None)


def _pools(day: TotalKey, term: Term[Tiered], month: Month, totals: Totals) -> Iterator[Pool]:
    if pool := tier_prices.pool(term, day, month, totals):
        yield pool
