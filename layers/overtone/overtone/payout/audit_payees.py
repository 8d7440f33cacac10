"""What an auditor checks of payees: all that was credited is paid, taken off, held with a reason, or waits with one."""

from collections.abc import Iterator
from typing import Final

from overtone.money import PICO, minor_digits, stored_amount
from overtone.payout.accounts import BELOW_THRESHOLD, HELD, MANUAL, NOT_DUE, PAID
from overtone.payout.audit_folder import Finding, Folder
from overtone.scales import Pico

_WAITS: Final = frozenset({BELOW_THRESHOLD, NOT_DUE})
_OUT: Final = frozenset({PAID, MANUAL})


def standing(folder: Folder) -> Iterator[Finding]:
    """What is neither paid nor held waits under a threshold or for the end of a period, and nothing else waits."""
    wrong = []
    for row in folder.rows("payments.csv"):
        free = stored_amount(row["closing"]) - stored_amount(row["held"])
        if not _fits(row["status"], free, row["currency"]) or (row["paid"] != "0") != (row["status"] in _OUT):
            wrong.append(f"{row['party_id']} {row['currency']} ({row['status']})")
    text = "paid + held + waiting = what each payee had and was credited, each with its reason"
    yield Finding(not wrong, text + (f": not {', '.join(wrong[:5])}" if wrong else ""))


def _fits(status: str, free: Pico, currency: str) -> bool:
    """Whether what is free fits the reason: nothing where money is held or owed, less than a minor unit where all was paid."""
    if status in _OUT:
        return 0 <= free < PICO // 10 ** minor_digits(currency)
    if status in _WAITS:
        return free > 0
    return free <= 0 if status in HELD else free <= 0 or status == "converted"
