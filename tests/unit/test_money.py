from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from overtone import money
from overtone.errors import InvariantBroken, Rejected
from overtone.money import NANO, PICO
from overtone.scales import Nano, Pico

AMOUNTS = st.integers(-(10**27) + 1, 10**27 - 1)
WEIGHTS = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 10**9), min_size=1).filter(lambda weights: any(weights.values()))


@given(AMOUNTS)
def test_an_amount_reads_back_as_it_was_written(pico: int) -> None:
    assert money.parse_amount(money.format_amount(Pico(pico))) == pico


@given(st.integers(0, NANO))
def test_a_share_reads_back_as_it_was_written(nano: int) -> None:
    assert money.parse_share(money.format_share(Nano(nano))) == nano


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=0, max_value=10**14))
def test_an_amount_is_the_decimal_it_says(value: object) -> None:
    assert Fraction(money.parse_amount(f"{value:f}"), PICO) == Fraction(f"{value:f}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "01",
        ".5",
        "5.",
        "+1",
        "1e3",
        "1,5",
        "--1",
        "NaN",
        "Infinity",
        "0x1",
        "\u0661",
        "1_000",
        "1.0000000000001",
        "1" * 20,
        None,
        1,
        1.5,
        b"1",
        True,
    ],
)
def test_what_is_not_a_decimal_string_is_refused_as_an_amount(text: object) -> None:
    with pytest.raises(Rejected):
        money.parse_amount(text)


@pytest.mark.parametrize("text", ["-0.1", "1.1", "1.000000001", "0.1234567891", "2", "1e-3", "0.5\n", "", None, 0.5, 1])
def test_what_is_not_a_part_of_one_is_refused_as_a_share(text: object) -> None:
    with pytest.raises(Rejected):
        money.parse_share(text)


def test_the_largest_amount_and_one_digit_more() -> None:
    largest = "1" + "0" * money.AMOUNT_DIGITS_MAX
    assert money.parse_amount(largest) == money.AMOUNT_MAX == 10**30
    assert money.parse_amount(f"-{largest}.{'0' * 12}") == -money.AMOUNT_MAX
    for beyond in (f"{largest}.000000000001", f"-{largest}.000000000001", "2" + largest[1:], largest + "0"):
        with pytest.raises(Rejected):
            money.parse_amount(beyond)


def test_a_sum_that_was_stored_is_read_whatever_its_size_and_nothing_else_is() -> None:
    assert money.stored_amount(money.format_amount(Pico(3 * money.AMOUNT_MAX + 1))) == 3 * money.AMOUNT_MAX + 1
    with pytest.raises(InvariantBroken):
        money.stored_amount("1e3")


def test_a_million_digits_are_refused_without_reading_them_as_a_number() -> None:
    with pytest.raises(Rejected) as refused:
        money.parse_amount("9" * 10_000_000)
    assert len(refused.value.detail) < 1_000


@given(AMOUNTS, WEIGHTS)
def test_a_split_keeps_the_whole_and_is_fair_to_one_unit(whole: int, weights: dict[str, int]) -> None:
    parts = money.split(whole, weights)
    assert sum(parts.values()) == whole
    assert parts.keys() == weights.keys()
    total = sum(weights.values())
    for key, part in parts.items():
        assert abs(part - Fraction(whole * weights[key], total)) < 1


@given(AMOUNTS, WEIGHTS)
def test_a_split_treats_equals_within_one_unit_and_gives_a_null_player_nothing(whole: int, weights: dict[str, int]) -> None:
    parts = money.split(whole, weights)
    by_weight: dict[int, list[int]] = {}
    for key, part in parts.items():
        by_weight.setdefault(weights[key], []).append(part)
    assert all(max(same) - min(same) <= 1 for same in by_weight.values())
    assert not any(by_weight.get(0, []))


@given(AMOUNTS, WEIGHTS)
def test_a_split_does_not_depend_on_the_order_of_its_arguments(whole: int, weights: dict[str, int]) -> None:
    assert money.split(whole, weights) == money.split(whole, dict(reversed(weights.items())))


@given(AMOUNTS, WEIGHTS)
@example(1, {"a": 2, "b": 1})
def test_a_negative_whole_is_split_as_its_positive(whole: int, weights: dict[str, int]) -> None:
    assert money.split(-whole, weights) == {key: -part for key, part in money.split(whole, weights).items()}


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 2, "b": -1}])
def test_a_split_without_a_positive_weight_is_a_mistake(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        money.split(1, weights)


@given(AMOUNTS, st.integers(1, 10**21))
def test_rounding_is_to_the_nearest_and_a_tie_to_the_even(numerator: int, denominator: int) -> None:
    assert money.round_half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4)])
def test_minor_units_are_iso_4217s(currency: str, digits: int) -> None:
    assert money.minor_digits(currency) == digits


@pytest.mark.parametrize("currency", ["XAU", "XXX", "usd", "US", "", "EURO"])
def test_what_is_no_money_has_no_minor_unit(currency: str) -> None:
    with pytest.raises(Rejected):
        money.minor_digits(currency)


@given(st.integers(0, 10**27), st.sampled_from(["USD", "JPY", "BHD"]))
def test_a_payment_is_rounded_down_by_less_than_the_minor_unit(pico: int, currency: str) -> None:
    paid = money.round_down_to_minor(Pico(pico), currency)
    assert 0 <= pico - paid < PICO // 10 ** money.minor_digits(currency)
    assert Fraction(money.format_minor(paid, currency)) == Fraction(paid, PICO)


@pytest.mark.parametrize(
    ("pico", "currency", "text"),
    [
        (12_340_000_000_000, "USD", "12.34"),
        (0, "USD", "0.00"),
        (-50_000_000_000, "USD", "-0.05"),
        (7 * PICO, "JPY", "7"),
        (1_000_000_000, "BHD", "0.001"),
    ],
)
def test_a_payable_amount_has_the_currencys_decimals(pico: int, currency: str, text: str) -> None:
    assert money.format_minor(Pico(pico), currency) == text


def test_an_amount_finer_than_the_minor_unit_cannot_be_written_as_payable() -> None:
    with pytest.raises(ValueError):
        money.format_minor(Pico(1), "USD")


@pytest.mark.parametrize(("numerator", "even"), [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2)])
def test_a_tie_goes_to_the_even_neighbour_on_both_sides_of_zero(numerator: int, even: int) -> None:
    assert money.round_half_even(numerator, 2) == even


def test_of_equal_remainders_the_larger_weight_gets_the_last_unit() -> None:
    assert money.split(2, {"a": 1, "b": 3}) == {"a": 0, "b": 2}
    assert money.split(1, {"b": 1, "a": 1}) == {"b": 0, "a": 1}
