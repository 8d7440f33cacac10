"""Disclosed outputs, packed: for each way of outputs a list of segments in S3, and what reports brought since the last merge.

A report's disclosures are *fresh* at first: one item with its rows, or with the name of their object. Some of these together become a
segment, and segments become larger ones (see `facts.segment_list`). Objects are named by what is in them and written first; what counts
is the item that names one. What no item names any more is removed a day later, when nobody can be reading it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from overtone import clock
from overtone.aws import buckets, index_keys, object_keys, tables
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.errors import InvariantBroken, NotFound
from overtone.facts import segment_list, segments
from overtone.facts.outputs import OutputDisclosure
from overtone.facts.segment_list import Cell, Segment, SegmentList
from overtone.facts.segments import PLACES, BlockSpan, SegmentIndex, place_of

if TYPE_CHECKING:
    from overtone.aws.attributes import Item

INLINE_BYTES_MAX: Final = 4_096
"""A larger segment is an object: writing one costs what eight write units do, and it is deleted for nothing."""
FRESH_OBJECTS_MAX: Final = 4
FRESH_BYTES_MAX: Final = 64 * 1024
"""What is fresh becomes a segment when it is so much: each look-up reads all of it."""
WITHDRAWN_MAX: Final = 200
"""When more reports are withdrawn than that, segments are written anew without them."""
WHOLE_BYTES_MAX: Final = 256 * 1024
"""A segment that is no larger is read at once, a larger one its index first; so far apart may blocks be that are read together."""
READ_BYTES: Final = 4 * 1024 * 1024
MERGED_ROWS_MAX: Final = 3_000_000
"""Rows that one worker merges before it lets another go on: some two minutes."""
REMOVED_AFTER: Final = timedelta(days=1)


class FreshOutputs(NamedTuple):
    """What one report disclosed: its rows as a segment, in the item or as an object."""

    partition: str
    segment: Segment
    body: bytes


class WithdrawnOutputs(NamedTuple):
    """That a report counts no more, and the version of the list from which on no new segment has its rows, if that is known."""

    partition: str
    until: int | None


class OutputWay(NamedTuple):
    """All that is disclosed of the outputs that go one way; what is withdrawn by licensee and report."""

    number: int
    fresh: list[FreshOutputs]
    withdrawn: Mapping[tuple[str, str], WithdrawnOutputs]
    listed: SegmentList

    @property
    def version(self) -> int:
        """Of the list."""
        return self.listed.version


def way(number: int) -> OutputWay:
    """What is disclosed as of now."""
    fresh, withdrawn, listed = list[FreshOutputs](), dict[tuple[str, str], WithdrawnOutputs](), SegmentList()
    for item in tables.registry().query(index_keys.output_way(number)):
        kind, _, rest = item["sk"].partition("#")
        if kind == index_keys.FRESH:
            segment = Segment(item.get("object", ""), item["rows"], item["size"], item["head"], 0)
            fresh.append(FreshOutputs(rest, segment, item.get("body", b"")))
        elif kind == index_keys.OUTPUTS_WITHDRAWN:
            withdrawn[item["licensee"], item["report"]] = WithdrawnOutputs(rest, item.get("until"))
        else:
            listed = segment_list.decoded(item["cells"])
    return OutputWay(number, fresh, withdrawn, listed)


def add(number: int, partition: str, rows: Iterable[OutputDisclosure]) -> None:
    """Keep what a report discloses of a way's outputs; doing so again changes nothing."""
    packed = segments.packed(segments.in_order(rows))
    kept: Item = {"rows": packed.rows, "size": len(packed.body), "head": packed.head}
    kept |= {"body": packed.body} if len(packed.body) <= INLINE_BYTES_MAX else {"object": _kept(number, packed.body)}
    tables.registry().put({**index_keys.fresh_outputs(number, partition)._asdict(), **kept})


