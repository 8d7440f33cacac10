"""Pages of usage and of accruals as they are kept for years, for the samples of their formats."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import orjson

from overtone.facts import accrual_object, segments
from overtone.facts.accrual_object import PageDirectory, PagePlace
from overtone.facts.disclosure import Method, OutputShares
from overtone.facts.outputs import OutputDisclosure
from overtone.facts.rows import AccrualRow, TrainingEntry, UsageEntry
from overtone.facts.segment_list import Cell, Segment, SegmentList
from overtone.facts.segments import SegmentIndex
from overtone.facts.splits import Grounds
from overtone.facts.usage import Records
from overtone.scales import Nano, Zepto

if TYPE_CHECKING:
    from overtone.facts import accrual_pages


DAY = "2026-10-03"

USAGE, TRAINING = "usage#fox#2026-10-03#0000", "training#fox#run1#0000"

# --- pages


RECORDS = Records(
    record_id=["r-1", "r-2"],
    revision=[0, 1],
    subject=["output:gen-1", "isrc:SEABC2600001"],
    use=["stream", "download"],
    used_on=[DAY] * 2,
    quantity=[12, 3],
    revenue=["0.036", ""],
    currency=["USD", ""],
    territory=["SE", "US"],
)

_FIRST = (("m1|rc", "stream", "output:gen-1"),)

_STREAM = UsageEntry(DAY, "output", "m1|rc", "stream", "SE", "USD", 9, Nano(6 * 10**9), Zepto(10**19))

_PLAY = UsageEntry(DAY, "play", "", "download", "US", "", -1, Nano(3 * 10**9), Zepto(0))

ROWS = [
    AccrualRow("isrc:SEABC2600001", USAGE, "fox", _FIRST, (_STREAM, _PLAY)),
    AccrualRow("unattributed", USAGE, "fox", _FIRST, (_STREAM._replace(revenue=Zepto(2**70)),)),
]

TRAINED = [AccrualRow("work:song", TRAINING, "fox", "run1", (TrainingEntry("2026-09-01", "m1|rc", "run1", 5 * 10**8),))]

INDEX = {PagePlace(3, 0, b"12345678"): 1_790_000_000, PagePlace(5, 20_001, b"abcdefgh"): 1_790_000_001}

LEFT = {PagePlace(3, 1, b"87654321")}

SUBJECTS = ("output:gen-1", "isrc:SEABC2600001")


PLACED = {PagePlace(3, 0, b"12345678"): b"a", PagePlace(5, 20_001, b"abcdefgh"): b"bc"}

PLACED_SAY = [(3, 0, b"a"), (5, 20_001, b"bc")]


def told(directory: PageDirectory) -> bytes:
    """A directory's attributes as JSON."""
    stored = directory.encode()
    return orjson.dumps(stored | {"pages": stored["pages"].hex()}) + b"\n"


def heard(body: bytes) -> PageDirectory:
    """The inverse of `told`."""
    stored = json.loads(body)
    return PageDirectory.decode(stored | {"pages": bytes.fromhex(stored["pages"])})


def directory() -> bytes:
    return told(accrual_object.assemble(PLACED, dict.fromkeys(PLACED, 1_790_000_000))[1])


def directory_says(body: bytes) -> object:
    found, (whole, _) = heard(body), accrual_object.assemble(PLACED, dict.fromkeys(PLACED, 1_790_000_000))
    pages = found.range_at(range(2)).cut(whole[found.head_bytes :])
    return [(*place, page) for place, page in zip(found.places(), pages, strict=True)]


def _only_page(found: accrual_pages.BucketPages) -> bytes:
    ((page,),) = found.values()
    return page


# --- disclosures of outputs


DISCLOSED = segments.in_order(
    OutputDisclosure("fox", report, "2026-10-03T08:00:00.000000Z", Method("m1", "sureel", "2.1"), shown)
    for report, shown in (
        ("rep-1", OutputShares("gen-1", 0, Nano(920_000_000), (("isrc:SEABC2600001", Nano(310_000_000)), ("work:b", Nano(5 * 10**8))))),
        ("rep-2#000001", OutputShares("gen-1", 1, Nano(0), (), Grounds("by_side", (), (), ("x:y", "a" * 64)))),
        ("rep-1", OutputShares("gen-2", 0, Nano(10**9), ())),
    )
)

LISTED = SegmentList(7, (Cell(0, (Segment("a" * 40, 900, 76_500, 1_100, 3), Segment("b" * 40, 20, 1_800, 90, 7))), Cell(2**31)))


def rows_of_segment(body: bytes) -> list[OutputDisclosure]:
    """All rows of a segment."""
    return [row for span in SegmentIndex(body).spans for row in segments.rows_of(body[span.start : span.start + span.size])]
