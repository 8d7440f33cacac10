"""Segments of disclosed outputs, and lists of them, as Hypothesis draws them."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from overtone.facts import segments
from overtone.facts.disclosure import Method, OutputShares
from overtone.facts.outputs import OutputDisclosure
from overtone.facts.segment_list import Cell, Segment, SegmentList
from overtone.facts.splits import PLAIN, Grounds
from overtone.scales import Nano

NAME: Final = st.text("abz-09", min_size=1, max_size=6)
COUNT: Final = st.integers(0, 2**31)
SHARES: Final = st.dictionaries(NAME.map("work:{}".format), st.integers(1, 10**9).map(Nano), max_size=3)
SHOWN: Final = st.builds(
    OutputShares,
    NAME,
    st.integers(0, 2**53 - 1),
    st.integers(0, 10**9).map(Nano),
    SHARES.map(lambda found: tuple(sorted(found.items()))),
    st.sampled_from([PLAIN, Grounds("by_side", (), (), ("x:y", "a" * 64))]),
)
ROWS: Final = st.lists(
    st.builds(OutputDisclosure, NAME, NAME, st.just("2026-10-03T08:00:00.000000Z"), st.builds(Method, NAME, NAME, NAME), SHOWN),
    min_size=1,
    max_size=6,
    unique_by=segments.order_of,
).map(segments.in_order)
LISTS: Final = st.builds(
    SegmentList,
    COUNT,
    st.lists(st.builds(Cell, COUNT, st.lists(st.builds(Segment, NAME, COUNT, COUNT, COUNT, COUNT), max_size=3).map(tuple)), min_size=1).map(
        tuple
    ),
)


def body(rows: list[OutputDisclosure]) -> bytes:
    """A segment's bytes."""
    return segments.packed(rows).body
