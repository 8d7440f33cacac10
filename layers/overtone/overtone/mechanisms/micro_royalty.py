"""A tariff for each generation by measured influence: `rate` x attributed quantity, to the work.

Nothing is due for what no work is attributed to.
"""

from typing import Annotated, Literal

from pydantic import Field

from overtone.facts.usage_kinds import OutputUse
from overtone.fields import Amount, Model
from overtone.mechanisms.shape import RATE_TO_FINE, Claim, Earning, Term, Totals, Use, Yield, asks_nothing, measure_nothing, never, no_pools

asks = asks_nothing
measure = measure_nothing
pools = no_pools


class Terms(Model):
    """`rate` for each attributed generation, in the deal's currency."""

    mechanism: Literal["micro_royalty"]
    rate: Amount
    uses: Annotated[tuple[OutputUse, ...], Field(min_length=1, strict=False)] = ("generation",)


pooled = never


def covers(terms: Terms, use: Use) -> bool:
    """The uses of outputs that the tariff names."""
    return use.kind == "output" and use.attributed and use.use in terms.uses


def entitle(term: Term, use: Use, claim: Claim, totals: Totals) -> Yield:
    """The tariff times the claim's part of the attributed quantity."""
    del totals
    if use.kind == "output":
        fine = term.terms.rate * use.quantity * claim.part * RATE_TO_FINE
        yield Earning(term.currency, fine)
