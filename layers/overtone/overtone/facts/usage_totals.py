"""What entries come to in all: so that nothing is written before it was seen to hold exactly what was reported."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from overtone.facts.accrual_pages import Dimensions
from overtone.facts.arrays import BASE, Ints
from overtone.facts.limbs import Numbers
from overtone.facts.splits import SPLITS, counted, kind_of

_ALIKE: Final = (kind_of("recording"), kind_of("composition"))
_PARTED: Final = frozenset(map(kind_of, SPLITS))


class UsageTotals(NamedTuple):
    """Sums over entries: quantity, and revenue by currency, of an output that is split by side once.

    `apart` are the sums of such splits, by currency and kind: recordings and compositions come to the same.
    """

    quantity: int
    revenue: dict[str, int]
    apart: Mapping[str, Mapping[str, tuple[int, int]]] = MappingProxyType({})

    @property
    def are_alike(self) -> bool:
        """Whether of what is split recordings and compositions come to the same."""
        return all(len({kinds.get(kind, (0, 0)) for kind in _ALIKE}) == 1 for kinds in self.apart.values())


class UsageTally:
    """Adds up entries of some dimensions, some at a time."""

    def __init__(self, dimensions: Sequence[Dimensions]) -> None:
        self._dimensions = dimensions
        self._split = any(kind in _PARTED for kind, *_ in dimensions)
        self._whole = 0
        self._used = [0] * len(dimensions)
        self._paid = [0] * len(dimensions)

    def add(self, dimension: Ints, quantity: Numbers, revenue: Numbers) -> None:
        """Count entries: the dimension of each, and what was used and earned."""
        _add_by_dimension(self._paid, dimension, revenue)
        if self._split:
            _add_by_dimension(self._used, dimension, quantity)
        else:
            self._whole += quantity.total()

    def totals(self) -> UsageTotals:
        """The sums."""
        whole, sums = self._whole, dict[str, int]()
        apart: dict[str, dict[str, tuple[int, int]]] = {}
        for (kind, *named), used, paid in zip(self._dimensions, self._used, self._paid, strict=True):
            currency = str(named[3])
            if counted({kind: 1}):
                whole += used
                sums[currency] = sums.get(currency, 0) + paid
            if kind in _ALIKE:
                of_kind = apart.setdefault(currency, {})
                before = of_kind.get(kind, (0, 0))
                of_kind[kind] = (before[0] + used, before[1] + paid)
        return UsageTotals(whole, sums, apart)


def _add_by_dimension(sums: list[int], dimension: Ints, figures: Numbers) -> None:
    """Add figures to the sum of their dimension."""
    for position, limb in enumerate(figures.limbs):
        found = np.zeros(len(sums), np.int64)
        np.add.at(found, dimension, limb)
        unit = BASE**position * 10**figures.zeros
        for place, value in enumerate(found.tolist()):
            sums[place] += value * unit
