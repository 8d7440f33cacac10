"""An amount to one party, once, recoupable: its later lines under the deal pay it back first.

The line is an ordinary credit; `payout.payees` opens the balance to recoup when it sees one.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from overtone.fields import Amount, Day, Model, Slug
from overtone.mechanisms.proportion import no_proportion
from overtone.mechanisms.shape import (
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
from overtone.mechanisms.steps import no_steps
from overtone.mechanisms.totals import Totals
from overtone.money import to_fine
from overtone.rights.registry import EVERY_MANDATE_USE, MandateUse
from overtone.scales import ZERO_PICO

INSTALMENTS_MAX: Final = 120
words: Final = Words(
    "Advance from {licensee}, earned back by later income",
    note="Paid ahead: what this deal earns you later pays it back first, and is paid to you after that.",
    once=True,
)
mandate_uses: Final[tuple[MandateUse, ...]] = EVERY_MANDATE_USE
favoured: Final[tuple[str, ...]] = ()
needs_licensor: Final = True
spareable: Final[frozenset[UseKind]] = NOTHING

measure = measure_nothing
pools = no_pools


class Instalment(Model):
    """A part of an advance and the day on which it is due."""

    on: Day
    amount: Amount


class Terms(DealTerms):
    """`amount` in the deal's currency, due on the deal's first day, or `instalments` by day; `party` is the licensor if left out.

    Deals of one licensee that name the same `recoup_group` recoup each other's advances to a party, the oldest first.
    """

    mechanism: Literal["advance"]
    amount: Amount = ZERO_PICO
    instalments: Annotated[tuple[Instalment, ...], Field(max_length=INSTALMENTS_MAX, strict=False)] = ()
    party: Slug | None = None
    recoup_group: Slug | None = None

    @model_validator(mode="after")
    def _owes_something(self) -> Self:
        if bool(self.amount) == bool(self.instalments):
            raise ValueError("an advance needs an amount above 0, or instalments")
        days = [instalment.on for instalment in self.instalments]
        if days != sorted(set(days)) or not all(instalment.amount for instalment in self.instalments):
            raise ValueError("instalments: each on a later day than the one before, each above 0")
        return self

    def due_days(self, first: str) -> tuple[str, ...]:
        """The first day, or those of the instalments."""
        return tuple(instalment.on for instalment in self.instalments) or (first,)


survey = survey_nothing
steps = no_steps
pooled = never
proportion = no_proportion


def covers(_terms: Terms, use: Use) -> bool:
    """The deal itself."""
    return use.kind == "deal"


def asks(_terms: Terms) -> frozenset[UseKind]:
    """The deal, in the month that it begins."""
    return frozenset({"deal"})


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The amount, on the day that it is due, or that day's instalment."""
    del claim, totals
    if use.kind == "deal" and use.first:
        part = next((instalment.amount for instalment in term.terms.instalments if instalment.on == use.day), ZERO_PICO)
        yield Earning(term.currency, to_fine(term.terms.amount + part))
