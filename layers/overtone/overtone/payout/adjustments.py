"""What finance changes on a payee's account by hand, and what it brings from another system.

Two persons agree, the evidence is named, and it stands on the statement.
"""

from typing import Annotated, Final, NamedTuple, Self

from pydantic import Field, model_validator

from overtone.fields import Amount, Currency, Model, SignedAmount, Slug
from overtone.scales import ZERO_PICO, Pico

Text = Annotated[str, Field(min_length=1, max_length=500)]


class AdjustmentRequest(Model):
    """The body of `POST /v1/adjustments`: `amount` is added to what the party is owed, or taken off where it is negative."""

    adjustment_id: Slug
    party: Slug
    amount: SignedAmount
    currency: Currency
    reason: Text
    evidence: Text


class Adjustment(NamedTuple):
    """An adjustment that two persons agreed on; pico."""

    adjustment_id: str
    party_id: str
    currency: str
    amount: Pico
    reason: str
    kind: str = "adjustment"


OPENINGS_MAX: Final = 20_000
"""Rows of one posting of opening balances."""


class OpeningBalance(Model):
    """What another system owed a party; `unrecouped` of an advance under a deal is what later earnings still pay back.

    `reserve` is the part of `balance` that is held, and let go over `periods` months.
    """

    party: Slug
    currency: Currency
    balance: SignedAmount = ZERO_PICO
    reserve: Amount = ZERO_PICO
    periods: Annotated[int, Field(ge=1, le=24)] = 1
    deal_id: Slug | None = None
    licensee: Slug | None = None
    unrecouped: Amount = ZERO_PICO

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.unrecouped and not (self.deal_id and self.licensee):
            message = "an unrecouped advance needs its deal_id and licensee"
            raise ValueError(message)
        if self.reserve > max(0, self.balance):
            message = "a reserve is part of the balance, not above it"
            raise ValueError(message)
        return self


class OpeningRequest(Model):
    """The body of `POST /v1/opening-balances`."""

    opening_id: Slug
    evidence: Text
    balances: Annotated[tuple[OpeningBalance, ...], Field(min_length=1, max_length=OPENINGS_MAX, strict=False)]


class AgreedOpening(NamedTuple):
    """A row of opening balances that two persons agreed on; pico."""

    opening_id: str
    party_id: str
    currency: str
    balance: Pico
    reserve: Pico
    periods: int
    deal_id: str
    licensee: str
    unrecouped: Pico
