"""Segments of disclosed outputs: a set of rows, whatever was packed with what, and lists of them that stay short."""

from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.facts import segment_list, segments
from overtone.facts.disclosure import Method, OutputShares
from overtone.facts.outputs import OutputDisclosure
from overtone.facts.segment_list import GROWTH, Cell, Segment, SegmentList
from overtone.facts.segments import BLOCK_ROWS, SegmentIndex, order_of
from overtone.facts.splits import PLAIN, Grounds
from overtone.scales import Nano

METHODS = [Method("m1", "sureel", "2.1"), Method("m2", "a-b", "1")]
EVIDENCE = Grounds("by_side", (("work:a", "composition"),), (("work:a", Nano(7)),), ("x:y", "a" * 64))

works = st.sampled_from(["work:a", "isrc:SEABC2600001", "isrc:SEABC2600002", "iswc:T0345246801"])
shares = st.dictionaries(works, st.integers(0, 10**9).map(Nano), max_size=4).map(lambda drawn: tuple(sorted(drawn.items())))
disclosed = st.builds(
    OutputShares,
    st.integers(0, 30).map("gen-{}".format) | st.sampled_from(["a", "é", "x.y_z"]),
    st.integers(0, 3) | st.just(2**53 - 1),
    st.integers(0, 10**9).map(Nano),
    shares,
    st.sampled_from([PLAIN, EVIDENCE]),
)
rows = st.builds(
    OutputDisclosure,
    st.sampled_from(["fox", "hare"]),
    st.sampled_from(["r-1", "r-2#000001"]),
    st.sampled_from(["2026-10-01T00:00:00.000000Z", "2026-10-02T00:00:00.000000Z"]),
    st.sampled_from(METHODS),
    disclosed,
)
sets = st.lists(rows, max_size=40, unique_by=order_of)


def row(output: str, report: str = "r-1", revision: int = 0) -> OutputDisclosure:
    shown = OutputShares(output, revision, Nano(900_000_000), (("work:a", Nano(5)),))
    return OutputDisclosure("fox", report, "2026-10-01T00:00:00.000000Z", METHODS[0], shown)


def found(packed: segments.PackedSegment, wanted: Sequence[str]) -> list[OutputDisclosure]:
    """What a look-up reads: the head, then the blocks that may hold an output."""
    index = SegmentIndex(packed.body[: packed.head])
    spans = [index.spans[number] for number in index.blocks_of(map(segments.place_of, wanted))]
    return [one for span in spans for one in segments.rows_of(packed.body[span.start : span.start + span.size], set(wanted))]


@given(sets)
def test_a_segment_gives_its_rows_back(drawn: list[OutputDisclosure]) -> None:
    packed = segments.packed(segments.in_order(drawn))
    index = SegmentIndex(packed.body[: packed.head])
    read = [one for span in index.spans for one in segments.rows_of(packed.body[span.start : span.start + span.size])]
    assert (read, packed.rows) == (segments.in_order(drawn), len(drawn))


@given(st.lists(sets, max_size=4), st.sets(st.integers(0, 30).map("gen-{}".format)))
def test_merging_is_the_union_in_any_order_and_however_often(parts: list[list[OutputDisclosure]], wanted: set[str]) -> None:
    """Segments against a dict: what was merged with what, and merged again, changes neither bytes nor answers."""
    known: dict[object, OutputDisclosure] = {}
    for part in parts:
        for one in part:
            known.setdefault(order_of(one), one)
    unique = [[known[order_of(one)] for one in part] for part in parts]  # a report says one thing of a revision
    ordered = [segments.in_order(part) for part in unique]
    once = segments.packed(segments.joined(ordered))
    nested = list(segments.joined(ordered[:2]))
    assert segments.packed(segments.joined([nested, *ordered[::-1], nested])) == once
    expected = [one for key, one in sorted(known.items(), key=lambda pair: order_of(pair[1])) if one.disclosed.output_id in wanted]
    assert found(once, sorted(wanted)) == expected


@given(st.lists(sets, max_size=3))
def test_what_is_withdrawn_is_in_no_merge(parts: list[list[OutputDisclosure]]) -> None:
    gone = {("fox", "r-1"), ("hare", "r-9")}
    joined = list(segments.joined(map(segments.in_order, parts), gone))
    assert {order_of(one) for one in joined} == {order_of(one) for part in parts for one in part if one[:2] not in gone}


@pytest.mark.parametrize("rows_of_it", [BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 3 * BLOCK_ROWS])
def test_a_look_up_reads_the_blocks_that_it_needs_alone(rows_of_it: int) -> None:
    packed = segments.packed(segments.in_order(row(f"gen-{number}") for number in range(rows_of_it)))
    index = SegmentIndex(packed.body[: packed.head])
    assert len(index.spans) == -(-rows_of_it // BLOCK_ROWS)
    for number in range(0, rows_of_it, 97):
        assert len(index.blocks_of([segments.place_of(f"gen-{number}")])) == 1
        assert found(packed, [f"gen-{number}"]) == [row(f"gen-{number}")]
    assert found(packed, ["gen-x"]) == []


def test_an_output_with_more_rows_than_a_block_is_found_whole() -> None:
    many = segments.in_order(row("gen-1", revision=number) for number in range(2 * BLOCK_ROWS + 1))
    around = segments.in_order([*many, *(row(f"gen-{number}") for number in range(2, 50))])
    assert found(segments.packed(around), ["gen-1"]) == many


def test_a_segment_of_a_later_version_is_refused() -> None:
    packed = segments.packed([row("gen-1")])
    with pytest.raises(InvariantBroken, match="format 2"):
        SegmentIndex(bytes((segments.FORMAT + 1,)) + packed.body[1:])
    with pytest.raises(InvariantBroken, match="format 2"):
        segment_list.decoded(bytes((segment_list.FORMAT + 1,)) + SegmentList().encode()[1:])


def listed(*sizes: int) -> tuple[Segment, ...]:
    return tuple(Segment(str(number), size, size, 1, number) for number, size in enumerate(sizes))


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=300))
def test_segments_stay_few_however_rows_arrive(sizes: list[int]) -> None:
    cell, written = Cell(0), 0
    for size in sizes:
        cell = Cell(0, (*cell.segments, *listed(size)))
        while due := cell.due():
            assert cell.segments[-len(due) :] == due
            written += (merged := sum(one.rows for one in due))
            cell = Cell(0, (*cell.segments[: -len(due)], *listed(merged)))
    assert cell.rows == sum(sizes)
    after = [*accumulate((one.rows for one in cell.segments[::-1]), initial=0)][::-1][1:]
    assert all(one.rows > GROWTH * newer for one, newer in zip(cell.segments[:-1], after, strict=False))
    doublings = (sum(sizes) // min(sizes)).bit_length()
    assert len(cell.segments) <= doublings + 1
    assert written <= 3 * sum(sizes) * (doublings + 1)


def test_a_list_of_segments_is_cut_into_cells() -> None:
    one = SegmentList().with_cells(0, Cell(0, listed(3)), Cell(2**31, listed(4, 1)))
    two = one.with_cells(1, Cell(2**31), Cell(3 * 2**30))
    assert [two.cell_at(place) for place in (0, 2**31 - 1, 2**31, 3 * 2**30 - 1, 3 * 2**30, 2**32 - 1)] == [0, 0, 1, 1, 2, 2]
    assert [two.end_of(number, 2**32) for number in range(3)] == [2**31, 3 * 2**30, 2**32]
    assert (one.version, two.version) == (1, 2)
    assert [segment_list.decoded(each.encode()) for each in (one, two)] == [one, two]
