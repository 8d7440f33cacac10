"""The double-entry journal of a settlement, and the trial balance since the beginning.

Chart of accounts (debit / credit side where it normally stands): see `chart`. `payable` and `reserve` are control accounts in the
trial balance: the parties stand in `state/balances.ndjson`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from overtone.errors import InvariantBroken
from overtone.lines import RESIDUE, SUSPENSE
from overtone.money import format_amount
from overtone.payout.adjustments import OpenedSuspense
from overtone.payout.invoice_balance import NUMBER_DIGITS, Invoice
from overtone.payout.money_in import Allocated
from overtone.payout.movements import Movements, Settled
from overtone.payout.periods import MONTH_DIGITS, Calendar, Months, Moved
from overtone.scales import ZERO_PICO, Pico

_Name = TypeVar("_Name", bound=tuple[str, ...])
CONTROLLED: Final = ("payable", "reserve")
TAX: Final = "tax:withholding"
FX: Final = "fx"
ADJUSTMENTS: Final = "adjustments"
OPENING: Final = "opening"
WRITTEN_OFF: Final = "written_off"
VAT: Final = "tax:vat"
INTEREST: Final = "interest"


Post = tuple[str, str, Pico]
"""One side of an entry, of an account in a currency: a positive amount is a debit, a negative one a credit; pico."""


class Movement(NamedTuple):
    """An account's row of the trial balance; debit-positive pico, `debit` and `credit` of this settlement."""

    opening: Pico
    debit: Pico
    credit: Pico

    @property
    def closing(self) -> Pico:
        """What stands on the account now."""
        return self.opening + self.debit - self.credit


def control(account: str) -> str:
    """The trial balance's account: sub-accounts of parties are one there."""
    head, _, _ = account.partition(":")
    return head if head in CONTROLLED else account


class Voucher(NamedTuple):
    """What an entry rests on, a document by its day and name. The settlement itself, where it is empty."""

    day: str = ""
    name: str = ""


SETTLEMENT: Final = Voucher()


class Journal:
    """Numbers entries and hands them to `write` with the day of the books, refusing one that does not balance in every currency."""

    def __init__(self, write: Callable[[str, str, Sequence[Post], Voucher], None], settlement_id: str, calendar: Calendar) -> None:
        self._write = write
        self._settlement_id = settlement_id
        self._calendar = calendar
        self._own_day = calendar.booked_on("")
        self._number = 0
        self._moved: dict[tuple[str, str, str], list[Pico]] = {}
        """Debit and credit of each account, by account, currency and day."""

    def enter(self, memo: str, posts: Iterable[Post], voucher: Voucher = SETTLEMENT) -> None:
        """One entry; posts of zero are left out. Raises `InvariantBroken` ("balanced")."""
        rows = [post for post in posts if post[2]]
        if not rows:
            return
        sums: dict[str, Pico] = {}
        for _, currency, amount in rows:
            sums[currency] = sums.get(currency, ZERO_PICO) + amount
        if any(sums.values()):
            raise InvariantBroken("balanced", f"{memo}: {rows}")
        own_day, name = voucher
        day = self._calendar.booked_on(own_day) if own_day else self._own_day
        for account, currency, amount in rows:
            place = control(account), currency, day
            moved = self._moved.get(place)
            if moved is None:
                moved = self._moved[place] = [ZERO_PICO, ZERO_PICO]
            if amount < 0:
                moved[1] -= amount
            else:
                moved[0] += amount
        self._number += 1
        self._write(f"{self._settlement_id}-{self._number:06d}", memo, rows, Voucher(day, name or self._settlement_id))

    @property
    def accounts(self) -> dict[tuple[str, str], Moved]:
        """What each account moved, by account and currency."""
        return self._summed((account, currency) for account, currency, _ in self._moved)

    @property
    def months(self) -> Months:
        """What each account moved in each month."""
        return self._summed((account, currency, day[:MONTH_DIGITS]) for account, currency, day in self._moved)

    @property
    def days(self) -> dict[tuple[str, str, str], Pico]:
        """What each account moved on days of its own, by day, account and currency; debit-positive."""
        entries = self._moved.items()
        return {
            (day, account, currency): debit - credit for (account, currency, day), (debit, credit) in entries if day != self._calendar.day
        }

    def _summed(self, names: Iterable[_Name]) -> dict[_Name, Moved]:
        """All that moved, by names, of which there is one for each account, currency and day."""
        sums: dict[_Name, Moved] = {}
        for name, (debit, credit) in zip(names, self._moved.values(), strict=True):
            was = sums.get(name, Moved())
            sums[name] = Moved(was.debit + debit, was.credit + credit)
        return sums


def unplaced(journal: Journal, sums: Mapping[tuple[str, str, str], Pico]) -> None:
    """Enter what went to suspense and residue; keys are (account, licensee, currency)."""
    for (account, licensee, currency), amount in sorted(sums.items()):
        memo = f"{'residue of a pool' if account == RESIDUE else 'waits in suspense'}, owed by {licensee}"
        journal.enter(memo, ((f"receivable:{licensee}", currency, amount), (account, currency, -amount)))


def opened(journal: Journal, entries: Iterable[OpenedSuspense]) -> None:
    """Enter what another system left in suspense."""
    for key, _title, amount in entries:
        posts = (OPENING, key.currency, amount), (f"{SUSPENSE}:{key.reason}", key.currency, -amount)
        journal.enter(f"opening {key.deal_id}: waits in suspense since {key.usage_month}", posts, Voucher(name=f"opening:{key.deal_id}"))


