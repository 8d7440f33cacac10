"""Answers about money in and out: invoices, collections, payments, and what two persons agree on."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from overtone.api.answers.common import AmountText, Count, DayText, Instant, PricedLine
from overtone.api.answers.receipts import RefusedRecord
from overtone.fields import CalendarMonth, Currency, Share
from overtone.lines import AccountKind
from overtone.payout.acknowledgements import SentStatus
from overtone.payout.invoice_balance import InvoiceStatus
from overtone.payout.money_in import Undone


class InvoiceState(TypedDict):
    """An invoice or credit note as it stands, in whole minor units.

    `forgone`: what of its deductions was given up before it was corrected, and is no credit; `total` and `forgone` are to be paid.
    """

    number: str
    licensee: str
    currency: Currency
    kind: Literal["royalties", "late_interest"]
    status: InvoiceStatus
    settlement_id: str
    issued_on: DayText
    due_on: DayText
    net: AmountText
    tax: AmountText
    total: AmountText
    collected: AmountText
    credited: AmountText
    written_off: AmountText
    open: AmountText
    exact: AmountText
    forgone: NotRequired[AmountText]
    late_interest_rate: NotRequired[Share]
    late_interest: NotRequired[AmountText]
    late_interest_billed: NotRequired[AmountText]


class BilledLine(PricedLine):
    """A line behind an invoice. `account`, `party_id`, `member_id` and `reason` are shown to finance alone."""

    account: NotRequired[AccountKind]
    party_id: NotRequired[str]
    member_id: NotRequired[str]
    reason: NotRequired[str]


# a key that is a keyword needs the functional form
Stretch = TypedDict("Stretch", {"from": DayText, "to": DayText, "days": Count, "open": AmountText})


class InvoiceDelay(TypedDict):
    """What the delay of an invoice has cost, and how: open amount x days x rate / 365."""

    number: str
    currency: Currency
    due_on: DayText
    as_of: DayText
    late_interest_rate: Share
    late_interest: AmountText
    late_interest_billed: AmountText
    stretches: list[Stretch]


class CollectedMoney(TypedDict):
    """Money that came from a licensee, whatever became of it."""

    collection_id: str
    licensee: str
    currency: Currency
    amount: AmountText
    received_on: DayText
    invoices: list[str]
    accepted_at: Instant
    posted_by: str


class ReversalReceipt(CollectedMoney):
    """A collection undone, whole."""

    kind: Undone
    reversed_on: DayText
    evidence: str


class CollectionReceipt(CollectedMoney):
    """Money that came from a licensee."""

    known: NotRequired[bool]
    reversal: NotRequired[ReversalReceipt]


class UnmatchedReceipt(TypedDict):
    """Money on a bank statement that names no invoice, or those of several licensees."""

    collection_id: str
    amount: AmountText
    currency: Currency
    received_on: DayText
    payer: str
    text: str
    numbers: list[str]
    same_as: NotRequired[str]


class PaymentEffect(TypedDict):
    """What a bank said of a payment, and where it leaves it."""

    payment_id: str
    settlement_id: str
    party_id: str
    currency: Currency
    paid: AmountText
    withheld: AmountText
    status: SentStatus
    reason: str
    known: bool
    why: NotRequired[str]


class BankAnswer(TypedDict):
    """What a document of the bank changed; lists hold the first of each, the totals count all."""

    settlement_id: str
    payments: Count
    executed: Count
    returned_total: Count
    returned: list[PaymentEffect]
    ignored_total: Count
    ignored: list[PaymentEffect]
    faults_total: Count
    errors: list[RefusedRecord]


class BankStatementReceipt(TypedDict):
    """What a bank statement (camt.053) brought."""

    collections: list[CollectionReceipt]
    unmatched: list[UnmatchedReceipt]
    payments: list[BankAnswer]
    unknown_payments: list[str]


# keys with a hyphen need the functional form
AgedReceivable = TypedDict(
    "AgedReceivable",
    {
        "licensee": str,
        "currency": Currency,
        "open": AmountText,
        "0-30": AmountText,
        "31-60": AmountText,
        "61-90": AmountText,
        "over": AmountText,
        "overdue": AmountText,
        "credit": AmountText,
    },
)


class OpenReceivables(TypedDict):
    """What is open by licensee and currency, by days since it was billed."""

    as_of: DayText
    items: list[AgedReceivable]


class Proposed(TypedDict):
    """What one person proposed and another accepts."""

    status: NotRequired[Literal["proposed", "accepted"]]
    proposed_by: NotRequired[str]
    proposed_at: NotRequired[Instant]
    accepted_by: NotRequired[str]
    accepted_at: NotRequired[Instant]


class PaymentState(TypedDict):
    """A payment of a settlement, and what the bank said last."""

    payment_id: str
    settlement_id: str
    party_id: str
    currency: Currency
    paid: AmountText
    withheld: AmountText
    method: str
    by: Literal["file", "hand"]
    state: SentStatus
    reason: str
    said_at: str


class BankConfirmation(TypedDict):
    """Bank details that finance confirmed; `account` is the account's fingerprint, not its number."""

    party: str
    account: str
    version: Count
    accepted_at: Instant
    posted_by: str


class PostedBy(TypedDict):
    """When finance posted it, and who."""

    posted_at: NotRequired[Instant]
    posted_by: NotRequired[str]


class PostedRates(PostedBy):
    """The exchange rates of a settlement."""

    settlement_id: str
    rates: list[Any]


class Liquidation(TypedDict):
    """Unclaimed money that the next settlement spreads over what was claimed."""

    liquidation_id: str
    deal_id: str
    months: list[str]
    reason: str
    licensee: str
    accepted_at: Instant
    posted_by: str


class BookPeriod(TypedDict):
    """A month of the books; who locked it, and which settlement was the last then."""

    month: CalendarMonth
    status: Literal["open", "locked"]
    locked_at: NotRequired[Instant]
    locked_by: NotRequired[str]
    settlement_id: NotRequired[str]


class TrialRow(TypedDict):
    """An account of the trial balance, debit-positive."""

    number: str
    account: str
    currency: Currency
    opening: AmountText
    debit: AmountText
    credit: AmountText
    closing: AmountText


class TrialBalance(TypedDict):
    """What stood, moved and stands on each account in a span of months."""

    first: CalendarMonth | None
    last: CalendarMonth
    settlement_id: str
    locked_through: CalendarMonth | None
    items: list[TrialRow]


class HoldState(TypedDict):
    """A hold as it stands, and how it ended."""

    hold_id: str
    licensee: NotRequired[str]
    reporter: NotRequired[str]
    work: NotRequired[str]
    subject: NotRequired[str]
    months: list[str]
    reason: str
    accepted_at: Instant
    posted_by: str
    status: Literal["held", "released", "void"]
    outcome: NotRequired[Literal["released", "void"]]
    evidence: NotRequired[str]
    decided_at: NotRequired[Instant]
    decided_by: NotRequired[str]
