"""Accrual in columns says what accrual record by record says, to the byte, however hostile the data."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.facts import accrual, accrual_arrays, accrual_pages, pages, planes, work_sums
from overtone.facts.accrual import Disclosure, PageOfUsage, StoredPage
from overtone.facts.accrual_arrays import accrue_any, disclosed_columns
from overtone.facts.accrual_pages import PagedAccrual, usage_pages
from overtone.facts.arrays import ArrayReader, ArrayWriter, Texts
from overtone.facts.columns import ColumnReader, Writer
from overtone.facts.intake import VOID_PAGE_FIRST
from overtone.facts.limbs import Outgrown
from overtone.facts.splits import PLAIN, SPLITS, Grounds, side_named
from overtone.facts.usage import Records
from overtone.facts.vocabulary import coded, identities
from overtone.money import NANO
from overtone.partitions import Partition
from overtone.scales import Nano

DAY = "2026-10-03"
PARTITION = Partition("usage", "fox", DAY, 0)
IDS = st.one_of(
    st.integers(0, 12).map(lambda n: f"r-{n}"),
    st.integers(0, 3).map(lambda n: f"r-{n:06d}"),
    st.integers(0, 3).map(lambda n: f"0000000{n}-1111-2222-3333-44444444444{n}"),
)
SUBJECTS = st.one_of(
    st.integers(0, 12).map(lambda n: f"output:gen-{n}"),
    st.integers(0, 12).map(lambda n: f"output:gen-{n:06d}"),
    st.sampled_from(["isrc:USRC17607839", "isrc:SEABC2600001", "unlisted:rest", "output:x"]),
)
AMOUNTS = st.one_of(
    st.just(""),
    st.sampled_from(
        ["0", "0.000000000001", "0.0036", "1", "999999999999999", "999999999999999.999999999999", "4611686.018427387904", "0.10"]
    ),
    st.integers(0, 10**18).map(lambda n: f"{n // 10**6}.{n % 10**6:06d}"),
)
WORKS = ["work:a", "work:b", "isrc:USRC17607839", "isrc:SEABC2600001", "iswc:T0345246801"]


@st.composite
def records(draw: st.DrawFn) -> tuple[Any, ...]:
    revenue = draw(AMOUNTS)
    currency = draw(st.sampled_from(["USD", "SEK", "VND", "XTS"])) if revenue else ""
    use, territory = draw(st.sampled_from(["stream", "download"])), draw(st.sampled_from(["SE", "US", "*"]))
    quantity = draw(st.one_of(st.just(0), st.integers(0, 3), st.just(10**9)))
    return draw(IDS), draw(st.integers(0, 2)), draw(SUBJECTS), use, DAY, quantity, revenue, currency, territory


@st.composite
def disclosures(draw: st.DrawFn) -> dict[str, Disclosure]:
    found = {}
    for subject in draw(st.sets(SUBJECTS.filter(lambda one: one.startswith("output:")))):
        left, shares = NANO, []
        for work in sorted(draw(st.sets(st.sampled_from(WORKS)))):
            share = draw(st.one_of(st.integers(0, left), st.just(min(1, left)), st.just(left)))
            left -= share
            shares.append((work, share))
        model, confidence = draw(st.sampled_from(["m1", "m2"])), draw(st.integers(0, NANO))
        found[subject.removeprefix("output:")] = Disclosure(model, confidence, shares, draw(grounds(shares)))
    return found


@st.composite
def grounds(draw: st.DrawFn, shares: list[tuple[str, int]]) -> Grounds:
    """Mostly one whole; else split by side, with confidences of their own for some."""
    if draw(st.integers(0, 3)):
        return PLAIN
    sides = tuple((work, draw(st.sampled_from(SPLITS))) for work, _ in shares if not side_named(work))
    own = tuple((work, Nano(draw(st.integers(0, NANO)))) for work, _ in shares if draw(st.booleans()))
    return Grounds(draw(st.sampled_from(["together", "by_side"])), sides, own)


BATCHES = st.lists(st.lists(records(), min_size=1, max_size=8), min_size=1, max_size=5)


def both(batches: list[list[tuple[Any, ...]]], gone: list[str], found: dict[str, Disclosure], buckets: int) -> tuple[Any, Any]:
    read = [
        PageOfUsage(f"2026-10-03T00:00:{number:02d}Z", f"b-{number // 2}", number % 2 * VOID_PAGE_FIRST, Records(*columns))
        for number, columns in enumerate([*map(list, zip(*rows, strict=True))] for rows in batches)
    ]
    slow = accrual.accrue(PARTITION, read, gone, found)
    stored = [StoredPage(*page[:3], pages.encode(page.records), len(page.records.record_id)) for page in read]
    return slow, lambda: accrual_arrays.accrue(PARTITION, reversed(stored), gone, disclosed_columns(found), buckets)


@given(BATCHES, disclosures(), st.integers(1, 4), st.booleans())
def test_columns_say_what_records_say(batches: list[Any], found: dict[str, Disclosure], buckets: int, withdrawn: bool) -> None:  # noqa: FBT001 - a case
    slow, fast = both(batches, ["b-0"] if withdrawn else [], found, buckets)
    try:
        quick = fast()
    except Outgrown:
        assert any(amount >= 10**27 for amount in slow.revenue.values())
        return
    assert quick.pages == usage_pages(slow.rows, buckets)
    assert quick.works == len(slow.rows)
    assert (quick.accrued.batches, quick.accrued.voided) == (slow.batches, slow.voided)
    assert (quick.accrued.subjects, quick.accrued.undisclosed) == (slow.subjects, slow.undisclosed)
    assert (quick.accrued.quantity, quick.accrued.revenue) == (slow.quantity, slow.revenue)


def test_a_few_buckets_at_a_time_make_the_same_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"r-{n}", 0, f"output:gen-{n % 17}", "stream", DAY, n, "0.7", "USD", "SE") for n in range(200)]
    found = {f"gen-{n}": Disclosure("m", NANO, [(f"work:{n + m}", NANO // 7) for m in range(5)]) for n in range(17)}
    _, fast = both([rows[:120], rows[120:]], [], found, 16)
    whole = fast()
    monkeypatch.setattr(work_sums, "SPLITS_AT_ONCE", 10)
    assert fast() == whole


@pytest.mark.parametrize("most", [1, 7])
def test_rows_and_columns_are_cut_into_the_same_pages(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    rows = [(f"r-{n}", 0, f"output:gen-{n % 7}", "stream", DAY, n, "0.7", "USD", ("SE", "NO", "DK")[n % 3]) for n in range(60)]
    found = {f"gen-{n}": Disclosure("m", NANO, [(f"work:{n + m}", NANO // 7) for m in range(5)]) for n in range(7)}
    slow, fast = both([rows], [], found, 2)
    monkeypatch.setattr(accrual_pages, "PAGE_ENTRIES_MAX", most)
    monkeypatch.setattr(planes, "PARTED_MIN", 0)
    made = fast().pages
    assert made == usage_pages(slow.rows, 2)
    back = [row for bodies in made.values() for row in accrual_pages.rows_of(str(PARTITION), bodies)]
    assert sorted(back) == sorted(slow.rows)
    assert max(len(bodies) for bodies in made.values()) > 1


def test_outputs_that_are_split_by_side_beside_others_say_the_same_in_columns() -> None:
    rows = [(f"r-{n}", 0, f"output:gen-{n % 5}", "stream", DAY, n + 1, "0.7", "USD", "SE") for n in range(40)]
    rows += [(f"p-{n}", 0, "isrc:USRC17607839", "stream", DAY, 3, "", "", "US") for n in range(3)]
    shares = [("isrc:SEABC2600001", NANO // 3), ("iswc:T0345246801", NANO), ("work:a", NANO // 2)]
    own = (("isrc:SEABC2600001", Nano(NANO // 5)),)
    found = {
        "gen-0": Disclosure("m", NANO, shares, Grounds("by_side", (("work:a", "likeness"),), own)),
        "gen-1": Disclosure("m", NANO, shares[:1], Grounds("by_side", (), ())),
        "gen-2": Disclosure("m2", NANO // 2, shares[:1], Grounds("together", (), own)),
        "gen-3": Disclosure("m2", NANO // 2, [("work:b", NANO // 4)]),
    }
    slow, fast = both([rows[:21], rows[21:]], [], found, 3)
    quick = fast()
    assert quick.pages == usage_pages(slow.rows, 3)
    assert (quick.accrued.quantity, quick.accrued.revenue) == (slow.quantity, slow.revenue) == (829, {"USD": 28 * 10**12})
    kinds = {entry.kind for row in slow.rows for entry in row.entries}
    assert kinds == {"play", "output", "output:recording", "output:composition", "output:likeness"}


@pytest.mark.parametrize("more", [0, 1])
def test_few_records_are_read_one_by_one_and_say_the_same(monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    size = accrual_arrays.FEW_RECORDS_MAX + more
    rows = [(f"r-{n}", 0, f"output:gen-{n % 12}", "stream", DAY, n, "0.7", "USD", "SE") for n in range(size)]
    stored = [StoredPage("1", "b", 0, pages.encode(Records(*map(list, zip(*rows, strict=True)))), size)]
    columns: list[PagedAccrual] = []

    def noted(*given: Any) -> PagedAccrual:
        columns.append(accrue(*given))
        return columns[-1]

    accrue = accrual_arrays.accrue
    monkeypatch.setattr(accrual_arrays, "accrue", noted)
    found = {"gen-3": Disclosure("m", NANO, [("work:a", NANO // 7)])}
    done, outputs = accrue_any(PARTITION, stored, [], found, 2), accrual_arrays.outputs_of(stored)
    assert len(columns) == more
    monkeypatch.setattr(accrual_arrays, "FEW_RECORDS_MAX", 0)
    again = accrue_any(PARTITION, stored, [], found, 2)
    assert (done.pages, done.works, done.accrued.batches) == (again.pages, again.works, again.accrued.batches)
    assert outputs == accrual_arrays.outputs_of(stored) == sorted(f"gen-{n}" for n in range(12))


def test_what_outgrows_the_digits_is_refused_not_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accrual_arrays, "FEW_RECORDS_MAX", 0)
    rows = [(f"r-{n}", 0, "output:x", "stream", DAY, 1, "999999999999999.999999999999", "USD", "SE") for n in range(2)]
    _, fast = both([rows], [], {}, 1)
    with pytest.raises(Outgrown):
        fast()
    stored = StoredPage("1", "b", 0, pages.encode(Records(*map(list, zip(*rows, strict=True)))), 2)
    done = accrue_any(PARTITION, [stored], [], {}, 1)
    assert done.accrued.revenue == {"USD": 2 * (10**27 - 1)}
    assert done.works == 1


def test_shares_beyond_one_whole_break_the_invariant_in_columns_too() -> None:
    stored = StoredPage("1", "b", 0, pages.encode(Records(["r"], [0], ["output:x"], ["stream"], [DAY], [1], [""], [""], ["SE"])), 1)
    found = disclosed_columns({"x": Disclosure("m", 0, [("work:a", NANO), ("work:b", 1)])})
    sides = Grounds("by_side", (("work:a", "recording"), ("work:b", "recording")))
    split = disclosed_columns({"x": Disclosure("m", 0, [("work:a", NANO), ("work:b", 1)], sides)})
    for beyond in (found, split):
        with pytest.raises(InvariantBroken, match="shares of output:x exceed the whole by 1 of"):
            accrual_arrays.accrue(PARTITION, [stored], [], beyond, 1)


WORDS = st.one_of(
    st.lists(st.integers(0, 10**6).map(lambda n: f"gen-{n}"), min_size=1),
    st.lists(st.integers(0, 10**4).map(lambda n: f"gen-{n:07d}"), min_size=1),
    st.lists(st.integers(0, 10**17).map(lambda n: f"a{n}"), min_size=1),
    st.lists(st.uuids().map(str), min_size=1),
    st.lists(st.text("ab0", min_size=1, max_size=4), min_size=1),
)


@given(st.lists(WORDS, min_size=1, max_size=3))
def test_texts_of_many_pages_become_places_in_one_ordered_list(lists: list[list[str]]) -> None:
    columns = []
    for number, words in enumerate(lists):
        page = Writer()
        (page.dictionary if number % 2 else page.texts)(words)
        columns.append(ArrayReader(page.finish()).packed_texts())
    whole = [word for words in lists for word in words]
    found = coded(columns)
    ordered = found.texts.unpacked()
    assert ordered == sorted(set(whole))
    assert found.size == len(ordered)
    assert [ordered[code] for code in found.codes.tolist()] == whole
    keys = list(zip(*(column.tolist() for column in identities(columns)), strict=True))
    assert len(set(keys)) == len(set(zip(whole, keys, strict=True))) == len(set(whole))


@given(st.lists(st.integers(0, 2**63 - 1)), st.booleans())
def test_arrays_of_integers_are_written_and_read_as_lists_are(values: list[int], ascending: bool) -> None:  # noqa: FBT001 - a case
    values = sorted(values) if ascending else values
    slow, fast = Writer(), ArrayWriter()
    slow.integers(values)
    fast.array(np.array(values, np.int64))
    assert slow.finish() == (page := fast.finish())
    assert ArrayReader(page).array().tolist() == values == ColumnReader(page).integers()


@given(st.lists(st.one_of(st.integers(0, 10**36), st.integers(0, 10**20).map(lambda n: n * 10**9)), min_size=1))
def test_digits_are_written_as_numbers_are(values: list[int]) -> None:
    slow, fast = Writer(), ArrayWriter()
    slow.numbers(values)
    fast.limbs([np.array([value // 10**place % 10**9 for value in values], np.int64) for place in range(0, 45, 9)])
    assert slow.finish() == (page := fast.finish())
    assert ColumnReader(page).numbers() == values


@given(WORDS, st.randoms())
def test_texts_at_places_are_written_as_they_would_be_one_by_one(words: list[str], rng: Any) -> None:
    ordered = sorted(set(words))
    page = Writer()
    page.texts(ordered)
    found: Texts = coded([ArrayReader(page.finish()).packed_texts()]).texts
    picked = [rng.randrange(len(ordered)) for _ in range(rng.randrange(1, 40))]
    slow, fast = Writer(), ArrayWriter()
    slow.dictionary([ordered[place] for place in picked])
    fast.coded(np.array(picked, np.int64), found)
    assert slow.finish() == fast.finish()
