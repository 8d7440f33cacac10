"""`journal.csv` and `trial_balance.csv`: the books as files, and the trial balance read back."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final

from overtone.formats.settlement_csv import safe
from overtone.money import format_amount, stored_amount
from overtone.payout.files import CsvFile, Outbound
from overtone.payout.journal import Movement, Post
from overtone.scales import Pico

JOURNAL: Final = ("entry_id", "account", "debit", "credit", "currency", "memo")
TRIAL: Final = ("account", "currency", "opening", "debit", "credit", "closing")


class JournalFile:
    """Where a `Journal` writes its entries."""

    def __init__(self, outbound: Outbound) -> None:
        self._file: CsvFile = outbound.csv("journal.csv", JOURNAL)

    def entry(self, entry_id: str, memo: str, posts: Sequence[Post]) -> None:
        """The rows of one entry."""
        for account, currency, amount in posts:
            sides = (format_amount(amount), "") if amount > 0 else ("", format_amount(-amount))
            self._file.row((entry_id, account, *sides, currency, safe(memo)))

    def close(self) -> None:
        """Nothing more comes."""
        self._file.close()


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