def withdraw(number: int, partition: str, licensee: str, report: str) -> None:
    """Let a report's disclosures count no more. A merge that began before may still write them: it is told by the list's version."""
    registry, key = tables.registry(), index_keys.withdrawn_outputs(number, partition)
    mark: Item = {**key._asdict(), "licensee": licensee, "report": report}
    known = registry.get(key)
    if known is None:
        registry.put(mark)
    registry.delete(index_keys.fresh_outputs(number, partition))
    if known is None or "until" not in known:
        registry.put({**mark, "until": way(number).version + 2})


def _kept(number: int, body: bytes) -> str:
    """The name under which a segment's bytes are kept."""
    name = hashlib.sha256(body).hexdigest()[:40]
    buckets.facts().put(object_keys.output_segment(number, name), body)
    return name


# --- looking up


def find(found: OutputWay, outputs: AbstractSet[str]) -> list[OutputDisclosure]:
    """Every disclosure of these outputs, which go this way, that counts; some more than once while segments move."""
    by_cell: dict[int, list[int]] = {}
    for place in sorted(map(place_of, outputs)):
        by_cell.setdefault(found.listed.cell_at(place), []).append(place)
    everywhere = [place for places in by_cell.values() for place in places]
    rows = [row for fresh in found.fresh for row in _matches(_Source.of(found, fresh.segment, fresh.body), everywhere, outputs)]
    for cell, places in by_cell.items():
        for segment in found.listed.cells[cell].segments:
            rows += _matches(_Source.of(found, segment), places, outputs)
    return [row for row in rows if (row.licensee, row.report) not in found.withdrawn]


class _Source(NamedTuple):
    """A segment that is read by parts: from memory where all of it is there, else from its object."""

    segment: Segment
    key: str
    body: bytes

    @classmethod
    def of(cls, found: OutputWay, segment: Segment, body: bytes = b"") -> "_Source":
        key = object_keys.output_segment(found.number, segment.name)
        return cls(segment, key, body or (_read(key, 0, segment.size) if segment.size <= WHOLE_BYTES_MAX else b""))

    def part(self, start: int, size: int) -> bytes:
        return self.body[start : start + size] if self.body else _read(self.key, start, size)

    def contents(self) -> SegmentIndex:
        return SegmentIndex(self.part(0, self.segment.head))

    def blocks(self, spans: Iterable[BlockSpan], gap: int) -> Iterator[bytes]:
        """These blocks, which are in order; several are read at once where at most so many bytes are between them."""
        for group in _together(spans, gap):
            start, end = group[0].start, group[-1].start + group[-1].size
            read = self.part(start, end - start)
            yield from (read[span.start - start : span.start - start + span.size] for span in group)


def _read(key: str, start: int, size: int) -> bytes:
    try:
        return buckets.facts().part(key, start, size)
    except NotFound as error:
        raise InvariantBroken("committed_once", f"{key} is listed and not there; restore it from its last version") from error


def _together(spans: Iterable[BlockSpan], gap: int) -> Iterator[list[BlockSpan]]:
    group: list[BlockSpan] = []
    for span in spans:
        if group and (span.start - group[-1].start - group[-1].size > gap or span.start + span.size - group[0].start > READ_BYTES):
            yield group
            group = []
        group.append(span)
    if group:
        yield group


def _matches(source: _Source, places: Iterable[int], outputs: AbstractSet[str]) -> Iterator[OutputDisclosure]:
    index = source.contents()
    for block in source.blocks([index.spans[number] for number in index.blocks_of(places)], WHOLE_BYTES_MAX):
        yield from segments.rows_of(block, outputs)


def _rows(source: _Source) -> Iterator[OutputDisclosure]:
    for block in source.blocks(source.contents().spans, 0):
        yield from segments.rows_of(block)


# --- merging


def tidy(number: int, *, forgets: bool) -> bool:
    """Let what is fresh join the segments, and merge those that are due; whether there is more to do. Killed anywhere, it loses nothing.

    `forgets`: what is withdrawn stands nowhere but in segments, and is forgotten when none has it.
    """
    try:
        found = way(number)
        if _is_much(found.fresh):
            _flush(found)
            found = way(number)
            _remove_unnamed(found)
        left = MERGED_ROWS_MAX
        while (due := _due(found)) and left > 0:
            left -= sum(one.rows for one in due[1])
            _merge(found, *due)
            found = way(number)
        if forgets:
            _forget_withdrawn(found)
    except ConditionFailed:  # another worker is at it
        return True
    return bool(due)


