"""Exchange rates that finance posts for one settlement: each used directly, each conversion rounded once.

A rate is never inverted and never chained over a third currency, so a statement can name the one
figure and the one source that it used. A pair that is missing stops the settlement.
"""

from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

from pydantic import Field, model_validator

from overtone import fields
from overtone.errors import Rejected
from overtone.fields import Amount, Currency, Model
from overtone.money import PICO, round_half_even

RATES_MAX: Final = 2_000
"""Pairs in one posting: more than 40 currencies in both directions."""


class Rate(Model):
    """One unit of `from` is worth `rate` units of `to`, as `source` says."""

    from_: Annotated[Currency, Field(alias="from")]
    to: Currency
    rate: Amount
    source: Annotated[str, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _usable(self) -> "Rate":
        if self.rate == 0 or self.from_ == self.to:
            message = "a rate is above zero and between two currencies"
            raise ValueError(message)
        return self


class RateSheet(Model):
    """The body of `PUT /v1/fx/{settlement_id}`."""

    rates: Annotated[tuple[Rate, ...], Field(max_length=RATES_MAX, strict=False)]

    @model_validator(mode="after")
    def _once(self) -> "RateSheet":
        pairs = [(rate.from_, rate.to) for rate in self.rates]
        if len(set(pairs)) < len(pairs):
            message = "a pair of currencies stands twice"
            raise ValueError(message)
        return self


class Conversion(NamedTuple):
    """What became of an amount: `amount` of `source_currency` at `rate` gave `result`; all pico."""

    source_currency: str
    target_currency: str
    amount: int
    rate: int
    source: str
    result: int


class Rates:
    """The rates of one settlement. Missing pairs are collected, so that finance learns of all at once."""

    def __init__(self, rates: Mapping[tuple[str, str], Rate] | None = None) -> None:
        self._rates = dict(rates or {})
        self.missing: set[tuple[str, str]] = set()

    @classmethod
    def parse(cls, content: object) -> "Rates":
        """From the JSON of a rate sheet; raises `Rejected` naming the fields at fault."""
        sheet = fields.validated(RateSheet, content, "rates")
        return cls({(rate.from_, rate.to): rate for rate in sheet.rates})

    def convert(self, pico: int, source: str, target: str) -> Conversion:
        """An amount in another currency, half-even to pico. Without a rate: 0, and the pair is noted as missing."""
        rate = self._rates.get((source, target))
        if rate is None:
            self.missing.add((source, target))
            return Conversion(source, target, pico, 0, "", 0)
        return Conversion(source, target, pico, rate.rate, rate.source, round_half_even(pico * rate.rate, PICO))

    def require_complete(self) -> None:
        """Raises `Rejected` naming every pair that a conversion asked for in vain."""
        if self.missing:
            pairs = ", ".join(f"{source} to {target}" for source, target in sorted(self.missing))
            raise Rejected(f"no exchange rate was posted for {pairs}; post it and settle again")
