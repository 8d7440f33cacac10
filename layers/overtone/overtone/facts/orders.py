"""Orders of columns, and sums of what stands together in them.

numpy sorts integers of 64 bits by comparing them and integers of 16 bits by counting, which is several times as fast; so wide keys are
sorted by their halves and quarters, the lowest first. Sums of runs are differences of running sums.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overtone.facts.arrays import Ints

_BITS: Final = 16
DENSE_MAX: Final = 4
"""Numbers that lie within so many times their count are told apart by a table instead of by sorting."""
TEXT_BYTES_MAX: Final = 64
"""Texts with more bytes are sorted one by one: a table of them would be mostly empty."""
_BYTE: Final = 256


def sorted_places(key: Ints) -> Ints:
    """The order of non-negative integers; equal ones stay in the order in which they stand."""
    most = int(key.max()) if key.size else 0
    order: Ints = np.argsort(key.astype(np.uint16), kind="stable")
    while most := most >> _BITS:
        key = key >> _BITS
        digit = key.astype(np.uint8 if most < 2**8 else np.uint16)
        order = order[np.argsort(digit[order], kind="stable")]
    return order


def distinct(numbers: Ints) -> tuple[Ints, Ints]:
    """The distinct ones of non-negative integers, in order, and which of them each is."""
    if not numbers.size:
        return numbers, numbers
    least, most = int(numbers.min()), int(numbers.max())
    if most - least < DENSE_MAX * numbers.size:
        offset = numbers - least
        seen = np.zeros(most - least + 1, bool)
        seen[offset] = True
        return np.flatnonzero(seen) + least, (np.cumsum(seen) - 1)[offset]
    order = sorted_places(numbers)
    ordered = numbers[order]
    begins = run_begins(ordered)
    codes = np.empty(len(numbers), np.int64)
    codes[order] = np.cumsum(begins) - 1
    return ordered[begins], codes


def run_begins(values: Ints) -> NDArray[np.bool_]:
    """Of each value whether it differs from the one before it."""
    begins = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return begins


def run_sums(values: Ints, starts: Ints) -> Ints:
    """Sums of consecutive numbers, each sum beginning at one of the places, of which the first is 0.

    Each is exact where it fits 63 bits itself: what the running sum wraps, its differences wrap back.
    """
    found: Ints = np.cumsum(values)[np.append(starts[1:], len(values)) - 1]
    found[1:] = found[1:] - found[:-1]
    return found


def text_order(texts: Sequence[bytes]) -> Ints:
    """The order of texts, found as numbers whose digits are their bytes."""
    width = max(map(len, texts), default=0)
    if width > TEXT_BYTES_MAX:
        return np.array(sorted(range(len(texts)), key=texts.__getitem__), np.int64)
    table = np.array(texts, f"S{max(width, 1)}").view(np.uint8).reshape(len(texts), -1)
    order, key, span = np.arange(len(texts)), np.zeros(len(texts), np.int64), 1
    for column in np.ascontiguousarray(table.T)[::-1]:
        seen = np.bincount(column, minlength=_BYTE) > 0
        base = int(seen.sum())
        if span * base >= 2**63:
            order, key, span = order[sorted_places(key[order])], np.zeros(len(texts), np.int64), 1
        if base > 1:
            key += ((np.cumsum(seen) - 1) * span)[column]
            span *= base
    return order[sorted_places(key[order])]
