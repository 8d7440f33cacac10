"""What a payee is credited, recouped, held, converted, taxed and paid."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.money import NANO, PICO
from overtone.payout.accounts import PartyState
from overtone.payout.acknowledgements import EXECUTED, REFUSED, BankDocument, Payment, PaymentOutcome, Return, returns_between
from overtone.payout.movements import Movements
from overtone.payout.payment import is_due, payment_id
from overtone.payout.runs import runs_of
from overtone.payout.tax import TaxTable
from overtone.rights.registry import Party
from overtone.scales import ZERO_PICO, Pico
from tests.unit.payees import euro_rates, one, settled
from tests.unit.settled import ACH, account_of, line, owned, party, usd


def test_what_is_free_is_paid_down_to_the_minor_unit_and_the_rest_stays() -> None:
    account = one(settled(line("asa", usd("10.009999999999")), who=party()))
    assert (account.paid, account.closing, account.status) == (usd("10.00"), usd("0.009999999999"), "paid")


def test_tax_is_withheld_of_what_is_paid_out_to_the_minor_unit_and_never_of_what_stays() -> None:
    account = one(settled(line("asa", usd("33.339")), who=party(withholding_rate="0.25")))
    assert (account.paid, account.withheld, account.closing) == (usd("25.00"), usd("8.33"), usd("0.009"))


TABLE = TaxTable.model_validate(
    {
        "rates": [
            {"country": "US", "from": "2020-01-01", "rate": "0.3", "treaty_rate": "0.05"},
            {"country": "US", "from": "2026-11-06", "rate": "0.4"},
            {"country": "*", "from": "2020-01-01", "rate": "0.1"},
        ]
    }
)


@pytest.mark.parametrize(
    ("changes", "tax"),
    [
        ({"country": "US"}, "30"),
        ({"country": "US", "tax": {"treaty": True}}, "5"),
        ({"country": "US", "tax": {"treaty": True, "treaty_until": "2026-11-04"}}, "30"),
        ({"country": "US", "tax": {"treaty": True, "treaty_until": "2026-11-05"}}, "5"),
        ({"country": "BR"}, "10"),
        ({"country": "US", "withholding_rate": "0"}, "0"),
    ],
)
def test_tax_by_country_and_treaty_where_the_party_has_no_rate_of_its_own(changes: dict[str, Any], tax: str) -> None:
    account = one(settled(line("asa", usd("100")), who=party(**changes), taxes=TABLE))
    assert (account.withheld, account.paid) == (usd(tax), usd("100") - usd(tax))


def test_everything_withheld_pays_nothing_and_keeps_everything() -> None:
    account = one(settled(line("asa", usd("100")), who=party(withholding_rate="1")))
    assert (account.paid, account.withheld, account.closing, account.status) == (0, 0, usd("100"), "below_threshold")


def test_an_advance_is_not_taxed_when_it_is_earned_back() -> None:
    first = settled(line("asa", usd("50"), mechanism="advance"), who=party(withholding_rate="0.1"))
    assert one(first).withheld == usd("5")
    second = settled(line("asa", usd("60")), who=party(withholding_rate="0.1"), state=first.state, period=("s2", "2026-11"))
    assert (one(second).recouped, one(second).paid, one(second).withheld) == (usd("50"), usd("9"), usd("1"))


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (party(on_hold=True), "on_hold"),
        (party(payout={"iban": None}), "no_bank_details"),
        (party(payout={"method": "none"}), "no_bank_details"),
        (party(payout={"method": "ach"}), "no_bank_details"),
        (party(payout={"method": "swift", "bic": None}), "no_bank_details"),
        (party().model_copy(update={"payout": None}), "no_bank_details"),
        (None, "no_party_record"),
    ],
)
def test_who_may_not_be_paid_is_credited_and_held(who: Party | None, status: str) -> None:
    outcome = settled(line("asa", usd("7")), who=who)
    account = one(outcome)
    assert (account.status, account.credited, account.held, account.paid, account.closing) == (status, usd("7"), usd("7"), 0, usd("7"))
    assert outcome.state.waiting
    released = settled(who=party(), state=outcome.state, period=("s2", "2026-11"))
    assert (one(released).paid, one(released).opening, one(released).credited) == (usd("7"), usd("7"), 0)


def test_ach_and_a_missing_payer_are_paid_by_hand() -> None:
    by_ach = party(payout=ACH)
    assert one(settled(line("asa", usd("7")), who=by_ach)).status == "paid"
    assert one(settled(line("asa", usd("7")), who=by_ach, ach=False)).status == "manual"
    assert one(settled(line("asa", usd("7")), who=party(), payer=False)).status == "manual"


def test_currencies_without_cents_are_paid_in_whole_units() -> None:
    account = one(settled(line("asa", usd("700.9"), currency="JPY"), who=party(payout={"currency": "JPY"})), "JPY")
    assert (account.status, account.paid, account.closing) == ("paid", usd("700"), usd("0.9"))


def test_the_threshold_is_reached_at_it_and_not_below() -> None:
    who = party(payout={"threshold": "10"})
    below = settled(line("asa", usd("10") - 1), who=who)
    assert (one(below).status, one(below).held, one(below).closing) == ("below_threshold", 0, usd("10") - 1)
    above = settled(line("asa", 1, work="w2"), who=who, state=below.state, period=("s2", "2026-11"))
    assert one(above).paid == usd("10")


def test_negative_balances_are_carried_and_earned_off() -> None:
    first = settled(line("asa", usd("-3")), who=party())
    assert (one(first).status, one(first).closing) == ("negative", usd("-3"))
    second = settled(line("asa", usd("5")), who=party(), state=first.state, period=("s2", "2026-11"))
    assert one(second).paid == usd("2")


def test_a_reserve_is_held_and_released_as_a_distributor_publishes_it() -> None:
    """Golden case 4: 100 at 25%, reserve 20%: due 25, held 5, paid 20; released 50/50 over two periods."""
    who = party(reserve={"rate": "0.2", "periods": 2})
    due = usd("100") * 25 // 100
    first = settled(line("asa", due), who=who)
    assert (one(first).credited, one(first).reserve_held, one(first).paid, one(first).held) == (usd("25"), usd("5"), usd("20"), usd("5"))
    second = settled(who=who, state=first.state, period=("s2", "2026-11"))
    assert (one(second).reserve_released, one(second).paid, one(second).reserve) == (usd("2.5"), usd("2.5"), usd("2.5"))
    third = settled(who=who, state=second.state, period=("s3", "2026-12"))
    assert (one(third).reserve_released, one(third).paid, one(third).closing) == (usd("2.5"), usd("2.5"), 0)
    assert (third.state.balances, third.state.lots, third.state.waiting) == ({}, [], False)


def test_no_reserve_on_negative_sales_and_none_beyond_what_was_earned() -> None:
    who = party(reserve={"rate": "0.2", "periods": 2})
    mixed = one(settled(line("asa", usd("100")), line("asa", usd("-30"), work="w2"), who=who))
    assert (mixed.reserve_held, mixed.paid) == (usd("20"), usd("50"))
    lost = one(settled(line("asa", usd("100")), line("asa", usd("-95"), work="w2"), who=who))
    assert (lost.reserve_held, lost.paid) == (usd("5"), 0)
    assert one(settled(line("asa", usd("-30")), who=who)).reserve_held == 0


def test_no_reserve_on_an_advance_or_on_what_recoups_it() -> None:
    who = party(reserve={"rate": "0.5", "periods": 1})
    account = one(settled(line("asa", usd("80"), mechanism="advance"), line("asa", usd("100")), who=who))
    assert (account.recouped, account.reserve_held, account.paid) == (usd("80"), usd("10"), usd("90"))


def test_a_conversion_uses_the_posted_rate_once_half_even_and_leaves_nothing_behind() -> None:
    outcome = settled(line("asa", 15, currency="USD"), who=party(payout={"currency": "EUR"}), rates=euro_rates("0.1"))
    assert (one(outcome, "EUR").credited, one(outcome, "EUR").converted) == (2, 2)
    assert (one(outcome).closing, one(outcome).converted, one(outcome).status) == (0, -15, "converted")
    assert outcome.state.balances == {"EUR": 2}


def test_advances_are_recouped_in_the_deal_s_currency_before_anything_is_converted() -> None:
    lines = line("asa", usd("40"), mechanism="advance"), line("asa", usd("100"))
    outcome = settled(*lines, who=party(payout={"currency": "EUR"}), rates=euro_rates())
    assert (one(outcome).recouped, one(outcome, "EUR").paid) == (usd("40"), usd("90"))


def test_who_changes_the_payout_currency_takes_balance_and_reserve_along() -> None:
    first = settled(line("asa", usd("100")), who=party(reserve={"rate": "0.2", "periods": 2}, on_hold=True))
    second = settled(who=party(payout={"currency": "EUR"}), state=first.state, period=("s2", "2026-11"), rates=euro_rates())
    account = one(second, "EUR")
    assert (account.converted, account.reserve_released, account.reserve, account.paid) == (usd("90"), usd("9"), usd("9"), usd("81"))
    assert (one(second).closing, one(second).reserve_before, one(second).reserve) == (0, usd("20"), 0)


def test_a_payment_that_comes_back_reopens_the_balance_with_its_tax() -> None:
    back = Return("OT1", "s1", "asa", "USD", usd("70"), usd("30"), "AC04")
    account = one(settled(who=party(on_hold=True), returns=[back]))
    assert (account.credited, account.returned, account.returned_tax, account.closing) == (usd("100"), usd("70"), usd("30"), usd("100"))
    again = one(settled(who=party(withholding_rate="0.3"), returns=[back]))
    assert (again.paid, again.withheld) == (usd("70"), usd("30"))


def test_what_comes_back_and_is_taken_off_alike_has_moved_an_account_that_stands_at_nothing() -> None:
    back = Return("OT1", "s1", "asa", "USD", usd("70"), usd("30"), "AC04")
    account = one(settled(line("asa", usd("-100")), who=party(), returns=[back]))
    assert (account.moved, account.credited, account.earned, account.returned, account.closing) == (True, 0, usd("-100"), usd("70"), 0)
    assert not any(one.moved for one in settled(line("asa", usd("5")), line("asa", usd("-5")), who=party()).accounts)


def test_a_payment_id_fits_the_bank_s_field_and_depends_on_settlement_party_and_currency() -> None:
    ids = {payment_id(*names) for names in (("s1", "a", "USD"), ("s2", "a", "USD"), ("s1", "b", "USD"), ("s1", "a", "EUR"))}
    assert len(ids) == 4
    assert all(len(text) <= 35 and text.isalnum() for text in ids)


@pytest.mark.parametrize(
    ("period", "previous", "through", "due"),
    [
        ("month", "2026-10", "2026-11", True),
        ("quarter", "2026-10", "2026-11", False),
        ("quarter", "2026-11", "2026-12", True),
        ("quarter", "2026-11", "2027-01", True),
        ("quarter", "2026-12", "2027-01", False),
        ("half_year", "2026-11", "2026-12", True),
        ("half_year", "2026-08", "2026-09", False),
        ("year", "2026-11", "2026-12", True),
        ("year", "2026-12", "2027-11", False),
        ("year", "", "2026-12", True),
        ("year", "", "2026-11", False),
    ],
)
def test_a_period_ends_with_its_last_month(period: Any, previous: str, through: str, due: object) -> None:
    assert is_due(period, previous, through) is due
    who = party(payout={"period": period})
    account = one(settled(line("asa", usd("7")), who=who, period=("s2", through), previous_through=previous))
    assert (account.status, account.paid) == (("paid", usd("7")) if due else ("not_due", 0))


def test_an_account_that_the_bank_named_closed_is_not_paid_to_until_the_details_change() -> None:
    who = party()
    back = Return("OT1", "s1", "asa", "USD", usd("70"), ZERO_PICO, "AC04", account_of(who).fingerprint)
    first = settled(who=who, returns=[back])
    assert (one(first).status, one(first).held) == ("account_refused", usd("70"))
    again = settled(who=who, state=PartyState.decode(first.state.encode()), period=("s3", "2026-12"))
    assert one(again).status == "account_refused"
    changed = settled(who=party(payout={"iban": "NO9386011117947"}), state=again.state, period=("s4", "2027-01"))
    assert one(changed).paid == usd("70")
    other = settled(who=who, returns=[back._replace(reason="MS03")])
    assert one(other).paid == usd("70")


def test_an_account_to_which_the_bank_then_paid_is_paid_to_again() -> None:
    """The bank took its refusal back, and nothing was ever sent to that account again until its holder changed it to another."""
    who = party()
    payments = {"OT1": Payment("OT1", "s1", "asa", "USD", usd("70"), ZERO_PICO, by_file=True, account=account_of(who).fingerprint)}
    refused = BankDocument("2026-11-06", (PaymentOutcome("OT1", REFUSED, "AC01"),))
    executed = BankDocument("2026-11-07", (PaymentOutcome("OT1", EXECUTED, ""),))
    first = settled(who=who, returns=returns_between(payments, [], [refused]))
    assert (one(first).status, one(first).closing) == ("account_refused", usd("70"))
    lines = line("asa", usd("5")), line("asa", usd("1"), deal="deal-2")
    then = settled(*lines, who=who, state=first.state, period=("s3", "2026-12"), returns=returns_between(payments, [refused], [executed]))
    assert (one(then).status, one(then).paid, one(then).closing) == ("paid", usd("6"), 0)


AMOUNTS = st.integers(-(10**6) * PICO, 10**6 * PICO)


@given(
    st.lists(st.tuples(AMOUNTS, st.booleans()), max_size=6),
    st.integers(0, NANO),
    st.integers(0, NANO),
    st.sampled_from((party(), party(on_hold=True))),
    AMOUNTS,
)
def test_whatever_happens_the_account_closes_as_it_moved(
    moves: list[tuple[int, bool]], tax: int, reserve: int, who: Party, opening: int
) -> None:
    on_hold, who = who.on_hold, who.model_copy(update={"withholding_rate": tax})
    kept_back = party(reserve={"rate": "0.5", "periods": 3}).reserve
    assert kept_back is not None
    who = who.model_copy(update={"reserve": kept_back.model_copy(update={"rate": reserve})})
    lines = [
        line("asa", amount, mechanism="advance" if advance else "per_output", work=f"w{n}") for n, (amount, advance) in enumerate(moves)
    ]
    outcome = settled(*lines, who=who, state=PartyState("asa", {"USD": Pico(opening)}))
    account = one(outcome)
    assert account.closing == outcome.state.balances.get("USD", 0)
    assert account.credited == sum(amount for amount, _ in moves)
    assert account.paid >= 0
    assert account.paid % (PICO // 100) == 0
    if account.paid:
        assert account.closing >= account.reserve
        assert not on_hold
        assert account.withheld % (PICO // 100) == 0
        assert 2 * abs(account.withheld * NANO - (account.paid + account.withheld) * tax) <= NANO * (PICO // 100)
    assert PartyState.decode(outcome.state.encode()) == outcome.state


CREDITED = st.tuples(
    st.sampled_from(("d1", "d2")),
    st.sampled_from(("advance", "per_output", "levy")),
    st.sampled_from(("2026-09", "2026-10")),
    st.sampled_from(("USD", "EUR")),
    st.integers(-3, 3),
)


@given(credited=st.lists(CREDITED, max_size=12))
def test_lines_are_counted_by_what_owes_them(credited: list[tuple[str, str, str, str, int]]) -> None:
    found = Movements()
    found.take(runs_of(owned(*[line("asa", a, deal=d, mechanism=m, month=month, currency=c) for d, m, month, c, a in credited])))
    for deal in ("d1", "d2"):
        for currency in ("USD", "EUR"):
            of = [(m, month, a) for d, m, month, c, a in credited if (d, c) == (deal, currency) and a]
            earned = found.deals.get((deal, currency))
            assert (earned is None) == (not of)
            if earned is not None:
                plain = [a for m, _, a in of if m != "advance"]
                assert (earned.net, earned.positive) == (sum(plain), sum(a for a in plain if a > 0))
                assert earned.advanced == sum(a for m, _, a in of if m == "advance")
                assert earned.month == min((month for m, month, _ in of if m == "advance"), default="")
    for currency in ("USD", "EUR"):
        assert found.receivable.get(("songfox", currency), 0) == sum(a for _, _, _, c, a in credited if c == currency)
