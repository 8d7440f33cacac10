"""An invoice as UBL 2.1 in the profile of EN 16931, the European norm: an `Invoice`, or a `CreditNote` with positive amounts.

Only what the norm asks for (its mandatory business terms), from the same document that people read.
"""

import re
import xml.etree.ElementTree as ET
from typing import Final

from overtone import territories
from overtone.money import parse_share
from overtone.payout.invoice import Document, DocumentLine, Seat

CUSTOMIZATION: Final = "urn:cen.eu:en16931:2017"
_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC: Final = f"{_UBL}CommonAggregateComponents-2"
CBC: Final = f"{_UBL}CommonBasicComponents-2"
TYPES: Final = {"invoice": "380", "credit_note": "381", "self_billed_invoice": "389", "self_billed_credit_note": "261"}
"""UNTDID 1001, as the norm restricts it."""
_VAT_PREFIXES: Final = (territories.COUNTRIES - {"XK"}) | {"EL", "XI"}
"""Greece and Northern Ireland have their own, and ISO gave Kosovo none."""
_NOT_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold (XML 1.0, production 2)."""


def build(document: Document) -> bytes:
    """The document's bytes."""
    credit = _is_credit(document)
    kind = "CreditNote" if credit else "Invoice"
    root = ET.Element(kind, {"xmlns": f"{_UBL}{kind}-2", "xmlns:cac": CAC, "xmlns:cbc": CBC})
    _text(root, "CustomizationID", CUSTOMIZATION)
    _text(root, "ID", document.number)
    _text(root, "IssueDate", document.issued_on)
    if credit:
        _text(root, "CreditNoteTypeCode", TYPES[document.kind])
    else:
        _text(root, "DueDate", document.due_on)
        _text(root, "InvoiceTypeCode", TYPES[document.kind])
    _text(root, "Note", f"Settlement {document.settlement_id}; exact amount {document.exact} {document.currency}")
    _text(root, "DocumentCurrencyCode", document.currency)
    _text(root, "BuyerReference", document.buyer.party_id or document.buyer.name)
    _party(_part(root, "AccountingSupplierParty"), document.seller, document)
    _party(_part(root, "AccountingCustomerParty"), document.buyer, document)
    _totals(root, document)
    for number, line in enumerate(document.lines, start=1):
        _line(root, f"{kind}Line", number, line, document)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root) + b"\n"


def _is_credit(document: Document) -> bool:
    return document.kind.endswith("credit_note")


def _part(parent: ET.Element, tag: str) -> ET.Element:
    return ET.SubElement(parent, f"cac:{tag}")


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, f"cbc:{tag}", attributes).text = _NOT_XML.sub("", text)


def _money(parent: ET.Element, tag: str, amount: str, document: Document) -> None:
    """An amount; a credit note says positively what the document has negative."""
    credit = _is_credit(document)
    text = (amount[1:] if amount.startswith("-") else f"-{amount}" if amount.strip("0.") else amount) if credit else amount
    _text(parent, tag, text, currencyID=document.currency)


def _party(parent: ET.Element, seat: Seat, document: Document) -> None:
    party = _part(parent, "Party")
    _text(_part(party, "PartyIdentification"), "ID", seat.party_id or seat.name)
    address = _part(party, "PostalAddress")
    for tag, text in zip(("StreetName", "AdditionalStreetName"), seat.address, strict=False):
        _text(address, tag, text)
    for tag, text in (("CityName", seat.city), ("PostalZone", seat.postal_code)):
        if text:
            _text(address, tag, text)
    for text in seat.address[2:]:
        _text(_part(address, "AddressLine"), "Line", text)
    _text(_part(address, "Country"), "IdentificationCode", seat.country or "ZZ")
    if seat.tax_id:
        scheme = _part(party, "PartyTaxScheme")
        _text(scheme, "CompanyID", seat.tax_id)
        _text(_part(scheme, "TaxScheme"), "ID", _tax_scheme(seat.tax_id, document))
    _text(_part(party, "PartyLegalEntity"), "RegistrationName", seat.name)


def _tax_scheme(tax_id: str, document: Document) -> str:
    """Which tax a number is of: one of VAT begins with its country (BR-CO-09), and where no VAT is billed none is named (BR-O-02)."""
    return "VAT" if parse_share(document.tax_rate) and tax_id[:2] in _VAT_PREFIXES else "TAX"


def _category(parent: ET.Element, tag: str, document: Document) -> None:
    """Standard rated where there is a rate, else outside the scope of VAT (UNCL 5305: S, O)."""
    category = _part(parent, tag)
    rate = parse_share(document.tax_rate)
    _text(category, "ID", "S" if rate else "O")
    if rate:
        _text(category, "Percent", _percent(rate))
    elif tag == "TaxCategory":
        _text(category, "TaxExemptionReason", "Not subject to VAT")
    _text(_part(category, "TaxScheme"), "ID", "VAT")


def _percent(nano: int) -> str:
    return f"{nano // 10**7}.{nano % 10**7:07d}".rstrip("0").rstrip(".")


def _totals(root: ET.Element, document: Document) -> None:
    tax = _part(root, "TaxTotal")
    _money(tax, "TaxAmount", document.tax, document)
    subtotal = _part(tax, "TaxSubtotal")
    _money(subtotal, "TaxableAmount", document.net, document)
    _money(subtotal, "TaxAmount", document.tax, document)
    _category(subtotal, "TaxCategory", document)
    total = _part(root, "LegalMonetaryTotal")
    forgone = (("PrepaidAmount", _less(document.forgone)),) if document.forgone else ()
    for tag, amount in (
        ("LineExtensionAmount", document.net),
        ("TaxExclusiveAmount", document.net),
        ("TaxInclusiveAmount", document.total),
        *forgone,
        ("PayableAmount", document.payable or document.total),
    ):
        _money(total, tag, amount, document)


def _less(amount: str) -> str:
    return amount[1:] if amount.startswith("-") else f"-{amount}"


def _line(root: ET.Element, tag: str, number: int, line: DocumentLine, document: Document) -> None:
    """A line as one unit whose price may not be negative in the norm: then the quantity is."""
    part = _part(root, tag)
    _text(part, "ID", str(number))
    negative = line.amount.startswith("-") != _is_credit(document) and bool(line.amount.strip("-0."))
    _text(part, "CreditedQuantity" if tag == "CreditNoteLine" else "InvoicedQuantity", "-1" if negative else "1", unitCode="C62")
    _money(part, "LineExtensionAmount", line.amount, document)
    item = _part(part, "Item")
    _text(item, "Name", line.text)
    _category(item, "ClassifiedTaxCategory", document)
    _text(_part(part, "Price"), "PriceAmount", line.amount.lstrip("-"), currencyID=document.currency)
