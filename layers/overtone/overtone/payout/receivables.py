"""What licensees owe and have paid: invoices, what was collected on them, and what of a payee's money that lets go.

One account per (licensee, currency). Each settlement bills an account at most once: the exact sum of what is owed becomes a document
in whole minor units, rounded up, and what the licensee paid ahead by the rounding comes off its next one. So what is collected is
never below what is owed to payees. A negative document is a credit note. Money goes to the invoices that it names, else to the
oldest; what is left over is credit for the next, or is paid back. Interest on delay is a document of its own.

What an invoice lets go to a payee whose deal pays on receipt:
- nothing in the settlement that issues it, and nothing before money came;
- of a partly paid invoice `floor(amount x collected / billed)`: never more in all than was collected;
- everything once it is settled. A document that corrects others (some of its amounts are negative) waits for the ones before it.
What is given up of an invoice is taken off its payees in proportion, once, in the settlement that hears of it. Where that is corrected,
whoever is credited instead loses it (`given_up`).
Money that goes back comes off the credit, then opens the invoices that it had named, then the newest.
Numbers are gapless: they follow the sealed chain.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import orjson

from overtone.errors import InvariantBroken
from overtone.money import NANO, PICO, minor_digits, rounded_to_minor
from overtone.payout.given_up import Moves
from overtone.payout.invoice_balance import INTEREST, NO_RATE, Invoice, InvoiceKind, LateRate
from overtone.payout.money_in import Allocated, Collection, Debtor, Receipt, Refund, Reversal, WriteOff
from overtone.payout.recoupment import oldest_first
from overtone.scales import ZERO_PICO, Nano, Pico

FORMAT: Final = 2
"""Of the state, whose head calls it `version`. 2 has interest, and invoices with more than seven figures."""
NAMED_MAX: Final = 1_000
"""Invoices that one collection names."""
NO_MOVES: Final[Moves] = {}


@dataclass(slots=True)
class DebtorAccount:
    """What is known of one debtor: `rest` was paid ahead by rounding, `cash` and `notes` are credit that no invoice has used.

    `cash` is negative where more was paid back than there was credit: the next money makes up for it first.
    """

    rest: Pico = ZERO_PICO
    cash: Pico = ZERO_PICO
    notes: Pico = ZERO_PICO
    invoices: list[Invoice] = field(default_factory=list)

    @property
    def credit(self) -> Pico:
        """What no invoice has used."""
        return max(ZERO_PICO, self.cash) + self.notes


@dataclass(frozen=True, slots=True)
class Billing:
    """What a document is made with: its days, the tax rate of each licensee (nano), and what delay will cost."""

    settlement_id: str
    issued_on: str
    due_days: Mapping[str, int] = field(default_factory=dict)
    tax_rates: Mapping[str, Nano] = field(default_factory=dict)
    due_days_default: int = 30
    late: LateRate = NO_RATE
    kind: InvoiceKind = ""


def rounded_up(pico: Pico, currency: str) -> Pico:
    """The least whole number of minor units that is not below an amount."""
    unit = PICO // 10 ** minor_digits(currency)
    return Pico(-(-pico // unit) * unit)


def due_day(issued_on: str, days: int) -> str:
    """The day on which a document is due."""
    return (date.fromisoformat(issued_on) + timedelta(days=days)).isoformat()


class Receivables:
    """The accounts of all debtors. `heard` is how far the list of finance's facts has been taken in."""

    def __init__(self) -> None:
        self.heard = 0
        self.last_number = 0
        self.accounts: dict[Debtor, DebtorAccount] = {}
        self._new = set[int]()
        self._reckoned = False

    def account(self, debtor: Debtor) -> DebtorAccount:
        """A debtor's account, opened where there is none."""
        return self.accounts.setdefault(debtor, DebtorAccount())

    def invoices(self) -> Iterator[Invoice]:
        """Every document, by debtor and number."""
        for debtor in sorted(self.accounts):
            yield from self.accounts[debtor].invoices

    def find(self, number: int) -> Invoice | None:
        """A document by its number."""
        return next((invoice for invoice in self.invoices() if invoice.number == number), None)

    # --- what comes in, and goes back

    def hear(self, fact: Receipt, day: str) -> list[Allocated]:
        """Book a fact of finance's; `day` is the one from which what has no day of its own counts."""
        if isinstance(fact, Collection):
            return self.collect(fact)
        if isinstance(fact, Reversal):
            return self.reverse(fact)
        if isinstance(fact, Refund):
            return self.refund(fact, day)
        given_up = self.write_off(fact, day)
        return [given_up] if given_up else []

    def collect(self, collection: Collection) -> list[Allocated]:
        """Allocate money: to the invoices named, in their order, then to the oldest; what is left is credit."""
        debtor = Debtor(collection.licensee, collection.currency)
        account = self.account(debtor)
        owed_back = min(collection.amount, max(ZERO_PICO, -account.cash))
        left = collection.amount - owed_back
        order = _named_first(account.invoices, collection.invoices)
        parts = oldest_first([invoice.open for invoice in order], left)
        found = []
        for invoice, part in zip(order, parts, strict=True):
            left -= part
            if part:
                invoice.take(part, collection.received_on)
                found.append(Allocated("collection", collection.collection_id, *debtor, invoice.number, part, collection.received_on))
        account.cash += left + owed_back
        rest = left + owed_back
        spare = Allocated("collection", collection.collection_id, *debtor, 0, rest, collection.received_on)
        return [*found, *([spare] if rest else [])]

    def reverse(self, entry: Reversal) -> list[Allocated]:
        """Undo a collection: off the credit first, then what it had named is open again, then the newest that was paid."""
        debtor = Debtor(entry.licensee, entry.currency)
        account = self.account(debtor)
        spare = min(entry.amount, max(ZERO_PICO, account.cash))
        left = entry.amount - spare
        order = _named_first(account.invoices[::-1], entry.invoices)
        found = []
        for invoice, part in zip(order, oldest_first([max(ZERO_PICO, invoice.cash) for invoice in order], left), strict=True):
            left -= part
            if part:
                invoice.take(-part, entry.day)
                found.append(Allocated("reversal", entry.collection_id, *debtor, invoice.number, -part, entry.day))
        account.cash -= spare + left
        if spare + left:
            found.append(Allocated("reversal", entry.collection_id, *debtor, 0, -spare - left, entry.day))
        self._use_credit(account, entry.day)
        return found

    def refund(self, entry: Refund, day: str) -> list[Allocated]:
        """Pay credit back: money that came too early or twice, then credit notes. More than there is, is owed again."""
        debtor = Debtor(entry.licensee, entry.currency)
        account = self.account(debtor)
        spare = min(entry.amount, max(ZERO_PICO, account.cash))
        notes = min(entry.amount - spare, account.notes)
        account.notes -= notes
        account.cash -= entry.amount - notes
        self._use_credit(account, day)
        return [Allocated("refund", entry.refund_id, *debtor, 0, -entry.amount, day)]

    def write_off(self, entry: WriteOff, day: str = "") -> Allocated | None:
        """Give up what is open of an invoice; nothing where it was paid in the meantime."""
        invoice = self.find(entry.invoice)
        if invoice is None or invoice.is_closed:
            return None
        amount = invoice.open
        invoice.take(amount, day or invoice.due_on, "written_off")
        self._reckoned = False
        return Allocated("write_off", entry.write_off_id, invoice.licensee, invoice.currency, invoice.number, amount, day)

    # --- what goes out

    def bill(self, debtor: Debtor, exact: Pico, positive: Pico, billing: Billing, moves: Moves = NO_MOVES) -> Invoice | None:
        """Issue a debtor's document for what a settlement says that it owes; none where it comes to nothing.

        `moves` is what it corrects: what of that was given up, and nobody is credited with, is no credit.
        """
        account = self.account(debtor)
        if exact == 0 and positive == 0:
            return None
        net = rounded_up(exact - account.rest, debtor.currency)
        account.rest += net - exact
        rate = billing.tax_rates.get(debtor.licensee, 0)
        tax = rounded_to_minor(net * rate, NANO, debtor.currency)
        self.last_number += 1
        days = billing.due_days.get(debtor.licensee, billing.due_days_default)
        due = due_day(billing.issued_on, days)
        about = self.last_number, *debtor, billing.settlement_id, billing.issued_on, due
        invoice = Invoice(*about, exact, net, tax, positive, kind=billing.kind, late=billing.late)
        account.invoices.append(invoice)
        self._new.add(invoice.number)
        if moves := {month: one for month, one in sorted(moves.items()) if one.whole and one.taken}:
            unit = PICO // 10 ** minor_digits(debtor.currency)
            idle = Pico(sum(one.idle for one in moves.values()) // unit * unit)
            invoice.moves, invoice.forgone = moves, (idle, rounded_to_minor(idle * rate, NANO, debtor.currency))
            self._reckoned = False
        if invoice.due < 0:
            account.notes -= invoice.due
        self._use_credit(account, billing.issued_on)
        return invoice

    def delays(self, day: str) -> dict[Debtor, list[tuple[Invoice, Pico]]]:
        """The interest of each debtor's documents that was not charged before; only where it comes to a minor unit."""
        found = {}
        for debtor, account in sorted(self.accounts.items()):
            new = [(invoice, more) for invoice in account.invoices if (more := invoice.interest(day) - invoice.charged)]
            if abs(sum(more for _, more in new)) >= PICO // 10 ** minor_digits(debtor.currency):
                found[debtor] = new
        return found

    def _use_credit(self, account: DebtorAccount, day: str) -> None:
        """Credit pays open invoices, the oldest first: that of credit notes before money that came too early."""
        for invoice in account.invoices:
            noted = min(invoice.open, account.notes)
            invoice.take(noted, day, "credited")
            account.notes -= noted
            paid = min(invoice.open, max(ZERO_PICO, account.cash))
            invoice.take(paid, day)
            account.cash -= paid

    # --- what payees may have

    def lets_go(self, settlement_id: str, debtor: Debtor, amount: Pico) -> tuple[Pico, Pico]:
        """What of an amount that a settlement billed may be paid, and what was lost of it since the settlement before."""
        self.reckon()
        older_open = False
        for invoice in self._royalties(debtor):
            if invoice.settlement_id == settlement_id:
                lost = invoice.loses(amount)
                return invoice.lets_go(Pico(amount - lost), older_open=older_open), lost
            older_open = older_open or not invoice.is_closed
        return ZERO_PICO, ZERO_PICO

    def name(self, settlement_id: str, debtor: Debtor) -> str:
        """The number of the document that a settlement billed; empty before it is issued."""
        return found.name if (found := self.billed_by(settlement_id, debtor)) else ""

    def billed_by(self, settlement_id: str, debtor: Debtor) -> Invoice | None:
        """The document that a settlement billed a debtor, with what is known now of what never came of it."""
        self.reckon()
        return next((invoice for invoice in self._royalties(debtor) if invoice.settlement_id == settlement_id), None)

    def reckon(self) -> None:
        """What of each document that corrects others is known to have been given up: the older ones first, of which it took it."""
        if self._reckoned:
            return
        self._reckoned = True
        for debtor in self.accounts:
            billed: dict[str, Invoice] = {}
            for invoice in self._royalties(debtor):
                for month, moves in invoice.moves.items():
                    moves.reckon({name: billed[name].gone(month) for name in moves.taken if name in billed})
                invoice.void = Pico(sum(moves.lost(moves.moved, moves.now) for moves in invoice.moves.values()))
                billed[invoice.settlement_id] = invoice

    def _royalties(self, debtor: Debtor) -> Iterator[Invoice]:
        """A debtor's documents, without those for interest: nobody's money waits for these."""
        account = self.accounts.get(debtor, DebtorAccount())
        return (invoice for invoice in account.invoices if invoice.kind != INTEREST)

    # --- as stored

    def encode(self) -> Iterator[bytes]:
        """JSON lines: a head, then a line for each account with its documents."""
        self.reckon()
        for moves in (moves for invoice in self.invoices() if invoice.number not in self._new for moves in invoice.moves.values()):
            moves.known = moves.now
        yield orjson.dumps({"version": FORMAT, "heard": self.heard, "last_number": self.last_number})
        for debtor, account in sorted(self.accounts.items()):
            figures = [str(account.rest), str(account.cash), str(account.notes)]
            yield orjson.dumps([*debtor, *figures, [invoice.encode() for invoice in account.invoices]])

    @classmethod
    def decode(cls, lines: Iterable[bytes]) -> "Receivables":
        """The inverse of `encode`; of no lines at all, the beginning. Raises `InvariantBroken` for a format that is not known."""
        found, rest = cls(), iter(lines)
        if (first := next(rest, None)) is None:
            return found
        head = orjson.loads(first)
        if head["version"] > FORMAT:
            raise InvariantBroken("conserved", f"receivables have format {head['version']}; this version reads up to {FORMAT}")
        found.heard, found.last_number = head["heard"], head["last_number"]
        for line in rest:
            licensee, currency, ahead, cash, notes, invoices = orjson.loads(line)
            documents = [Invoice.decode(licensee, currency, fields) for fields in invoices]
            found.accounts[Debtor(licensee, currency)] = DebtorAccount(Pico(int(ahead)), Pico(int(cash)), Pico(int(notes)), documents)
        return found


def _named_first(invoices: Sequence[Invoice], numbers: Iterable[int]) -> list[Invoice]:
    place = {number: index for index, number in reversed([*enumerate(numbers)])}
    return sorted(invoices, key=lambda invoice: place.get(invoice.number, NAMED_MAX))
