"""What licensees owe and have paid: invoices, what was collected on them, and what of a payee's money that lets go.

One account per (licensee, currency). Each settlement bills an account at most once: the exact sum of what is owed becomes a document
in whole minor units, rounded up, and what the licensee paid ahead by the rounding comes off its next one. So what is collected is
never below what is owed to payees. A negative document is a credit note. Money goes to the invoices that it names, else to the
oldest; what is left over is credit for the next.

What an invoice lets go to a payee whose deal pays on receipt:
- nothing in the settlement that issues it, and nothing before money came;
- of a partly paid invoice `floor(amount x collected / billed)`: never more in all than was collected;
- everything once it is settled. A document that corrects others (some of its amounts are negative) waits for the ones before it.
Numbers are gapless: they follow the sealed chain.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple

import orjson

from overtone.money import NANO, PICO, minor_digits, rounded_to_minor
from overtone.payout.recoupment import oldest_first
from overtone.scales import ZERO_PICO, Nano, Pico

VERSION: Final = 1
"""Format of the state; a reader of each older one stays."""
NUMBER_DIGITS: Final = 8


class Debtor(NamedTuple):
    """Whose account it is."""

    licensee: str
    currency: str


@dataclass(slots=True)
class Invoice:
    """A document; amounts in pico. `net` + `tax` is what is billed, negative for a credit note.

    `positive`: the sum of its positive amounts, above `net` where it corrects others. `cash` was collected, `credited` came from
    credit notes, `written_off` will not come.
    """

    number: int
    licensee: str
    currency: str
    settlement_id: str
    issued_on: str
    due_on: str
    exact: Pico
    net: Pico
    tax: Pico
    positive: Pico
    cash: Pico = ZERO_PICO
    credited: Pico = ZERO_PICO
    written_off: Pico = ZERO_PICO

    @property
    def name(self) -> str:
        """The number as it is printed."""
        return f"{self.number:0{NUMBER_DIGITS}d}"

    @property
    def gross(self) -> Pico:
        """What is billed."""
        return self.net + self.tax

    @property
    def open(self) -> Pico:
        """What is still to be paid."""
        return max(ZERO_PICO, self.gross - self.cash - self.credited - self.written_off)

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is expected."""
        return self.open == 0

    @property
    def is_settled(self) -> bool:
        """Whether all of it was paid, by money or by credit."""
        return self.cash + self.credited >= self.gross

    @property
    def corrects(self) -> bool:
        """Whether some of its amounts are negative: money that was billed before changes hands."""
        return self.positive > max(ZERO_PICO, self.net)

    def lets_go(self, amount: Pico, *, older_open: bool) -> Pico:
        """What of a payee's positive `amount` may be paid."""
        if self.is_settled and not (self.corrects and older_open):
            return amount
        if self.gross <= 0:
            return ZERO_PICO
        base = self.gross * max(self.net, self.positive)
        return min(amount, Pico(amount * self.cash * self.net // base))


@dataclass(slots=True)
class DebtorAccount:
    """What is known of one debtor: `rest` was paid ahead by rounding, `cash` and `notes` are credit that no invoice has used."""

    rest: Pico = ZERO_PICO
    cash: Pico = ZERO_PICO
    notes: Pico = ZERO_PICO
    invoices: list[Invoice] = field(default_factory=list)


class Collection(NamedTuple):
    """Money that came from a licensee; `invoices` are numbers that it names."""

    collection_id: str
    licensee: str
    currency: str
    amount: Pico
    received_on: str
    invoices: tuple[int, ...] = ()


class WriteOff(NamedTuple):
    """What finance gives up of an invoice: all that is open, as two persons agreed."""

    write_off_id: str
    invoice: int
    reason: str


class Allocated(NamedTuple):
    """Where money went: the part of a collection that an invoice took (`number` 0: credit), or a write-off."""

    kind: str
    fact_id: str
    licensee: str
    currency: str
    number: int
    amount: Pico


@dataclass(frozen=True, slots=True)
class Billing:
    """What a document is made with: its days, and the tax rate of each licensee (nano)."""

    settlement_id: str
    issued_on: str
    due_days: Mapping[str, int] = field(default_factory=dict)
    tax_rates: Mapping[str, Nano] = field(default_factory=dict)
    due_days_default: int = 30


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

    # --- what comes in

    def collect(self, collection: Collection) -> list[Allocated]:
        """Allocate money: to the invoices named, in their order, then to the oldest; what is left is credit."""
        debtor = Debtor(collection.licensee, collection.currency)
        account, left = self.account(debtor), collection.amount
        named = [invoice for number in collection.invoices for invoice in account.invoices if invoice.number == number]
        order = [*named, *(invoice for invoice in account.invoices if invoice not in named)]
        parts = oldest_first([invoice.open for invoice in order], left)
        found = []
        for invoice, part in zip(order, parts, strict=True):
            invoice.cash += part
            left -= part
            if part:
                found.append(Allocated("collection", collection.collection_id, *debtor, invoice.number, part))
        account.cash += left
        return [*found, *([Allocated("collection", collection.collection_id, *debtor, 0, left)] if left else [])]

    def write_off(self, entry: WriteOff) -> Allocated | None:
        """Give up what is open of an invoice; nothing where it was paid in the meantime."""
        invoice = self.find(entry.invoice)
        if invoice is None or invoice.is_closed:
            return None
        amount = invoice.open
        invoice.written_off += amount
        return Allocated("write_off", entry.write_off_id, invoice.licensee, invoice.currency, invoice.number, amount)

    # --- what goes out

    def bill(self, debtor: Debtor, exact: Pico, positive: Pico, billing: Billing) -> Invoice | None:
        """Issue a debtor's document for what a settlement says that it owes; none where it comes to nothing."""
        account = self.account(debtor)
        if exact == 0 and positive == 0:
            return None
        net = rounded_up(exact - account.rest, debtor.currency)
        account.rest += net - exact
        tax = rounded_to_minor(net * billing.tax_rates.get(debtor.licensee, 0), NANO, debtor.currency)
        self.last_number += 1
        days = billing.due_days.get(debtor.licensee, billing.due_days_default)
        due = due_day(billing.issued_on, days)
        about = self.last_number, *debtor, billing.settlement_id, billing.issued_on, due
        invoice = Invoice(*about, exact, net, tax, positive)
        account.invoices.append(invoice)
        if invoice.gross < 0:
            account.notes -= invoice.gross
        self._use_credit(account)
        return invoice

    def _use_credit(self, account: DebtorAccount) -> None:
        """Credit pays open invoices, the oldest first: that of credit notes before money that came too early."""
        for invoice in account.invoices:
            noted = min(invoice.open, account.notes)
            invoice.credited += noted
            account.notes -= noted
            paid = min(invoice.open, account.cash)
            invoice.cash += paid
            account.cash -= paid

    # --- what payees may have

    def lets_go(self, settlement_id: str, debtor: Debtor, amount: Pico) -> tuple[Pico, bool]:
        """What of an amount that a settlement billed may be paid, and whether more can come."""
        older_open = False
        account = self.accounts.get(debtor, DebtorAccount())
        for invoice in account.invoices:
            if invoice.settlement_id == settlement_id:
                released = invoice.lets_go(amount, older_open=older_open)
                return released, not (invoice.is_closed and not invoice.is_settled)
            older_open = older_open or not invoice.is_closed
        return ZERO_PICO, True

    def name(self, settlement_id: str, debtor: Debtor) -> str:
        """The number of the document that a settlement billed; empty before it is issued."""
        found = (i.name for i in self.accounts.get(debtor, DebtorAccount()).invoices if i.settlement_id == settlement_id)
        return next(found, "")

    # --- as stored

    def encode(self) -> Iterator[bytes]:
        """JSON lines: a head, then a line for each account with its documents."""
        yield orjson.dumps({"version": VERSION, "heard": self.heard, "last_number": self.last_number})
        for debtor, account in sorted(self.accounts.items()):
            figures = [str(account.rest), str(account.cash), str(account.notes)]
            yield orjson.dumps([*debtor, *figures, [_encoded(invoice) for invoice in account.invoices]])

    @classmethod
    def decode(cls, lines: Iterable[bytes]) -> "Receivables":
        """The inverse of `encode`; of no lines at all, the beginning."""
        found, rest = cls(), iter(lines)
        if (first := next(rest, None)) is None:
            return found
        head = orjson.loads(first)
        found.heard, found.last_number = head["heard"], head["last_number"]
        for line in rest:
            licensee, currency, ahead, cash, notes, invoices = orjson.loads(line)
            documents = [_decoded(licensee, currency, fields) for fields in invoices]
            found.accounts[Debtor(licensee, currency)] = DebtorAccount(Pico(int(ahead)), Pico(int(cash)), Pico(int(notes)), documents)
        return found


def _encoded(invoice: Invoice) -> list[object]:
    figures = invoice.exact, invoice.net, invoice.tax, invoice.positive, invoice.cash, invoice.credited, invoice.written_off
    return [invoice.number, invoice.settlement_id, invoice.issued_on, invoice.due_on, *map(str, figures)]


def _decoded(licensee: str, currency: str, fields: Sequence[str]) -> Invoice:
    number, settlement_id, issued_on, due_on, *figures = fields
    return Invoice(int(number), licensee, currency, settlement_id, issued_on, due_on, *(Pico(int(pico)) for pico in figures))
