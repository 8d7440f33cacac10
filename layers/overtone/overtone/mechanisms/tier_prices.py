"""Prices by tier: each unit pays the tier that it falls in, units counted in the order of usage days over a period.

Within a day nobody was first: the day's units together span some of the tiers, and what that comes to is shared pro rata.
So each day is a pool of its own, priced as the terms of that day say, and a tier's sum depends on neither order, batches, shards nor
buckets. The units of a training run are its works; those of a pool's share are revenue, month by month (see `revenue_pool`).
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, ClassVar, Final, Self

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, WithJsonSchema, field_validator, model_validator

from overtone.fields import Amount, Model, Share
from overtone.mechanisms.periods import TermPeriod, first_month
from overtone.mechanisms.shape import Claim, DealTerms, PoolPart, Term, Use
from overtone.mechanisms.steps import PriceStep, decimal
from overtone.mechanisms.totals import SHARED_REVENUE, SHARED_UNITS, Pool, TotalKey, Totals
from overtone.money import NANO, format_amount, format_share, round_half_even
from overtone.scales import Nano, Pico

TIERS_MAX: Final = 50
TIERS: Final = "tiers"
_USES: Final = 10**15
"""A threshold (1e-12 of a use) in the scale of quantity x part, 1e-27."""
_REVENUE: Final = 10**27
"""A threshold (1e-12 of a major unit) in the scale of revenue x part, 1e-39."""


_FROM_NUMBER: Final = BeforeValidator(lambda said: str(said) if type(said) is int else said)
_FROM_SCHEMA: Final = {"anyOf": [TypeAdapter(Amount).json_schema(), {"type": "integer", "minimum": 0, "maximum": 10**18}]}
Threshold = Annotated[Amount, _FROM_NUMBER, WithJsonSchema(_FROM_SCHEMA)]
"""An amount, which is a count as often as money: a whole number is taken, too."""


class Tier(Model):
    """From so many units on (uses for a `rate`, major units of revenue for a `revenue_share`) each unit pays this."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    from_: Annotated[Threshold, Field(alias="from")]
    rate: Amount | None = None
    revenue_share: Share | None = None

    @model_validator(mode="after")
    def _is_one_price(self) -> Self:
        if (self.rate is None) == (self.revenue_share is None):
            raise ValueError("a tier has a rate or a revenue_share: one of them")
        return self


