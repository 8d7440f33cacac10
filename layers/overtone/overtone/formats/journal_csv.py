"""`journal.csv`, `journal_entries.csv`, `trial_balance.csv` and `periods.csv`: the books as files, and what of them is read back.

`journal_entries.csv` has for each entry the day on which it stands in the books, and the document that it rests on.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final

from overtone.formats.settlement_csv import safe
from overtone.money import format_amount, stored_amount
from overtone.payout.files import CsvFile, Outbound, csv_rows
from overtone.payout.journal import Movement, Post, Voucher
from overtone.payout.periods import Months, Moved
from overtone.scales import Pico

JOURNAL: Final = ("entry_id", "account", "debit", "credit", "currency", "memo")
ENTRIES: Final = ("entry_id", "booked_on", "document", "memo")
ENTRIES_TOGETHER: Final = 200
"""Entries that are written together."""
PERIODS: Final = ("account", "currency", "period", "debit", "credit")
TRIAL: Final = ("account", "currency", "opening", "debit", "credit", "closing")


class JournalFile:
    """Where a `Journal` writes its entries: they wait, so that many are put into words at once."""

    def __init__(self, outbound: Outbound) -> None:
        self._file: CsvFile = outbound.csv("journal.csv", JOURNAL)
        self._entries: CsvFile = outbound.csv("journal_entries.csv", ENTRIES)
        self._waiting: list[tuple[str, str, Sequence[Post], Voucher]] = []

    def entry(self, entry_id: str, memo: str, posts: Sequence[Post], voucher: Voucher) -> None:
        """The rows of one entry, and the day on which it stands."""
        self._waiting.append((entry_id, safe(memo), posts, voucher))
        if len(self._waiting) >= ENTRIES_TOGETHER:
            self._write()

    def _write(self) -> None:
        entries = [(entry_id, *voucher, memo) for entry_id, memo, _, voucher in self._waiting]
        self._entries.texts(csv_rows(entries), len(entries))
        rows = [
            (entry_id, account, format_amount(amount), "", currency, memo)
            if amount > 0
            else (entry_id, account, "", format_amount(-amount), currency, memo)
            for entry_id, memo, posts, _ in self._waiting
            for account, currency, amount in posts
        ]
        self._file.texts(csv_rows(rows), len(rows))
        self._waiting.clear()

    def close(self) -> None:
        """Nothing more comes."""
        self._write()
        self._file.close()
        self._entries.close()


def read_trial(content: bytes) -> dict[tuple[str, str], Pico]:
    """The closing balances of a `trial_balance.csv`."""
    rows = csv.DictReader(io.StringIO(content.decode()))
    return {(row["account"], row["currency"]): stored_amount(row["closing"]) for row in rows}


def write_trial(outbound: Outbound, rows: Mapping[tuple[str, str], Movement]) -> None:
    """Write `trial_balance.csv`, debit-positive."""
    with outbound.csv("trial_balance.csv", TRIAL) as file:
        for (account, currency), movement in rows.items():
            figures: Sequence[Pico] = (*movement, movement.closing)
            file.row((account, currency, *map(format_amount, figures)))


def read_periods(content: bytes) -> Months:
    """What a `periods.csv` says."""
    rows = csv.DictReader(io.StringIO(content.decode()))
    return {
        (row["account"], row["currency"], row["period"]): Moved(stored_amount(row["debit"]), stored_amount(row["credit"])) for row in rows
    }


def write_periods(outbound: Outbound, months: Months) -> None:
    """Write `periods.csv`: what each account moved in each month, since the beginning."""
    with outbound.csv("periods.csv", PERIODS) as file:
        for key in sorted(months):
            file.row((*key, *map(format_amount, months[key])))
