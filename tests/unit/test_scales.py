"""Scales are types: the type checker, which runs over this file too and refuses an `ignore` that is not needed, tells them apart."""

from overtone.lines import Posting
from overtone.mechanisms.shape import Earning
from overtone.money import format_amount, format_share, parse_amount, parse_share, split, to_fine, to_pico
from overtone.scales import ZERO_FINE, ZERO_NANO, ZERO_PICO, ZERO_ZEPTO, Nano, Pico

AMOUNT = parse_amount("0.25")
SHARE = parse_share("0.25")


def amount_of(pico: Pico) -> Pico:
    return pico


def share_of(nano: Nano) -> Nano:
    return nano


def test_nothing_is_nothing_on_every_scale() -> None:
    assert [*map(int, (ZERO_NANO, ZERO_PICO, ZERO_FINE, ZERO_ZEPTO))] == [0, 0, 0, 0]


def test_a_share_is_not_taken_for_an_amount_nor_the_other_way_round() -> None:
    assert amount_of(SHARE) == 250_000_000  # type: ignore[arg-type]
    assert share_of(AMOUNT) == 250_000_000_000  # type: ignore[arg-type]
    assert Posting(AMOUNT, SHARE, ZERO_PICO).amount == 250_000_000  # type: ignore[arg-type]


def test_what_is_exact_is_not_taken_for_what_was_rounded() -> None:
    assert Earning("USD", AMOUNT).fine == 250_000_000_000  # type: ignore[arg-type]
    assert to_pico(AMOUNT) == 0  # type: ignore[arg-type]
    assert to_pico(to_fine(AMOUNT)) == AMOUNT


def test_two_scales_are_not_compared() -> None:
    assert AMOUNT != SHARE  # type: ignore[comparison-overlap]


def test_sums_stay_on_their_scale_and_a_sum_of_two_scales_is_on_none() -> None:
    assert amount_of(AMOUNT + AMOUNT - AMOUNT) == AMOUNT
    assert amount_of(-AMOUNT + abs(AMOUNT)) == ZERO_PICO
    assert amount_of(sum([AMOUNT, AMOUNT], ZERO_PICO)) == 2 * AMOUNT
    assert amount_of(AMOUNT + SHARE) > AMOUNT  # type: ignore[arg-type]
    assert amount_of(AMOUNT - SHARE) < AMOUNT  # type: ignore[arg-type]


def test_a_product_is_a_bare_integer_until_its_scale_is_named() -> None:
    assert amount_of(AMOUNT * SHARE // 10**9) == Pico(62_500_000_000)  # type: ignore[arg-type]
    assert amount_of(Pico(AMOUNT * SHARE // 10**9)) == Pico(62_500_000_000)


def test_a_bare_integer_has_no_scale_and_when_the_code_runs_all_are_bare() -> None:
    assert amount_of(12) == 12  # type: ignore[arg-type]
    assert {type(zero) for zero in (ZERO_NANO, ZERO_PICO, ZERO_FINE, ZERO_ZEPTO)} == {int}


def test_a_sink_takes_its_own_scale_and_a_split_keeps_it() -> None:
    assert format_amount(SHARE) == "0.00025"  # type: ignore[arg-type]
    assert format_share(AMOUNT) == "250"  # type: ignore[arg-type]
    assert share_of(split(AMOUNT, {"a": 1})["a"]) == AMOUNT  # type: ignore[arg-type,comparison-overlap]
    assert amount_of(split(AMOUNT, {"a": 1})["a"]) == AMOUNT
