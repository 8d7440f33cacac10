"""What finance sends of money that came, and of invoices that it gives up."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from overtone.fields import Amount, Currency, Day, Model, Slug, named_by_content
from overtone.money import PICO, minor_digits
from overtone.payout.adjustments import Text
from overtone.payout.money_in import Undone
from overtone.payout.receivables import NAMED_MAX

Number = Annotated[str, Field(pattern=r"^\d{8}$")]


class CollectionRequest(Model):
    """The body of `POST /v1/collections`: `amount` came from a licensee, for the invoices that it names, else the oldest.

    `separate`: it is other money than a collection of the same licensee, amount and day.
    """

    collection_id: Slug
    licensee: Slug
    currency: Currency
    amount: Amount
    received_on: Day
    invoices: Annotated[tuple[Number, ...], Field(max_length=NAMED_MAX, strict=False)] = ()
    separate: bool = False

    @model_validator(mode="after")
    def _is_money(self) -> Self:
        if self.amount == 0 or self.amount % (PICO // 10 ** minor_digits(self.currency)):
            raise ValueError("a collection is above zero and in whole minor units of its currency")
        return self


class WriteOffRequest(Model):
    """The body of `POST /v1/write-offs`: what is open of an invoice is given up when a second person accepts."""

    model_config = named_by_content("write_off_id")

    write_off_id: Slug
    invoice: Number
    reason: Text
    evidence: Text


class ReversalRequest(Model):
    """The body of `POST /v1/collections/{collection_id}:reverse`.

    `recalled`: the bank took the money back on that day; `posted_wrongly`: it had never come, so the licensee was late all along.
    """

    kind: Undone
    reversed_on: Day
    evidence: Text


class RefundRequest(Model):
    """The body of `POST /v1/refunds`: credit that no invoice has used is paid back when a second person accepts."""

    model_config = named_by_content("refund_id")

    refund_id: Slug
    licensee: Slug
    currency: Currency
    amount: Amount
    reason: Text
    evidence: Text

    @model_validator(mode="after")
    def _is_money(self) -> Self:
        if self.amount == 0 or self.amount % (PICO // 10 ** minor_digits(self.currency)):
            raise ValueError("a refund is above zero and in whole minor units of its currency")
        return self