def payee(journal: Journal, settled: Settled, movements: Movements) -> None:
    """Enter all that happened to one payee."""
    party = settled.state.party_id
    payable, reserve = f"payable:{party}", f"reserve:{party}"
    for (licensee, currency), amount in sorted(movements.receivable.items()):
        journal.enter(f"credited for {licensee}", ((f"receivable:{licensee}", currency, amount), (payable, currency, -amount)))
    for deal_id, licensee, currency, amount, advance in settled.recouped:
        memo = f"recouped advance of deal {advance}" + (f" by deal {deal_id}" if deal_id != advance else "")
        journal.enter(memo, ((payable, currency, amount), (f"receivable:{licensee}", currency, -amount)))
    for change in settled.conversions:
        memo = f"converted at {format_amount(change.rate)} ({change.source})"
        journal.enter(memo, ((payable, change.source_currency, change.amount), (FX, change.source_currency, -change.amount)))
        journal.enter(memo, ((FX, change.target_currency, change.result), (payable, change.target_currency, -change.result)))
    for hand in movements.adjustments:
        memo = f"{hand.kind} {hand.adjustment_id}: {hand.reason}"
        out_of = f"{SUSPENSE}:{hand.suspense.reason}" if hand.suspense else ADJUSTMENTS
        against = OPENING if hand.kind == "opening" else out_of
        posts = (against, hand.currency, hand.amount), (payable, hand.currency, -hand.amount)
        journal.enter(memo, posts, Voucher(name=f"{hand.kind}:{hand.adjustment_id}"))
    for row in settled.accounts:
        bank = f"bank:{row.currency}"
        if back := row.returned + row.returned_tax:
            returned = (bank, row.currency, row.returned), (TAX, row.currency, row.returned_tax)
            journal.enter("sent back by the bank", (*returned, (payable, row.currency, -back)))
        if lost := row.written_off + row.restored:
            journal.enter("will not be collected", ((payable, row.currency, lost), (WRITTEN_OFF, row.currency, -lost)))
        if back := row.restored:
            memo = "was not to be collected, and is corrected"
            journal.enter(memo, ((WRITTEN_OFF, row.currency, back), (payable, row.currency, -back)))
        if held := row.reserve - row.reserve_before:
            journal.enter("reserve held and released", ((payable, row.currency, held), (reserve, row.currency, -held)))
        out = (
            (payable, row.currency, row.paid + row.withheld),
            (TAX, row.currency, -row.withheld),
            (bank, row.currency, -row.paid),
        )
        journal.enter(f"payment {row.payment_id}", out, Voucher(name=f"payment:{row.payment_id}"))


def collected(journal: Journal, entries: Iterable[Allocated]) -> None:
    """Enter what licensees paid, what went back to them, and what finance gave up, with the documents that they refer to."""
    for kind, fact_id, licensee, currency, number, amount, day in entries:
        against = f"invoice {number:0{NUMBER_DIGITS}d}" if number else "credit"
        account = WRITTEN_OFF if kind == "write_off" else f"bank:{currency}"
        memo = f"{kind.replace('_', ' ')} {fact_id}, {against}"
        posts = (account, currency, amount), (f"receivable:{licensee}", currency, -amount)
        journal.enter(memo, posts, Voucher(day, f"{kind}:{fact_id}"))


def billed_tax(journal: Journal, invoice: Invoice) -> None:
    """Enter the tax that an invoice asks for on top of what is owed."""
    posts = (f"receivable:{invoice.licensee}", invoice.currency, invoice.tax), (VAT, invoice.currency, -invoice.tax)
    journal.enter(f"tax of invoice {invoice.name}", posts, Voucher(name=f"invoice:{invoice.name}"))


def forgone(journal: Journal, invoice: Invoice) -> None:
    """Enter what an invoice takes off that was given up before: the licensee had not paid it, so that it is no credit."""
    amount = sum(invoice.forgone, ZERO_PICO)
    posts = (f"receivable:{invoice.licensee}", invoice.currency, amount), (WRITTEN_OFF, invoice.currency, -amount)
    journal.enter(f"given up before what invoice {invoice.name} corrects", posts, Voucher(name=f"invoice:{invoice.name}"))


def charged_interest(journal: Journal, invoice: Invoice) -> None:
    """Enter what an invoice for interest asks for, exactly."""
    receivable = f"receivable:{invoice.licensee}"
    posts = (receivable, invoice.currency, invoice.exact), (INTEREST, invoice.currency, -invoice.exact)
    journal.enter(f"interest on late payment, invoice {invoice.name}", posts, Voucher(name=f"invoice:{invoice.name}"))


def trial_balance(opening: Mapping[tuple[str, str], Pico], journal: Journal) -> dict[tuple[str, str], Movement]:
    """The trial balance after this settlement from the one before it; raises `InvariantBroken` where it does not tie."""
    moved = journal.accounts
    rows = {name: Movement(opening.get(name, ZERO_PICO), *moved.get(name, Moved())) for name in sorted({*opening, *moved})}
    sums: defaultdict[str, Pico] = defaultdict(lambda: ZERO_PICO)
    for (_, currency), movement in rows.items():
        sums[currency] += movement.closing
    if any(sums.values()):
        raise InvariantBroken("balanced", f"the trial balance is off by {dict(sums)}")
    return rows
