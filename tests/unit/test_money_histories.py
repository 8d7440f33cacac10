"""Over random histories of money in and out, the books tie and nobody is paid twice or of nothing."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from overtone.lines import SUSPENSE, ForeignReason, Line
from overtone.money import NANO, PICO, parse_amount, stored_amount
from overtone.payout.accounts import PartyState
from overtone.payout.acknowledgements import (
    EXECUTED,
    REFUSED,
    RETURNED,
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
from overtone.rights.versions import Entity, Version
from overtone.scales import Pico
from overtone.steps.settlement import documents
from tests.unit.settled import ACH, CUTOFF, Settlement, account_of, line, party
from tests.unit.slow_books import LICENSEES, RATES, Slow

if TYPE_CHECKING:
    from overtone.payout.invoice_balance import Invoice


NAMES = ("asa", "bo", "cy")

CENT = PICO // 100

MOVES = st.tuples(
    st.sampled_from((*NAMES, "")),
    st.integers(-30 * PICO, 100 * PICO),
    st.sampled_from(LICENSEES),
    st.sampled_from(("per_output", "per_output", "advance")),
)

FACTS = st.one_of(
    st.tuples(st.just("collection"), st.sampled_from(LICENSEES), st.integers(1, 20_000), st.integers(0, 4)),
    st.tuples(st.just("write_off"), st.just(""), st.just(0), st.integers(1, 4)),
    st.tuples(st.just("reversal"), st.sampled_from(("recalled", "wrong")), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("refund"), st.sampled_from(LICENSEES), st.integers(1, 3_000), st.just(0)),
    st.tuples(st.just("opened"), st.sampled_from(("disputed", "unregistered")), st.integers(1, 5_000), st.just(0)),
    st.tuples(st.just("released"), st.sampled_from(NAMES), st.integers(1, 5_000), st.just(0)),
    st.tuples(st.just("adjustment"), st.sampled_from(NAMES), st.integers(-2_000, 2_000), st.just(0)),
)

PARTIES = st.builds(
    lambda hold, method, period, tax, reserve, billed: party(
        tax={"self_billing": billed},
        on_hold=hold,
        payout=({"period": period} | (ACH if method == "ach" else {"method": method})),
        withholding_rate=tax,
        reserve=reserve and {"rate": reserve, "periods": 2},
    ),
    st.sampled_from((False, False, True)),
    st.sampled_from(("sepa", "ach", "none")),
    st.sampled_from(("month", "month", "quarter")),
    st.sampled_from(("0", "0.3")),
    st.sampled_from((None, "0.2")),
    st.booleans(),
)

ROUNDS = st.lists(
    st.tuples(
        st.lists(MOVES, max_size=6),
        st.lists(FACTS, max_size=4),
        st.dictionaries(st.sampled_from(NAMES), PARTIES, max_size=2),
        st.lists(st.sampled_from((EXECUTED, REFUSED, RETURNED)), max_size=3),
    ),
    min_size=2,
    max_size=5,
)


def lines_of(moves: list[tuple[Any, ...]], settlement_id: str) -> list[Line]:
    found = {}
    for owner, amount, licensee, mechanism in moves:
        extra: dict[str, Any] = {} if owner else {"account": SUSPENSE, "reason": "disputed"}
        about: dict[str, Any] = {"settlement_id": settlement_id, "licensee": licensee, "deal": f"deal-{licensee}"}
        made = line(owner, amount, mechanism=mechanism if owner else "per_output", **about, **extra)
        found[made.key] = made
    return list(found.values())


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


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(ROUNDS)
def test_nobody_is_paid_of_what_was_not_collected_and_everything_ties(rounds: list[tuple[Any, ...]]) -> None:
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
                lines_of(moves, f"s{number}"),
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
            assert books.sums["left"] <= books.sums["came"] + books.sums["advanced"] + books.debts(now)
            before = now
        assert before is not None
        states = [PartyState.decode(text.encode()) for text in before.text("state/balances.ndjson").splitlines()]
        assert [state.outstanding("USD") for state in states if state.outstanding("USD")] == []


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


def test_a_changed_account_is_held_told_and_not_paid_until_it_waited_or_was_confirmed() -> None:
    old, new = party(), party(payout={"iban": "NO9386011117947"})

    def entity(changed_at: str) -> dict[str, Any]:
        versions = Version(1, "0001-01-01", "2026-01-01T00:00:00Z", "asa", old), Version(2, "0001-01-01", changed_at, "asa", new)
        return {"asa": Entity("asa", "asa", versions)}

    lines = [line("asa", 5 * PICO)]
    confirmed = frozenset({("asa", account_of(new).fingerprint)})
    day_before, week_before = "2026-11-04T00:00:00Z", "2026-10-29T00:00:00Z"
    assert CUTOFF.startswith("2026-11-05")
    held = Settlement(lines, {}, entities=entity(day_before))
    assert held.payments()["asa", "USD"]["status"] == "bank_details_changed"
    assert "make sure that it was you" in held.text("statements/asa.json")
    assert Settlement(lines, {}, entities=entity(week_before)).payments()["asa", "USD"]["status"] == "paid"
    assert Settlement(lines, {}, entities=entity(day_before), confirmed=confirmed).payments()["asa", "USD"]["status"] == "paid"
