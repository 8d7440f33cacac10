"""Where a party is, what tax offices call it, and where its money goes."""

import hashlib
import re
import unicodedata
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from stdnum import bic as _bic
from stdnum import iban as _iban
from stdnum.us import rtn as _rtn

from overtone.fields import Amount, Currency, Day, Model, Share, Territory, is_stored
from overtone.scales import ZERO_PICO

ACH_ACCOUNT_MAX: Final = 17
ENDING: Final = 4
PayoutMethod = Literal["sepa", "ach", "swift", "none"]
PayoutPeriod = Literal["month", "quarter", "half_year", "year"]


def readable(text: str) -> str:
    """A name as people write it: it is printed on statements and in bank files, which take no control characters."""
    if any(unicodedata.category(c) in _UNREADABLE for c in text) or not text.strip():
        raise ValueError("write it in visible characters, without line breaks or control characters")
    return text.strip()


_UNREADABLE: Final = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(readable)]


class Address(Model):
    """Where a party is, as invoices and bank files print it. The country is the party's unless it says otherwise."""

    lines: Annotated[tuple[Name, ...], Field(min_length=1, max_length=3, strict=False)]
    postal_code: Annotated[str, Field(max_length=16)] = ""
    city: Name
    country: Territory | None = None


class Tax(Model):
    """What tax offices call the party. `vat_rate` puts a tax line on its invoices; `treaty` claims a treaty's rate for its payments.

    `treaty_until`: the last day on which its certificate is good. `self_billing`: its statements are invoices in its name.
    """

    id: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    vat_rate: Share | None = None
    treaty: bool = False
    treaty_until: Day | None = None
    self_billing: bool = False

    @field_validator("self_billing")
    @classmethod
    def _bears_no_vat(cls, wanted: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's
        if wanted and info.data.get("vat_rate") and not is_stored(info):
            raise ValueError("invoices in a party's name bear no VAT; leave vat_rate out, or write them yourself")
        return wanted

    def claims_treaty(self, day: str) -> bool:
        """Whether a treaty's rate is claimed on a day."""
        return self.treaty and (self.treaty_until is None or day <= self.treaty_until)


class Payout(Model):
    """Where and when a party is paid; below the threshold its balance is carried forward.

    `holder` is the account holder's name where it is not the party's. `sepa` wants an IBAN, `swift` an IBAN or account number and the
    bank's BIC, `ach` a routing number (ABA) and an account number.
    """

    currency: Currency
    method: PayoutMethod = "none"
    holder: Name | None = None
    iban: str | None = None
    bic: str | None = None
    routing_number: str | None = None
    account_number: Annotated[str, Field(pattern=r"^[0-9A-Za-z -]{1,34}$")] | None = None
    account_type: Literal["checking", "savings"] = "checking"
    threshold: Amount = ZERO_PICO
    period: PayoutPeriod = "month"

    @field_validator("iban")
    @classmethod
    def _is_an_iban(cls, iban: str | None, info: ValidationInfo) -> str | None:
        if iban is not None and not is_stored(info) and not _iban.is_valid(iban):
            raise ValueError(f"{iban!r} is not a valid IBAN (ISO 13616); correct it or leave it out")
        return iban and str(_iban.compact(iban))

    @field_validator("bic")
    @classmethod
    def _is_a_bic(cls, bic: str | None, info: ValidationInfo) -> str | None:
        if bic is not None and not is_stored(info) and not _bic.is_valid(bic):
            raise ValueError(f"{bic!r} is not a valid BIC (ISO 9362); correct it or leave it out")
        return bic and str(_bic.compact(bic))

    @field_validator("routing_number")
    @classmethod
    def _is_a_routing_number(cls, number: str | None, info: ValidationInfo) -> str | None:
        if number is not None and not is_stored(info) and not _rtn.is_valid(number):
            raise ValueError(f"{number!r} is not a valid routing number (ABA, nine digits with a check digit); correct it or leave it out")
        return number and str(_rtn.compact(number))

    @field_validator("account_number", mode="before")
    @classmethod
    def _was_none(cls, number: object, info: ValidationInfo) -> object:
        return None if number == "" and is_stored(info) else number  # let in once, of separators alone

    @field_validator("account_number")
    @classmethod
    def _compact(cls, number: str | None) -> str | None:
        compact = number and re.sub(r"[ -]", "", number).upper()
        if compact == "":
            raise ValueError("an account number has letters or digits; correct it or leave it out")
        return compact

    @model_validator(mode="after")
    def _fits_the_network(self) -> Self:
        if self.method == "ach" and self.account_number is not None and len(self.account_number) > ACH_ACCOUNT_MAX:
            raise ValueError(f"an ACH account number has at most {ACH_ACCOUNT_MAX} characters")
        return self

    @property
    def is_payable(self) -> bool:
        """Whether the method has what it needs."""
        if self.method == "sepa":
            return self.iban is not None
        if self.method == "swift":
            return self.bic is not None and (self.iban or self.account_number) is not None
        return self.method == "ach" and self.routing_number is not None and self.account_number is not None

    @property
    def ending(self) -> str:
        """The last four characters of the account, of a short number fewer: enough for its holder to know it by."""
        numbers = {"sepa": self.iban, "swift": self.iban or self.account_number, "ach": self.account_number}
        number = (numbers.get(self.method) or "") if self.is_payable else ""
        return number[len(number) - min(ENDING, len(number) // 2) :]

    @property
    def fingerprint(self) -> str:
        """What tells one account from another without naming it: 16 hex digits of where the money goes; empty without an account."""
        if not self.is_payable:
            return ""
        method, iban, bic = self.method, self.iban, self.bic
        used: tuple[str | None, ...] = (method, iban) if method == "sepa" else (method, self.routing_number, self.account_number)
        if method == "swift":
            used = (method, iban, bic, self.account_number)
        return hashlib.sha256("\x1f".join(part or "" for part in used).encode()).hexdigest()[:16]
