"""Figures in words."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.money import NANO, PICO
from overtone.payout import words
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("0", "USD", "0.00"),
        ("1234.5", "USD", "1,234.50"),
        ("1234567.891", "USD", "1,234,567.891"),
        ("1.23455", "USD", "1.2346"),
        ("1.23445", "USD", "1.2344"),
        ("0.99996", "USD", "1.00"),
        ("-0.99996", "USD", "-1.00"),
        ("0.000000123456", "USD", "0.00000012"),
        ("0.000000000001", "USD", "0.000000000001"),
        ("12.345", "JPY", "12.34"),
        ("1000", "JPY", "1,000"),
        ("1.2345", "KWD", "1.2345"),
    ],
)
def test_amounts_are_rounded_for_reading(text: str, currency: str, expected: str) -> None:
    assert words.shown(text, currency) == expected


@pytest.mark.parametrize(
    ("nano", "expected"),
    [
        (NANO, "1"),
        (1_204_500_000_000, "1,204.5"),
        (1, "less than 0.001"),
        (0, "0"),
        (-NANO, "-1"),
        (333_333_333, "0.333"),
        (999_999_999, "1"),
    ],
)
def test_a_quantity_is_told_to_three_decimals_and_never_as_nothing(nano: int, expected: str) -> None:
    assert words.quantity(Nano(nano)) == expected


@pytest.mark.parametrize(
    ("amount", "nano", "expected"),
    [
        *((PICO, 3 * NANO, "0.333"), (31 * PICO // 10_000, NANO, "0.0031"), (12_345 * PICO, NANO, "12,345"), (1, NANO, "0.000000000001")),
        *((10_544_696_595_575, NANO, "10.5"), (10_550_000_000_000, NANO, "10.6")),
        *((999_499_999_999, NANO, "0.999"), (999_500_000_000, NANO, "1")),
    ],
)
def test_rates_have_three_significant_digits_and_no_less_than_whole_units(amount: int, nano: int, expected: str) -> None:
    """It was rounded digit by digit, so that 10.5447 was told as about 10.6."""
    assert words.rate(Pico(amount), Nano(nano)) == expected


@given(st.integers(1, 10**20))
def test_a_rate_is_told_to_the_nearest(pico: int) -> None:
    told = Fraction(words.rate(Pico(pico), Nano(NANO)).replace(",", ""))
    digit = Fraction(max(1, 10 ** min(12, len(str(pico)) - 3)), PICO)
    assert abs(told - Fraction(pico, PICO)) <= digit / 2


def test_a_line_tells_quantity_and_rate_where_there_are_any() -> None:
    assert words.lines("per_output", [Nano(NANO)], [Pico(PICO)], "USD") == ["1 use credited to this work, about USD 1 each"]
    assert words.lines("direct_play", [Nano(2 * NANO)], [Pico(PICO)], "USD") == ["2 plays, about USD 0.5 each"]
    assert words.lines("per_output", [Nano(2 * NANO)], [ZERO_PICO], "USD") == ["2 uses credited to this work"]
    assert words.lines("per_output", [Nano(-NANO)], [Pico(PICO)], "USD") == ["-1 uses credited to this work"]
    assert words.lines("levy", [Nano(NANO)], [Pico(PICO)], "USD") == [""]
    assert words.lines("per_output", [ZERO_NANO], [Pico(PICO)], "USD") == [""]


def test_sources_months_and_percentages_are_told_in_words() -> None:
    assert words.source("per_output", "Songfox", "v1") == "Music made with v1 by Songfox"
    assert words.source("new_way", "Songfox", "") == "new way, Songfox"
    assert words.month("2026-10") == "October 2026"
    assert words.short_month("") == ""
    assert words.percent(Nano(333_333_333)) == "33.3333333%"
    assert words.percent(Nano(150_000_000)) == "15%"


@pytest.mark.parametrize(
    ("mechanism", "nano", "amount", "expected"),
    [
        ("per_output", 2 * NANO, 5, "2 more uses credited"),
        ("direct_play", -NANO, -5, "1 fewer play credited"),
        ("micro_royalty", 0, 5, "price, revenue or share corrected"),
        ("training_run", NANO, 5, "newly counted in it"),
        ("training_run", -NANO, -5, "no longer counted in it as before"),
        ("levy", NANO, -5, "the whole was shared anew"),
        ("buyout", 0, 5, "the whole was shared anew"),
    ],
)
def test_a_correction_says_what_changed_as_far_as_it_can(mechanism: str, nano: int, amount: int, expected: str) -> None:
    assert words.change(mechanism, Nano(nano), Pico(amount)) == expected
