"""Prices by tier: each unit pays the tier that it falls in, units counted in the order of usage days over a period.

Within a day nobody was first: the day's units together span some of the tiers, and what that comes to is shared pro rata.
So each day is a pool of its own, priced as the terms of that day say, and a tier's sum depends on neither order, batches, shards nor
buckets. The units of a training run are its works; those of a pool's share are revenue, month by month (see `revenue_pool`).
Revenue of several currencies is counted in the deal's, at the settlement's posted rates, and owes its share in its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Final, Self

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, WithJsonSchema, field_validator, model_validator

from overtone.fields import Amount, Model, Share
from overtone.mechanisms.periods import TermPeriod, first_month
from overtone.mechanisms.shape import Claim, DealTerms, Month, PoolPart, Term, Use
from overtone.mechanisms.steps import PriceStep, decimal
from overtone.mechanisms.totals import SHARED_REVENUE, SHARED_UNITS, Pool, TotalKey, Totals
from overtone.money import NANO, PICO, format_amount, format_share, round_half_even
from overtone.scales import ZERO_PICO, Nano, Pico

TIERS_MAX: Final = 50
TIERS: Final = "tiers"
RATE: Final = "tier_rate"
"""The kind of a note: at which rate (1e-12) revenue in its `currency` counts in the deal's, which `of` says."""
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


def pool(term: Term[Tiered], day: TotalKey, month: Month, totals: Totals) -> Pool | None:
    """What a day's units come to by the terms of that day, after all the units of the period before; `None` for those of other terms.

    Raises `NoRate` where revenue of another currency cannot be counted.
    """
    if not term.terms.tiers or bool(day.currency) != _by_revenue(term.terms):
        return None
    currency, units = day.currency or term.currency, totals[day]
    if units:
        note_rates(term, (name.currency for name, counted in _until(term, day, totals) if counted), month, totals)
    before, today = _counted(term, day, totals)
    owed = part_of(_cost(term.terms, before, today), units, today)
    return Pool(term.name(TIERS, of=day.of, currency=currency), currency, owed, day)


def note_rates(term: Term[Tiered], currencies: Iterable[str], month: Month, totals: Totals) -> None:
    """Note at which rates revenue counts in the deal's currency, where tiers ask how much there is. Raises `NoRate`."""
    for currency in {*currencies} - {"", term.currency} if len(term.terms.tiers) > 1 else ():
        totals.notes[term.name(RATE, of=term.currency, currency=currency)] = int(month.rate(currency, term.currency) * PICO)


def is_converted(term: Term[Tiered], totals: Totals) -> bool:
    """Whether revenue of other currencies counts; else, as earlier versions counted, each is counted by itself."""
    if len(term.terms.tiers) <= 1 or not _by_revenue(term.terms):
        return False
    return any(name.kind == RATE and name.term == term.key and name.of == term.currency for name in totals.notes)


def worth(term: Term[Tiered], currency: str, units: int, totals: Totals) -> Fraction:
    """What revenue counts, in the scale that it is in."""
    return Fraction(units * totals.notes.get(term.name(RATE, of=term.currency, currency=currency), PICO), PICO)


def part_of(cost: Fraction, units: int, counted: Fraction) -> Pico:
    """What the units of one currency owe in it of what all that were counted with them cost (pico); rounded once, half-even."""
    return _rounded(cost * units / counted) if counted else ZERO_PICO


def reached(term: Term[Tiered], month: str, totals: Totals) -> int:
    """The tier, counted from 1, in which the last unit of a month fell; 0 where the terms have none or nothing counted."""
    if not term.terms.tiers:
        return 0
    start, together = first_month(term.terms.tier_period or "month", month), is_converted(term, totals)
    counted: dict[tuple[str, str], Fraction] = {}
    for kind, scale in ((SHARED_UNITS, _REVENUE if _by_revenue(term.terms) else _USES), (SHARED_REVENUE, 1)):
        for name, units in totals.sums_of(term.key, kind):
            if start <= name.of[:7] <= month:
                of_kind = kind, "" if together else name.currency
                counted[of_kind] = counted.get(of_kind, Fraction(0)) + worth(term, name.currency, units, totals) / scale
    most = max(counted.values(), default=Fraction(0))
    return sum(1 for tier in term.terms.tiers if tier.from_ < most)


def _until(term: Term[Tiered], day: TotalKey, totals: Totals) -> Iterator[tuple[TotalKey, int]]:
    """What the period counted before a day, and on it: revenue of every currency, or what is no revenue."""
    start = first_month(term.terms.tier_period or "month", day.of[:7])
    for name, units in totals.sums_of(term.key, SHARED_UNITS):
        if bool(name.currency) == bool(day.currency) and start <= name.of[:7] and name.of <= day.of:
            yield name, units


def _counted(term: Term[Tiered], day: TotalKey, totals: Totals) -> tuple[Fraction, Fraction]:
    """The units of the period before a day, and those of the day."""
    before, today, together = dict[str, int](), dict[str, int](), is_converted(term, totals)
    for name, units in _until(term, day, totals):
        if together or name.currency == day.currency:
            counted = today if name.of == day.of else before
            counted[name.currency] = counted.get(name.currency, 0) + units
    return _sum(term, before, totals), _sum(term, today, totals)


def _sum(term: Term[Tiered], units: Mapping[str, int], totals: Totals) -> Fraction:
    """What units of several currencies count together."""
    return sum((worth(term, currency, count, totals) for currency, count in units.items()), start=Fraction(0))


