"""`journal.csv`, `journal_entries.csv`, `trial_balance.csv` and `periods.csv`: the books as files, and what of them is read back.

`journal_entries.csv` has for each entry the day on which it stands in the books, and the document that it rests on.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final

from overtone.formats.settlement_csv import safe
from overtone.money import format_amount, stored_amount
from overtone.payout.files import CsvFile, Outbound, csv_row, is_plain_csv
from overtone.payout.journal import Movement, Post, Voucher
from overtone.payout.periods import Months, Moved
from overtone.scales import Pico

JOURNAL: Final = ("entry_id", "account", "debit", "credit", "currency", "memo")
ENTRIES: Final = ("entry_id", "booked_on", "document", "memo")
PERIODS: Final = ("account", "currency", "period", "debit", "credit")
TRIAL: Final = ("account", "currency", "opening", "debit", "credit", "closing")


class JournalFile:
    """Where a `Journal` writes its entries."""

    def __init__(self, outbound: Outbound) -> None:
        self._file: CsvFile = outbound.csv("journal.csv", JOURNAL)
        self._entries: CsvFile = outbound.csv("journal_entries.csv", ENTRIES)

    def entry(self, entry_id: str, memo: str, posts: Sequence[Post], voucher: Voucher) -> None:
        """The rows of one entry, and the day on which it stands."""
        said = safe(memo)
        self._entries.text(csv_row((entry_id, voucher.day, voucher.name, said)))
        rows = "".join(
            [
                f"{entry_id},{account},{format_amount(amount)},,{currency},{said}\n"
                if amount > 0
                else f"{entry_id},{account},,{format_amount(-amount)},{currency},{said}\n"
                for account, currency, amount in posts
            ]
        )
        size = len(posts)
        if not is_plain_csv(rows, size, len(JOURNAL)):
            rows = "".join([csv_row((entry_id, post[0], *_sides(post[2]), post[1], said)) for post in posts])
        self._file.texts(rows, size)

    def close(self) -> None:
        """Nothing more comes."""
        self._file.close()
        self._entries.close()


def _sides(amount: Pico) -> tuple[str, str]:
    """Debit and credit."""
    return (format_amount(amount), "") if amount > 0 else ("", format_amount(-amount))


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
