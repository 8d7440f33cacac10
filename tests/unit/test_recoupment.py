"""Advances, debts of several creditors, reserves over time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.months import months_apart
from overtone.payout.accounts import Lot, PartyState
from overtone.payout.adjustments import AgreedOpening
from overtone.payout.advances import HISTORY_MAX, Advance, AdvanceEvent
from overtone.payout.fx import Rates
from overtone.payout.money_in import Debtor
from overtone.payout.movements import Movements, PayoutRules, PaysOn
from overtone.payout.payees import settle
from overtone.payout.recoupment import Period, oldest_first, recoup_group, release
from overtone.payout.runs import runs_of
from overtone.scales import ZERO_PICO, Pico
from tests.unit.settled import line, owned, party, usd

S1 = Period("s1", "2026-10")
S2 = Period("s2", "2026-11")
S3 = Period("s3", "2026-12")


def recoup(balance: Advance, *, advanced: int, earned: int, period: Period) -> int:
    """What the earnings of an advance by itself recouped."""
    return sum(recoup_group([balance], advanced={balance.deal_id: Pico(advanced)}, earned=Pico(earned), period=period).values(), ZERO_PICO)


def advance() -> Advance:
    return Advance("deal-1", "songfox", "USD")


def test_the_oldest_debt_is_paid_first() -> None:
    assert oldest_first([Pico(5), Pico(10)], Pico(6)) == [5, 1]
    assert oldest_first([Pico(5), Pico(10)], Pico(40)) == [5, 10]


@given(st.lists(st.integers(0, 10**15), max_size=6), st.integers(0, 10**16))
def test_debts_get_all_that_came_and_never_more_than_is_owed(owed: list[int], received: int) -> None:
    parts = oldest_first([Pico(due) for due in owed], Pico(received))
    assert sum(parts) == min(received, sum(owed))
    assert all(0 <= part <= due for part, due in zip(parts, owed, strict=True))


@pytest.mark.parametrize(("received", "recouped"), [(6, [5, 1]), (12, [5, 7]), (15, [5, 10]), (0, [0, 0])])
def test_golden_case_5_advances_that_recoup_together_are_recouped_oldest_first(received: int, recouped: list[int]) -> None:
    """The one order that a deal can ask for; in proportion (2 and 4 of 6) is how money that a licensee paid is shared."""
    balances = [Advance("b-later", "songfox", "USD", month="2026-11"), Advance("z-first", "songfox", "USD", month="2026-10")]
    recoup_group(balances, advanced={"z-first": Pico(5), "b-later": Pico(10)}, earned=ZERO_PICO, period=S1)
    recoup_group(balances, advanced={}, earned=Pico(received), period=S2)
    assert [balance.recouped for balance in balances] == recouped[::-1]


def test_an_advance_is_recouped_until_it_is_earned_and_no_further() -> None:
    balance = advance()
    assert recoup(balance, advanced=100, earned=0, period=S1) == 0
    assert recoup(balance, advanced=0, earned=60, period=S2) == 60
    assert recoup(balance, advanced=0, earned=60, period=S3) == 40
    assert recoup(balance, advanced=0, earned=60, period=S3) == 0
    assert balance.unrecouped == 0
    assert balance.history == [
        AdvanceEvent("s1", "2026-10", Pico(100), ZERO_PICO),
        AdvanceEvent("s2", "2026-11", ZERO_PICO, Pico(60)),
        AdvanceEvent("s3", "2026-12", ZERO_PICO, Pico(40)),
    ]


def test_a_correction_gives_recoupment_back() -> None:
    balance = advance()
    recoup(balance, advanced=100, earned=60, period=S1)
    assert recoup(balance, advanced=0, earned=-25, period=S2) == -25
    assert balance.unrecouped == 65


def test_a_correction_of_what_was_paid_out_takes_nothing_from_recoupment() -> None:
    balance = advance()
    recoup(balance, advanced=100, earned=150, period=S1)
    assert recoup(balance, advanced=0, earned=-50, period=S2) == 0
    assert recoup(balance, advanced=0, earned=-10, period=S3) == -10


def test_earnings_paid_out_before_an_advance_do_not_recoup_it() -> None:
    balance = advance()
    recoup(balance, advanced=100, earned=150, period=S1)
    assert recoup(balance, advanced=80, earned=0, period=S2) == 0
    assert recoup(balance, advanced=0, earned=30, period=S3) == 30
    assert balance.unrecouped == 50


def test_an_advance_that_is_taken_back_ends_its_recoupment() -> None:
    balance = advance()
    recoup(balance, advanced=100, earned=60, period=S1)
    assert recoup(balance, advanced=-100, earned=0, period=S2) == -60
    assert balance.unrecouped == 0


@pytest.mark.parametrize("count", [HISTORY_MAX - 1, HISTORY_MAX, HISTORY_MAX + 1])
def test_a_long_history_keeps_its_sum(count: int) -> None:
    balance = advance()
    recoup(balance, advanced=count, earned=0, period=S1)
    for _ in range(count - 1):
        recoup(balance, advanced=0, earned=1, period=S2)
    assert len(balance.history) == min(count, HISTORY_MAX)
    assert sum(event.advanced for event in balance.history) == balance.advanced
    assert sum(event.recouped for event in balance.history) == balance.recouped


@given(st.lists(st.tuples(st.integers(0, 10**14), st.integers(-(10**14), 10**14)), max_size=20))
def test_recouped_stays_between_nothing_and_what_was_advanced(moves: list[tuple[int, int]]) -> None:
    balance, changes = advance(), 0
    for advanced, earned in moves:
        changes += recoup(balance, advanced=advanced, earned=earned, period=S1)
        assert 0 <= balance.recouped <= balance.advanced
    assert changes == balance.recouped


@given(st.integers(0, 10**15), st.integers(1, 24), st.lists(st.integers(0, 5), max_size=30))
def test_a_reserve_lets_go_of_exactly_what_it_held_whichever_months_are_settled(amount: int, periods: int, steps: list[int]) -> None:
    lot = Lot("s1", "2026-01", "USD", Pico(amount), periods)
    month, freed = 0, 0
    for step in [*steps, periods]:
        month += step
        freed += release(lot, f"{2026 + month // 12}-{month % 12 + 1:02d}")
        assert 0 <= lot.released <= amount
    assert freed == lot.released == amount


def test_a_second_settlement_of_the_same_month_releases_nothing() -> None:
    lot = Lot("s1", "2026-10", "USD", Pico(100), 2)
    assert release(lot, "2026-10") == 0
    assert release(lot, "2026-11") == 50
    assert release(lot, "2026-11") == 0
    assert months_apart("2025-11", "2026-02") == 3


@given(
    st.lists(
        st.tuples(st.dictionaries(st.sampled_from("abc"), st.integers(0, 100), max_size=2), st.integers(-80, 120)), min_size=1, max_size=12
    )
)
def test_deals_that_recoup_together_never_recoup_twice(moves: list[tuple[dict[str, int], int]]) -> None:
    """Whatever is advanced, earned and taken back: no advance is recouped beyond itself, nor all together beyond what was earned."""
    balances = {name: Advance(name, "songfox", "USD", month=f"2026-0{place + 1}") for place, name in enumerate("abc")}
    brought = 0
    for number, (advanced, moved) in enumerate(moves):
        before = sum(balance.recouped for balance in balances.values())
        picos = {name: Pico(amount) for name, amount in advanced.items()}
        period = Period(f"s{number}", "2026-10")
        changes = recoup_group(list(balances.values()), advanced=picos, earned=Pico(moved), period=period)
        after = sum(balance.recouped for balance in balances.values())
        brought += max(0, moved)
        assert after - before == sum(changes.values())
        assert after <= brought
        assert all(0 <= balance.recouped <= max(0, balance.advanced) for balance in balances.values())


def test_what_is_recouped_comes_off_what_the_deal_s_licensee_owes_whoever_was_named_with_the_advance() -> None:
    """An opened advance that named another licensee gave that one a credit note, and billed the deal's own for the whole."""
    movements = Movements(openings=[AgreedOpening("o-1", "asa", "USD", ZERO_PICO, ZERO_PICO, 1, "deal-1", "owl", usd("4"))])
    movements.take(runs_of(owned(line("asa", usd("10")))))
    pays_on = PaysOn(on_receipt=True)
    done = settle(PartyState("asa"), movements, party(), PayoutRules(Period("s1", "2026-10"), Rates(), pays_on=pays_on))
    assert [(entry.licensee, entry.amount) for entry in done.recouped] == [("songfox", usd("4"))]
    assert done.billed == {Debtor("songfox", "USD"): usd("6")}
    assert [(entry.licensee, entry.amount) for entry in done.state.uncollected] == [("songfox", usd("6"))]
