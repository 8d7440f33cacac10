"""What an auditor checks of the books month by month: each entry on its day, all months together, each month balanced."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from overtone.money import stored_amount
from overtone.payout.audit_folder import Finding, Folder, Sums, same
from overtone.scales import ZERO_PICO, Pico

_FILE: Final = "periods.csv"
MonthSums = Mapping[tuple[str, str, str], Pico]


def periods(folder: Folder, previous: Folder | None) -> Iterator[Finding]:
    """The entries of this settlement are what the months moved; nothing where it was sealed before it told any."""
    if _FILE not in folder.names:
        return
    now = _months(folder)
    accounts: defaultdict[tuple[str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    balanced: Sums = defaultdict(lambda: ZERO_PICO)
    for (account, currency, month), amount in now.items():
        accounts[account, currency] += amount
        balanced[f"{currency} {month}"] += amount
    closing = {(row["account"], row["currency"]): stored_amount(row["closing"]) for row in folder.rows("trial_balance.csv")}
    yield same("the months of each account come to what the trial balance has, since the beginning", accounts, closing)
    yield same("and each month balances in every currency", balanced, {})
    entered, bare = _entered(folder)
    yield Finding(not bare, "each entry has its day and its document" + (f": not {sorted(bare)[:5]}" if bare else ""))
    if previous is not None and _FILE in previous.names:
        before = _months(previous)
        moved = {key: now.get(key, ZERO_PICO) - before.get(key, ZERO_PICO) for key in now.keys() | before.keys()}
        yield same("what the months moved since the settlement before are its entries", moved, entered)


def _entered(folder: Folder) -> tuple[MonthSums, set[str]]:
    """What the entries come to by account, currency and month; and those without a day."""
    days = {row["entry_id"]: row["booked_on"] for row in folder.rows("journal_entries.csv")}
    found: defaultdict[tuple[str, str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    bare = set()
    for row in folder.rows("journal.csv"):
        head = row["account"].partition(":")[0]
        name = head if head in {"payable", "reserve"} else row["account"]
        if (day := days.get(row["entry_id"])) is None:
            bare.add(row["entry_id"])
        else:
            found[name, row["currency"], day[:7]] += stored_amount(row["debit"] or "0") - stored_amount(row["credit"] or "0")
    return found, bare


def _months(folder: Folder) -> MonthSums:
    found: defaultdict[tuple[str, str, str], Pico] = defaultdict(lambda: ZERO_PICO)
    for row in folder.rows(_FILE):
        found[row["account"], row["currency"], row["period"]] += stored_amount(row["debit"]) - stored_amount(row["credit"])
    return found
