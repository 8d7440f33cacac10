"""The bank file: ISO 20022 pain.001.001.09, one per currency, built with sepaxml.

sepaxml draws its ids at random and reads the clock; both are set here from the settlement, so the same payments are the
same bytes. It writes two decimals and nothing else, which is why payments in other currencies stay `manual` (see
`payees.BANK_FILE_DIGITS`). Euro payments are SEPA credit transfers; others carry no service level and share the charges.
"""

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from sepaxml import SepaTransfer
from stdnum import bic as _bic
from stdnum import iban as _iban
from stdnum.exceptions import ValidationError
from text_unidecode import unidecode

from overtone.errors import InvariantBroken, Rejected
from overtone.money import PICO

SCHEMA: Final = "pain.001.001.09"
NAMESPACE: Final = f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"
NAME_MAX: Final = 70
TEXT_MAX: Final = 140
PAYMENTS_MAX: Final = 100_000
"""Payments in one file; banks take far fewer in one batch, and split."""
CURRENCY_LENGTH: Final = len("EUR")
EXECUTION_DAYS: Final = 1
"""Days after the cutoff that execution is asked for."""
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
    """One credit transfer; `amount` in pico, a positive multiple of a hundredth."""

    payment_id: str
    name: str
    iban: str
    bic: str
    amount: int
    remittance: str


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


def build(settlement_id: str, labelled: str, cutoff: str, payer: Payer, transfers: Sequence[Transfer]) -> bytes:
    """The file's bytes, in the currency with which its label begins.

    Raises `InvariantBroken` for a payment of zero or below, or finer than a hundredth.
    """
    if not 0 < len(transfers) <= PAYMENTS_MAX:
        raise InvariantBroken("balanced", f"a bank file holds 1 to {PAYMENTS_MAX} payments, not {len(transfers)}")
    debtor, currency = payer.checked(), labelled[:CURRENCY_LENGTH]
    config = {"name": latin(debtor.name, NAME_MAX, "PAYER"), "IBAN": debtor.iban, "currency": currency, "batch": True}
    if debtor.bic:
        config["BIC"] = debtor.bic
    file = SepaTransfer(config | {"domestic": currency != "EUR"}, schema=SCHEMA, clean=False)
    execution = date.fromisoformat(cutoff[:10]) + timedelta(days=EXECUTION_DAYS)
    for transfer in transfers:
        file.add_payment(_payment(transfer, execution))
    message = message_id(settlement_id, labelled)
    return _settled(file.export(validate=False), message, cutoff, currency)


def _payment(transfer: Transfer, execution: date) -> dict[str, object]:
    cents, finer = divmod(transfer.amount, PICO // 100)
    if cents <= 0 or finer:
        raise InvariantBroken("balanced", f"payment {transfer.payment_id} of {transfer.amount} pico cannot be made")
    payment: dict[str, object] = {
        "name": latin(transfer.name, NAME_MAX, transfer.payment_id),
        "IBAN": _iban.compact(transfer.iban),
        "amount": cents,
        "execution_date": execution,
        "description": latin(transfer.remittance, TEXT_MAX, transfer.payment_id),
        "endtoend_id": transfer.payment_id,
    }
    return payment | ({"BIC": _bic.compact(transfer.bic)} if transfer.bic else {})


def _settled(drawn: bytes, message: str, cutoff: str, currency: str) -> bytes:
    """Replace what sepaxml drew at random or from the clock, and say who bears the charges outside SEPA."""
    root = ET.fromstring(drawn)  # noqa: S314 - our own writer's output
    values = {"MsgId": message, "CreDtTm": f"{cutoff[:19]}Z", "PmtInfId": f"{message}-1"}
    if currency != "EUR":
        values["ChrgBr"] = "SHAR"
    for tag, value in values.items():
        for node in root.iter(f"{{{NAMESPACE}}}{tag}"):
            node.text = value
    ET.register_namespace("", NAMESPACE)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root) + b"\n"
