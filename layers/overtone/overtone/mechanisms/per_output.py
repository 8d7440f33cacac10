"""A price for each use of a generated track: each work gets its own attributed part.

Where attribution is not reliable (`confidence`), the money goes to a fallback: suspense, or a pool
per deal, model and month, shared by presence or weight in that model's latest training run: STIM's
rule, by analogy with use in training. `blend` scales by confidence instead: c by influence, 1 - c to the
fallback. `unattributed` makes the deal owe for what no work is named for, too, through its fallback.
"""

from collections.abc import Iterator
from typing import Final, Literal, Self

from pydantic import model_validator

from overtone.facts.usage_kinds import OUTPUT_USES, UsesOrAll
from overtone.lines import UNATTRIBUTED
from overtone.mechanisms import attribution, pricing, tier_prices
from overtone.mechanisms.attribution import BANDS, Attributed
from overtone.mechanisms.proportion import Proportions
from overtone.mechanisms.shape import Claim, Earning, Month, PoolPart, Term, Use, UseKind, Words, Yield, survey_nothing
from overtone.mechanisms.totals import Pool, TotalKey, Totals
from overtone.money import to_pico
from overtone.rights.registry import MandateUse
from overtone.scales import Fine

words: Final = Words(
    "Music made with {model} by {licensee}", ("{n} use credited to this work", "{n} uses credited to this work"), ("use", "uses")
)
mandate_uses: Final[tuple[MandateUse, ...]] = ("output", "generation")
favoured: Final[tuple[str, ...]] = ("rate", "revenue_share")
needs_licensor: Final = False
spareable: Final[frozenset[UseKind]] = frozenset[UseKind]({"output"})

_OWED: Final = "owed"
"""A price that is owed as it is; the others are until the greater is known."""
_BY_RATE: Final = "fallback_by_rate"
_BY_REVENUE: Final = "fallback_by_revenue"


class Terms(pricing.Price, Attributed):
    """A price, the uses that it is for, and what happens where attribution is weak or absent."""

    mechanism: Literal["per_output"]
    uses: UsesOrAll = OUTPUT_USES

    @model_validator(mode="after")
    def _fallback_is_named(self) -> Self:
        attribution.require_fallback(self)
        if self.tiers and self.confidence:
            raise ValueError("tiers price what attribution is sure of; leave confidence out, or name a rate")
        return self


survey = survey_nothing
steps = tier_prices.steps


def covers(terms: Terms, use: Use) -> bool:
    """Uses of outputs that the terms name; the unattributed part only where they say so."""
    named = use.kind == "output" and bool({use.use, "*"} & {*terms.uses})
    return named and (use.attributed or terms.unattributed)


def _basis_name(term: Term[Terms], model: str) -> TotalKey:
    return term.name("fallback_basis", of=model)


def asks(terms: Terms) -> frozenset[UseKind]:
    """The latest training run of each model, where the fallback is shared by it."""
    return frozenset({"model"} if attribution.follows_training(terms) else ())


def pooled(terms: Terms) -> bool:
    """Where two prices are compared on the month's total, or a fallback is shared."""
    return pricing.pooled(terms) or attribution.follows_training(terms)


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Count prices (for `greater_of` and the fallback pools) and presence in the latest run."""
    if use.kind == "model":
        if attribution.follows_training(term.terms):
            totals.add(_basis_name(term, use.model), attribution.presence(term.terms, use, claim))
        return
    if term.terms.tiers:
        tier_prices.measure(term, use, claim, totals)
        return
    pricing.count_price(term, use, claim, totals)
    indirect = BANDS - attribution.direct_tenths(term.terms, use)
    if indirect and attribution.follows_training(term.terms):
        rate, revenue = (_BY_RATE, _BY_REVENUE) if pricing.compares(term.terms) else (_OWED, _OWED)
        by_rate = pricing.by_rate(term.terms, use, claim) * indirect // BANDS
        by_revenue = pricing.by_revenue(term.terms, use, claim) * indirect // BANDS
        totals.add(term.name(rate, of=use.model, currency=term.currency), by_rate)
        totals.add(term.name(revenue, of=use.model, currency=use.currency), by_revenue)


def pools(term: Term[Terms], month: Month, totals: Totals) -> Iterator[Pool]:
    """A pool for each model and currency that money fell back to on any day, whatever the month's last terms say."""
    pricing.choose_price(term, month, totals)
    sums: dict[tuple[str, str], int] = {}
    for kind in (_OWED, _BY_RATE if pricing.rate_is_greater(term, totals) else _BY_REVENUE):
        for name, fine in totals.sums_of(term.key, kind):
            sums[name.of, name.currency] = sums.get((name.of, name.currency), 0) + fine
    for (model, currency), fine in sorted(sums.items()):
        if fine:
            yield Pool(term.name("fallback", of=model, currency=currency), currency, to_pico(Fine(fine)), _basis_name(term, model))


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The claim's own attributed part, or its part of the fallback pool of the model."""
    if use.kind == "model":
        if attribution.follows_training(term.terms):
            basis = attribution.presence(term.terms, use, claim)
            yield PoolPart(_basis_name(term, use.model), basis)
        return
    if term.terms.tiers:
        yield from tier_prices.entitle(term, use, claim)
        return
    direct = attribution.direct_tenths(term.terms, use)
    for currency, fine in pricing.owed(term, use, claim, totals):
        if direct:
            yield Earning(currency, Fine(fine * direct // BANDS))
        if direct < BANDS and not attribution.follows_training(term.terms):
            yield Earning(currency, Fine(fine * (BANDS - direct) // BANDS), reason=UNATTRIBUTED)


def proportion(term: Term[Terms], use: Use, totals: Totals) -> Proportions | None:
    """The price of a use of an output that attribution is sure of."""
    sure = use.kind == "output" and attribution.direct_tenths(term.terms, use) == BANDS
    return pricing.proportion(term, use, totals) if sure else None
