"""Over random histories of money in and out, the books tie and nobody is paid twice or of nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from overtone.lines import SUSPENSE, Line
from overtone.money import PICO
from overtone.payout.acknowledgements import (
    EXECUTED,
    REFUSED,
    RETURNED,
)
from overtone.rights.versions import Entity, Version
from tests.unit.money_histories import NAMES, play
from tests.unit.settled import ACH, CUTOFF, Settlement, account_of, line, party
from tests.unit.slow_books import LICENSEES

MOVES = st.tuples(
    st.sampled_from((*NAMES, "")),
    st.integers(-30 * PICO, 100 * PICO),
    st.sampled_from(LICENSEES),
    st.sampled_from(("per_output", "per_output", "advance")),
    st.integers(0, 3),
    st.sampled_from(("2026-09", "2026-10")),
)
"""Whose, how much, of whom, for what; how many settlements before is the one that it corrects (0: none), and the month."""

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
    number = int(settlement_id[1:])
    for owner, amount, licensee, mechanism, back, month in moves:
        extra: dict[str, Any] = {} if owner else {"account": SUSPENSE, "reason": "disputed"}
        about: dict[str, Any] = {"settlement_id": settlement_id, "licensee": licensee, "deal": f"deal-{licensee}", "month": month}
        about["adjusts"] = f"s{number - back}" if 0 < back <= number else ""
        made = line(owner, amount, mechanism=mechanism if owner else "per_output", **about, **extra)
        found[made.key] = made
    return list(found.values())


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(ROUNDS)
def test_nobody_is_paid_of_what_was_not_collected_and_everything_ties(rounds: list[tuple[Any, ...]]) -> None:
    play(rounds, lines_of)


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
