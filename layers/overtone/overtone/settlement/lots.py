"""Works that are alike and are used alike, as columns: one price for all of them, applied to column after column.

What a line counts and what it comes to are sums of products, exact in integers, and rounded once, as `Tally` rounds them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, repeat
from math import gcd
from typing import Final, NamedTuple, cast

from overtone.lines import LineKey, Posting
from overtone.mechanisms.shape import PART
from overtone.money import FINE
from overtone.scales import ZERO_PICO
from overtone.settlement.equivalence import OwnedSide

_line: Final = cast("Callable[[tuple[str, ...]], LineKey]", partial(tuple.__new__, LineKey))
_posting: Final = cast("Callable[[tuple[int, int, int]], Posting]", partial(tuple.__new__, Posting))
"""As `_make`, whose look at the length the fields of a template do not need."""


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
    """Works of one shape that have the same kinds of uses."""

    uses: tuple[AlikeUses, ...]
    keys: list[str] = field(default_factory=list)
    sides: list[tuple[OwnedSide, ...]] = field(default_factory=list)
    sizes: list[UseSizes] = field(default_factory=list)

    def add_lines(self, postings: dict[LineKey, Posting], titles: dict[LineKey, str]) -> None:
        """Add every line of every work that has one."""
        for place in dict.fromkeys(chain.from_iterable(uses.lines for uses in self.uses)):
            factors = [uses.lines.get(place, NO_FACTORS) for uses in self.uses]
            quantities = _rounded(self.sizes, [(one.counted, 0) for one in factors], PART)
            amounts = _rounded(self.sizes, [(one.per_quantity, one.per_revenue) for one in factors], FINE)
            side = [sides[place.side] for sides in self.sides]
            keys = list(self._keys(place, side))
            made = zip(keys, map(_posting, zip(quantities, amounts, repeat(ZERO_PICO), strict=False)), strict=True)
            postings.update(made if all(amounts) else ((key, posting) for key, posting in made if any(posting)))
            titles.update(zip(keys, [title for _, title, _ in side], strict=True))

    def _keys(self, place: Place, side: Sequence[OwnedSide]) -> Iterator[LineKey]:
        whose: Sequence[Iterable[str]] = tuple(map(repeat, place.whose))
        if place.holder != NO_HOLDER:
            number = place.holder
            holders = [parties[number] for _, _, parties in side]
            whose = (holders, holders)
        before, between, after = (map(repeat, texts) for texts in (place.head, place.middle, place.tail))
        fields = zip(*before, self.keys, [work_id for work_id, _, _ in side], *between, *whose, *after, strict=False)
        return map(_line, fields)


def _rounded(sizes: Sequence[UseSizes], factors: Sequence[tuple[int, int]], whole: int) -> list[int]:
    """The sums of each work's sizes by their factors over `whole`, each rounded once, half-even."""
    common = gcd(whole, *chain.from_iterable(factors))
    reduced, denominator = [(a // common, b // common) for a, b in factors], whole // common
    if len(reduced) == 1:
        ((a, b),) = reduced
        numerators = [quantity * a + revenue * b for ((quantity, revenue),) in sizes]
    else:
        numerators = [sum(quantity * a + revenue * b for (quantity, revenue), (a, b) in zip(of, reduced, strict=True)) for of in sizes]
    if denominator == 1:
        return numerators
    return [
        (near := of // denominator) + ((twice := 2 * (of - near * denominator)) > denominator or (twice == denominator and near % 2 == 1))
        for of in numerators
    ]
