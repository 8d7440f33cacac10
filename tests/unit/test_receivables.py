"""Invoices, what is collected of them, and what they let go to payees."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.money import PICO
from overtone.payout.receivables import Billing, Collection, Debtor, Receivables, WriteOff
from overtone.scales import ZERO_PICO, Nano, Pico
from tests.unit.settled import usd

FOX = Debtor("songfox", "USD")
CENT = PICO // 100


def bill(receivables: Receivables, exact: str, positive: str | None = None, settlement_id: str = "s1", tax: int = 0) -> None:
    billing = Billing(settlement_id, "2026-11-10", {"songfox": 14}, {"songfox": Nano(tax)})
    receivables.bill(FOX, usd(exact), usd(positive or exact), billing)


def pay(receivables: Receivables, amount: str, *numbers: int) -> None:
    receivables.collect(Collection("c", *FOX, usd(amount), "2026-11-20", numbers))


def state(receivables: Receivables) -> list[tuple[int, int, int, int]]:
    return [(i.gross, i.cash, i.credited, i.open) for i in receivables.invoices()]


def test_a_document_covers_what_is_owed_and_the_rest_comes_off_the_next() -> None:
    receivables = Receivables()
    for number, (exact, net) in enumerate([("10.001", "10.01"), ("0.009", "0.00"), ("5", "5.00"), ("-0.001", "0.00")]):
        bill(receivables, exact, settlement_id=f"s{number}")
        assert list(receivables.invoices())[-1].net == usd(net)
    assert [i.name for i in receivables.invoices()] == ["00000001", "00000002", "00000003", "00000004"]
    assert {i.due_on for i in receivables.invoices()} == {"2026-11-24"}


@given(st.lists(st.integers(-(10**14), 10**14), max_size=8))
def test_what_was_billed_is_never_below_what_is_owed_nor_a_cent_above(amounts: list[int]) -> None:
    receivables, owed = Receivables(), 0
    for number, amount in enumerate(amounts):
        owed += amount
        receivables.bill(FOX, Pico(amount), Pico(max(0, amount)), Billing(f"s{number}", "2026-11-10"))
        billed = sum(i.net for i in receivables.invoices())
        assert 0 <= billed - owed < CENT
        assert billed % CENT == 0


def test_money_goes_to_the_invoices_named_else_to_the_oldest_and_the_rest_is_credit() -> None:
    receivables = Receivables()
    for number in range(3):
        bill(receivables, "10", settlement_id=f"s{number}")
    pay(receivables, "12", 3)
    assert [i.cash for i in receivables.invoices()] == [usd("2"), 0, usd("10")]
    pay(receivables, "25")
    assert [i.open for i in receivables.invoices()] == [0, 0, 0]
    assert receivables.account(FOX).cash == usd("7")
    bill(receivables, "10", settlement_id="s3")
    assert state(receivables)[-1] == (usd("10"), usd("7"), 0, usd("3"))


def test_a_credit_note_pays_the_oldest_open_invoice() -> None:
    receivables = Receivables()
    bill(receivables, "10")
    bill(receivables, "-4", "0", settlement_id="s2")
    assert state(receivables) == [(usd("10"), 0, usd("4"), usd("6")), (usd("-4"), 0, 0, 0)]
    pay(receivables, "6")
    assert receivables.lets_go("s1", FOX, usd("10")) == (usd("10"), True)


def test_what_changes_hands_waits_for_the_money_that_it_came_with() -> None:
    """100 is billed for one payee and found to be another's before anybody has paid: nobody is paid of nothing."""
    receivables = Receivables()
    bill(receivables, "100")
    bill(receivables, "0", "100", settlement_id="s2")
    assert receivables.lets_go("s2", FOX, usd("100")) == (0, True)
    pay(receivables, "60")
    assert receivables.lets_go("s1", FOX, usd("100")) == (usd("60"), True)
    assert receivables.lets_go("s2", FOX, usd("100")) == (0, True)
    pay(receivables, "40")
    assert receivables.lets_go("s2", FOX, usd("100")) == (usd("100"), True)


def test_tax_is_billed_on_top_and_let_go_to_nobody() -> None:
    receivables = Receivables()
    bill(receivables, "100", tax=250_000_000)
    assert state(receivables)[0][0] == usd("125")
    pay(receivables, "62.50")
    assert receivables.lets_go("s1", FOX, usd("100")) == (usd("50"), True)


def test_what_is_written_off_lets_nothing_more_go() -> None:
    receivables = Receivables()
    bill(receivables, "10")
    pay(receivables, "4")
    assert receivables.write_off(WriteOff("w", 1, "bankrupt")) is not None
    assert receivables.write_off(WriteOff("w2", 1, "again")) is None
    assert receivables.lets_go("s1", FOX, usd("10")) == (usd("4"), False)


@given(
    st.lists(st.integers(1, 10**15), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(1, 10**5), st.booleans()), max_size=6),
)
def test_parts_are_floored_never_above_what_was_collected_and_whole_in_the_end(amounts: list[int], paid: list[tuple[int, bool]]) -> None:
    receivables = Receivables()
    receivables.bill(FOX, Pico(sum(amounts)), Pico(sum(amounts)), Billing("s1", "2026-11-10"))
    (invoice,) = receivables.invoices()
    before = [ZERO_PICO] * len(amounts)
    for cents, named in [*paid, (10**18, False)]:
        receivables.collect(Collection("c", *FOX, Pico(cents * CENT), "2026-11-20", (1,) if named else ()))
        now = [receivables.lets_go("s1", FOX, Pico(amount))[0] for amount in amounts]
        if not invoice.is_settled:
            assert now == [int(Fraction(amount) * invoice.cash / invoice.net) for amount in amounts]
        assert sum(now) <= invoice.cash
        assert all(early <= late for early, late in zip(before, now, strict=True))
        before = now
    assert before == amounts


def test_the_accounts_survive_their_encoding() -> None:
    receivables = Receivables()
    bill(receivables, "10.001", tax=10**8)
    bill(receivables, "-3", "1", settlement_id="s2")
    pay(receivables, "20")
    receivables.heard = 7
    again = Receivables.decode(receivables.encode())
    assert list(again.encode()) == list(receivables.encode())
    assert (again.heard, again.last_number, state(again)) == (7, 2, state(receivables))
    assert list(Receivables.decode(()).encode()) == [b'{"version":1,"heard":0,"last_number":0}']


@pytest.mark.parametrize("exact", ["0.01", "12.345678901234", "-7.5", "0"])
def test_nothing_is_billed_twice_in_one_settlement(exact: str) -> None:
    receivables = Receivables()
    bill(receivables, exact, exact if not exact.startswith("-") else "0")
    assert len(list(receivables.invoices())) == (exact != "0")
