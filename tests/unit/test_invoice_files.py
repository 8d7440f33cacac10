"""Invoices as people and programs read them: every form has the same figures, in every currency's minor unit."""

import csv
import io
import json
from typing import Any

import pytest

from overtone.formats import invoice_files
from overtone.money import NANO, rounded_to_minor
from overtone.payout.invoice import Between, Document, Seat, document
from overtone.payout.invoice_balance import Invoice
from overtone.payout.receivables import rounded_up
from overtone.scales import ZERO_PICO, Nano, Pico
from tests.unit.settled import party, usd


def drawn(currency: str, rate: int) -> Document:
    """An invoice of two months."""
    owed = {("a", "per_output", "2026-09"): usd("-3.3335"), ("a", "per_output", "2026-10"): usd("100.005")}
    exact = Pico(sum(owed.values()))
    net = rounded_up(exact, currency)
    tax = rounded_to_minor(net * rate, NANO, currency)
    invoice = Invoice(7, "fox", currency, "2026-10", "2026-11-05", "2026-12-05", exact, net, tax, usd("100.005"))
    seat = Seat.of("fox", party("Fox", kind="licensee"))
    return document(invoice, owed, ZERO_PICO, "2026-10", Between(seat, seat, Nano(rate)))


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
@pytest.mark.parametrize("rate", [0, 250_000_000])
def test_every_form_has_the_same_figures_and_tax_where_there_is_some(currency: str, rate: int) -> None:
    told = drawn(currency, rate)
    of_json: dict[str, Any] = json.loads(invoice_files.as_json(told))
    rows = list(csv.DictReader(io.StringIO(invoice_files.as_csv(told).decode())))
    amounts = [line["amount"] for line in of_json["lines"]]
    assert [row["amount"] for row in rows] == [*amounts, of_json["tax"], of_json["total"]]
    _, owed, _ = invoice_files.sections(told)
    taxed = [of_json["net"], of_json["tax"]] if rate else []
    assert [row.cells[1] for row in owed.rows] == [*amounts, *taxed, of_json["total"]]


@pytest.mark.parametrize(
    ("own", "of_address", "expected"), [("SE", None, "SE"), ("SE", "NO", "NO"), ("*", "NO", "NO"), ("*", None, ""), ("SE", "*", "SE")]
)
def test_the_country_is_that_of_the_address_else_the_party_s_and_the_world_is_none(own: str, of_address: str | None, expected: str) -> None:
    """A licensee of the world had no country on its invoices (in UBL: ZZ), wherever its address is."""
    address = {"lines": ["Gatan 1"], "city": "Oslo"} | ({"country": of_address} if of_address else {})
    assert Seat.of("fox", party("Fox", kind="licensee", country=own, address=address)).country == expected
