"""Invoices, what is collected of them, and what they let go to payees."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.money import PICO
from overtone.payout.invoice_balance import LateRate
from overtone.payout.money_in import Collection, Debtor, Refund, Reversal, WriteOff
from overtone.payout.receivables import Billing, Receivables
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
    assert receivables.lets_go("s1", FOX, usd("10")) == (usd("10"), 0)


def test_what_changes_hands_waits_for_the_money_that_it_came_with() -> None:
    """100 is billed for one payee and found to be another's before anybody has paid: nobody is paid of nothing."""
    receivables = Receivables()
    bill(receivables, "100")
    bill(receivables, "0", "100", settlement_id="s2")
    assert receivables.lets_go("s2", FOX, usd("100")) == (0, 0)
    pay(receivables, "60")
    assert receivables.lets_go("s1", FOX, usd("100")) == (usd("60"), 0)
    assert receivables.lets_go("s2", FOX, usd("100")) == (0, 0)
    pay(receivables, "40")
    assert receivables.lets_go("s2", FOX, usd("100")) == (usd("100"), 0)


def test_tax_is_billed_on_top_and_let_go_to_nobody() -> None:
    receivables = Receivables()
    bill(receivables, "100", tax=250_000_000)
    assert state(receivables)[0][0] == usd("125")
    pay(receivables, "62.50")
    assert receivables.lets_go("s1", FOX, usd("100")) == (usd("50"), 0)


def test_what_is_written_off_lets_nothing_more_go() -> None:
    receivables = Receivables()
    bill(receivables, "10")
    pay(receivables, "4")
    assert receivables.write_off(WriteOff("w", 1, "bankrupt")) is not None
    assert receivables.write_off(WriteOff("w2", 1, "again")) is None
    assert receivables.lets_go("s1", FOX, usd("10")) == (usd("4"), usd("6"))
    assert Receivables.decode(receivables.encode()).lets_go("s1", FOX, usd("4")) == (usd("4"), 0)


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
    assert list(Receivables.decode(()).encode()) == [b'{"version":2,"heard":0,"last_number":0}']


@pytest.mark.parametrize("exact", ["0.01", "12.345678901234", "-7.5", "0"])
def test_nothing_is_billed_twice_in_one_settlement(exact: str) -> None:
    receivables = Receivables()
    bill(receivables, exact, exact if not exact.startswith("-") else "0")
    assert len(list(receivables.invoices())) == (exact != "0")


# --- money that goes back


def reverse(receivables: Receivables, amount: str, *numbers: int, day: str = "2026-11-25") -> None:
    receivables.reverse(Reversal("c", *FOX, usd(amount), day, numbers))


def test_a_collection_that_is_undone_opens_what_it_had_paid() -> None:
    receivables = Receivables()
    for number in range(2):
        bill(receivables, "10", settlement_id=f"s{number}")
    pay(receivables, "13", 2)
    reverse(receivables, "13", 2)
    assert [(i.cash, i.open) for i in receivables.invoices()] == [(0, usd("10")), (0, usd("10"))]
    assert receivables.account(FOX).credit == 0
    assert receivables.lets_go("s0", FOX, usd("10")) == (0, 0)


def test_what_is_undone_comes_off_the_credit_first_then_off_what_it_named_then_off_the_newest() -> None:
    receivables = Receivables()
    for number in range(3):
        bill(receivables, "10", settlement_id=f"s{number}")
    pay(receivables, "35")
    reverse(receivables, "17", 1)
    assert [i.open for i in receivables.invoices()] == [usd("10"), 0, usd("2")]
    assert receivables.account(FOX).cash == 0


def test_credit_is_paid_back_money_before_notes_and_more_than_there_is_is_owed_again() -> None:
    receivables = Receivables()
    bill(receivables, "10")
    pay(receivables, "15")
    bill(receivables, "-4", "0", settlement_id="s2")
    account = receivables.account(FOX)
    assert account.credit == usd("9")
    receivables.refund(Refund("r", *FOX, usd("7"), "paid twice"), "2026-11-26")
    assert (account.cash, account.notes) == (0, usd("2"))
    receivables.refund(Refund("r2", *FOX, usd("3"), "at the same moment"), "2026-11-26")
    assert (account.cash, account.notes, account.credit) == (usd("-1"), 0, 0)
    pay(receivables, "1.50")
    assert (account.cash, account.credit) == (usd("0.50"), usd("0.50"))


