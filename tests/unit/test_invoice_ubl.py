"""Invoices as UBL: valid against the schemas of OASIS, and right by the norm's sums, as a library reads them that is not ours."""

import json
import xml.etree.ElementTree as ET
from typing import Any

import peppol
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overtone.formats import invoice_ubl
from overtone.money import NANO, PICO, parse_share
from overtone.payout.acknowledgements import Return, payments_of
from overtone.payout.invoice import Between, Seat, document
from overtone.payout.invoice_balance import Invoice
from overtone.payout.money_in import Collection
from overtone.payout.receivables import rounded_up
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico
from tests.unit.settled import Settlement, line, party, usd

PEPPOL_ONLY = "Business process type"
"""BT-23: Peppol wants it of its members, the norm does not."""


def faults(body: bytes) -> list[str]:
    valid, errors = peppol.validate_xsd(body)
    assert valid == (not errors)
    return [*errors, *(f"{f.rule_id} {f.message}" for f in peppol.check_rules(body) if PEPPOL_ONLY not in f.message)]


def seat(**more: Any) -> Seat:
    return Seat.of("fox", party("Fox & Söhne <AG>", kind="licensee", **more))


FULL = {"address": {"lines": ["Hus 1", "Gatan 2", "c/o Bo"], "postal_code": "11122", "city": "Stockholm"}, "tax": {"id": "SE556677889901"}}


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(-(10**15), 10**15).filter(bool), min_size=1),
    st.integers(0, 10**10),
    st.sampled_from([0, 250_000_000, 77_000_000]),
    st.sampled_from([{}, FULL]),
)
def test_any_document_is_valid_and_its_sums_are_right(owed: dict[str, int], rest: int, rate: int, buyer: dict[str, Any]) -> None:
    exact = sum(owed.values())
    net = rounded_up(Pico(exact - rest), "EUR")
    tax = round(net * rate / NANO / (PICO // 100)) * (PICO // 100)
    invoice = Invoice(7, "fox", "EUR", "2026-10", "2026-11-05", "2026-12-05", Pico(exact), net, Pico(tax), Pico(max(0, exact)))
    between = Between(seat(**FULL), seat(**buyer), Nano(rate))
    drawn = document(
        invoice, {(deal, "per_output", "2026-10"): Pico(amount) for deal, amount in owed.items()}, Pico(rest), "2026-10", between
    )
    assert faults(invoice_ubl.build(drawn)) == []


@pytest.mark.parametrize(
    ("rate", "tax_id", "scheme"),
    [("0.25", "SE556677889901", "VAT"), ("0.25", "EL123456789", "VAT"), ("0.25", "12-3456789", "TAX"), ("0", "SE556677889901", "TAX")],
)
def test_a_tax_number_is_one_of_vat_where_vat_is_billed_and_a_country_gave_it(rate: str, tax_id: str, scheme: str) -> None:
    """What is not subject to VAT names no VAT number of either side (BR-O-02), and a VAT number begins with its country (BR-CO-09)."""
    tax = parse_share(rate)
    invoice = Invoice(7, "fox", "EUR", "2026-10", "2026-11-05", "2026-12-05", usd("100"), usd("100"), Pico(tax * 10**5), usd("100"))
    both = seat(tax={"id": tax_id})
    drawn = document(invoice, {("a", "per_output", "2026-10"): usd("100")}, ZERO_PICO, "2026-10", Between(both, both, tax))
    body = invoice_ubl.build(drawn)
    assert [found for found in faults(body) if "BR-CO-09" not in found] == []  # the library takes any number for one of VAT
    told = ET.fromstring(body).iterfind(f".//{{{invoice_ubl.CAC}}}PartyTaxScheme")  # noqa: S314 - our own
    assert ["".join(one.itertext()) for one in told] == [tax_id + scheme] * 2


def test_what_xml_cannot_hold_is_left_out() -> None:
    """A tax number or postal code with a control character in it made a document that no program reads."""
    place: dict[str, Any] = {"lines": ["Hus 1"], "city": "Stockholm"}
    odd: dict[str, Any] = {"address": place | {"postal_code": "111\x0022\x1b"}, "tax": {"id": "SE55\x0b6677889901\uffff"}}
    invoice = Invoice(7, "fox", "EUR", "2026-10", "2026-11-05", "2026-12-05", usd("5"), usd("5"), ZERO_PICO, usd("5"))
    owed, between = {("a", "per_output", "2026-10"): usd("5")}, Between(seat(**FULL), seat(**odd), ZERO_NANO)
    body = invoice_ubl.build(document(invoice, owed, ZERO_PICO, "2026-10", between))
    assert faults(body) == []
    assert b">11122<" in body
    assert b">SE556677889901<" in body


def test_a_settlement_s_invoice_credit_note_and_interest_are_valid() -> None:
    fox = party("Fox", kind="licensee", tax={"id": "SE556677889901", "vat_rate": "0.25"}, due_days=0)
    known = {"asa": party(), "fox": fox}
    terms: dict[str, Any] = {"late_rates": {"deal-1": NANO // 10}}
    first = Settlement([line("asa", usd("1000.005"), licensee="fox")], known, **terms)
    lines = [line("asa", usd("-500"), licensee="fox", settlement_id="s2")]
    paid = [Collection("c", "fox", "USD", usd("100"), "2026-11-20")]
    cutoff = "2026-12-05T00:00:00.000000Z"
    second = Settlement(lines, known, settlement_id="s2", through="2026-11", before=first, facts=paid, cutoff=cutoff, **terms)
    bodies = [first.files["invoices/fox-USD.xml"], second.files["invoices/fox-USD.xml"], second.files["invoices/fox-USD-interest.xml"]]
    assert [faults(body) for body in bodies] == [[], [], []]
    assert [b"CreditNote" in body for body in bodies] == [False, True, False]


def test_a_payee_that_lets_the_payer_bill_has_numbered_invoices_that_are_what_it_was_paid() -> None:
    who = party(tax={"id": "SE556677889901", "self_billing": True}, withholding_rate="0.3", address=FULL["address"])
    first = Settlement([line("asa", usd("10.005"))], {"asa": who})
    told = json.loads(first.files["self-billed/asa-USD.json"])
    assert (told["number"], told["kind"], told["total"]) == ("asa-000001", "self_billed_invoice", "10.00")
    assert (told["seller"]["tax_id"], told["buyer"]["name"]) == ("SE556677889901", "Overtone AB")
    paid = payments_of(first.rows("payments.csv"), "s1")
    back = [Return.of(payment, "AC04") for payment in paid.values()]
    more: dict[str, Any] = {"settlement_id": "s2", "through": "2026-11", "before": first, "returns": back}
    second = Settlement([line("asa", usd("2"), settlement_id="s2")], {"asa": who}, **more)
    note = json.loads(second.files["self-billed/asa-USD.json"])
    assert (note["number"], note["kind"], note["total"]) == ("asa-000002", "self_billed_credit_note", "-10.00")
    bodies = [one.files["self-billed/asa-USD.xml"] for one in (first, second)]
    assert [faults(body) for body in bodies] == [[], []]
    assert (b">389<" in bodies[0], b">261<" in bodies[1]) == (True, True)
    assert not [name for name in Settlement([line("bo", usd("1"))], {"bo": party()}).files if name.startswith("self-billed")]


def test_who_bills_vat_writes_its_own_invoices() -> None:
    with pytest.raises(ValueError, match="bear no VAT"):
        party(tax={"vat_rate": "0.25", "self_billing": True})


def test_the_library_finds_faults() -> None:
    invoice = Invoice(7, "fox", "EUR", "2026-10", "2026-11-05", "2026-12-05", usd("5"), usd("5"), ZERO_PICO, usd("5"))
    body = invoice_ubl.build(document(invoice, {("a", "m", "2026-10"): usd("5")}, ZERO_PICO, "2026-10", Between(seat(), seat(), ZERO_NANO)))
    assert faults(body) == []
    assert faults(body.replace(b"<cbc:ID>00000007</cbc:ID>", b""))
    assert faults(body.replace(b">5.00<", b">6.00<", 1))
