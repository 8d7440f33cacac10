"""Disclosures of many outputs as one object: sorted by the outputs' hashes, in columns, with an index that a look-up reads alone.

A segment is a set. Joining segments is a union, whatever their order and however often, and who owns an output and what is in force
follows from all its disclosures (see `outputs`); so no segment has to be newer than another.

    format (1 byte) · size of the index (4 bytes) · index · blocks of rows

The index has the place (32 bits of its hash) of each row in order, and the rows and bytes of each block.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from heapq import merge
from itertools import accumulate, groupby, islice
from typing import Final, NamedTuple

import orjson

from overtone.errors import InvariantBroken
from overtone.facts.columns import ColumnReader, Writer
from overtone.facts.disclosure import Method, OutputShares, grounds_of
from overtone.facts.outputs import OutputDisclosure
from overtone.facts.splits import PLAIN
from overtone.scales import Nano

FORMAT: Final = 1
BLOCK_ROWS: Final = 1_000
"""Rows that are read to get at one: some 85 KB."""
PLACES: Final = 2**32
_HEAD_BYTES: Final = 5


def place_of(output_id: str) -> int:
    """Where an output stands: the first 32 bits of its hash, of which the way that it goes is the last ones."""
    return int.from_bytes(hashlib.sha256(output_id.encode()).digest()[:4], "big")


SegmentOrder = tuple[int, str, str, str, int]


def order_of(row: OutputDisclosure) -> SegmentOrder:
    """What rows are sorted by, and told apart by: no report tells of one revision of an output twice."""
    return place_of(row.disclosed.output_id), row.disclosed.output_id, row.licensee, row.report, row.disclosed.revision


def in_order(rows: Iterable[OutputDisclosure]) -> list[OutputDisclosure]:
    """Rows as `packed` wants them."""
    return sorted(rows, key=order_of)


def joined(streams: Iterable[Iterable[OutputDisclosure]], withdrawn: Collection[tuple[str, str]] = ()) -> Iterator[OutputDisclosure]:
    """The union of what is in order, without the rows of withdrawn reports (licensee, report), in order."""
    for _, alike in groupby(merge(*streams, key=order_of), key=order_of):
        row = next(alike)
        if (row.licensee, row.report) not in withdrawn:
            yield row


class PackedSegment(NamedTuple):
    """A segment's bytes, how many rows it has, and how many of the bytes a look-up reads first."""

    body: bytes
    rows: int
    head: int


def packed(rows: Iterable[OutputDisclosure]) -> PackedSegment:
    """Rows, which are in order, as a segment. They are taken block by block, so only their packed form is held."""
    places, counts, bodies, stream = list[int](), list[int](), list[bytes](), iter(rows)
    while block := list(islice(stream, BLOCK_ROWS)):
        places += [place_of(row.disclosed.output_id) for row in block]
        counts.append(len(block))
        bodies.append(_block(block))
    index = Writer()
    for column in (places, counts, list(map(len, bodies))):
        index.integers(column)
    head = index.finish()
    body = b"".join([bytes((FORMAT,)), len(head).to_bytes(_HEAD_BYTES - 1, "big"), head, *bodies])
    return PackedSegment(body, len(places), _HEAD_BYTES + len(head))


def _block(rows: Sequence[OutputDisclosure]) -> bytes:
    """Some rows as columns. Where all of a report comes from (licensee, report, instant, method) is said once."""
    sources = {row[:4]: None for row in rows}
    number = {source: place for place, source in enumerate(sources)}
    told = {str(place): list(row.disclosed.grounds) for place, row in enumerate(rows) if row.disclosed.grounds != PLAIN}
    shares = [share for row in rows for share in row.disclosed.shares]
    page = Writer()
    page.texts([row.disclosed.output_id for row in rows])
    page.texts([orjson.dumps([[[*named, list(method)] for *named, method in sources], told]).decode()])
    page.integers([number[row[:4]] for row in rows])
    page.integers([row.disclosed.revision for row in rows])
    page.integers([row.disclosed.confidence for row in rows])
    page.integers([len(row.disclosed.shares) for row in rows])
    page.dictionary([work for work, _ in shares])
    page.integers([share for _, share in shares])
    return page.finish()


def rows_of(block: bytes, wanted: AbstractSet[str] | None = None) -> list[OutputDisclosure]:
    """The rows of a block, or those of some outputs."""
    page = ColumnReader(block)
    outputs = page.texts()
    if wanted is not None and wanted.isdisjoint(outputs):
        return []
    said, told = orjson.loads(page.texts()[0])
    sources = [(licensee, report, at, Method(*method)) for licensee, report, at, method in said]
    grounds = {int(place): grounds_of(fields) for place, fields in told.items()}
    origin, revisions, confidences, counts = (page.integers() for _ in range(4))
    works, shares, found = page.texts(), page.integers(), []
    ends = list(accumulate(counts))
    for place, output in enumerate(outputs):
        if wanted is None or output in wanted:
            first, last = ends[place] - counts[place], ends[place]
            parts = tuple(zip(works[first:last], map(Nano, shares[first:last]), strict=True))
            shown = OutputShares(output, revisions[place], Nano(confidences[place]), parts, grounds.get(place, PLAIN))
            found.append(OutputDisclosure(*sources[origin[place]], shown))
    return found


class BlockSpan(NamedTuple):
    """Where a block stands in its segment."""

    start: int
    size: int


class SegmentIndex:
    """What a look-up reads of a segment first: which of its blocks may hold an output."""

    def __init__(self, head: bytes) -> None:
        if head[0] != FORMAT:
            raise InvariantBroken("committed_once", f"a segment of outputs has format {head[0]}; this version reads up to {FORMAT}")
        size = _HEAD_BYTES + int.from_bytes(head[1:_HEAD_BYTES], "big")
        page = ColumnReader(head[_HEAD_BYTES:size])
        self._places, counts, sizes = page.integers(), page.integers(), page.integers()
        self._ends = list(accumulate(counts))
        self.spans = [BlockSpan(end - each, each) for end, each in zip(accumulate(sizes, initial=size), [0, *sizes], strict=True)][1:]

    def blocks_of(self, places: Iterable[int]) -> list[int]:
        """The blocks that may hold outputs at these places, in order. An output's rows may go on in the next block."""
        found = set[int]()
        for place in places:
            at = bisect_left(self._places, place)
            while at < len(self._places) and self._places[at] == place:
                block = bisect_left(self._ends, at + 1)
                found.add(block)
                at = bisect_left(self._places, place + 1, at, self._ends[block])
        return sorted(found)
