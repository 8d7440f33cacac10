"""Exact sums beyond 64 bits: numbers as digits to the base 1e9, each an array of int64.

A digit times a share (at most 1e9) stays below 1e18 and a sum of four billion digits below 2^63, so nothing can wrap around unseen;
what would is refused by name, and the caller takes Python's integers.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from overtone.facts.arrays import BASE, Ints, without_zeros
from overtone.facts.orders import run_sums

DIGITS_MAX: Final = 3
"""Digits of a sum before it is shared out: up to 1e27, a quadrillion currency units in 1e-12."""


class Outgrown(ArithmeticError):
    """A sum that these arrays cannot hold."""


def digits(values: Sequence[int]) -> list[Ints]:
    """Non-negative integers below 1e27 as digits, the lowest first, as many as the largest needs; raises `Outgrown`."""
    most, found = max(values, default=0), []
    if most >= BASE**DIGITS_MAX or min(values, default=0) < 0:
        raise Outgrown(f"{most} has more than {DIGITS_MAX} digits to the base {BASE}")
    rest = list(values)
    while True:
        found.append(np.array([value % BASE for value in rest], np.int64))
        rest = [value // BASE for value in rest]
        if not any(rest):
            return found


def carried(limbs: Iterable[Ints]) -> list[Ints]:
    """Sums of digits as digits again, with as many more as they need."""
    found, carry = [], None
    for limb in limbs:
        whole = limb if carry is None else limb + carry
        carry = whole // BASE
        found.append(whole - carry * BASE)
    while carry is not None and carry.size and int(carry.max()):
        whole, carry = carry, carry // BASE
        found.append(whole - carry * BASE)
    return found


def checked(limbs: list[Ints]) -> list[Ints]:
    """The digits, unless they are more than can be shared out; raises `Outgrown`."""
    if len(limbs) > DIGITS_MAX:
        raise Outgrown(f"a sum has {len(limbs)} digits to the base {BASE}, more than {DIGITS_MAX}")
    return limbs


class Numbers(NamedTuple):
    """Numbers: digits to the base 1e9, the lowest first, or as they are where there is one array; times ten to the power of `zeros`."""

    limbs: Sequence[Ints]
    zeros: int = 0

    def part(self, first: int, last: int) -> "Numbers":
        """Consecutive ones."""
        return Numbers([limb[first:last] for limb in self.limbs], self.zeros)

    def total(self) -> int:
        """The sum of all, as one integer."""
        return total(self.limbs) * int(10**self.zeros)


class Factors(NamedTuple):
    """Numbers to be shared out: as digits, or as they are where the sum of all of them times a share fits 63 bits.

    The decimal zeros at which all of them end are set apart, because with them hardly any amount of money would fit.
    """

    figures: Numbers
    fits: bool

    @classmethod
    def of(cls, limbs: Sequence[Ints]) -> "Factors":
        """Of numbers as digits."""
        bare, zeros = without_zeros(list(limbs))
        if total(bare) * BASE >= 2**63:
            return cls(Numbers(limbs), fits=False)
        return cls(Numbers([bare[0] if len(bare) == 1 else bare[0] + bare[1] * BASE], zeros), fits=True)

    def shared(self, place: Ints, share: Ints, first_of_each: Ints) -> Numbers:
        """The numbers at these places, times shares, summed where they are consecutive."""
        limbs = [limb[place] for limb in self.figures.limbs]
        if self.fits:
            return self.figures._replace(limbs=[run_sums(limbs[0] * share, first_of_each)])
        return Numbers(summed(_products(limbs, share), first_of_each))


def _products(limbs: Sequence[Ints], share: Ints) -> list[Ints]:
    """Numbers times shares (at most 1e9): digits that are at most twice the base, one more than before."""
    found: list[Ints] = []
    above: Ints | None = None
    for limb in limbs:
        low = limb * share
        high = low // BASE
        low -= high * BASE
        if above is not None:
            low += above
        found.append(low)
        above = high
    if above is not None:
        found.append(above)
    return found


def summed(limbs: Sequence[Ints], first_of_each: Ints) -> list[Ints]:
    """Sums of consecutive numbers, each sum beginning at one of the places."""
    return carried([run_sums(limb, first_of_each) for limb in limbs])


def total(limbs: Sequence[Ints]) -> int:
    """The sum of all, as one integer."""
    return sum(int(limb.sum()) * BASE**place for place, limb in enumerate(limbs))
