"""Numbers as the model has them: fractions of major units and of whole plays, rounded only where the description says so."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

Name = TypeVar("Name", str, tuple[str, str])

PICO: Final = 10**12
NANO: Final = 10**9
ZERO: Final = Fraction(0)
ONE: Final = Fraction(1)


def number(text: str | None) -> Fraction:
    """A decimal string; nothing is zero."""
    return Fraction(text or "0")


def half_even(value: Fraction) -> int:
    """To pico, half-even: what Python's own `round` of a fraction does."""
    return round(value * PICO)


def largest_remainder(whole: int, weights: Mapping[Name, Fraction]) -> dict[Name, int]:
    """Integers that add up to the whole: rounded down, then one more for the largest remainders, weights, smallest keys."""
    total = sum(weights.values())
    ideal = {key: whole * weight / total for key, weight in weights.items()}
    parts = {key: share.numerator // share.denominator for key, share in ideal.items()}
    order = sorted(weights, key=lambda key: (parts[key] - ideal[key], -weights[key], key))
    for key in order[: whole - sum(parts.values())]:
        parts[key] += 1
    return parts


def square_root(quantity: Fraction) -> Fraction:
    """The root of a quantity, as far as 1e-9 shows it."""
    return Fraction(isqrt(int(quantity * NANO) * NANO), NANO)
