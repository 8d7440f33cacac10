"""Histories of money in and out that are played through settlements, beside an accountant's notes and the slow model."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from overtone.lines import SUSPENSE, ForeignReason, Line
from overtone.money import NANO, PICO, parse_amount, stored_amount
from overtone.payout.accounts import PartyState
from overtone.payout.acknowledgements import (
    BankDocument,
    PaymentOutcome,
    Return,
    SentStatus,
    payments_of,
    returns_between,
)
from overtone.payout.adjustments import Adjustment, OpenedSuspense, opened_key
from overtone.payout.audit import audit
from overtone.payout.audit_folder import Folder
from overtone.payout.money_in import Collection, Refund, Reversal, WriteOff
from overtone.payout.movements import PaysOn
from overtone.payout.receivables import Receivables
from overtone.scales import Pico
from overtone.steps.settlement import documents
from tests.unit.settled import Settlement, party
from tests.unit.slow_books import RATES, Slow

if TYPE_CHECKING:
    from collections.abc import Callable

    from overtone.payout.invoice_balance import Invoice


NAMES = ("asa", "bo", "cy")

CENT = PICO // 100


def day_of(number: int) -> date:
    """The cut-off's day of the `number`-th settlement; invoices are due after thirty days, so most are late."""
    return date(2026, 11, 5) + timedelta(days=41 * number)


def facts_of(drawn: list[tuple[str, str, int, int]], number: int, standing: list[Collection]) -> list[Any]:
    """`standing` are the collections that were not undone."""
    found: list[Any] = []
    for place, (kind, who, cents, invoice) in enumerate(drawn):
        name = f"{kind}-{number}-{place}"
        days_ago = (cents * 7 + place) % 60
        day = (day_of(number) - timedelta(days=days_ago)).isoformat()
        if kind == "collection":
            found.append(Collection(name, who, "USD", Pico(cents * CENT), day, (invoice,) if invoice else ()))
            standing.append(found[-1])
        elif kind == "reversal" and standing:
            gone = standing.pop(cents % len(standing))
            since = gone.received_on if who == "wrong" else max(day, gone.received_on)
            found.append(Reversal(gone.collection_id, gone.licensee, "USD", gone.amount, since, gone.invoices))
        elif kind == "refund":
            found.append(Refund(name, who, "USD", Pico(cents * CENT), "paid twice"))
        elif kind == "write_off":
            found.append(WriteOff(name, invoice, "bankrupt"))
        elif kind == "opened":
            found.append(OpenedSuspense(opened_key(name, "2025-03", "", ForeignReason(who), "USD"), "Old", Pico(cents * CENT)))
        elif kind == "released" and (waits := next((one for one in found if isinstance(one, OpenedSuspense)), None)):
            amount = min(Pico(cents * CENT), waits.amount)
            found.append(Adjustment(name, who, "USD", amount, "theirs", suspense=waits.key))
        elif kind == "adjustment" and cents:
            found.append(Adjustment(name, who, "USD", Pico(cents * CENT), "by hand"))
    return found


def answered(before: Settlement | None, said: list[SentStatus]) -> list[Return]:
    """What the bank says of the payments of the settlement before, one thing after another about each."""
    if before is None:
        return []
    known = payments_of(before.rows("payments.csv"), before.head.settlement_id)
    answers = [
        BankDocument(f"2026-11-1{n}", tuple(PaymentOutcome(name, status, "MS03") for name in known)) for n, status in enumerate(said)
    ]
    return returns_between(known, (), answers)


class Books:
    """What an accountant would note by hand: money that came, left, and was promised beyond what came."""

    def __init__(self) -> None:
        self.sums: defaultdict[str, int] = defaultdict(int)
        self.by_month: dict[tuple[str, str], tuple[str, str]] = {}

    def take(self, facts: list[Any], settlement: Settlement) -> None:
        for fact in facts:
            if isinstance(fact, Collection):
                self.sums["came"] += fact.amount
            elif isinstance(fact, Reversal | Refund):
                self.sums["came"] -= fact.amount
                self.sums["advanced"] += fact.amount  # at most: payees keep what they were paid of it
            elif isinstance(fact, Adjustment):
                self.sums["advanced"] += max(0, fact.amount)
        for row in settlement.rows("payments.csv"):
            for name in ("paid", "withheld"):
                self.sums["left"] += parse_amount(row[name])
            self.sums["left"] -= parse_amount(row["returned"])
            self.sums["out"] += parse_amount(row["paid"])
        for row in settlement.rows("journal.csv"):
            if row["memo"] == "sent back by the bank" and row["account"] == "bank:USD":
                self.sums["out"] -= parse_amount(row["debit"])

    def months(self, settlement: Settlement, locked: str) -> None:
        """A locked month has what it had, whatever came since."""
        now = {(row["account"], row["period"]): (row["debit"], row["credit"]) for row in settlement.rows("periods.csv")}
        shut = {key: figures for key, figures in now.items() if key[1] <= locked}
        assert shut == {key: figures for key, figures in self.by_month.items() if key[1] <= locked}
        self.by_month = now

    def bank(self, settlement: Settlement) -> int:
        """What the books say that the bank has."""
        found = [row["closing"] for row in settlement.rows("trial_balance.csv") if row["account"] == "bank:USD"]
        return stored_amount(found[0]) if found else 0

    def debts(self, settlement: Settlement) -> int:
        """What payees owe: paid once for what was corrected later; and what more was taken out of suspense than waited there."""
        suspense = [row for row in settlement.rows("trial_balance.csv") if row["account"].startswith(SUSPENSE)]
        found = sum(max(0, stored_amount(row["closing"])) for row in suspense)
        for text in settlement.text("state/balances.ndjson").splitlines():
            state = PartyState.decode(text.encode())
            found += max(0, -(state.balances.get("USD", 0) - state.outstanding("USD")))
        return found


