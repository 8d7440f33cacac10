"""Prices that follow nothing but the size of a use: stated once as factors, they are applied to any number of works alike.

A settlement prices most of what a month of plays comes to this way. `entitle` stays what is right: a test holds both against each other.
"""

from typing import NamedTuple

from overtone.mechanisms.shape import DealTerms, Term, Use
from overtone.mechanisms.totals import Totals


class Proportion(NamedTuple):
    """An earning in fine units of `currency`: part (1e-18) x (quantity (1e-9) x `per_quantity` + revenue (1e-21) x `per_revenue`)."""

    currency: str
    per_quantity: int
    per_revenue: int


Proportions = tuple[Proportion, ...]
"""Each earning that `entitle` yields, in its order."""


def no_proportion(term: Term[DealTerms], use: Use, totals: Totals) -> Proportions | None:
    """`proportion` of a mechanism whose earnings depend on more than the size of the use."""
    del term, use, totals
    return None
