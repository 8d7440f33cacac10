"""Over any history of settlements all that was ever owed is somewhere."""

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overtone.lines import PARTY, RESIDUE, SUSPENSE, AccountKind, Line, SuspenseReason
from overtone.money import PICO, format_amount, parse_amount
from overtone.payout.fx import Rates
from overtone.payout.recoupment import Period
from overtone.scales import Pico
from overtone.steps.settlement import documents
from tests.unit.emitted import came_back, faults
from tests.unit.ranges import require_the_same_by_ranges
from tests.unit.settled import Settlement, line, party

if TYPE_CHECKING:
    from overtone.payout.acknowledgements import Return

RATES = Rates.parse(
    {"rates": [{"from": a, "to": b, "rate": r, "source": "ECB"} for a, b, r in (("USD", "EUR", "0.9"), ("EUR", "USD", "1.1"))]}
)

NAMES = ("asa", "bo", "cy", "dan")

PARTIES = st.builds(
    lambda hold, currency, threshold, tax, reserve, method: party(
        on_hold=hold,
        payout={"currency": currency, "threshold": threshold, "method": method},
        withholding_rate=tax,
        reserve=reserve and {"rate": reserve, "periods": 2},
    ),
    st.booleans(),
    st.sampled_from(("USD", "EUR")),
    st.sampled_from(("0", "25")),
    st.sampled_from(("0", "0.1", "0.3333")),
    st.sampled_from((None, "0.2")),
    st.sampled_from(("sepa", "sepa", "ach", "none")),
)

MOVES = st.tuples(
    st.sampled_from((*NAMES, "")),
    st.integers(-40 * PICO, 100 * PICO),
    st.sampled_from(("per_output", "per_output", "advance")),
    st.sampled_from(("deal-1", "deal-2")),
    st.sampled_from(("USD", "EUR")),
    st.sampled_from(("", "", "asa", "cy")),
)

ROUNDS = st.lists(
    st.tuples(st.lists(MOVES, max_size=8), st.dictionaries(st.sampled_from(NAMES), PARTIES), st.integers(0, 3), st.integers(0, 2)),
    min_size=1,
    max_size=4,
)


def lines_of(moves: list[tuple[Any, ...]], settlement_id: str) -> list[Line]:
    lines = {}
    for number, (owner, amount, mechanism, deal, currency, member) in enumerate(moves):
        account: AccountKind = PARTY if owner else SUSPENSE if number % 3 else RESIDUE
        reason: SuspenseReason = "disputed" if account == SUSPENSE else ""
        made = line(
            *(owner, amount),
            settlement_id=settlement_id,
            mechanism=mechanism if owner else "per_output",
            deal=deal,
            currency=currency,
            account=account,
            reason=reason,
            member=member if owner else "",
        )
        lines[made.key] = made
    return list(lines.values())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROUNDS)
def test_over_any_history_all_that_was_ever_owed_is_paid_kept_back_carried_or_waiting(rounds: list[tuple[Any, ...]]) -> None:
    parties = {name: party() for name in NAMES}
    ever: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    before: Settlement | None = None
    month = 0
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "PDF_STATEMENTS_MAX", 0)
        for number, (moves, changed, sent_back, months) in enumerate(rounds):
            parties |= changed
            month += months
            period = Period(f"s{number}", f"2026-{month + 1:02d}")
            paid = [row for row in before.rows("payments.csv") if row["payment_id"]][:sent_back] if before else []
            returns: list[Return] = came_back(before, *(row["payment_id"] for row in paid)) if before else []
            lines = lines_of(moves, period.settlement_id)
            asked: dict[str, Any] = {"settlement_id": period.settlement_id, "through": period.through, "before": before, "rates": RATES}
            now = Settlement(lines, parties, **asked, returns=returns)
            assert faults(now, Path(folder), before) == []
            require_the_same_by_ranges(now, lines, parties, Path(folder) / f"apart-{number}", **asked, returns=returns)
            for currency, total in now.totals().items():
                for name, amount in total.items():
                    if name != "currency":
                        ever[currency][name] += parse_amount(amount)
            _opens_as_it_closed(now, before)
            before = now
        assert before is not None
        _nothing_lost(ever, before)


def _opens_as_it_closed(now: Settlement, before: Settlement | None) -> None:
    closed = {key: row["closing"] for key, row in before.payments().items()} if before else {}
    for key, row in now.payments().items():
        if key in closed:
            assert row["opening"] == closed[key]


def _nothing_lost(ever: dict[str, dict[str, int]], last: Settlement) -> None:
    for currency, sums in ever.items():
        carried = parse_amount(last.totals()[currency]["carried"]) if currency in last.totals() else 0
        waiting = sum(parse_amount(row["amount"]) for row in last.rows("suspense.csv") if row["currency"] == currency)
        out = sums["paid"] + sums["withheld"] - sums["returned"] + sums["recouped"] - sums["converted"]
        assert sums["owed"] == out + carried + waiting + sums["residue"], (currency, format_amount(Pico(sums["owed"])))
