"""What a bank answers to a payment file, and what follows: money that did not arrive reopens the payee's balance, once.

Banks answer with ISO 20022 pain.002 (per file, per batch or per payment) and camt.053; where all there is is a list, finance
uploads a CSV `payment_id,status,reason`. The answers to a settlement are kept in the order in which they came, and what a
payment's state is, and whether it may be paid again, is a pure function of them:

- a *refusal* says that a payment was never made: it reopens the balance, unless the payment was executed before, or the bank
  refuses a second upload of the same file. If the bank executes a refused payment after all, the balance is closed again;
- a *return* says that money came back after it was paid: it reopens the balance, and nothing that is said later changes that.

A payment that did not arrive is credited with the tax that was withheld on it, so that it is not taxed twice.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, Self

from overtone.errors import Fault
from overtone.money import stored_amount
from overtone.scales import Pico

BYTES_MAX: Final = 6_000_000
SENT: Final = "sent"
EXECUTED: Final = "executed"
REFUSED: Final = "refused"
RETURNED: Final = "returned"
SentStatus = Literal["sent", "executed", "refused", "returned"]
"""What a bank has said of a payment."""
PAYMENT_STATUSES: Final = frozenset({"paid", "manual"})
"""Statuses of `payments.csv` rows that money left with."""
DUPLICATE: Final = frozenset({"AM05", "DUPL", "DU01", "DU02", "DU03", "DU04", "DU05", "FF11"})
"""ISO 20022 external status reasons of a second upload: the first one stands."""
ACCOUNT_FAULTS: Final = frozenset({"AC01", "AC02", "AC03", "AC04", "AC06", "AC07", "AC13", "AC14", "BE01", "BE05", "MD07", "RC01", "RC08"})
"""ISO 20022 reasons that name the payee's account: nothing is sent there again until the details change."""
ACH_ACCOUNT_FAULTS: Final = frozenset({"R02", "R03", "R04", "R13", "R14", "R15", "R16", "R17", "R20", "R28", "R34"})
"""The same among NACHA's return codes."""


class PaymentOutcome(NamedTuple):
    """What the bank says of one payment, or, where `payment_id` is empty, of a whole file (and of a `method`'s batch in it).

    `file` is the file's label, such as `EUR` or `EUR-2`: its currency, and which of several it is.
    """

    payment_id: str
    status: SentStatus
    reason: str
    file: str = ""
    method: str = ""


class BankDocument(NamedTuple):
    """One document of the bank's: when it says that it was written (UTC), and what it says."""

    said_at: str
    outcomes: tuple[PaymentOutcome, ...]


class State(NamedTuple):
    """What became of a payment as far as the bank has said."""

    status: SentStatus = SENT
    reason: str = ""
    said_at: str = ""

    @property
    def reopens(self) -> bool:
        """Whether the payee is owed the money again."""
        return self.status in {REFUSED, RETURNED}


class Payment(NamedTuple):
    """A payment as it was sent: a row of `payments.csv`; pico. `account` is the fingerprint of the details that it went to."""

    payment_id: str
    settlement_id: str
    party_id: str
    currency: str
    paid: Pico
    withheld: Pico
    by_file: bool
    method: str = ""
    account: str = ""
    bank_file: str = ""

    def is_in(self, label: str) -> bool:
        """Whether the payment was sent in the bank file of that label; of older settlements the currency tells."""
        if self.bank_file:
            return self.bank_file == f"pain001-{label}.xml"
        return self.by_file and self.currency == label


class Return(NamedTuple):
    """A payment that reopens a balance: what was paid, and the tax withheld on it; pico, negative where a refusal was taken back."""

    payment_id: str
    settlement_id: str
    party_id: str
    currency: str
    paid: Pico
    withheld: Pico
    reason: str
    account: str = ""

    @classmethod
    def of(cls, payment: Payment, reason: str, sign: int = 1) -> Self:
        """The whole of a payment."""
        about = payment.payment_id, payment.settlement_id, payment.party_id, payment.currency
        return cls(*about, Pico(sign * payment.paid), Pico(sign * payment.withheld), reason, payment.account)

    @property
    def names_the_account(self) -> bool:
        """Whether the bank says that the account is closed, wrong or not the payee's."""
        return self.paid > 0 and self.reason in ACCOUNT_FAULTS | ACH_ACCOUNT_FAULTS


class OutcomeEffect(NamedTuple):
    """What a payment's outcome changed: the state after it, and `new`, `known` or `ignored` with the reason in words."""

    payment: Payment
    outcome: PaymentOutcome
    state: State
    effect: Literal["new", "known", "ignored"]
    why: str = ""


NEW: Final = "new"
KNOWN: Final = "known"
IGNORED: Final = "ignored"


def payments_of(
    rows: Iterable[Mapping[str, str]], settlement_id: str, wanted: Callable[[Payment], bool] = lambda _: True
) -> dict[str, Payment]:
    """The payments that a settlement sent, by id, from the rows of its `payments.csv`; of them those that are wanted."""
    sent = (_payment(row, settlement_id) for row in rows if row["status"] in PAYMENT_STATUSES)
    return {payment.payment_id: payment for payment in sent if wanted(payment)}


