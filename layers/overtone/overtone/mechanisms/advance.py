"""An amount to one party, once, recoupable: its later lines under the deal pay it back first.

The line is an ordinary credit; `accounts` opens the balance to recoup when it sees one.
"""

from typing import Literal, Self

from pydantic import model_validator

from overtone.fields import Amount, Model, Slug
from overtone.mechanisms.shape import FINE, Claim, Earning, Term, Totals, Use, UseKind, Yield, measure_nothing, never, no_pools

measure = measure_nothing
pools = no_pools


class Terms(Model):
    """`amount` in the deal's currency, due on the deal's first day; `party` is the licensor if left out."""

    mechanism: Literal["advance"]
    amount: Amount
    party: Slug | None = None

    @model_validator(mode="after")
    def _owes_something(self) -> Self:
        if not self.amount:
            message = "an advance needs an amount above 0"
            raise ValueError(message)
        return self


pooled = never


def covers(_terms: Terms, use: Use) -> bool:
    """The deal itself."""
    return use.kind == "deal"


def asks(_terms: Terms) -> frozenset[UseKind]:
    """The deal, in the month that it begins."""
    return frozenset({"deal"})


def entitle(term: Term, use: Use, claim: Claim, totals: Totals) -> Yield:
    """The amount, in the month that the deal begins: `first` marks it."""
    del claim, totals
    if use.kind == "deal" and use.first:
        yield Earning(term.currency, term.terms.amount * FINE)
