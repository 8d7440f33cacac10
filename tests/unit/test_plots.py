"""Plots of the console: bars in proportion, to the left of zero where money was taken back."""

from overtone.console.plots import BARS_MAX, SPAN, bars, columns


def test_bars_are_as_long_as_their_amounts_and_start_at_one_zero() -> None:
    long, short, taken = bars([("a", "3", "3.00"), ("b", "1", "1.00"), ("c", "-1", "-1.00")])
    assert (long.start, long.length) == (SPAN // 4, 3 * SPAN // 4)
    assert (short.start, short.length) == (SPAN // 4, SPAN // 4)
    assert (taken.start, taken.length) == (0, SPAN // 4)
    assert (long.share, short.share, taken.share) == ("75.0%", "25.0%", "")


def test_columns_stand_on_the_zero_line() -> None:
    high, low = columns([("2026-10", "4", "4.00"), ("2026-11", "1", "1.00")])
    assert (high.start, high.length) == (0, SPAN)
    assert (low.start + low.length, low.length) == (SPAN, SPAN // 4)


def test_nothing_and_nought_and_more_than_fit_are_plotted() -> None:
    assert bars([]) == []
    assert [bar.length for bar in bars([("a", "0", "0.00")])] == [0]
    assert len(bars([(str(number), "1", "1.00") for number in range(BARS_MAX + 1)])) == BARS_MAX