def _payment(row: Mapping[str, str], settlement_id: str) -> Payment:
    return Payment(
        row["payment_id"],
        settlement_id,
        row["party_id"],
        row["currency"],
        stored_amount(row["paid"]),
        stored_amount(row["withheld"]),
        row["status"] == "paid",
        row.get("method", ""),
        row.get("account", ""),
        row.get("bank_file", ""),
    )


class NamedPayments(NamedTuple):
    """The payments of which answers say something: by their ids, and all of a file's or batch's (label, method).

    Of a settlement's million payments only these need be in memory.
    """

    ids: frozenset[str]
    files: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, answers: Iterable[BankDocument]) -> Self:
        """All that are named."""
        return cls._of(one for answer in answers for one in answer.outcomes)

    @classmethod
    def sent_back(cls, answers: Iterable[BankDocument]) -> Self:
        """Those that some answer says did not arrive, whatever is said of them before or after: only of these anything follows."""
        return cls._of(one for answer in answers for one in answer.outcomes if one.status in {REFUSED, RETURNED})

    @classmethod
    def _of(cls, outcomes: Iterable[PaymentOutcome]) -> Self:
        named = list(outcomes)
        return cls(frozenset(o.payment_id for o in named if o.payment_id), frozenset((o.file, o.method) for o in named if not o.payment_id))

    def has(self, payment: Payment) -> bool:
        """Whether a payment is among them."""
        in_files = (payment.is_in(label) and method in {"", payment.method} for label, method in self.files)
        return payment.payment_id in self.ids or any(in_files)


def about(answer: BankDocument, payments: Container[str]) -> BankDocument:
    """What an answer says of some payments, and of whole files."""
    return answer._replace(outcomes=tuple(one for one in answer.outcomes if not one.payment_id or one.payment_id in payments))


class Ledger:
    """The payments of one settlement and what the bank has said of them so far."""

    def __init__(self, payments: Mapping[str, Payment]) -> None:
        self.payments = payments
        self.states: dict[str, State] = {}

    def state(self, payment_id: str) -> State:
        """What became of a payment."""
        return self.states.get(payment_id, State())

    def hear(self, answer: BankDocument) -> tuple[list[OutcomeEffect], list[Fault]]:
        """Take one answer in; what it says of each payment (the finer of two statements counts), and its outcomes that name none."""
        effects: list[OutcomeEffect] = []
        faults: list[Fault] = []
        finer = {o.payment_id or (o.file, o.method) for o in answer.outcomes if o.payment_id or o.method}
        for index, outcome in enumerate(answer.outcomes):
            hits = self._named(outcome)
            if not hits:
                message = "the settlement made no such payment; send the payment_id of its payments.csv"
                faults.append(Fault(message, field="payment_id", record_id=outcome.payment_id or None, index=index))
            for payment in hits:
                batch = "" if outcome.method else (outcome.file, payment.method)
                if outcome.payment_id or not finer & {payment.payment_id, batch}:
                    entry = _follow(payment, self.state(payment.payment_id), outcome, answer.said_at)
                    self.states[payment.payment_id] = entry.state
                    effects.append(entry)
        return effects, faults

    def _named(self, outcome: PaymentOutcome) -> list[Payment]:
        """A payment by its id, or all of a file or batch."""
        if outcome.payment_id:
            payment = self.payments.get(outcome.payment_id)
            return [payment] if payment else []
        fits = (payment for payment in self.payments.values() if payment.is_in(outcome.file))
        return [payment for payment in fits if outcome.method in {"", payment.method}]

    def reopened(self) -> dict[str, Return]:
        """The payments whose payees are owed the money again."""
        return {name: Return.of(self.payments[name], state.reason) for name, state in sorted(self.states.items()) if state.reopens}


def _follow(payment: Payment, state: State, outcome: PaymentOutcome, said_at: str) -> OutcomeEffect:
    """What one outcome makes of a payment's state."""
    after = State(outcome.status, outcome.reason, said_at)
    if outcome.status == state.status:
        return OutcomeEffect(payment, outcome, state, KNOWN, "said before")
    if state.status == RETURNED:
        return OutcomeEffect(payment, outcome, state, IGNORED, "the money came back before: that stands")
    if outcome.status == REFUSED and outcome.reason in DUPLICATE:
        return OutcomeEffect(payment, outcome, state, IGNORED, "the bank refuses a second upload of the file: the first one stands")
    if outcome.status == REFUSED and state.status == EXECUTED:
        return OutcomeEffect(payment, outcome, state, IGNORED, "the payment was executed before; only a return can bring it back")
    if state.status == REFUSED and outcome.status == EXECUTED and said_at <= state.said_at:
        return OutcomeEffect(payment, outcome, state, IGNORED, "said before the bank refused the payment: the refusal stands")
    return OutcomeEffect(payment, outcome, after, NEW)


def returns_between(payments: Mapping[str, Payment], before: Sequence[BankDocument], since: Sequence[BankDocument]) -> list[Return]:
    """What the answers `since` changed about which payments are owed again; a refusal taken back is negative."""
    ledger = Ledger(payments)
    for answer in before:
        ledger.hear(answer)
    earlier = ledger.reopened()
    for answer in since:
        ledger.hear(answer)
    later = ledger.reopened()
    again = [later[name] for name in sorted(later.keys() - earlier.keys())]
    return again + [Return.of(payments[name], EXECUTED, -1) for name in sorted(earlier.keys() - later.keys())]
