"""A fee for each training run: `fee` a run, shared over its works, and/or `fee_per_work`.

A new model version is a new run and a new fee; a run without a covered share owes none. `split:
equal` is STIM's published rule for its AI licence (the training fee equally over all licensed
works), `weight` follows the weights of the manifest (minutes, tokens).
"""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import model_validator

from overtone.fields import Amount, Model
from overtone.mechanisms.shape import (
    AMOUNT_PART_TO_FINE,
    Claim,
    Earning,
    Month,
    Pool,
    PoolPart,
    Term,
    Totals,
    Use,
    Yield,
    always,
    asks_nothing,
)


class Terms(Model):
    """`fee` and `fee_per_work` in the deal's currency."""

    mechanism: Literal["training_run"]
    fee: Amount = 0
    fee_per_work: Amount = 0
    split: Literal["equal", "weight"] = "equal"

    @model_validator(mode="after")
    def _owes_something(self) -> Self:
        if not self.fee and not self.fee_per_work:
            message = "a training_run term needs fee or fee_per_work above 0"
            raise ValueError(message)
        return self


asks = asks_nothing
pooled = always


def covers(_terms: Terms, use: Use) -> bool:
    """Training, and nothing else."""
    return use.kind == "training"


def _pool(term: Term, run_id: str) -> str:
    return term.name("fee", run_id)


def _basis(term: Term, use: Use, claim: Claim) -> int:
    return claim.part * (use.weight if term.terms.split == "weight" else 1)


def measure(term: Term, use: Use, claim: Claim, totals: Totals) -> None:
    """Count the covered presence (or weight) of the run, and note the fee in force on its day."""
    totals.add(f"{_pool(term, use.run_id)}|basis", _basis(term, use, claim))
    totals.notes[_pool(term, use.run_id)] = term.terms.fee


def pools(term: Term, _month: Month, totals: Totals) -> Iterator[Pool]:
    """One fee for each run that used a covered share, whatever the manifest says that it weighs."""
    prefix = term.name("fee", "")
    for pool, fee in sorted(totals.notes.items()):
        if pool.startswith(prefix) and fee:
            yield Pool(pool, term.currency, fee, f"{pool}|basis")


def entitle(term: Term, use: Use, claim: Claim, totals: Totals) -> Yield:
    """A part of the run's fee, and the fee of each work in proportion to the covered part of it."""
    yield PoolPart(f"{_pool(term, use.run_id)}|basis", _basis(term, use, claim))
    if term.terms.fee_per_work:
        yield Earning(term.currency, term.terms.fee_per_work * claim.part * AMOUNT_PART_TO_FINE)