def test_an_invoice_named_twice_is_paid_once() -> None:
    receivables = Receivables()
    bill(receivables, "10")
    pay(receivables, "15", 1, 1)
    assert (next(receivables.invoices()).cash, receivables.account(FOX).credit) == (usd("10"), usd("5"))


# --- interest


def late(receivables: Receivables, exact: str = "365", *rates: tuple[str, int], settlement_id: str = "s1") -> None:
    """Billed on 10 November, due on the 24th; each rate (nano) of an amount."""
    weighted = sum(usd(amount) * rate for amount, rate in rates)
    rate = LateRate(weighted, sum(usd(amount) for amount, _ in rates) or 1)
    receivables.bill(FOX, usd(exact), usd(exact), Billing(settlement_id, "2026-11-10", {"songfox": 14}, late=rate))


TENTH = ("365", 100_000_000)


@pytest.mark.parametrize(
    ("paid", "until", "cost"),
    [
        ([], "2026-11-24", "0"),
        ([], "2026-11-25", "0.1"),
        ([("365", "2026-11-24")], "2026-12-31", "0"),
        ([("365", "2026-11-25")], "2026-12-31", "0.1"),
        ([("182.50", "2026-11-26"), ("182.50", "2026-11-30")], "2026-12-31", "0.4"),
        ([("400", "2026-12-04")], "2026-12-31", "1"),
        ([], "2027-11-24", "36.5"),
    ],
)
def test_interest_is_simple_by_actual_days_over_365(paid: list[tuple[str, str]], until: str, cost: str) -> None:
    receivables = Receivables()
    late(receivables, "365", TENTH)
    for amount, day in paid:
        receivables.collect(Collection(day, *FOX, usd(amount), day))
    (invoice,) = receivables.invoices()
    assert invoice.interest(until) == usd(cost)
    assert next(Receivables.decode(receivables.encode()).invoices()) == invoice


def test_a_document_of_several_deals_has_the_mean_of_their_rates() -> None:
    receivables = Receivables()
    late(receivables, "365", ("100", 100_000_000), ("265", 0))
    (invoice,) = receivables.invoices()
    assert invoice.interest("2026-11-25") == int(Fraction(usd("100")) / 10 / 365 + Fraction(1, 2))


def test_interest_is_charged_once_from_a_cent_on_and_given_back_when_money_had_come_in_time() -> None:
    receivables = Receivables()
    late(receivables, "3.65", ("3.65", 100_000_000))
    assert receivables.delays("2026-12-03") == {}
    ((invoice, more),) = receivables.delays("2026-12-04")[FOX]
    assert more == usd("0.01")
    invoice.charged += more
    assert receivables.delays("2026-12-04") == {}
    receivables.collect(Collection("posted late", *FOX, usd("3.65"), "2026-11-20"))
    assert receivables.delays("2026-12-31")[FOX] == [(invoice, -usd("0.01"))]


def test_what_had_never_come_costs_from_the_due_day_and_what_was_recalled_from_its_day() -> None:
    for day, cost in (("2026-11-20", "1"), ("2026-11-30", "0.4")):
        receivables = Receivables()
        late(receivables, "365", TENTH)
        receivables.collect(Collection("c", *FOX, usd("365"), "2026-11-20"))
        reverse(receivables, "365", day=day)
        assert next(receivables.invoices()).interest("2026-12-04") == usd(cost)


def test_nobody_s_money_waits_for_interest() -> None:
    receivables = Receivables()
    late(receivables, "10")
    pay(receivables, "10")
    receivables.bill(FOX, usd("1"), usd("1"), Billing("s2", "2026-12-10", kind="late_interest"))
    bill(receivables, "5", "8", settlement_id="s3")
    pay(receivables, "5", 3)
    assert receivables.lets_go("s3", FOX, usd("8")) == (usd("8"), 0)
    assert receivables.name("s2", FOX) == ""


def test_accounts_of_the_first_format_are_read() -> None:
    kept = [
        b'{"version":1,"heard":3,"last_number":1}',
        b'["songfox","USD","5","0","0",[[1,"s1","2026-11-10","2026-11-24","995","1000","0","995","400","0","0"]]]',
    ]
    found = Receivables.decode(kept)
    (invoice,) = found.invoices()
    assert (found.heard, invoice.name, invoice.open, invoice.kind, invoice.late.weighted) == (3, "00000001", 600, "", 0)
    with pytest.raises(InvariantBroken):
        Receivables.decode([b'{"version":3,"heard":3,"last_number":1}'])
