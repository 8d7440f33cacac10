"""The double-entry journal of a settlement, and the trial balance since the beginning.

Chart of accounts (debit / credit side where it normally stands):
`receivable:<licensee>` (debit) what a licensee owes; `payable:<party>` (credit) what a party is owed and free;
`reserve:<party>` (credit) what of it is held in reserve; `suspense:<reason>` (credit) money that waits for its
owner; `residue` (credit) what no division could place; `tax:withholding` (credit) owed to tax offices;
`bank:<currency>` (credit when paid); `fx` the counterpart of conversions, so that each currency balances.
`payable` and `reserve` are control accounts in the trial balance: the parties stand in `state/balances.ndjson`.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from overtone.errors import InvariantBroken
from overtone.lines import RESIDUE
from overtone.money import format_amount, stored_amount
from overtone.payout.files import CsvFile, Outbound
from overtone.payout.payees import Movements, Settled

COLUMNS: Final = ("entry_id", "account", "debit", "credit", "currency", "memo")
TRIAL_COLUMNS: Final = ("account", "currency", "opening", "debit", "credit", "closing")
CONTROLLED: Final = ("payable", "reserve")
TAX: Final = "tax:withholding"
FX: Final = "fx"


class Post(NamedTuple):
    """One side of an entry: a positive amount is a debit, a negative one a credit; pico."""

    account: str
    currency: str
    amount: int


class Movement(NamedTuple):
    """An account's row of the trial balance; debit-positive pico, `debit` and `credit` of this settlement."""

    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        """What stands on the account now."""
        return self.opening + self.debit - self.credit


def control(account: str) -> str:
    """The trial balance's account: sub-accounts of parties are one there."""
    head, _, _ = account.partition(":")
    return head if head in CONTROLLED else account


class Journal:
    """Writes `journal.csv` entry by entry, refusing one that does not balance in every currency."""

    def __init__(self, outbound: Outbound, settlement_id: str) -> None:
        self._file: CsvFile = outbound.csv("journal.csv", COLUMNS)
        self._settlement_id = settlement_id
        self._number = 0
        self.debits: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.credits: defaultdict[tuple[str, str], int] = defaultdict(int)

    def enter(self, memo: str, posts: Iterable[Post]) -> None:
        """One entry; posts of zero are left out. Raises `InvariantBroken` ("balanced")."""
        rows = [post for post in posts if post.amount]
        if not rows:
            return
        sums: defaultdict[str, int] = defaultdict(int)
        for post in rows:
            sums[post.currency] += post.amount
        if any(sums.values()):
            raise InvariantBroken("balanced", f"{memo}: {rows}")
        self._number += 1
        entry_id = f"{self._settlement_id}-{self._number:06d}"
        for account, currency, amount in rows:
            name = control(account), currency
            if amount > 0:
                self.debits[name] += amount
                self._file.row((entry_id, account, format_amount(amount), "", currency, memo))
            else:
                self.credits[name] -= amount
                self._file.row((entry_id, account, "", format_amount(-amount), currency, memo))

    def close(self) -> None:
        """Nothing more comes."""
        self._file.close()


def unplaced(journal: Journal, sums: Mapping[tuple[str, str, str], int]) -> None:
    """Enter what went to suspense and residue; keys are (account, licensee, currency)."""
    for (account, licensee, currency), amount in sorted(sums.items()):
        memo = f"{'residue of a pool' if account == RESIDUE else 'waits in suspense'}, owed by {licensee}"
        journal.enter(memo, (Post(f"receivable:{licensee}", currency, amount), Post(account, currency, -amount)))


def payee(journal: Journal, settled: Settled, movements: Movements) -> None:
    """Enter all that happened to one payee."""
    party = settled.state.party_id
    payable, reserve = f"payable:{party}", f"reserve:{party}"
    for (licensee, currency), amount in sorted(movements.receivable.items()):
        journal.enter(f"credited for {licensee}", (Post(f"receivable:{licensee}", currency, amount), Post(payable, currency, -amount)))
    for deal_id, licensee, currency, amount in settled.recouped:
        journal.enter(
            f"recouped advance of deal {deal_id}", (Post(payable, currency, amount), Post(f"receivable:{licensee}", currency, -amount))
        )
    for change in settled.conversions:
        memo = f"converted at {format_amount(change.rate)} ({change.source})"
        journal.enter(memo, (Post(payable, change.source_currency, change.amount), Post(FX, change.source_currency, -change.amount)))
        journal.enter(memo, (Post(FX, change.target_currency, change.result), Post(payable, change.target_currency, -change.result)))
    for row in settled.accounts:
        bank = f"bank:{row.currency}"
        back = row.returned + row.returned_tax
        sent_back = (Post(bank, row.currency, row.returned), Post(TAX, row.currency, row.returned_tax), Post(payable, row.currency, -back))
        journal.enter("sent back by the bank", sent_back)
        held = row.reserve - row.reserve_before
        journal.enter("reserve held and released", (Post(payable, row.currency, held), Post(reserve, row.currency, -held)))
        out = (
            Post(payable, row.currency, row.paid + row.withheld),
            Post(TAX, row.currency, -row.withheld),
            Post(bank, row.currency, -row.paid),
        )
        journal.enter(f"payment {row.payment_id}", out)


def trial_balance(before: bytes, journal: Journal) -> dict[tuple[str, str], Movement]:
    """The trial balance after this settlement from the one before it; raises `InvariantBroken` where it does not tie."""
    opening = read_trial(before)
    names = sorted({*opening, *journal.debits, *journal.credits})
    rows = {n: Movement(opening.get(n, 0), journal.debits.get(n, 0), journal.credits.get(n, 0)) for n in names}
    sums: defaultdict[str, int] = defaultdict(int)
    for (_, currency), movement in rows.items():
        sums[currency] += movement.closing
    if any(sums.values()):
        raise InvariantBroken("balanced", f"the trial balance is off by {dict(sums)}")
    return rows


def read_trial(content: bytes) -> dict[tuple[str, str], int]:
    """The closing balances of a `trial_balance.csv`."""
    rows = csv.DictReader(io.StringIO(content.decode()))
    return {(row["account"], row["currency"]): stored_amount(row["closing"]) for row in rows}


def write_trial(outbound: Outbound, rows: Mapping[tuple[str, str], Movement]) -> None:
    """Write `trial_balance.csv`, debit-positive."""
    with outbound.csv("trial_balance.csv", TRIAL_COLUMNS) as file:
        for (account, currency), movement in rows.items():
            figures: Sequence[int] = (*movement, movement.closing)
            file.row((account, currency, *map(format_amount, figures)))
