"""An invoice as JSON, CSV and PDF."""

import csv
import io
from collections.abc import Iterator
from typing import Final

import orjson

from overtone.formats.settlement_csv import safe
from overtone.formats.statement_shapes import Column, Row, Section
from overtone.payout.invoice import Document, Seat

COLUMNS: Final = (
    *("number", "kind", "issued_on", "due_on", "settlement_id", "licensee", "currency", "deal_id", "mechanism", "usage_month"),
    *("text", "amount", "exact"),
)
TITLES: Final = {"invoice": "Invoice", "credit_note": "Credit note"}


def as_json(document: Document) -> bytes:
    """Canonical JSON."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS) + b"\n"


def as_csv(document: Document) -> bytes:
    """A row for each line, then one for the tax and one for the total; two more where it takes off what was given up before."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    about = document.number, document.kind, document.issued_on, document.due_on, document.settlement_id, document.buyer.party_id
    for line in document.lines:
        cells = line.deal_id, line.mechanism, line.usage_month, safe(line.text), line.amount, line.exact
        writer.writerow((*about, document.currency, *cells))
    forgone = (("forgone", document.forgone), ("payable", document.payable)) if document.forgone else ()
    for name, amount in (("tax", document.tax), ("total", document.total), *forgone):
        writer.writerow((*about, document.currency, "", name, "", name, amount, ""))
    return buffer.getvalue().encode()


def title(document: Document) -> str:
    """The document's first line."""
    return f"{TITLES[document.kind]} {document.number}"


def seat(place: Seat) -> Iterator[str]:
    """A party as lines of an address."""
    yield place.name
    yield from place.address
    if town := " ".join(part for part in (place.postal_code, place.city) if part):
        yield town
    if place.country:
        yield place.country
    if place.tax_id:
        yield f"Tax id {place.tax_id}"


def sections(document: Document) -> Iterator[Section]:
    """What the PDF draws."""
    columns = (Column("From", 50), Column("To", 50))
    left, right = list(seat(document.seller)), list(seat(document.buyer))
    size = max(len(left), len(right))
    both = zip(left + [""] * (size - len(left)), right + [""] * (size - len(right)), strict=True)
    yield Section("", "", columns, (Row(pair) for pair in both))
    about = f"Settlement {document.settlement_id}, to {document.through}. Issued {document.issued_on}, due {document.due_on}."
    yield Section(f"What is owed, in {document.currency}", about, (Column("For", 75), Column("Amount", 25, numeric=True)), _rows(document))
    note = (
        f"The exact amount owed is {document.currency} {document.exact}; {document.brought_forward} was brought forward and "
        f"{document.carried_forward} is carried to the next document. Please name {document.number} when you pay."
    )
    yield Section("", note, (), iter(()))


def _rows(document: Document) -> Iterator[Row]:
    for line in document.lines:
        yield Row((line.text, line.amount))
    if document.tax.strip("0."):
        yield Row(("Net", document.net))
        yield Row((f"Tax at {document.tax_rate}", document.tax))
    yield Row(("Total", document.total), strong=True)
    if document.forgone:
        yield Row(("Given up before it was corrected, and no credit", document.forgone))
        yield Row(("To be paid", document.payable), strong=True)