def play(rounds: list[tuple[Any, ...]], made: Callable[[list[tuple[Any, ...]], str], list[Line]]) -> None:
    parties = {name: party() for name in NAMES}
    books, slow, locked = Books(), Slow(), ""
    standing: list[Collection] = []
    before: Settlement | None = None
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "PDF_STATEMENTS_MAX", 0)
        patch.setattr("overtone.steps.settlement.bills.PDF_INVOICES_MAX", 0)
        last = len(rounds)
        everything: list[tuple[Any, ...]] = [([], [], {}, []), ([], [], {}, [])]
        for number, (moves, drawn, changed, said) in enumerate([*rounds, *everything]):
            parties |= changed
            facts, today = facts_of(drawn, number, standing), day_of(number)
            if number >= last and before is not None:
                open_now = Receivables.decode(before.text("state/receivables.ndjson").encode().splitlines())
                facts = [*_made_up(open_now), *(_rest(invoice) for invoice in open_now.invoices() if invoice.open)]
            now = Settlement(
                made(moves, f"s{number}"),
                parties,
                settlement_id=f"s{number}",
                through=f"2026-{number + 1:02d}",
                before=before,
                facts=facts,
                returns=answered(before, said),
                pays_on=PaysOn(on_receipt=True),
                cutoff=f"{today}T00:00:00.000000Z",
                locked_through=locked,
                late_rates={f"deal-{name}": int(rate * NANO) for name, rate in RATES.items()},
            )
            was = _stored(before, Path(folder)) if before else None
            assert [text for holds, text in audit(_stored(now, Path(folder)), was) if not holds] == []
            books.take(facts, now)
            books.months(now, locked)
            locked = f"{today - timedelta(days=32):%Y-%m}" if number % 2 else locked
            slow.hear(facts, today)
            slow.compare(now, today)
            assert books.bank(now) == books.sums["came"] - books.sums["out"]
            assert books.sums["left"] <= books.sums["came"] + books.sums["advanced"] + books.debts(now) + unborne(now)
            before = now
        assert before is not None
        states = [PartyState.decode(text.encode()) for text in before.text("state/balances.ndjson").splitlines()]
        assert [state.outstanding("USD") for state in states if state.outstanding("USD")] == []


def unborne(settlement: Settlement) -> int:
    """What was taken off invoices that were given up only later, and credited to nobody: of that nobody is asked (docs/TRUST.md)."""
    found = Receivables.decode(settlement.text("state/receivables.ndjson").encode().splitlines())
    found.reckon()
    moves = [one for invoice in found.invoices() for one in invoice.moves.values()]
    return sum(-int(-(one.now - sum(one.gone.values())) * (1 - one.passed_on)) + 1 for one in moves)


def _made_up(accounts: Receivables) -> list[Collection]:
    """The licensee pays back what it was paid back too much."""
    owing = {debtor: -account.cash for debtor, account in accounts.accounts.items() if account.cash < 0}
    return [Collection(f"back-{who}-{amount}", who, currency, amount, "2026-12-30") for (who, currency), amount in owing.items()]


def _rest(invoice: Invoice) -> Collection:
    """The licensee pays what is open."""
    return Collection(f"rest-{invoice.name}", invoice.licensee, "USD", invoice.open, "2026-12-30", (invoice.number,))


def _stored(settlement: Settlement, folder: Path) -> Folder:
    for name, content in (settlement.files | {"manifest.json": settlement.manifest}).items():
        path = folder / settlement.head.settlement_id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Folder(folder / settlement.head.settlement_id)
