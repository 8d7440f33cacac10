"""Which records of a partition another one displaces, found by sorting: the same answer as `accrual` gives record by record."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from overtone.facts.arrays import Ints

STANDS: Final = 0
DUPLICATE: Final = 1
SUPERSEDED: Final = 2
_MIX: Final = (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)


class Rank(NamedTuple):
    """What decides between records of one identity, the most important first: the highest stands."""

    revision: Ints
    quantity: Ints
    use: Ints
    amount: Sequence[Ints]
    currency: Ints
    territory: Ints

    def columns(self) -> list[Ints]:
        """The least important first, as `lexsort` has it; `amount` is digits, the lowest first."""
        return [self.territory, self.currency, *self.amount, self.use, self.quantity, self.revision]


def fates(identity: Sequence[Ints], rank: Rank) -> NDArray[np.uint8]:
    """For each record, in order of arrival, whether it stands."""
    fate = np.zeros(len(identity[0]), np.uint8)
    rows = _contested(identity)
    if not rows.size:
        return fate
    owners = [column[rows] for column in identity]
    ranks = [column[rows] for column in rank.columns()]
    order = np.lexsort((*ranks, *owners))
    starts = _changes(owners, order)
    last = np.append(np.flatnonzero(starts)[1:], len(order)) - 1
    group = np.cumsum(starts) - 1
    best = np.ones(len(order), bool)
    for column in ranks:
        ordered = column[order]
        best &= ordered == ordered[last[group]]
    first_best = np.minimum.reduceat(np.where(best, np.arange(len(order)), len(order)), np.flatnonzero(starts))
    outcome = np.where(best, DUPLICATE, SUPERSEDED).astype(np.uint8)
    outcome[first_best] = STANDS
    fate[rows[order]] = outcome
    return fate


def _contested(identity: Sequence[Ints]) -> Ints:
    """The rows that are perhaps not alone: those whose checksum is not."""
    mixed = np.zeros(len(identity[0]), np.uint64)
    for column, factor in zip(identity, _MIX, strict=False):
        mixed = (mixed ^ column.view(np.uint64)) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(29)
    ordered = np.sort(mixed)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not twice.size:
        return np.empty(0, np.int64)
    place = np.minimum(np.searchsorted(twice, mixed), len(twice) - 1)
    return np.flatnonzero(twice[place] == mixed)


def _changes(columns: Sequence[Ints], order: Ints) -> NDArray[np.bool_]:
    """Where, in this order, a new identity begins."""
    changed = np.zeros(len(order), bool)
    changed[0] = True
    for column in columns:
        ordered = column[order]
        changed[1:] |= ordered[1:] != ordered[:-1]
    return changed
