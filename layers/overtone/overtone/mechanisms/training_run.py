"""A fee for each training run: `fee` per run, shared over its works, and/or `fee_per_work`, for which tiers of rates may stand.

A new model version is a new run and a new fee; a run without a covered share owes none. `split:
equal` is STIM's published rule for its AI licence (the training fee equally over all licensed
works), `weight` follows the weights of the manifest (minutes, tokens).
"""

from collections.abc import Iterator
from typing import ClassVar, Final, Literal, Self

from pydantic import model_validator

from overtone.fields import Amount
from overtone.mechanisms import tier_prices
from overtone.mechanisms.proportion import no_proportion
from overtone.mechanisms.shape import (
    AMOUNT_PART_TO_FINE,
    Claim,
    Earning,
    Month,
    PoolPart,
    Term,
    Use,
    UseKind,
    Words,
    Yield,
    always,
    asks_nothing,
    survey_nothing,
)
from overtone.mechanisms.steps import PriceStep
from overtone.mechanisms.tier_prices import Tiered
from overtone.mechanisms.totals import Pool, TotalKey, Totals
from overtone.rights.registry import MandateUse
from overtone.scales import ZERO_PICO, Fine, Pico

words: Final = Words(
    "Training of {model} by {licensee}",
    ("counted {n} time in training", "counted {n} times in training"),
    part="Your share of the training fee of {whole}: {share}.",
    works="Your share of the training fee: {n} of {all} works. Of the {whole} that the deal owes for it you get {share}.",
    works_alone="Your share of the training fee: {n} of {all} works.",
)
mandate_uses: Final[tuple[MandateUse, ...]] = ("training",)
favoured: Final[tuple[str, ...]] = ("fee", "fee_per_work")
needs_licensor: Final = False
spareable: Final[frozenset[UseKind]] = frozenset[UseKind]({"training"})


class Terms(Tiered):
    """`fee` and `fee_per_work` in the deal's currency; tiers count the works of all runs of their period."""

    replaced: ClassVar[str] = "fee_per_work"

    mechanism: Literal["training_run"]
    fee: Amount = ZERO_PICO
    fee_per_work: Amount = ZERO_PICO
    split: Literal["equal", "weight"] = "equal"

    @model_validator(mode="after")
    def _owes_something(self) -> Self:
        if not self.fee and not self.fee_per_work and not self.tiers:
            raise ValueError("a training_run term needs fee or fee_per_work above 0, or tiers")
        if self.tiers and (self.fee_per_work or self.tiers[0].rate is None):
            raise ValueError("tiers of a training_run are rates per work, in place of fee_per_work")
        return self


asks = asks_nothing
survey = survey_nothing
pooled = always
proportion = no_proportion


def covers(_terms: Terms, use: Use) -> bool:
    """Training, and nothing else."""
    return use.kind == "training"


def _basis(term: Term[Terms], use: Use, claim: Claim) -> int:
    return claim.part * (use.weight if term.terms.split == "weight" else 1)


def _basis_name(term: Term[Terms], use: Use) -> TotalKey:
    """Another version of the deal may have another currency: a run's fee is in that of its day."""
    return term.name("fee_basis", of=use.run_id, currency=term.currency)


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Count the covered presence (or weight) of the run, and note the fee in force on its day."""
    totals.add(_basis_name(term, use), _basis(term, use, claim))
    totals.notes[term.name("fee", of=use.run_id)] = term.terms.fee
    if term.terms.tiers:
        tier_prices.measure(term, use, claim, totals)


def pools(term: Term[Terms], _month: Month, totals: Totals) -> Iterator[Pool]:
    """One fee for each run that used a covered share, whatever the manifest says that it weighs."""
    for basis, _ in totals.sums_of(term.key, "fee_basis"):
        if fee := totals.notes[term.name("fee", of=basis.of)]:
            yield Pool(term.name("fee", of=basis.of), basis.currency, Pico(fee), basis)


def steps(term: Term[Terms], pool: Pool, totals: Totals) -> Iterator[PriceStep]:
    """The fee of a run, or its works tier by tier."""
    if pool.name.kind == "fee":
        yield PriceStep.of(f"fee of the run {pool.name.of}", term.terms.fee)
    yield from tier_prices.steps(term, pool, totals)


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """A part of the run's fee, and the fee of each work in proportion to the covered part of it."""
    yield PoolPart(_basis_name(term, use), _basis(term, use, claim))
    if term.terms.tiers:
        yield from tier_prices.entitle(term, use, claim)
    if term.terms.fee_per_work:
        yield Earning(term.currency, Fine(term.terms.fee_per_work * claim.part * AMOUNT_PART_TO_FINE))
