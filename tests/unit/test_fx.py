"""Rates: posted once, used directly, never guessed."""

from contextlib import AbstractContextManager, nullcontext

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Rejected
from overtone.money import PICO
from overtone.payout.fx import RATES_MAX, Rates
from overtone.scales import Pico


def sheet(*pairs: tuple[str, str, str]) -> dict[str, object]:
    return {"rates": [{"from": a, "to": b, "rate": rate, "source": "ECB 2026-10-30"} for a, b, rate in pairs]}


def test_a_rate_is_used_as_it_was_posted() -> None:
    rates = Rates.parse(sheet(("USD", "EUR", "0.9134")))
    conversion = rates.convert(Pico(100 * PICO), "USD", "EUR")
    assert (conversion.result, conversion.rate, conversion.source) == (91_340_000_000_000, 913_400_000_000, "ECB 2026-10-30")


@pytest.mark.parametrize(("amount", "result"), [(5, 0), (15, 2), (25, 2), (-15, -2), (-5, 0)])
def test_a_tie_goes_to_the_even_pico(amount: int, result: int) -> None:
    assert Rates.parse(sheet(("USD", "EUR", "0.1"))).convert(Pico(amount), "USD", "EUR").result == result


def test_a_rate_is_neither_inverted_nor_chained() -> None:
    rates = Rates.parse(sheet(("USD", "EUR", "0.9"), ("EUR", "SEK", "11")))
    assert not rates.has("EUR", "USD")
    assert not rates.has("USD", "SEK")


def test_what_has_no_rate_is_told_by_pair_of_currencies() -> None:
    rates = Rates()
    for source, amount in (("USD", 3), ("EUR", 5), ("USD", 4)):
        rates.leave(Pico(amount * PICO), source, "SEK")
    assert [left.to_json() for left in rates.unconverted()] == [
        {"from": "EUR", "to": "SEK", "payees": 1, "amount": "5"},
        {"from": "USD", "to": "SEK", "payees": 2, "amount": "7"},
    ]


@pytest.mark.parametrize(
    "wrong", [("USD", "EUR", "0"), ("USD", "USD", "1"), ("USD", "XXX", "1"), ("USD", "EUR", "1e3"), ("USD", "EUR", "-1")]
)
def test_a_rate_that_cannot_be_is_refused(wrong: tuple[str, str, str]) -> None:
    with pytest.raises(Rejected):
        Rates.parse(sheet(wrong))


def test_a_pair_stands_once() -> None:
    with pytest.raises(Rejected, match="twice"):
        Rates.parse(sheet(("USD", "EUR", "1"), ("USD", "EUR", "2")))


@pytest.mark.parametrize(("count", "outcome"), [(RATES_MAX, nullcontext()), (RATES_MAX + 1, pytest.raises(Rejected))])
def test_a_sheet_is_limited(count: int, outcome: AbstractContextManager[object]) -> None:
    codes = [c.value for c in iso4217.Currency if c.exponent is not None]
    pairs = [(a, b, "1") for a in codes for b in codes if a != b][:count]
    assert len(pairs) == count
    with outcome:
        Rates.parse(sheet(*pairs))


@given(st.integers(-(10**27), 10**27), st.integers(1, 10**15))
def test_a_conversion_is_off_by_at_most_half_a_pico(amount: int, rate: int) -> None:
    text = f"{rate // PICO}.{rate % PICO:012d}"
    result = Rates.parse(sheet(("USD", "EUR", text))).convert(Pico(amount), "USD", "EUR").result
    assert 2 * abs(result * PICO - amount * rate) <= PICO
