"""What an auditor checks of payees: all that was credited is paid, taken off, held with a reason, or waits with one."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from overtone.money import PICO, minor_digits, stored_amount
from overtone.payout.accounts import BELOW_THRESHOLD, HELD, MANUAL, NOT_DUE, PAID
from overtone.payout.audit_folder import Finding, Folder, Sums, same
from overtone.payout.self_billing import FOLDER
from overtone.scales import ZERO_PICO, Pico

_WAITS: Final = frozenset({BELOW_THRESHOLD, NOT_DUE})
_OUT: Final = frozenset({PAID, MANUAL})
_STATEMENTS: Final = "statements/"
_FIGURES: Final = (
    *("opening", "credited", "recouped", "withheld", "held", "paid", "closing", "converted", "returned", "reserve"),
    *("adjusted", "written_off", "uncollected"),
)
_NAMED: Final = ("status", "payment_id")
_NAMED_MAX: Final = 5


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


def statements(folder: Folder) -> Iterator[Finding]:
    """What each payee is told of its accounts is what was paid and what is carried; and what it earned is what its statement lists."""
    rows: defaultdict[str, dict[str, Mapping[str, str]]] = defaultdict(dict)
    for row in folder.rows("payments.csv"):
        rows[row["party_id"]][row["currency"]] = row
    names = [name for name in folder.names if name.startswith(_STATEMENTS) and name.endswith(".json")]
    told = {name[len(_STATEMENTS) : -len(".json")]: name for name in names}
    others = [f"{party} {currency}" for party in sorted(rows.keys() - told.keys()) for currency in rows[party]]
    unlisted: list[str] = []
    for party, name in sorted(told.items()):
        if (folder.path / name).is_file():  # another check says that it is not
            statement = json.loads((folder.path / name).read_bytes())
            others += [f"{party} {currency}" for currency in _told_otherwise(statement["balances"], rows.get(party, {}))]
            unlisted += [f"{party} {currency}" for currency in _unlisted(statement)]
    for text, wrong in ("has the accounts of payments.csv", others), ("lists what was earned as it says", unlisted):
        named = f": not {', '.join(wrong[:_NAMED_MAX])} ({len(wrong)} in all)" if wrong else ""
        yield Finding(not wrong, f"each statement {text}{named}")


def _told_otherwise(balances: list[dict[str, str]], rows: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The currencies in which a statement says something else; of an account that did not move there is no row."""
    told = {balance["currency"]: balance for balance in balances}
    moved = {currency for currency, own in told.items() if own["opening"] != own["closing"] or own["paid"] != "0"}
    alike = {currency for currency in told.keys() & rows.keys() if _is_alike(told[currency], rows[currency])}
    return sorted((moved | rows.keys()) - alike)


def _is_alike(balance: Mapping[str, str], row: Mapping[str, str]) -> bool:
    figures = all(stored_amount(balance[name]) == stored_amount(row[name]) for name in _FIGURES if name in balance and name in row)
    return figures and all(balance[name] == row[name] for name in _NAMED)


def _unlisted(statement: Mapping[str, Any]) -> list[str]:
    """The currencies in which sources and corrections come to something else than was earned."""
    left: Sums = defaultdict(lambda: ZERO_PICO)
    for entry in chain(statement["sources"], statement["adjustments"]):
        left[entry["currency"]] += stored_amount(entry["amount"])
    for balance in statement["balances"]:
        left[balance["currency"]] -= stored_amount(balance["earned"])
    return sorted(currency for currency, pico in left.items() if pico)


def _fits(status: str, free: Pico, currency: str) -> bool:
    """Whether what is free fits the reason: nothing where money is held or owed, less than a minor unit where all was paid."""
    if status in _OUT:
        return bool(0 <= free < PICO // 10 ** minor_digits(currency))
    if status in _WAITS:
        return free > 0
    return free <= 0 if status in HELD else free <= 0 or status == "converted"
