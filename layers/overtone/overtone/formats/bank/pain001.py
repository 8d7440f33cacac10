"""The bank file: ISO 20022 pain.001.001.09, one per currency.

Everything in it follows from the settlement, so the same payments are the same bytes. Euro payments of method `sepa` are SEPA
credit transfers; all others carry no service level and share the charges, and those of method `swift` name the payee's bank by
its BIC. Each of the two is a batch of its own in the file. Execution is asked for on a banking day of the currency.
"""

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from stdnum import bic as _bic
from stdnum import iban as _iban
from stdnum.exceptions import ValidationError
from text_unidecode import unidecode

from overtone.errors import InvariantBroken, Rejected
from overtone.money import format_minor
from overtone.payout.banking_days import next_banking_day
from overtone.scales import ZERO_PICO, Pico

SCHEMA: Final = "pain.001.001.09"
NAMESPACE: Final = f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"
NAME_MAX: Final = 70
TEXT_MAX: Final = 140
PAYMENTS_MAX: Final = 100_000
"""Payments in one file; banks take far fewer in one batch, and split."""
CURRENCY_LENGTH: Final = len("EUR")
SEPA: Final = "sepa"
SWIFT: Final = "swift"
_ALLOWED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")


class Payer(NamedTuple):
    """Whose account the money leaves from. IBAN and BIC are checked by `checked`."""

    name: str
    iban: str
    bic: str = ""

    def checked(self) -> "Payer":
        """The payer with IBAN (ISO 13616) and BIC (ISO 9362) in normal form; raises `Rejected`."""
        try:
            return Payer(self.name, _iban.validate(self.iban), _bic.validate(self.bic) if self.bic else "")
        except ValidationError as error:
            raise Rejected(f"the payer's bank details are not valid: {error}") from error


class Transfer(NamedTuple):
    """One credit transfer; `account` is an IBAN or an account number, `amount` in pico, a positive multiple of the minor unit."""

    payment_id: str
    name: str
    account: str
    bic: str
    amount: Pico
    remittance: str
    method: str = SEPA


def latin(text: str, limit: int, fallback: str) -> str:
    """A text in the character set that SEPA banks must accept (EPC217-08), transliterated, or `fallback`."""
    plain = "".join(char if char in _ALLOWED else " " for char in unidecode(text))
    return " ".join(plain.split())[:limit].strip() or fallback


def label(currency: str, number: int) -> str:
    """What tells a settlement's bank files apart: `EUR`, `EUR-2`, `EUR-3`; the currency comes first."""
    return currency if number == 1 else f"{currency}-{number}"


def message_id(settlement_id: str, labelled: str) -> str:
    """The id of a file by its `label`: at most 35 characters, the same for the same settlement."""
    return "OT" + hashlib.sha256(f"{settlement_id}\x1f{labelled}".encode()).hexdigest()[:30].upper()


def batch_ids(settlement_id: str, labelled: str) -> dict[str, str]:
    """The method of each batch that a file may have, by the batch's id."""
    message = message_id(settlement_id, labelled)
    return {f"{message}-1": SEPA, f"{message}-2": SWIFT}


def build(settlement_id: str, labelled: str, cutoff: str, payer: Payer, transfers: Sequence[Transfer]) -> bytes:
    """The file's bytes, in the currency with which its label begins.

    Raises `InvariantBroken` for a payment of zero or below, or finer than the minor unit.
    """
    if not 0 < len(transfers) <= PAYMENTS_MAX:
        raise InvariantBroken("balanced", f"a bank file holds 1 to {PAYMENTS_MAX} payments, not {len(transfers)}")
    if wrong := [transfer for transfer in transfers if transfer.amount <= 0]:
        raise InvariantBroken("balanced", f"payment {wrong[0].payment_id} of {wrong[0].amount} pico cannot be made")
    debtor, currency = payer.checked(), labelled[:CURRENCY_LENGTH]
    root = ET.Element("Document", {"xmlns": NAMESPACE})
    message = ET.SubElement(root, "CstmrCdtTrfInitn")
    header = ET.SubElement(message, "GrpHdr")
    _text(header, "MsgId", message_id(settlement_id, labelled))
    _text(header, "CreDtTm", f"{cutoff[:19]}Z")
    _sums(header, transfers, currency)
    _text(ET.SubElement(header, "InitgPty"), "Nm", latin(debtor.name, NAME_MAX, "PAYER"))
    for batch_id, method in batch_ids(settlement_id, labelled).items():
        if batch := [transfer for transfer in transfers if transfer.method == method]:
            _batch(message, batch_id, debtor, currency, cutoff, batch)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root) + b"\n"


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = text


