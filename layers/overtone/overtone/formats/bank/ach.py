"""The American bank file: NACHA ACH credits in US dollars; a settlement has as many files as its payments need.

Fixed records of 94 characters (NACHA Operating Rules, appendix three): a file header, a batch for natural persons (PPD) and one for
companies (CCD), a control record for each and for the file, filled up with nines to blocks of ten. The entry hash and the sums are
what the bank checks first.
"""

from collections.abc import Iterable, Iterator, Sequence
from string import ascii_uppercase, digits
from typing import Final, NamedTuple

from stdnum.exceptions import ValidationError
from stdnum.us import rtn
from text_unidecode import unidecode

from overtone.errors import InvariantBroken, Rejected
from overtone.money import PICO
from overtone.payout.banking_days import next_banking_day
from overtone.scales import Pico

RECORD: Final = 94
BLOCK: Final = 10
ENTRIES_MAX: Final = 100_000
MODIFIERS: Final = ascii_uppercase + digits
"""What tells the files of one day apart: a letter, or a digit."""
AMOUNT_CENTS_MAX: Final = 9_999_999_999
"""An entry's amount has ten digits: 99,999,999.99 dollars."""
BATCH_CENTS_MAX: Final = 999_999_999_999
FILE_MAX: Final = BATCH_CENTS_MAX * PICO // 100
"""What the entries of a batch, and of a file, come to has twelve digits; the same in pico."""
CREDITS_ONLY: Final = "220"
_CODES: Final = {"checking": "22", "savings": "32"}
_HASH: Final = 10**10


class AchPayer(NamedTuple):
    """Who sends: its name, its bank's routing number, and the ten characters by which that bank knows it."""

    name: str
    routing_number: str
    company_id: str

    def checked(self) -> "AchPayer":
        """The payer with a valid routing number; raises `Rejected`."""
        try:
            number = rtn.validate(self.routing_number)
        except ValidationError as error:
            raise Rejected(f"the payer's routing number is not valid: {error}") from error
        if len(self.company_id) != BLOCK or not self.company_id.isascii() or not self.company_id.isalnum():
            raise Rejected("the payer's ACH company id has ten letters or digits, as its bank assigned it")
        return AchPayer(self.name, number, self.company_id)


class AchCredit(NamedTuple):
    """One payment; `amount` in pico, a positive multiple of a cent."""

    payment_id: str
    name: str
    routing_number: str
    account_number: str
    account_type: str
    amount: Pico
    is_person: bool = True


def entry_id(payment_id: str) -> str:
    """What an entry can carry of a payment's id: 15 characters."""
    return payment_id[:15]


def build(settlement_id: str, cutoff: str, payer: AchPayer, payments: Sequence[AchCredit], number: int = 1) -> bytes:
    """The bytes of a settlement's `number`-th file; raises `InvariantBroken` for an amount that cannot be sent."""
    if not 0 < len(payments) <= ENTRIES_MAX:
        raise InvariantBroken("balanced", f"an ACH file holds 1 to {ENTRIES_MAX} payments, not {len(payments)}")
    if number > len(MODIFIERS):
        raise InvariantBroken("balanced", f"a day has {len(MODIFIERS)} ACH files, and {ENTRIES_MAX} payments in each; settle in parts")
    origin, modifier = payer.checked(), MODIFIERS[number - 1]
    created = cutoff[2:4] + cutoff[5:7] + cutoff[8:10] + cutoff[11:13] + cutoff[14:16]
    records = [
        f"101 {origin.routing_number}{origin.company_id}{created}{modifier}094101{'':23}{_text(origin.name, 23)}{_text(settlement_id, 8)}"
    ]
    controls: list[tuple[int, int, int]] = []
    groups = (("PPD", [p for p in payments if p.is_person]), ("CCD", [p for p in payments if not p.is_person]))
    for kind, entries in groups:
        if entries:
            number = len(controls) + 1
            records += _batch(kind, number, origin, cutoff, entries, trace_from=sum(count for count, _, _ in controls))
            controls.append((len(entries), _hashed(entries), sum(_cents(entry) for entry in entries)))
    blocks = -(-(len(records) + 1) // BLOCK)
    count, hashed, total = (sum(values) for values in zip(*controls, strict=True))
    records.append(f"9{len(controls):06d}{blocks:06d}{count:08d}{hashed % _HASH:010d}{0:012d}{total:012d}{'':39}")
    records += ["9" * RECORD] * (-len(records) % BLOCK)
    if wrong := [record for record in records if len(record) != RECORD]:
        raise InvariantBroken("balanced", f"an ACH record has {len(wrong[0])} characters, not {RECORD}")
    return ("\n".join(records) + "\n").encode("ascii")


def _batch(kind: str, number: int, payer: AchPayer, cutoff: str, entries: Sequence[AchCredit], trace_from: int) -> Iterator[str]:
    day = next_banking_day(cutoff, "USD")
    odfi = payer.routing_number[:8]
    about = f"{_text(payer.name, 16)}{'':20}{payer.company_id}{kind}{'ROYALTIES':<10}{cutoff[2:4]}{cutoff[5:7]}{cutoff[8:10]}"
    yield f"5{CREDITS_ONLY}{about}{day:%y%m%d}{'':3}1{odfi}{number:07d}"
    for place, entry in enumerate(entries, start=trace_from + 1):
        account = f"{_CODES[entry.account_type]}{entry.routing_number}{entry.account_number:<17}"
        yield f"6{account}{_cents(entry):010d}{entry_id(entry.payment_id):<15}{_text(entry.name, 22)}{'':2}0{odfi}{place:07d}"
    total = sum(_cents(entry) for entry in entries)
    if total > BATCH_CENTS_MAX:
        raise InvariantBroken("balanced", f"an ACH batch of {total} cents has more digits than the record")
    yield f"8{CREDITS_ONLY}{len(entries):06d}{_hashed(entries):010d}{0:012d}{total:012d}{payer.company_id}{'':25}{odfi}{number:07d}"


def _hashed(entries: Iterable[AchCredit]) -> int:
    return sum(int(entry.routing_number[:8]) for entry in entries) % _HASH


def _cents(entry: AchCredit) -> int:
    cents, finer = divmod(entry.amount, PICO // 100)
    if finer or not 0 < cents <= AMOUNT_CENTS_MAX:
        raise InvariantBroken("balanced", f"payment {entry.payment_id} of {entry.amount} pico cannot be made by ACH")
    return cents


def _text(text: str, width: int) -> str:
    """Letters that the format takes, left in a field."""
    plain = "".join(char if char.isalnum() or char in " .-&'/" else " " for char in unidecode(text))
    return f"{plain[:width].upper():<{width}}"
