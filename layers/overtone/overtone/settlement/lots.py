"""Works that are alike and are used alike, as columns: one price for all of them, applied to column after column.

What a line counts and what it comes to are sums of products, exact in integers, and rounded once, as `Tally` rounds them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress, repeat
from math import gcd
from operator import itemgetter
from typing import Final, NamedTuple

from overtone.mechanisms.shape import PART
from overtone.money import FINE
from overtone.scales import ZERO_PICO
from overtone.settlement.equivalence import OwnedSide
from overtone.settlement.line_columns import Cells, DueLines


class Place(NamedTuple):
    """Which line of a work: `head`, the work's key, its id on a `side`, `middle`, whose the line is, and `tail`.

    It is that of the side's holder with this number, or of `whose` where the number is none.
    """

    side: int
    holder: int
    head: tuple[str, ...]
    middle: tuple[str, ...]
    whose: tuple[str, ...]
    tail: tuple[str, ...]


NO_HOLDER: Final = -1


class LineFactors(NamedTuple):
    """What a use adds to a line by its quantity (1e-9) and its revenue (1e-21): quantity in 1e-27, money in fine units."""

    counted: int
    per_quantity: int
    per_revenue: int

    def plus(self, other: "LineFactors") -> "LineFactors":
        """Both together."""
        return LineFactors(self.counted + other.counted, self.per_quantity + other.per_quantity, self.per_revenue + other.per_revenue)


NO_FACTORS: Final = LineFactors(0, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class AlikeUses:
    """Uses of works of one shape that add the same to the same lines, but for their size."""

    lines: dict[Place, LineFactors]


UseSizes = tuple[tuple[int, int], ...]
"""A work's quantity and revenue by the uses of its lot."""


@dataclass(slots=True)
class AlikeWorks:
    """Works of one shape that have the same kinds of uses: of each its key, its sides and its sizes."""

    uses: tuple[AlikeUses, ...]
    works: list[tuple[str, tuple[OwnedSide, ...], UseSizes]] = field(default_factory=list)

    def lines(self) -> Iterator[DueLines]:
        """Every line of every work that has one, place by place, in the order of the works' keys."""
        self.works.sort()
        keys, owned, sizes = zip(*self.works, strict=True)
        measures = [column for use in zip(*sizes, strict=True) for column in zip(*use, strict=True)]
        sides = [tuple(zip(*side, strict=True)) for side in zip(*owned, strict=True)]
        for place in dict.fromkeys(chain.from_iterable(uses.lines for uses in self.uses)):
            factors = [uses.lines.get(place, NO_FACTORS) for uses in self.uses]
            quantities = _rounded(measures, [factor for one in factors for factor in (one.counted, 0)], PART)
            amounts = _rounded(measures, [factor for one in factors for factor in one[1:]], FINE)
            ids, titles, parties = sides[place.side]
            whose: tuple[Cells, ...] = place.whose
            if place.holder != NO_HOLDER:
                holders = list(map(itemgetter(place.holder), parties))
                whose = (holders, holders)
            columns = (*place.head, keys, ids, *place.middle, *whose, *place.tail)
            yield _without_empty(columns, titles, quantities, amounts)


def _without_empty(keys: Sequence[Cells], titles: Sequence[str], quantities: Sequence[int], amounts: Sequence[int]) -> DueLines:
    """The lines of these that anything stands under."""
    shadows = [ZERO_PICO] * len(titles)
    if all(amounts) or all(due := [bool(quantity or amount) for quantity, amount in zip(quantities, amounts, strict=True)]):
        return DueLines(keys, titles, quantities, amounts, shadows)
    distinct = {id(column): column if isinstance(column, str) else list(compress(column, due)) for column in keys}
    left = [distinct[id(column)] for column in keys]
    figures = (list(compress(column, due)) for column in (quantities, amounts, shadows))
    return DueLines(left, list(compress(titles, due)), *figures)


def _rounded(measures: Sequence[Sequence[int]], factors: Sequence[int], whole: int) -> list[int]:
    """The sums of each work's measures by their factors over `whole`, each rounded once, half-even."""
    common = gcd(whole, *factors)
    denominator = whole // common
    half = denominator // 2
    terms = [(column, factor // common) for column, factor in zip(measures, factors, strict=True) if factor]
    if not terms:
        return [0] * len(measures[0])
    (column, by), *more = terms
    numerators = [half + one * by for one in column]
    for column, by in more:
        numerators = [numerator + one * by for numerator, one in zip(numerators, column, strict=True)]
    if denominator == 1:
        return numerators
    if denominator % 2:
        return [numerator // denominator for numerator in numerators]
    rounded = map(divmod, numerators, repeat(denominator))
    return [near if rest else near - (near & 1) for near, rest in rounded]
