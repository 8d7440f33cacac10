"""Over random histories of invoices that are given up and corrected: who is corrected gets back what it lost, who is credited loses it."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from overtone.lines import SUSPENSE, Line
from overtone.money import PICO
from tests.unit.money_histories import play
from tests.unit.settled import line

Round = tuple[Any, ...]

GIVEN_UP: st.SearchStrategy[list[Round]] = st.lists(
    st.tuples(
        st.lists(
            st.tuples(
                st.sampled_from(("asa", "bo", "")),
                st.sampled_from((0, 10 * PICO, 30 * PICO + 7, 50 * PICO // 3)),
                st.sampled_from(("2026-10", "2026-10", "2026-09")),
                st.sampled_from(("w1", "w2")),
            ),
            min_size=2,
            max_size=5,
        ),
        st.lists(
            st.one_of(
                st.tuples(st.just("write_off"), st.just(""), st.just(0), st.integers(1, 2)),
                st.tuples(st.just("write_off"), st.just(""), st.just(0), st.integers(1, 5)),
                st.tuples(st.just("collection"), st.just("fox"), st.integers(500, 5_000), st.integers(0, 4)),
                st.tuples(st.just("reversal"), st.just("recalled"), st.integers(0, 9), st.just(0)),
            ),
            min_size=1,
            max_size=3,
        ),
        st.just({}),
        st.just([]),
    ),
    min_size=4,
    max_size=7,
)
"""Rounds of one licensee that pays little, whose invoices are given up and corrected: what each owner is entitled to of a work's month."""


class Entitled:
    """Lines as books post them: what is due less what was, which corrects the settlement that posted it, or the month, last."""

    def __init__(self) -> None:
        self.posted: dict[tuple[str, ...], tuple[int, str]] = {}
        self.months: dict[str, str] = {}

    def lines(self, moves: list[tuple[Any, ...]], settlement_id: str) -> list[Line]:
        found = []
        for key, due in {(owner, month, work): amount for owner, amount, month, work in moves}.items():
            owner, month, work = key
            stood, last = self.posted.get(key, (0, self.months.get(month, "")))
            if due != stood:
                extra: dict[str, Any] = {} if owner else {"account": SUSPENSE, "reason": "disputed"}
                about: dict[str, Any] = {"licensee": "fox", "deal": "deal-fox", "month": month, "work": work, "adjusts": last}
                found.append(line(owner, due - stood, settlement_id=settlement_id, **about, **extra))
                self.posted[key] = due, settlement_id
        self.months |= dict.fromkeys((month for _, _, month, _ in moves), settlement_id)
        return found


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(GIVEN_UP)
def test_what_was_given_up_and_is_corrected_is_lost_by_whom_it_went_to(rounds: list[Round]) -> None:
    play(rounds, Entitled().lines)
