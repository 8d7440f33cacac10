"""What finance sends of money that came, and of invoices that it gives up."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from overtone.fields import Amount, Currency, Day, Model, Slug
from overtone.money import PICO, minor_digits
from overtone.payout.adjustments import Text

INVOICES_NAMED_MAX: Final = 1_000
Number = Annotated[str, Field(pattern=r"^\d{8}$")]


class CollectionRequest(Model):
    """The body of `POST /v1/collections`: `amount` came from a licensee, for the invoices that it names, else the oldest."""

    collection_id: Slug
    licensee: Slug
    currency: Currency
    amount: Amount
    received_on: Day
    invoices: Annotated[tuple[Number, ...], Field(max_length=INVOICES_NAMED_MAX, strict=False)] = ()

    @model_validator(mode="after")
    def _is_money(self) -> Self:
        if self.amount == 0 or self.amount % (PICO // 10 ** minor_digits(self.currency)):
            message = "a collection is above zero and in whole minor units of its currency"
            raise ValueError(message)
        return self


class WriteOffRequest(Model):
    """The body of `POST /v1/write-offs`: what is open of an invoice is given up when a second person accepts."""

    write_off_id: Slug
    invoice: Number
    reason: Text
    evidence: Text
