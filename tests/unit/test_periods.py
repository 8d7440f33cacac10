"""The books month by month: documents stand on their days, locked months take nothing, all months tie."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.payout import periods
from overtone.payout.money_in import Collection
from overtone.payout.periods import BEFORE, Calendar, Moved
from overtone.scales import Pico
from tests.unit.settled import Settlement, line, party, usd


@pytest.mark.parametrize(
    ("day", "locked", "booked"),
    [
        ("2026-10-20", "", "2026-10-20"),
        ("2026-10-20", "2026-09", "2026-10-20"),
        ("2026-10-20", "2026-10", "2026-11-05"),
        ("2025-12-31", "2026-10", "2026-11-05"),
        ("2026-11-01", "2026-10", "2026-11-01"),
        ("2026-11-06", "2026-10", "2026-11-05"),
        ("", "2026-10", "2026-11-05"),
    ],
)
def test_a_document_stands_on_its_day_unless_its_month_is_locked(day: str, locked: str, booked: str) -> None:
    assert Calendar("2026-11-05", locked).booked_on(day) == booked


@pytest.mark.parametrize(
    ("locked", "days", "november"),
    [("", ["2026-11-20", "2026-12-01", "2026-12-03"], "2"), ("2026-11", ["2026-12-05", "2026-12-01", "2026-12-03"], "0")],
)
def test_money_stands_on_the_day_it_came_and_what_is_late_in_the_open_month(locked: str, days: list[str], november: str) -> None:
    first = Settlement([line("asa", usd("10"))], {"asa": party(on_hold=True)})
    came = [Collection(f"c-{day}", "songfox", "USD", usd("2"), day) for day in ("2026-11-20", "2026-12-01", "2026-12-03")]
    more: dict[str, Any] = {"settlement_id": "s2", "through": "2026-11", "cutoff": "2026-12-05T00:00:00.000000Z"}
    second = Settlement([], {}, before=first, facts=came, locked_through=locked, **more)
    rows = [row for row in second.rows("journal_entries.csv") if row["document"].startswith("collection:")]
    assert [row["booked_on"] for row in rows] == days
    exported = [row for row in second.rows("erp_journal.csv") if row["Description"] == "bank:USD"]
    assert sorted((row["*Date"], row["*Amount"]) for row in exported) == [(day, "2.00") for day in sorted(days)]
    for day in days:
        assert sum(usd(row["*Amount"]) for row in second.rows("erp_journal.csv") if row["*Date"] == day) == 0
    assert {row["account"]: row["debit"] for row in second.rows("periods.csv") if row["period"] == "2026-11"}.get(
        "bank:USD", "0"
    ) == november


def test_books_of_before_there_were_periods_stand_before_all_months() -> None:
    months = periods.together(periods.beginning({("bank:USD", "USD"): Pico(5), ("payable", "USD"): Pico(-5)}), {})
    assert months == {("bank:USD", "USD", BEFORE): Moved(Pico(5), Pico(0)), ("payable", "USD", BEFORE): Moved(Pico(0), Pico(5))}
    periods.require_tied(months, {("bank:USD", "USD"): Pico(5), ("payable", "USD"): Pico(-5)})
    with pytest.raises(InvariantBroken):
        periods.require_tied(months, {("bank:USD", "USD"): Pico(6), ("payable", "USD"): Pico(-6)})
    with pytest.raises(InvariantBroken):
        periods.require_tied({("bank:USD", "USD", "2026-10"): Moved(Pico(5), Pico(0))}, {("bank:USD", "USD"): Pico(5)})


MONTHS = ("2026-09", "2026-10", "2026-11", "2026-12")
FIGURES = st.integers(0, 99).map(Pico)
KEYS = st.tuples(st.sampled_from("ab"), st.just("USD"), st.sampled_from(MONTHS))


@given(st.dictionaries(KEYS, st.builds(Moved, FIGURES, FIGURES)))
def test_spans_of_months_join(months: dict[tuple[str, str, str], Moved]) -> None:
    whole = {row.account: row for row in periods.trial_balance(months, "", "2026-12")}
    early = {row.account: row for row in periods.trial_balance(months, "", "2026-10")}
    late = {row.account: row for row in periods.trial_balance(months, "2026-11", "2026-12")}
    for account, row in whole.items():
        assert late[account].opening == (early[account].closing if account in early else 0)
        assert late[account].closing == row.closing
