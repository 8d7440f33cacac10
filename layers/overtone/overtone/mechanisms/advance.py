"""An amount to one party, once, recoupable: its later lines under the deal pay it back first.

The line is an ordinary credit; `accounts` opens the balance to recoup when it sees one.
"""

from typing import ClassVar, Final, Literal, Self

from pydantic import model_validator

from overtone.fields import Amount, Slug
from overtone.mechanisms.shape import (
    FINE,
    NOTHING,
    Claim,
    DealTerms,
    Earning,
    Term,
    Use,
    UseKind,
    Words,
    Yield,
    measure_nothing,
    never,
    no_pools,
    survey_nothing,
)
from overtone.mechanisms.totals import Totals
from overtone.rights.registry import EVERY_MANDATE_USE, MandateUse

words: Final = Words("Advance from {licensee}, earned back by later income")
mandate_uses: Final[tuple[MandateUse, ...]] = EVERY_MANDATE_USE
favoured: Final[tuple[str, ...]] = ()
needs_licensor: Final = True
spareable: Final[frozenset[UseKind]] = NOTHING

measure = measure_nothing
pools = no_pools


class Terms(DealTerms):
    """`amount` in the deal's currency, due on the deal's first day; `party` is the licensor if left out."""

    fixed: ClassVar[bool] = True

    mechanism: Literal["advance"]
    amount: Amount
    party: Slug | None = None

    @model_validator(mode="after")
    def _owes_something(self) -> Self:
        if not self.amount:
            message = "an advance needs an amount above 0"
            raise ValueError(message)
        return self


survey = survey_nothing
pooled = never


def covers(_terms: Terms, use: Use) -> bool:
    """The deal itself."""
    return use.kind == "deal"


def asks(_terms: Terms) -> frozenset[UseKind]:
    """The deal, in the month that it begins."""
    return frozenset({"deal"})


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The amount, in the month that the deal begins: `first` marks it."""
    del claim, totals
    if use.kind == "deal" and use.first:
        yield Earning(term.currency, term.terms.amount * FINE)