def _sums(parent: ET.Element, transfers: Sequence[Transfer], currency: str) -> None:
    _text(parent, "NbOfTxs", str(len(transfers)))
    _text(parent, "CtrlSum", _amount(sum((transfer.amount for transfer in transfers), ZERO_PICO), currency, "the sum"))


def _amount(pico: Pico, currency: str, of: str) -> str:
    try:
        return format_minor(pico, currency)
    except ValueError as error:
        raise InvariantBroken("balanced", f"{of} of {pico} pico cannot be paid in {currency}") from error


def _batch(parent: ET.Element, batch_id: str, debtor: Payer, currency: str, cutoff: str, transfers: Sequence[Transfer]) -> None:
    by_sepa = currency == "EUR" and transfers[0].method == SEPA
    batch = ET.SubElement(parent, "PmtInf")
    _text(batch, "PmtInfId", batch_id)
    _text(batch, "PmtMtd", "TRF")
    _text(batch, "BtchBookg", "true")
    _sums(batch, transfers, currency)
    if by_sepa:
        _text(ET.SubElement(ET.SubElement(batch, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _text(ET.SubElement(batch, "ReqdExctnDt"), "Dt", next_banking_day(cutoff, currency).isoformat())
    _text(ET.SubElement(batch, "Dbtr"), "Nm", latin(debtor.name, NAME_MAX, "PAYER"))
    _text(ET.SubElement(ET.SubElement(batch, "DbtrAcct"), "Id"), "IBAN", debtor.iban)
    _bank(batch, "DbtrAgt", debtor.bic)
    _text(batch, "ChrgBr", "SLEV" if by_sepa else "SHAR")
    for transfer in transfers:
        batch.append(_payment(transfer, currency))


def _bank(parent: ET.Element, tag: str, bic: str) -> None:
    """A bank by its BIC; the debtor's without one is `NOTPROVIDED`, as the EPC's guidelines (EPC132-08) have it."""
    bank = ET.SubElement(ET.SubElement(parent, tag), "FinInstnId")
    if bic:
        _text(bank, "BICFI", bic)
    else:
        _text(ET.SubElement(bank, "Othr"), "Id", "NOTPROVIDED")


def _payment(transfer: Transfer, currency: str) -> ET.Element:
    payment = ET.Element("CdtTrfTxInf")
    _text(ET.SubElement(payment, "PmtId"), "EndToEndId", transfer.payment_id)
    _text(ET.SubElement(payment, "Amt"), "InstdAmt", _amount(transfer.amount, currency, f"payment {transfer.payment_id}"), Ccy=currency)
    if transfer.bic:
        _bank(payment, "CdtrAgt", _bic.compact(transfer.bic))
    _text(ET.SubElement(payment, "Cdtr"), "Nm", latin(transfer.name, NAME_MAX, transfer.payment_id))
    account = ET.SubElement(ET.SubElement(payment, "CdtrAcct"), "Id")
    for tag, text in _account(transfer.account):
        _text(account if tag == "IBAN" else ET.SubElement(account, "Othr"), tag, text)
    _text(ET.SubElement(payment, "RmtInf"), "Ustrd", latin(transfer.remittance, TEXT_MAX, transfer.payment_id))
    return payment


def _account(account: str) -> Iterator[tuple[str, str]]:
    if _iban.is_valid(account):
        yield "IBAN", _iban.compact(account)
    else:
        yield "Id", account
