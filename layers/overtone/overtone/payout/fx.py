"""Exchange rates that finance posts for one settlement: each used directly, each conversion rounded once.

A rate is never inverted and never chained over a third currency, so a statement can name the one
figure and the one source that it used. Where a pair is missing the money stays in the currency in which it was
earned, is named, and waits for a settlement with a rate; it stops nobody.
"""

from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

from pydantic import Field, model_validator

from overtone import fields
from overtone.fields import Amount, Currency, Model
from overtone.money import PICO, format_amount, round_half_even
from overtone.scales import ZERO_PICO, Pico

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
            raise ValueError("a rate is above zero and between two currencies")
        return self


class RateSheet(Model):
    """The body of `PUT /v1/fx/{settlement_id}`."""

    rates: Annotated[tuple[Rate, ...], Field(max_length=RATES_MAX, strict=False)]

    @model_validator(mode="after")
    def _once(self) -> "RateSheet":
        pairs = [(rate.from_, rate.to) for rate in self.rates]
        if len(set(pairs)) < len(pairs):
            raise ValueError("a pair of currencies stands twice; send each once")
        return self


class Conversion(NamedTuple):
    """What became of an amount: `amount` of `source_currency` at `rate` gave `result`; all pico."""

    source_currency: str
    target_currency: str
    amount: Pico
    rate: Pico
    source: str
    result: Pico


class Unconverted(NamedTuple):
    """What stays in the currency in which it was earned for want of a rate: of so many payees, together; pico."""

    source_currency: str
    target_currency: str
    payees: int
    amount: Pico

    def to_json(self) -> dict[str, object]:
        """As the manifest names it."""
        return {"from": self.source_currency, "to": self.target_currency, "payees": self.payees, "amount": format_amount(self.amount)}


class Rates:
    """The rates of one settlement, and what stayed unconverted for want of one."""

    def __init__(self, rates: Mapping[tuple[str, str], Rate] | None = None) -> None:
        self._rates = dict(rates or {})
        self._unconverted: dict[tuple[str, str], Unconverted] = {}

    @classmethod
    def parse(cls, content: object) -> "Rates":
        """From the JSON of a rate sheet; raises `Rejected` naming the fields at fault."""
        sheet = fields.validated(RateSheet, content, "rates")
        return cls({(rate.from_, rate.to): rate for rate in sheet.rates})

    def convert(self, pico: Pico, source: str, target: str) -> Conversion:
        """An amount in another currency, half-even to pico, at a rate that `has` says is there."""
        rate = self._rates[source, target]
        return Conversion(source, target, pico, rate.rate, rate.source, Pico(round_half_even(pico * rate.rate, PICO)))

    def has(self, source: str, target: str) -> bool:
        """Whether a rate was posted from one currency to the other."""
        return (source, target) in self._rates

    def leave(self, pico: Pico, source: str, target: str) -> None:
        """Note what one payee keeps in the currency in which it was earned."""
        known = self._unconverted.get((source, target), Unconverted(source, target, 0, ZERO_PICO))
        self._unconverted[source, target] = known._replace(payees=known.payees + 1, amount=known.amount + pico)

    def unconverted(self) -> tuple[Unconverted, ...]:
        """All that was left, by pair of currencies."""
        return tuple(sorted(self._unconverted.values()))
