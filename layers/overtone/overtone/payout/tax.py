"""Tax that is withheld from payments: the rate by country, and by treaty, as finance keeps it from a day on.

A party's own `withholding_rate` counts before the table. A treaty's rate counts for a party that claims it, on the days on which its
certificate is good.
"""

from typing import Annotated, Final, Self

from pydantic import ConfigDict, Field, model_validator

from overtone.fields import Day, Model, Share, Territory
from overtone.rights.registry import Party
from overtone.scales import ZERO_NANO, Nano

RATES_MAX: Final = 2_000
"""Rows of the table: every country eight times."""


class TaxRate(Model):
    """What is withheld from payees of a country from a day on; `treaty_rate` where a treaty is claimed."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    country: Territory
    from_: Annotated[Day, Field(alias="from")]
    rate: Share
    treaty_rate: Share | None = None


class TaxTable(Model):
    """The body of `PUT /v1/tax-rates`; `*` stands for every country without rows of its own."""

    rates: Annotated[tuple[TaxRate, ...], Field(max_length=RATES_MAX, strict=False)] = ()

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len({(row.country, row.from_) for row in self.rates}) < len(self.rates):
            raise ValueError("a country stands twice with the same day; send one row for it")
        return self

    def rate(self, party: Party, day: str) -> Nano:
        """What is withheld from a payment to the party on a day; nano."""
        if party.withholding_rate is not None:
            return party.withholding_rate
        if not self.rates:
            return ZERO_NANO
        row = self._in_force(party.country, day) or self._in_force("*", day)
        if row is None:
            return ZERO_NANO
        treaty = row.treaty_rate is not None and party.tax is not None and party.tax.claims_treaty(day)
        return row.treaty_rate if treaty and row.treaty_rate is not None else row.rate

    def _in_force(self, country: str, day: str) -> TaxRate | None:
        rows = [row for row in self.rates if row.country == country and row.from_ <= day]
        return max(rows, key=lambda row: row.from_, default=None)
