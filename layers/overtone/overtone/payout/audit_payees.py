"""What an auditor checks of payees: all that was credited is paid, taken off, held with a reason, or waits with one."""

import json
from collections.abc import Iterator
from typing import Final

from overtone.money import PICO, minor_digits, stored_amount
from overtone.payout.accounts import BELOW_THRESHOLD, HELD, MANUAL, NOT_DUE, PAID
from overtone.payout.audit_folder import Finding, Folder, same
from overtone.payout.self_billing import FOLDER
from overtone.scales import ZERO_PICO, Pico

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


def self_billed(folder: Folder) -> Iterator[Finding]:
    """Each invoice in a payee's name is what left for it, before tax, less what came back."""
    left = {}
    for row in folder.rows("payments.csv"):
        figures = stored_amount(row["paid"]) + stored_amount(row["withheld"]) - stored_amount(row["returned"])
        left[f"{FOLDER}/{row['party_id']}-{row['currency']}.json"] = figures
    billed = {}
    for name in folder.names:
        if name.startswith(FOLDER) and name.endswith(".json") and (folder.path / name).is_file():
            billed[name] = stored_amount(json.loads((folder.path / name).read_bytes())["total"])
    yield same("self-billed invoices are what left for their payees", billed, {name: left.get(name, ZERO_PICO) for name in billed})


def _fits(status: str, free: Pico, currency: str) -> bool:
    """Whether what is free fits the reason: nothing where money is held or owed, less than a minor unit where all was paid."""
    if status in _OUT:
        return bool(0 <= free < PICO // 10 ** minor_digits(currency))
    if status in _WAITS:
        return free > 0
    return free <= 0 if status in HELD else free <= 0 or status == "converted"