def steps(term: Term[Tiered], pool: Pool, totals: Totals) -> Iterator[PriceStep]:
    """A day's units tier by tier, after those that the period counted before."""
    if pool.name.kind != TIERS or not term.terms.tiers:
        return
    places = 39 if _by_revenue(term.terms) else 27
    unit, (before, today) = _unit(term, pool.currency, totals), _counted(term, pool.basis, totals)
    counted = f"{_told(before, places)} {unit} counted in the {term.terms.tier_period} before {pool.basis.of}"
    yield PriceStep(f"{counted}, {_told(today, places)} on it")
    yield from _steps_of_tiers(term, before, today, (pool.currency, totals[pool.basis]), totals)


def _unit(term: Term[Tiered], currency: str, totals: Totals) -> str:
    if not _by_revenue(term.terms):
        return "units"
    return f"{term.currency if is_converted(term, totals) else currency} of revenue"


def _steps_of_tiers(term: Term[Tiered], before: Fraction, counted: Fraction, own: tuple[str, int], totals: Totals) -> Iterator[PriceStep]:
    """What units cost after those before, tier by tier; and of revenue of several currencies what its `own` owes."""
    by_revenue, together, (currency, units) = _by_revenue(term.terms), is_converted(term, totals), own
    places, scale = (39, 10**36) if by_revenue else (27, 10**27)
    unit = _unit(term, currency, totals)
    for start, count, figure in _parts(term.terms, before, counted):
        price = format_share(Nano(figure)) if by_revenue else format_amount(Pico(figure))
        words = f"{_told(count, places)} {unit} in the tier from {format_amount(Pico(start))} x {price}"
        cost = _rounded(count * figure / scale)
        yield PriceStep(f"{words}: {format_amount(cost)}") if together else PriceStep.of(words, cost)
    if together:
        words = f"what {_told(Fraction(units), places)} {currency} are of {_told(counted, places)} {term.currency} of revenue"
        yield PriceStep.of(words, part_of(_cost(term.terms, before, counted), units, counted))


def steps_of_revenue(
    term: Term[Tiered], currency: str, before: Mapping[str, int], net: Mapping[str, int], totals: Totals
) -> Iterator[PriceStep]:
    """The same of a month's revenue, in one of its currencies (pico by currency)."""
    earlier, now = (_worth_of(term, currency, revenue, totals) for revenue in (before, net))
    words = f"counted in the {term.terms.tier_period} before this month"
    if is_converted(term, totals):
        yield PriceStep(f"{words}: {_told(earlier, 39)} {_unit(term, currency, totals)}")
    else:
        yield PriceStep.of(words, before.get(currency, 0))
    yield from _steps_of_tiers(term, earlier, now, (currency, net.get(currency, 0) * _REVENUE), totals)


def shares_of_revenue(term: Term[Tiered], before: Mapping[str, int], net: Mapping[str, int], totals: Totals) -> dict[str, int]:
    """What the tiers' shares of a month's revenue come to, after what was counted before (all in pico, by currency)."""
    found = {}
    for currency, pico in net.items():
        earlier, now = (_worth_of(term, currency, revenue, totals) for revenue in (before, net))
        found[currency] = int(part_of(_cost(term.terms, earlier, now), pico * _REVENUE, now))
    return found


def _worth_of(term: Term[Tiered], own: str, revenue: Mapping[str, int], totals: Totals) -> Fraction:
    """What revenue by currency (pico) counts with that of one currency: all of it, or its own."""
    together = is_converted(term, totals)
    return _sum(term, {of: pico * _REVENUE for of, pico in revenue.items() if together or of == own}, totals)


def price(terms: Tiered, before: int, units: int) -> Pico:
    """What units cost (pico) after those that were counted `before`: each its own tier, rounded once, half-even."""
    return _rounded(_cost(terms, Fraction(before), Fraction(units)))


def _cost(terms: Tiered, before: Fraction, units: Fraction) -> Fraction:
    """The same, exactly."""
    total = sum((count * figure for _, count, figure in _parts(terms, before, units)), start=Fraction(0))
    return total / (10**36 if _by_revenue(terms) else 10**27)


def _rounded(pico: Fraction) -> Pico:
    return Pico(round_half_even(pico.numerator, pico.denominator))


def _told(units: Fraction, places: int) -> str:
    """Units of 10^-places; rates have twelve more."""
    return decimal(int(units * PICO), places + 12)


def _parts(terms: Tiered, before: Fraction, units: Fraction) -> Iterator[tuple[int, Fraction, int]]:
    """The tiers that some units fall in: where each starts, how many, and its price or share."""
    scale = _REVENUE if _by_revenue(terms) else _USES
    ends = [tier.from_ * scale for tier in terms.tiers[1:]]
    for tier, end in zip(terms.tiers, [*ends, None], strict=True):
        first = max(before, Fraction(tier.from_ * scale))
        last = before + units if end is None else min(before + units, Fraction(end))
        if last > first:
            yield tier.from_, last - first, tier.rate if tier.rate is not None else tier.revenue_share or 0


def entitle(term: Term[Tiered], use: Use, claim: Claim) -> Iterator[PoolPart]:
    """The claim's part of its day."""
    name, size = _part(term, use, claim)
    if size:
        yield PoolPart(name, size)