def _is_much(fresh: list[FreshOutputs]) -> bool:
    return sum(not one.body for one in fresh) >= FRESH_OBJECTS_MAX or sum(len(one.body) for one in fresh) >= FRESH_BYTES_MAX


def _flush(found: OutputWay) -> None:
    """Make one segment in each cell of what is fresh."""
    rows = segments.joined([_rows(_Source.of(found, one.segment, one.body)) for one in found.fresh], set(found.withdrawn))
    cells = list(found.listed.cells)
    for number, part in groupby(rows, lambda row: found.listed.cell_at(place_of(row.disclosed.output_id))):
        cells[number] = Cell(cells[number].first, (*cells[number].segments, *_written(found, part)))
    _commit(found, SegmentList(found.version + 1, tuple(cells)))
    tables.registry().delete_many(index_keys.fresh_outputs(found.number, one.partition) for one in found.fresh)


def _due(found: OutputWay) -> tuple[int, tuple[Segment, ...]] | None:
    """The first cell with segments that are to be one, or that are to be free of withdrawn reports; and these segments."""
    crowd = found.withdrawn.values() if len(found.withdrawn) > WITHDRAWN_MAX else ()
    free = max((one.until for one in crowd if one.until is not None and one.until <= found.version + 1), default=0)
    for number, cell in enumerate(found.listed.cells):
        if due := cell.due() or (cell.segments if any(one.since < free for one in cell.segments) else ()):
            return number, due
    return None


def _merge(found: OutputWay, number: int, due: tuple[Segment, ...]) -> None:
    """Make one segment of several, or two cells of one that has outgrown."""
    cell = found.listed.cells[number]
    older = cell.segments[: len(cell.segments) - len(due)]
    rows = segments.joined([_rows(_Source.of(found, one)) for one in due], set(found.withdrawn))
    if older or cell.rows <= segment_list.CELL_ROWS_MAX:
        made = [Cell(cell.first, (*older, *_written(found, rows)))]
    else:
        middle = (cell.first + found.listed.end_of(number, PLACES)) // 2
        made = [Cell(cell.first), Cell(middle)]
        for half, part in groupby(rows, lambda row: int(place_of(row.disclosed.output_id) >= middle)):
            made[half] = Cell(made[half].first, _written(found, part))
    _commit(found, found.listed.with_cells(number, *made))


def _written(found: OutputWay, rows: Iterable[OutputDisclosure]) -> tuple[Segment, ...]:
    """Rows, which are in order, as a segment that the next version of the list may name; none of no rows."""
    packed = segments.packed(rows)
    if not packed.rows:
        return ()
    return (Segment(_kept(found.number, packed.body), packed.rows, len(packed.body), packed.head, found.version + 1),)


def _commit(found: OutputWay, listed: SegmentList) -> None:
    """Replace the list that was read; raises `ConditionFailed` where another worker did."""
    item = {**index_keys.segment_list(found.number)._asdict(), "version": listed.version, "cells": listed.encode()}
    tables.registry().put(item, equals(version=found.version) if found.version else ABSENT)


def _forget_withdrawn(found: OutputWay) -> None:
    """Forget withdrawn reports of which no segment can hold a row any more."""
    oldest = min((one.since for cell in found.listed.cells for one in cell.segments), default=found.version)
    over = [one.partition for one in found.withdrawn.values() if one.until is not None and one.until <= oldest]
    tables.registry().delete_many(index_keys.withdrawn_outputs(found.number, partition) for partition in over)


def _remove_unnamed(found: OutputWay) -> None:
    """Remove objects that nothing names, once nobody can be about to name or to read them."""
    prefix, before = object_keys.output_segment(found.number), clock.now() - REMOVED_AFTER
    old = [one.key for one in buckets.facts().list(prefix) if one.written < before]
    named = {one.segment.name for one in found.fresh} | {one.name for cell in found.listed.cells for one in cell.segments}
    for key in old:
        if key.removeprefix(prefix) not in named:
            buckets.facts().delete(key)
