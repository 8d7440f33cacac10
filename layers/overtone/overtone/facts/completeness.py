"""Completeness: whether all that a reporter says it sent for a month is here."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from pydantic import Field

from overtone.fields import Amount, CalendarMonth, Currency, Model, Slug
from overtone.money import format_amount
from overtone.scales import ZERO_PICO, Pico

COUNT_MAX = 10**12


class Declaration(Model):
    """What a reporter says it sent for a month. `records` counts accepted records, corrections among them; `revenue` what counts now."""

    month: CalendarMonth
    batches: Annotated[int, Field(ge=0, le=COUNT_MAX)]
    records: Annotated[int, Field(ge=0, le=COUNT_MAX)]
    revenue: dict[Currency, Amount] = Field(default_factory=dict)
    reporter: Slug | None = None


class Received(NamedTuple):
    """What is here of a reporter's month: accepted batches and records, and revenue after deduplication, in pico.

    Batches that were withdrawn are among those that came; a declaration may count them or not.
    """

    batches: int
    records: int
    revenue: Mapping[str, Pico]
    withdrawn_batches: int = 0
    withdrawn_records: int = 0


def missing(declared: Declaration, here: Received) -> dict[str, object]:
    """What was declared and is not here, by field; empty where nothing is missing."""
    counts = {"batches": declared.batches - here.batches, "records": declared.records - here.records}
    found: dict[str, object] = {name: left for name, left in counts.items() if left > 0}
    revenue = {
        currency: format_amount(amount - here.revenue.get(currency, ZERO_PICO))
        for currency, amount in sorted(declared.revenue.items())
        if amount > here.revenue.get(currency, ZERO_PICO)
    }
    return found | ({"revenue": revenue} if revenue else {})


def surplus(declared: Declaration, here: Received) -> dict[str, object]:
    """What is here and was not declared, by field; empty where nothing is. It may have been sent twice, or forgotten."""
    counts = {
        "batches": here.batches - here.withdrawn_batches - declared.batches,
        "records": here.records - here.withdrawn_records - declared.records,
    }
    found: dict[str, object] = {name: more for name, more in counts.items() if more > 0}
    revenue = {
        currency: format_amount(amount - declared.revenue.get(currency, ZERO_PICO))
        for currency, amount in sorted(here.revenue.items())
        if declared.revenue and amount > declared.revenue.get(currency, ZERO_PICO)
    }
    return found | ({"revenue": revenue} if revenue else {})
