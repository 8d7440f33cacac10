"""Pages of accruals: what goes in comes out, whatever its size, in pages that an item can hold."""

from collections import Counter
from itertools import chain

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.facts.accrual_pages import FORMAT, rows_of, training_pages, usage_pages, works_of
from overtone.facts.columns import Writer, trailing_zeros
from overtone.facts.limits import PAGE_BYTES_MAX
from overtone.facts.rows import AccrualRow, TrainingEntry, UsageEntry
from overtone.partitions import bucket_of
from overtone.scales import Nano, Zepto

PARTITION = "usage#fox#2026-10-03#0000"
RUN = "training#fox#run-1#0000"
WORKS = st.sampled_from(["work:a", "work:b", "isrc:USRC17607839", "iswc:T0345246801", "unattributed"])
FIGURE = st.one_of(st.integers(0, 10**45), st.integers(0, 10**12).map(lambda n: n * 10**9))
WAYS = st.tuples(
    st.sampled_from(["output", "play"]),
    st.sampled_from(["", "m1", "a|b"]),
    st.sampled_from(["stream", "sync"]),
    st.sampled_from(["SE", "*"]),
    st.sampled_from(["", "USD", "SEK"]),
    st.integers(-1, 10),
)


@st.composite
def usage_rows(draw: st.DrawFn) -> list[AccrualRow]:
    found = []
    for work in sorted(draw(st.sets(WORKS, min_size=1))):
        ways = sorted(draw(st.sets(WAYS, min_size=1, max_size=6)))
        entries = tuple(UsageEntry._make(("2026-10-03", *way, draw(FIGURE), draw(FIGURE))) for way in ways)
        shown = sorted({(entry.model, entry.use) for entry in entries if entry.kind == "output"})
        first = tuple((*one, f"output:gen-{draw(st.integers(0, 99))}") for one in shown)
        found.append(AccrualRow(work, PARTITION, "fox", first, entries))
    return found


@given(usage_rows(), st.integers(1, 5))
def test_usage_rows_read_back_whatever_their_size(rows: list[AccrualRow], buckets: int) -> None:
    pages = usage_pages(rows, buckets)
    assert usage_pages(reversed(rows), buckets) == pages
    read = {bucket: list(rows_of(PARTITION, bodies)) for bucket, bodies in pages.items()}
    assert sorted(chain(*read.values())) == rows
    assert all(bucket_of(row.work_key, buckets) == bucket for bucket, found in read.items() for row in found)
    wanted = frozenset({rows[0].work_key})
    assert list(chain(*(rows_of(PARTITION, bodies, wanted) for bodies in pages.values()))) == rows[:1]
    assert Counter(chain(*(works_of(PARTITION, body) for bodies in pages.values() for body in bodies))) == Counter(r.work_key for r in rows)


@given(st.dictionaries(WORKS, st.integers(0, 10**18), min_size=1), st.integers(1, 5))
def test_training_rows_read_back(weights: dict[str, int], buckets: int) -> None:
    rows = [AccrualRow(work, RUN, "fox", "run-1", (TrainingEntry("2026-09-30", "m", "run-1", n),)) for work, n in sorted(weights.items())]
    assert sorted(chain(*(rows_of(RUN, bodies) for bodies in training_pages(rows, buckets).values()))) == rows


def test_a_work_of_more_entries_than_fit_a_page_goes_on_in_the_next_and_comes_back_as_one_row() -> None:
    ways = [
        (f"m{m}", use, f"{t}{c}")
        for m in range(40)
        for use in ("stream", "sync")
        for t in "ABCDEFGHIJ"
        for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    ]
    entries = tuple(
        UsageEntry("2026-10-03", "output", model, use, territory, "USD", band, Nano(7919 * n * n * 10**9 + n), Zepto(104_729 * n**3))
        for n, (model, use, territory, band) in enumerate(sorted((*way, band) for way in ways for band in (1, 5)))
    )
    first = tuple((f"m{m}", use, f"output:gen-{m}-{use}") for m in sorted(range(40), key=str) for use in ("stream", "sync"))
    rows = [
        AccrualRow("isrc:SEABC2600001", PARTITION, "fox", first[:1], entries[:1]),
        AccrualRow("isrc:SEABC2600002", PARTITION, "fox", first, entries),
    ]
    (pages,) = usage_pages(rows, 1).values()
    assert len(pages) > 1
    assert max(map(len, pages)) <= PAGE_BYTES_MAX
    assert list(rows_of(PARTITION, pages)) == rows


def test_a_page_of_another_form_is_not_read() -> None:
    page = Writer()
    page.texts([orjson.dumps([FORMAT + 1, "usage", []]).decode()])
    with pytest.raises(InvariantBroken, match=f"of form {FORMAT + 1}"):
        works_of(PARTITION, page.finish())


@pytest.mark.parametrize(("values", "places"), [([], 18), ([0], 18), ([10, 100], 1), ([10**20], 18), ([10**18 + 10, 0], 1), ([5], 0)])
def test_zeros_at_the_end_of_all(values: list[int], places: int) -> None:
    assert trailing_zeros(values) == places


def test_less_than_nothing_is_no_number_of_a_page() -> None:
    with pytest.raises(InvariantBroken):
        Writer().numbers([3, -1])
