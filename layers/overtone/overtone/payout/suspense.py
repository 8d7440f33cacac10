"""Money that waits: every unit not paid, and why, since when.

The standing suspense is carried from settlement to settlement as JSON lines sorted by line key. A
settlement merges its own suspense lines into that stream; what it does not touch is copied.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import orjson

from overtone.errors import InvariantBroken
from overtone.lines import Line, LineKey, Posting
from overtone.payout.adjustments import Adjustment, OpenedSuspense
from overtone.scales import ZERO_NANO, ZERO_PICO, Pico

FORMAT: Final = 2
"""Of a line of the standing suspense, as its last field; a line without one is of format 1."""


class SuspenseStanding(NamedTuple):
    """What stands under a key: since which settlement, and what this settlement changed (pico)."""

    key: LineKey
    title: str
    posting: Posting
    since: str
    change: Pico

    def encode(self) -> bytes:
        """As one JSON line, without `change`."""
        return orjson.dumps([list(self.key.stored), self.title, [str(figure) for figure in self.posting], self.since, FORMAT])

    @classmethod
    def decode(cls, line: bytes) -> "SuspenseStanding":
        """The inverse of `encode`, for lines of both formats; raises `InvariantBroken` for one that is not known."""
        key, title, posting, since, *stated = orjson.loads(line)
        if stated not in ([], [FORMAT]):
            raise InvariantBroken("conserved", f"standing suspense has format {stated[0]}; this version reads up to {FORMAT}")
        return cls(LineKey.of(key), title, Posting.of(posting), since, ZERO_PICO)


def merge(before: Iterable[bytes], lines: Iterable[Line], settlement_id: str) -> Iterator[SuspenseStanding]:
    """The suspense after these lines, by key; both inputs are sorted by key, and what came to nothing is left out."""
    old, new = map(SuspenseStanding.decode, before), iter(lines)
    left, right = next(old, None), next(new, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left.key < right.key):
            if left is not None:
                yield left
            left = next(old, None)
        elif left is None or right.key < left.key:
            yield from _kept(SuspenseStanding(right.key, right.title, right.posting, settlement_id, right.posting.amount))
            right = next(new, None)
        else:
            sums = left.posting.plus(right.posting)
            yield from _kept(SuspenseStanding(right.key, right.title, sums, left.since, right.posting.amount))
            left, right = next(old, None), next(new, None)


def by_hand(opened: Iterable[OpenedSuspense], out_of: Iterable[Adjustment]) -> list[Line]:
    """What finance put into suspense and took out of it, as entries in the order of their keys: no licensee owes them."""
    sums: dict[LineKey, int] = {}
    titles = {}
    for key, title, amount in opened:
        sums[key] = sums.get(key, 0) + amount
        titles[key] = title
    for change in out_of:
        if change.suspense is not None:
            sums[change.suspense] = sums.get(change.suspense, 0) - change.amount
    return [Line("", key, titles.get(key, ""), Posting(ZERO_NANO, Pico(sums[key]), ZERO_PICO), "") for key in sorted(sums)]


def _kept(entry: SuspenseStanding) -> Iterator[SuspenseStanding]:
    if entry.posting.amount:
        yield entry
