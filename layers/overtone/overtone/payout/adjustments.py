"""What finance changes on a payee's account by hand: two persons agree, the evidence is named, and it stands on the statement."""

from typing import Annotated, NamedTuple

from pydantic import Field

from overtone.fields import Currency, Model, SignedAmount, Slug

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
    amount: int
    reason: str
    accepted_by: str = ""
