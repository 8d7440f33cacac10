"""The bank file: ISO 20022 pain.001.001.09, one per currency.

Everything in it follows from the settlement, so the same payments are the same bytes. Euro payments of method `sepa` are SEPA
credit transfers; all others carry no service level and share the charges, and those of method `swift` name the payee's bank by
its BIC. Each of the two is a batch of its own in the file. Execution is asked for on a banking day of the currency.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from string import ascii_uppercase, digits
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

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


_FORM: Final = str.maketrans(ascii_uppercase + digits, "A" * len(ascii_uppercase) + "0" * len(digits))
_NUMBERS: Final = str.maketrans({sign: str(number) for number, sign in enumerate(ascii_uppercase, start=10)})
"""Letters as an IBAN's check digits count them (ISO 13616)."""
_FURTHER_CHECKED: Final = frozenset({"BE", "ES"})
"""Countries whose account numbers have check digits of their own."""
_VALID_FORMS: set[str] = set()


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
    return _latin(text)[:limit].strip() or fallback


@lru_cache(maxsize=1024)
def _latin(text: str) -> str:
    """All payments of a file say the same of what they are for."""
    plain = "".join(char if char in _ALLOWED else " " for char in unidecode(text))
    return " ".join(plain.split())


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
    sums = _sums(transfers, currency)
    payer_name = _text("Nm", latin(debtor.name, NAME_MAX, "PAYER"))
    header = _text("MsgId", message_id(settlement_id, labelled)) + _text("CreDtTm", f"{cutoff[:19]}Z") + sums
    batches = [
        _batch(batch_id, debtor, currency, cutoff, batch)
        for batch_id, method in batch_ids(settlement_id, labelled).items()
        if (batch := [transfer for transfer in transfers if transfer.method == method])
    ]
    message = _tag("CstmrCdtTrfInitn", _tag("GrpHdr", header + _tag("InitgPty", payer_name)), *batches)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}">{message}</Document>\n'.encode(
        "ascii", "xmlcharrefreplace"
    )


def _tag(name: str, *content: str) -> str:
    return f"<{name}>{''.join(content)}</{name}>"


def _text(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else f"<{name} />"


def _sums(transfers: Sequence[Transfer], currency: str) -> str:
    total = _amount(sum((transfer.amount for transfer in transfers), ZERO_PICO), currency, "the sum")
    return _text("NbOfTxs", str(len(transfers))) + _text("CtrlSum", total)


def _amount(pico: Pico, currency: str, of: str) -> str:
    try:
        return format_minor(pico, currency)
    except ValueError as error:
        raise InvariantBroken("balanced", f"{of} of {pico} pico cannot be paid in {currency}") from error


def _batch(batch_id: str, debtor: Payer, currency: str, cutoff: str, transfers: Sequence[Transfer]) -> str:
    by_sepa = currency == "EUR" and transfers[0].method == SEPA
    return _tag(
        "PmtInf",
        _text("PmtInfId", batch_id),
        _text("PmtMtd", "TRF"),
        _text("BtchBookg", "true"),
        _sums(transfers, currency),
        _tag("PmtTpInf", _tag("SvcLvl", _text("Cd", "SEPA"))) if by_sepa else "",
        _tag("ReqdExctnDt", _text("Dt", next_banking_day(cutoff, currency).isoformat())),
        _tag("Dbtr", _text("Nm", latin(debtor.name, NAME_MAX, "PAYER"))),
        _tag("DbtrAcct", _tag("Id", _text("IBAN", debtor.iban))),
        _bank("DbtrAgt", debtor.bic),
        _text("ChrgBr", "SLEV" if by_sepa else "SHAR"),
        *(_payment(transfer, currency) for transfer in transfers),
    )


@lru_cache(maxsize=1024)
def _creditor(bic: str) -> str:
    """The bank of a payee, of which there are far fewer than payees."""
    return _bank("CdtrAgt", _bic.compact(bic)) if bic else ""


def _bank(tag: str, bic: str) -> str:
    """A bank by its BIC; the debtor's without one is `NOTPROVIDED`, as the EPC's guidelines (EPC132-08) have it."""
    return _tag(tag, _tag("FinInstnId", _text("BICFI", bic) if bic else _tag("Othr", _text("Id", "NOTPROVIDED"))))


def _payment(transfer: Transfer, currency: str) -> str:
    amount = _amount(transfer.amount, currency, f"payment {transfer.payment_id}")
    iban = _as_iban(transfer.account)
    account = f"<IBAN>{iban}</IBAN>" if iban else _tag("Othr", _text("Id", transfer.account))
    return (
        f"<CdtTrfTxInf><PmtId>{_text('EndToEndId', transfer.payment_id)}</PmtId>"
        f'<Amt><InstdAmt Ccy="{currency}">{amount}</InstdAmt></Amt>{_creditor(transfer.bic)}'
        f"<Cdtr>{_text('Nm', latin(transfer.name, NAME_MAX, transfer.payment_id))}</Cdtr>"
        f"<CdtrAcct><Id>{account}</Id></CdtrAcct>"
        f"<RmtInf>{_text('Ustrd', latin(transfer.remittance, TEXT_MAX, transfer.payment_id))}</RmtInf></CdtTrfTxInf>"
    )


def _as_iban(account: str) -> str:
    """The account as an IBAN, or nothing where it is a number of another kind.

    A number as registered, of a form of which a valid one was seen, has only its check digits looked at: the rest is the form's.
    """
    form = account.translate(_FORM)
    if account[:2] in _FURTHER_CHECKED or account[:2] + form not in _VALID_FORMS:
        if not _iban.is_valid(account):
            return ""
        _VALID_FORMS.add(account[:2] + form)
        return str(_iban.compact(account))
    return account if int((account[4:] + account[:4]).upper().translate(_NUMBERS)) % 97 == 1 else ""
