"""Prices by tier: each unit pays the tier that it falls in, units counted in the order of usage days over a period.

Within a day nobody was first: the day's units together span some of the tiers, and what that comes to is shared pro rata.
So each day is a pool of its own, and a tier's sum depends on neither order, batches, shards nor buckets.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Self

from pydantic import ConfigDict, Field, model_validator

from overtone.fields import Amount, Model, Share
from overtone.mechanisms.periods import Period, first_month
from overtone.mechanisms.shape import Claim, DealTerms, Month, PoolPart, Term, Use
from overtone.mechanisms.totals import SHARED_UNITS, Pool, TotalKey, Totals
from overtone.money import round_half_even
from overtone.scales import Pico

TIERS_MAX: Final = 50
_USES: Final = 10**15
"""A threshold (1e-12 of a use) in the scale of quantity x part, 1e-27."""
_REVENUE: Final = 10**27
"""A threshold (1e-12 of a major unit) in the scale of revenue x part, 1e-39."""


class Tier(Model):
    """From so many units on (uses for a `rate`, major units of revenue for a `revenue_share`) each unit pays this."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    from_: Annotated[Amount, Field(alias="from")]
    rate: Amount | None = None
    revenue_share: Share | None = None

    @model_validator(mode="after")
    def _is_one_price(self) -> Self:
        if (self.rate is None) == (self.revenue_share is None):
            message = "a tier has a rate or a revenue_share: one of them"
            raise ValueError(message)
        return self


class Tiered(DealTerms):
    """`tiers` in place of a rate or a revenue share; units are counted over each `tier_period`, or the deal's whole life."""

    tiers: Annotated[tuple[Tier, ...], Field(max_length=TIERS_MAX, strict=False)] = ()
    tier_period: Period | None = None

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        if bool(self.tiers) != (self.tier_period is not None):
            message = "tiers go with a tier_period (month, quarter, year or deal), which needs them"
            raise ValueError(message)
        starts = [tier.from_ for tier in self.tiers]
        if starts and (starts[0] != 0 or starts != sorted(set(starts))):
            message = "tiers: the first is from 0, and each from is above the one before"
            raise ValueError(message)
        if len({tier.rate is None for tier in self.tiers}) > 1:
            message = "tiers: all of rates or all of revenue shares"
            raise ValueError(message)
        return self

    def periods(self) -> frozenset[Period]:
        """And that of the tiers."""
        return super().periods() | ({self.tier_period} if self.tier_period else frozenset())


def _by_revenue(terms: Tiered) -> bool:
    return terms.tiers[0].rate is None


def _part(term: Term[Tiered], use: Use, claim: Claim) -> tuple[TotalKey, int]:
    if _by_revenue(term.terms):
        return term.name(SHARED_UNITS, of=use.day, currency=use.currency), use.revenue * claim.part
    return term.name(SHARED_UNITS, of=use.day), use.quantity * claim.part


def measure(term: Term[Tiered], use: Use, claim: Claim, totals: Totals) -> None:
    """Count the day's units."""
    name, size = _part(term, use, claim)
    if size:
        totals.add(name, size)


def pools(term: Term[Tiered], month: Month, totals: Totals) -> Iterator[Pool]:
    """What each day of the month comes to, after all the units of the period before it."""
    terms = term.terms
    start = first_month(terms.tier_period or "month", month.month)
    counted: dict[str, int] = {}
    for name, units in totals.sums_of(term.key, SHARED_UNITS):
        if not start <= name.of[:7] <= month.month or bool(name.currency) != _by_revenue(terms):
            continue
        before = counted.get(name.currency, 0)
        counted[name.currency] = before + units
        if name.of[:7] == month.month:
            currency = name.currency or term.currency
            yield Pool(term.name("tiers", of=name.of, currency=currency), currency, price(terms, before, units), name)


def price(terms: Tiered, before: int, units: int) -> Pico:
    """What units cost (pico) after those that were counted `before`: each its own tier, rounded once, half-even."""
    scale = _REVENUE if _by_revenue(terms) else _USES
    ends = [tier.from_ * scale for tier in terms.tiers[1:]]
    total = 0
    for tier, end in zip(terms.tiers, [*ends, None], strict=True):
        first = max(before, tier.from_ * scale)
        last = before + units if end is None else min(before + units, end)
        total += max(0, last - first) * (tier.rate if tier.rate is not None else tier.revenue_share or 0)
    return Pico(round_half_even(total, 10**36 if _by_revenue(terms) else 10**27))


def entitle(term: Term[Tiered], use: Use, claim: Claim) -> Iterator[PoolPart]:
    """The claim's part of its day."""
    name, size = _part(term, use, claim)
    if size:
        yield PoolPart(name, size)
