"""How evenly money is spread over payees: exact fractions, rounded half-even where they are written.

The Gini coefficient of amounts x_1 <= ... <= x_n is `2 * sum(i * x_i) / (n * sum(x)) - (n + 1) / n` (0: all alike, towards 1: one has
all), as in Sen, "On Economic Inequality" (1973), chapter 2. Payees are all that get something in either world, so that both worlds
are told of the same people.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Final, NamedTuple

from overtone.money import NANO, format_share, round_half_even
from overtone.scales import Nano

TOP: Final = 10
"""Payees of `top_10`."""
CURVE_POINTS: Final = 101
"""Of a Lorenz curve: each hundredth of the payees."""


class Spread(NamedTuple):
    """What the ten, and the tenth of the payees, that get most have of all; what the half that gets least has; and the Gini coefficient."""

    gini: Fraction
    top_10: Fraction
    top_tenth: Fraction
    bottom_half: Fraction


def spread(amounts: Sequence[int]) -> Spread:
    """How amounts (none negative) are spread; nothing of nothing is spread evenly."""
    ordered, count = sorted(amounts), len(amounts)
    whole = sum(ordered)
    if not whole:
        return Spread(Fraction(0), Fraction(0), Fraction(0), Fraction(0))
    weighted = sum(number * amount for number, amount in enumerate(ordered, start=1))
    gini = Fraction(2 * weighted, count * whole) - Fraction(count + 1, count)
    tenth = -(-count // 10)
    return Spread(gini, *(Fraction(sum(part), whole) for part in (ordered[-TOP:], ordered[-tenth:], ordered[: count // 2])))


def lorenz(amounts: Sequence[int]) -> list[Fraction]:
    """What the first hundredths of the payees, from the one that gets least on, have of all: `CURVE_POINTS` from 0 to 1."""
    sums = [0, *accumulate(sorted(amounts))]
    whole, count = sums[-1], len(amounts)
    if not whole:
        return [Fraction(point, CURVE_POINTS - 1) for point in range(CURVE_POINTS)]
    return [Fraction(sums[point * count // (CURVE_POINTS - 1)], whole) for point in range(CURVE_POINTS)]


def written(share: Fraction) -> str:
    """A fraction of 1 with at most nine decimals."""
    nano = round_half_even(share.numerator * NANO, share.denominator)
    return format_share(Nano(nano))
