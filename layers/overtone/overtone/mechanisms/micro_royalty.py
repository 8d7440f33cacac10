"""A tariff for each generation by measured influence: `rate` x attributed quantity, to the work.

Nothing is due for what no work is attributed to.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from overtone.facts.usage_kinds import OutputUse
from overtone.fields import Amount
from overtone.mechanisms.shape import (
    RATE_TO_FINE,
    Claim,
    DealTerms,
    Earning,
    Term,
    Use,
    UseKind,
    Words,
    Yield,
    asks_nothing,
    measure_nothing,
    never,
    no_pools,
)
from overtone.mechanisms.totals import Totals
from overtone.rights.registry import MandateUse

words: Final = Words(
    "Micro-royalties for music made with {model} by {licensee}",
    ("{n} generation credited to this work", "{n} generations credited to this work"),
    ("generation", "generations"),
)
mandate_uses: Final[tuple[MandateUse, ...]] = ("generation", "output")
favoured: Final[tuple[str, ...]] = ("rate",)
needs_licensor: Final = False
spareable: Final[frozenset[UseKind]] = frozenset[UseKind]({"output"})

asks = asks_nothing
measure = measure_nothing
pools = no_pools


class Terms(DealTerms):
    """`rate` for each attributed generation, in the deal's currency."""

    mechanism: Literal["micro_royalty"]
    rate: Amount
    uses: Annotated[tuple[OutputUse, ...], Field(min_length=1, strict=False)] = ("generation",)


pooled = never


def covers(terms: Terms, use: Use) -> bool:
    """The uses of outputs that the tariff names."""
    return use.kind == "output" and use.attributed and use.use in terms.uses


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The tariff times the claim's part of the attributed quantity."""
    del totals
    if use.kind == "output":
        fine = term.terms.rate * use.quantity * claim.part * RATE_TO_FINE
        yield Earning(term.currency, fine)
