"""A price for each use of a generated track: each work gets its own attributed part.

Where attribution is not reliable (`confidence`), the money goes to a fallback: suspense, or a pool
a (deal, model, month) shared by presence or weight in that model's latest training run: STIM's
rule, by analogy with use in training. `blend` scales by confidence instead: c by influence, 1 - c to the
fallback. `unattributed` makes the deal owe for what no work is named for, too, through its fallback.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from overtone.facts.usage_kinds import OUTPUT_USES, OutputUse
from overtone.fields import Model, Share
from overtone.mechanisms import pricing
from overtone.mechanisms.shape import Claim, Earning, Month, PoolPart, Term, Use, UseKind, Words, Yield, to_pico
from overtone.mechanisms.totals import Pool, TotalKey, Totals
from overtone.money import NANO
from overtone.rights.registry import MandateUse

words: Final = Words(
    "Music made with {model} by {licensee}", ("{n} use credited to this work", "{n} uses credited to this work"), ("use", "uses")
)
mandate_uses: Final[tuple[MandateUse, ...]] = ("output", "generation")
favoured: Final[tuple[str, ...]] = ("rate", "revenue_share")
needs_licensor: Final = False
spareable: Final[frozenset[UseKind]] = frozenset[UseKind]({"output"})

BANDS: Final = 10
"""Confidence is seen in tenths."""
_OWED: Final = "owed"
"""A price that is owed as it is; the others are until the greater is known."""
_BY_RATE: Final = "fallback_by_rate"
_BY_REVENUE: Final = "fallback_by_revenue"


class Confidence(Model):
    """Below `min` the fallback applies; `basis` says how a training pool is shared."""

    min: Share = 0
    fallback: Literal["training", "suspense"] = "training"
    basis: Literal["presence", "weight"] = "presence"


class Terms(pricing.Price):
    """A price, the uses that it is for, and what happens where attribution is weak or absent."""

    mechanism: Literal["per_output"]
    uses: Annotated[tuple[OutputUse, ...], Field(min_length=1, strict=False)] = OUTPUT_USES
    confidence: Confidence | None = None
    blend: bool = False
    unattributed: bool = False

    @model_validator(mode="after")
    def _fallback_is_named(self) -> Self:
        if (self.blend or self.unattributed) and self.confidence is None:
            message = "blend and unattributed need confidence: {fallback: training | suspense}"
            raise ValueError(message)
        return self


def covers(terms: Terms, use: Use) -> bool:
    """Uses of outputs that the terms name; the unattributed part only where they say so."""
    named = use.kind == "output" and use.use in terms.uses
    return named and (use.attributed or terms.unattributed)


def _direct_tenths(terms: Terms, use: Use) -> int:
    """How many tenths of the price go by influence; the rest goes to the fallback."""
    if terms.confidence is None:
        return BANDS
    if not use.attributed or use.band * NANO < terms.confidence.min * BANDS:
        return 0
    return use.band if terms.blend else BANDS


def _basis_name(term: Term[Terms], model: str) -> TotalKey:
    return term.name("fallback_basis", of=model)


def _falls_back_to_training(terms: Terms) -> bool:
    return terms.confidence is not None and terms.confidence.fallback == "training"


def _basis(term: Term[Terms], use: Use, claim: Claim) -> int:
    confidence = term.terms.confidence
    return claim.part * (use.weight if confidence and confidence.basis == "weight" else 1)


def asks(terms: Terms) -> frozenset[UseKind]:
    """The latest training run of each model, where the fallback is shared by it."""
    return frozenset({"model"} if _falls_back_to_training(terms) else ())


def pooled(terms: Terms) -> bool:
    """Where two prices are compared on the month's total, or a fallback is shared."""
    return pricing.compares(terms) or _falls_back_to_training(terms)


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Count prices (for `greater_of` and the fallback pools) and presence in the latest run."""
    if use.kind == "model":
        if _falls_back_to_training(term.terms):
            totals.add(_basis_name(term, use.model), _basis(term, use, claim))
        return
    pricing.count_price(term, use, claim, totals)
    indirect = BANDS - _direct_tenths(term.terms, use)
    if indirect and _falls_back_to_training(term.terms):
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
            yield Pool(term.name("fallback", of=model, currency=currency), currency, to_pico(fine), _basis_name(term, model))


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The claim's own attributed part, or its part of the fallback pool of the model."""
    if use.kind == "model":
        if _falls_back_to_training(term.terms):
            basis = _basis(term, use, claim)
            yield PoolPart(_basis_name(term, use.model), basis)
        return
    direct = _direct_tenths(term.terms, use)
    for currency, fine in pricing.owed(term, use, claim, totals):
        if direct:
            yield Earning(currency, fine * direct // BANDS)
        if direct < BANDS and not _falls_back_to_training(term.terms):
            yield Earning(currency, fine * (BANDS - direct) // BANDS, reason="unattributed")
