"""An invoice or credit note as a document: who bills whom, for what, when it is due.

The figures that people read are in whole minor units: each line is rounded half-even, and one more line holds what rounding and the
rest of the invoice before leave, so the lines sum to the total. `exact` keeps the amount in pico that the lines of the settlement say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from overtone.money import NANO, format_amount, format_minor, format_share, rounded_to_minor
from overtone.payout.invoice_balance import INTEREST, Invoice
from overtone.rights.registry import Party
from overtone.scales import ZERO_PICO, Nano, Pico
from overtone.territories import WORLD

ROUNDING: Final = "rounding"
RECOUPMENT: Final = "recoupment"

Owed = tuple[str, str, str]
"""What is owed for: deal, mechanism, usage month."""
InvoicePart = tuple[Owed, Pico, str]
"""What is owed for, how much exactly, and the same in words."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A party of the document; empty texts where its record says nothing."""

    party_id: str
    name: str
    address: tuple[str, ...]
    city: str
    postal_code: str
    country: str
    tax_id: str

    @classmethod
    def of(cls, party_id: str, party: Party | None, name: str = "") -> "Seat":
        """The party as its record has it."""
        if party is None:
            return cls(party_id, name or party_id, (), "", "", "", "")
        place, tax = party.address, party.tax
        street = tuple(map(str, place.lines)) if place else ()
        country = next((code for code in (place and place.country, party.country) if code and code != WORLD), "")
        about = (str(place.city), place.postal_code) if place else ("", "")
        return cls(party_id, str(party.name), street, *about, country, (tax.id or "") if tax else "")


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """What is billed under one deal for one mechanism and month; `amount` in minor units, `exact` as the settlement's lines have it."""

    deal_id: str
    mechanism: str
    usage_month: str
    text: str
    amount: str
    exact: str


@dataclass(frozen=True, slots=True)
class Document:
    """The whole of it. Amounts are decimal strings in whole minor units, negative in a credit note.

    `forgone`: what it takes off of that was given up before, which is no credit; `payable` is left of the total. Empty where there is none.
    """

    number: str
    kind: Literal["invoice", "credit_note", "self_billed_invoice", "self_billed_credit_note"]
    settlement_id: str
    through: str
    issued_on: str
    due_on: str
    currency: str
    seller: Seat
    buyer: Seat
    lines: tuple[DocumentLine, ...]
    net: str
    tax_rate: str
    tax: str
    total: str
    exact: str
    brought_forward: str
    carried_forward: str
    forgone: str = ""
    payable: str = ""


class Between(NamedTuple):
    """Who bills whom, and at which rate of tax (nano)."""

    seller: Seat
    buyer: Seat
    tax_rate: Nano


def document(invoice: Invoice, owed: Mapping[Owed, Pico], rest: Pico, through: str, between: Between) -> Document:
    """An invoice in words; `rest` is what the debtor had paid ahead by rounding before it."""
    return _document(invoice, _royalties(owed), rest, through, between)


def interest_document(invoice: Invoice, delays: Iterable[tuple[Invoice, Pico]], rest: Pico, through: str, between: Between) -> Document:
    """An invoice for interest: a line for each document that was paid late, with what its delay has cost since the last time."""
    return _document(invoice, _interest(delays, through), rest, through, between)


def _interest(delays: Iterable[tuple[Invoice, Pico]], through: str) -> Iterable[InvoicePart]:
    for late, amount in delays:
        text = f"Interest at {format_share(late.late.nano)} a year on invoice {late.name}, due {late.due_on}"
        yield ("", INTEREST, through), amount, text


def _document(invoice: Invoice, parts: Iterable[InvoicePart], rest: Pico, through: str, between: Between) -> Document:
    lines = tuple(_lines(invoice, parts))
    return Document(
        number=invoice.name,
        kind="credit_note" if invoice.gross < 0 else "invoice",
        settlement_id=invoice.settlement_id,
        through=through,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        currency=invoice.currency,
        seller=between.seller,
        buyer=between.buyer,
        lines=lines,
        net=format_minor(invoice.net, invoice.currency),
        tax_rate=format_share(between.tax_rate),
        tax=format_minor(invoice.tax, invoice.currency),
        total=format_minor(invoice.gross, invoice.currency),
        exact=format_amount(invoice.exact),
        brought_forward=format_amount(-rest),
        carried_forward=format_amount(invoice.exact - rest - invoice.net),
        forgone=format_minor(sum(invoice.forgone, ZERO_PICO), invoice.currency) if any(invoice.forgone) else "",
        payable=format_minor(invoice.due, invoice.currency) if any(invoice.forgone) else "",
    )


def _royalties(owed: Mapping[Owed, Pico]) -> Iterable[InvoicePart]:
    for about, exact in sorted(owed.items()):
        deal_id, mechanism, month = about
        yield about, exact, f"{mechanism.replace('_', ' ').capitalize()}, {month}, deal {deal_id}"


def _lines(invoice: Invoice, parts: Iterable[InvoicePart]) -> Iterable[DocumentLine]:
    left, rest = invoice.net, invoice.exact
    for about, exact, text in parts:
        amount = rounded_to_minor(exact * NANO, NANO, invoice.currency)
        left, rest = left - amount, rest - exact
        yield DocumentLine(*about, text, format_minor(amount, invoice.currency), format_amount(exact))
    if left:
        yield DocumentLine("", ROUNDING, "", "Rounding", format_minor(left, invoice.currency), format_amount(rest))
