"""Which segments hold the outputs of one way, and which of them are to be merged.

A way's outputs are cut into *cells* by the places of their hashes, one at first; a cell that has outgrown `CELL_ROWS_MAX` is two from
then on. So no merge is larger than a cell, however many outputs there are. Within a cell each segment has more rows than `GROWTH` times
all newer ones: their number grows with the logarithm of the rows, and so does how often a row is written.
"""

import zlib
from bisect import bisect_right
from itertools import accumulate
from typing import Final, NamedTuple

import orjson

from overtone.errors import InvariantBroken

FORMAT: Final = 1
GROWTH: Final = 2
CELL_ROWS_MAX: Final = 1_000_000
"""Rows of a cell: its largest segment is some 85 MB, the index of it 1 MB."""


class Segment(NamedTuple):
    """A segment as it is listed: its object's name, its rows, its bytes and those of its index, and since which version of the list."""

    name: str
    rows: int
    size: int
    head: int
    since: int


class Cell(NamedTuple):
    """The segments, oldest first, of the outputs from a place on up to the next cell."""

    first: int
    segments: tuple[Segment, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of all segments; what stands in two counts twice."""
        return sum(one.rows for one in self.segments)

    def due(self) -> tuple[Segment, ...]:
        """The newest segments that are to be one; none where all is well."""
        sums = [*accumulate((one.rows for one in reversed(self.segments)), initial=0)][::-1]
        small = (place for place, one in enumerate(self.segments[:-1]) if one.rows <= GROWTH * sums[place + 1])
        first = next(small, None)
        return () if first is None else self.segments[first:]


class SegmentList(NamedTuple):
    """All segments of a way; each change is the next version."""

    version: int = 0
    cells: tuple[Cell, ...] = (Cell(0),)

    def cell_at(self, place: int) -> int:
        """The number of the cell in which a place lies."""
        return bisect_right([cell.first for cell in self.cells], place) - 1

    def end_of(self, number: int, end: int) -> int:
        """Where a cell ends; the last one at `end`."""
        return self.cells[number + 1].first if number + 1 < len(self.cells) else end

    def with_cells(self, number: int, *cells: Cell) -> "SegmentList":
        """The next version, in which one cell is these."""
        return SegmentList(self.version + 1, (*self.cells[:number], *cells, *self.cells[number + 1 :]))

    def encode(self) -> bytes:
        """The list as bytes."""
        cells = [[cell.first, [list(one) for one in cell.segments]] for cell in self.cells]
        return bytes((FORMAT,)) + zlib.compress(orjson.dumps([self.version, cells]), 6)


def decoded(stored: bytes) -> SegmentList:
    """The inverse of `SegmentList.encode`."""
    if stored[0] != FORMAT:
        raise InvariantBroken("committed_once", f"a list of segments has format {stored[0]}; this version reads up to {FORMAT}")
    version, cells = orjson.loads(zlib.decompress(stored[1:]))
    return SegmentList(version, tuple(Cell(first, tuple(Segment(*one) for one in segments)) for first, segments in cells))