class Tiered(DealTerms):
    """`tiers` in place of a rate or a revenue share; units are counted over each `tier_period`, or the deal's whole life.

    `replaced`: the field that they stand in place of, where it is 0 with them.
    """

    replaced: ClassVar[str] = ""

    tiers: Annotated[tuple[Tier, ...], Field(max_length=TIERS_MAX, strict=False)] = ()
    tier_period: TermPeriod | None = None

    @field_validator("tiers")
    @classmethod
    def _rise(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        starts = [tier.from_ for tier in tiers]
        if starts and (starts[0] != 0 or starts != sorted(set(starts))):
            raise ValueError("the first tier is from 0, and each from is above the one before")
        if len({tier.rate is None for tier in tiers}) > 1:
            raise ValueError("all tiers have rates, or all have revenue shares")
        return tiers

    @model_validator(mode="after")
    def _say_over_what(self) -> Self:
        if bool(self.tiers) != (self.tier_period is not None):
            raise ValueError("tiers go with a tier_period (month, quarter, year or deal), which needs them")
        return self

    def states(self, field: str) -> bool:
        """Not a figure that tiers stand in place of."""
        return super().states(field) and not (self.tiers and field == self.replaced)

    def periods(self) -> frozenset[TermPeriod]:
        """And that of the tiers."""
        return super().periods() | ({self.tier_period} if self.tier_period else frozenset())


def _by_revenue(terms: Tiered) -> bool:
    return terms.tiers[0].rate is None


def _part(term: Term[Tiered], use: Use, claim: Claim) -> tuple[TotalKey, int]:
    if use.kind == "training":
        return term.name(SHARED_UNITS, of=use.day), NANO * claim.part
    if _by_revenue(term.terms):
        return term.name(SHARED_UNITS, of=use.day, currency=use.currency), use.revenue * claim.part
    return term.name(SHARED_UNITS, of=use.day), use.quantity * claim.part


def measure(term: Term[Tiered], use: Use, claim: Claim, totals: Totals) -> None:
    """Count the day's units."""
    name, size = _part(term, use, claim)
    if size:
        totals.add(name, size)


def pool(term: Term[Tiered], day: TotalKey, totals: Totals) -> Pool | None:
    """What a day's units come to by the terms of that day, after all the units of the period before; `None` for those of other terms."""
    if not term.terms.tiers or bool(day.currency) != _by_revenue(term.terms):
        return None
    currency = day.currency or term.currency
    owed = price(term.terms, _before(term, day, totals), totals[day])
    return Pool(term.name(TIERS, of=day.of, currency=currency), currency, owed, day)


def reached(term: Term[Tiered], month: str, totals: Totals) -> int:
    """The tier, counted from 1, in which the last unit of a month fell; 0 where the terms have none or nothing counted."""
    if not term.terms.tiers:
        return 0
    start = first_month(term.terms.tier_period or "month", month)
    counted: dict[tuple[str, str], Fraction] = {}
    for kind, scale in ((SHARED_UNITS, _REVENUE if _by_revenue(term.terms) else _USES), (SHARED_REVENUE, 1)):
        for name, units in totals.sums_of(term.key, kind):
            if start <= name.of[:7] <= month:
                counted[kind, name.currency] = counted.get((kind, name.currency), Fraction(0)) + Fraction(units, scale)
    most = max(counted.values(), default=Fraction(0))
    return sum(1 for tier in term.terms.tiers if tier.from_ < most)


def _before(term: Term[Tiered], day: TotalKey, totals: Totals) -> int:
    """The units of the period before a day."""
    start = first_month(term.terms.tier_period or "month", day.of[:7])
    alike = ((name.of, units) for name, units in totals.sums_of(term.key, SHARED_UNITS) if name.currency == day.currency)
    return sum(units for of, units in alike if start <= of[:7] and of < day.of)


def steps(term: Term[Tiered], pool: Pool, totals: Totals) -> Iterator[PriceStep]:
    """A day's units tier by tier, after those that the period counted before."""
    if pool.name.kind != TIERS or not term.terms.tiers:
        return
    by_revenue = _by_revenue(term.terms)
    unit = f"{pool.currency} of revenue" if by_revenue else "units"
    before = _before(term, pool.basis, totals)
    places = 39 if by_revenue else 27
    counted = f"{decimal(before, places)} {unit} counted in the {term.terms.tier_period} before {pool.basis.of}"
    yield PriceStep(f"{counted}, {decimal(totals[pool.basis], places)} on it")
    yield from steps_of_tiers(term.terms, before, totals[pool.basis], unit)


def steps_of_tiers(terms: Tiered, before: int, units: int, unit: str) -> Iterator[PriceStep]:
    """What units cost after those before, tier by tier."""
    by_revenue = _by_revenue(terms)
    places, scale = (39, 10**36) if by_revenue else (27, 10**27)
    for start, count, figure in _parts(terms, before, units):
        price = format_share(Nano(figure)) if by_revenue else format_amount(Pico(figure))
        words = f"{decimal(count, places)} {unit} in the tier from {format_amount(Pico(start))} x {price}"
        yield PriceStep.of(words, round_half_even(count * figure, scale))


def steps_of_revenue(terms: Tiered, before: int, revenue: int) -> Iterator[PriceStep]:
    """The same of a month's revenue (pico)."""
    yield PriceStep.of(f"counted in the {terms.tier_period} before this month", before)
    yield from steps_of_tiers(terms, before * _REVENUE, revenue * _REVENUE, "of revenue")


def price_of_revenue(terms: Tiered, before: int, revenue: int) -> Pico:
    """What the tiers' shares of a month's revenue come to, after what was counted before (all in pico)."""
    return price(terms, before * _REVENUE, revenue * _REVENUE)


def price(terms: Tiered, before: int, units: int) -> Pico:
    """What units cost (pico) after those that were counted `before`: each its own tier, rounded once, half-even."""
    total = sum(count * figure for _, count, figure in _parts(terms, before, units))
    return Pico(round_half_even(total, 10**36 if _by_revenue(terms) else 10**27))


def _parts(terms: Tiered, before: int, units: int) -> Iterator[tuple[int, int, int]]:
    """The tiers that some units fall in: where each starts, how many, and its price or share."""
    scale = _REVENUE if _by_revenue(terms) else _USES
    ends = [tier.from_ * scale for tier in terms.tiers[1:]]
    for tier, end in zip(terms.tiers, [*ends, None], strict=True):
        first = max(before, tier.from_ * scale)
        last = before + units if end is None else min(before + units, end)
        if last > first:
            yield tier.from_, last - first, tier.rate if tier.rate is not None else tier.revenue_share or 0


def entitle(term: Term[Tiered], use: Use, claim: Claim) -> Iterator[PoolPart]:
    """The claim's part of its day."""
    name, size = _part(term, use, claim)
    if size:
        yield PoolPart(name, size)
