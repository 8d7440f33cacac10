"""A tariff for each generation by measured influence: `rate` x attributed quantity, to the work.

Nothing is due for what no work is attributed to.
"""

from typing import Final, Literal, Self

from pydantic import model_validator

from overtone.facts.usage_kinds import UsesOrAll
from overtone.fields import Amount
from overtone.mechanisms import tier_prices
from overtone.mechanisms.proportion import Proportion, Proportions
from overtone.mechanisms.shape import (
    RATE_TO_FINE,
    Claim,
    Earning,
    Term,
    Use,
    UseKind,
    Words,
    Yield,
    asks_nothing,
    no_pools,
    survey_nothing,
)
from overtone.mechanisms.tier_prices import Tiered
from overtone.mechanisms.totals import Totals
from overtone.rights.registry import MandateUse
from overtone.scales import Fine

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
survey = survey_nothing
steps = tier_prices.steps
pools = no_pools


class Terms(Tiered):
    """`rate` for each attributed generation, in the deal's currency, or tiers of rates."""

    mechanism: Literal["micro_royalty"]
    rate: Amount | None = None
    uses: UsesOrAll = ("generation",)

    @model_validator(mode="after")
    def _is_a_tariff(self) -> Self:
        if (self.rate is None) != bool(self.tiers) or any(tier.rate is None for tier in self.tiers):
            raise ValueError("a micro_royalty needs a rate, or tiers of rates")
        return self


def pooled(terms: Terms) -> bool:
    """Where tiers count everybody's uses."""
    return bool(terms.tiers)


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Count the units of tiers."""
    if term.terms.tiers:
        tier_prices.measure(term, use, claim, totals)


def covers(terms: Terms, use: Use) -> bool:
    """The uses of outputs that the tariff names."""
    return use.kind == "output" and use.attributed and bool({use.use, "*"} & {*terms.uses})


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The tariff times the claim's part of the attributed quantity."""
    del totals
    if term.terms.tiers:
        yield from tier_prices.entitle(term, use, claim)
    elif use.kind == "output" and term.terms.rate is not None:
        yield Earning(term.currency, Fine(term.terms.rate * use.quantity * claim.part * RATE_TO_FINE))


def proportion(term: Term[Terms], use: Use, totals: Totals) -> Proportions | None:
    """The tariff, where it has no tiers."""
    del totals
    if use.kind != "output" or term.terms.rate is None:
        return None
    return (Proportion(term.currency, term.terms.rate * RATE_TO_FINE, 0),)
