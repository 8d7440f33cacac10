"""Which records of a partition another one displaces, found by sorting: the same answer as `accrual` gives record by record."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overtone.facts.arrays import Ints

STANDS, DUPLICATE, SUPERSEDED, CONFLICT = range(4)
"""What a record of an identity can be: that which counts, the same again, the first of an older revision, other content of one revision."""
SLOTS_EACH: Final = 4
"""Places in a table for each record, or up to twice as many: of five that stand alone at most one meets another there."""
_MIX: Final = (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)


def fates(identity: Sequence[Ints], revision: Ints, content: Sequence[Ints]) -> NDArray[np.uint8]:
    """For each record, in order of acceptance, whether it stands: the highest revision does, and of one revision the first."""
    fate = np.full(len(revision), STANDS, np.uint8)
    rows = _contested(identity)
    if not rows.size:
        return fate
    owners = [column[rows] for column in identity]
    order = np.lexsort((-revision[rows], *owners))
    starts, firsts = _changes(owners, order), _changes([*owners, revision[rows]], order)
    first = np.flatnonzero(firsts)[np.cumsum(firsts) - 1]
    same = np.ones(len(order), bool)
    for column in content:
        ordered = column[rows][order]
        same &= ordered == ordered[first]
    outcome = np.where(firsts, SUPERSEDED, np.where(same, DUPLICATE, CONFLICT)).astype(np.uint8)
    outcome[starts] = STANDS
    fate[rows[order]] = outcome
    return fate


def _contested(identity: Sequence[Ints]) -> Ints:
    """The rows that are perhaps not alone: those whose checksum is not."""
    mixed = np.zeros(len(identity[0]), np.uint64)
    for column, factor in zip(identity, _MIX, strict=False):
        mixed = (mixed ^ column.view(np.uint64)) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(29)
    rows = _crowded(mixed)
    mixed = mixed[rows]
    ordered = np.sort(mixed)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if not twice.size:
        return np.empty(0, np.int64)
    place = np.minimum(np.searchsorted(twice, mixed), len(twice) - 1)
    contested: Ints = rows[twice[place] == mixed]
    return contested


def _crowded(mixed: NDArray[np.uint64]) -> Ints:
    """The rows whose checksum begins as another's does: a few, and much faster found than by sorting all."""
    bits = int(len(mixed) * SLOTS_EACH).bit_length()
    slot = (mixed >> np.uint64(64 - bits)).astype(np.int64)
    row = np.arange(len(mixed), dtype=np.int32)
    last = np.zeros(2**bits, np.int32)
    last[slot] = row
    shared = np.zeros(2**bits, bool)
    shared[slot[last[slot] != row]] = True
    return np.flatnonzero(shared[slot])


def _changes(columns: Sequence[Ints], order: Ints) -> NDArray[np.bool_]:
    """Where, in this order, a new identity begins."""
    changed = np.zeros(len(order), bool)
    changed[0] = True
    for column in columns:
        ordered = column[order]
        changed[1:] |= ordered[1:] != ordered[:-1]
    return changed
