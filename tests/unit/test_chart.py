"""The chart of accounts, and what of the journal goes to other ledgers."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.money import PICO
from overtone.payout.chart import CHART, bookings, number_of
from overtone.payout.journal import Movement
from overtone.scales import Pico
from tests.unit.settled import Settlement, line, party, usd

CENT = PICO // 100
AMOUNTS = st.integers(-(10**15), 10**15)


def test_numbers_are_stable_and_each_stands_once() -> None:
    assert {account.name: account.number for account in CHART} == {
        "bank": "1000",
        "receivable": "1200",
        "payable": "2000",
        "reserve": "2100",
        "suspense": "2200",
        "residue": "2300",
        "tax:withholding": "2400",
        "tax:vat": "2410",
        "opening": "3000",
        "interest": "4000",
        "fx": "4900",
        "adjustments": "5000",
        "written_off": "5100",
        "rounding": "5900",
    }
    assert (number_of("bank:EUR"), number_of("receivable:fox"), number_of("tax:vat")) == ("1000", "1200", "2410")
    with pytest.raises(InvariantBroken):
        number_of("slush:fund")


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=5))
def test_what_was_ever_exported_is_each_account_s_balance_rounded_once(rounds: list[tuple[int, int]]) -> None:
    accounts = ("bank:USD", "payable", "receivable:fox")
    standing, exported = defaultdict[str, int](int), defaultdict[str, int](int)
    for first, second in rounds:
        moved = dict(zip(accounts, (first, second, -first - second), strict=True))
        trial = {
            (name, "USD"): Movement(Pico(standing[name]), Pico(max(0, amount)), Pico(max(0, -amount))) for name, amount in moved.items()
        }
        found = bookings(trial, "2026-11-05", {})
        assert sum(entry.amount for entry in found) == 0
        for entry in found:
            assert entry.amount % CENT == 0
            exported[entry.account] += entry.amount
        for name, amount in moved.items():
            standing[name] += amount
            assert abs(exported[name] - standing[name]) * 2 <= CENT


def test_a_settlement_exports_its_journal_in_whole_cents() -> None:
    rows = Settlement([line("asa", usd("10.005"))], {"asa": party()}).rows("erp_journal.csv")
    assert [(row["*AccountCode"], row["Description"], row["*Amount"]) for row in rows] == [
        ("1000", "bank:USD", "-10.00"),
        ("1200", "receivable:songfox", "10.00"),
    ]
