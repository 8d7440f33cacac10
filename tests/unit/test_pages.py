"""Pages give back what went in, in few bytes that depend on nothing else."""

import random
import uuid
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from overtone.facts import columns, pages, sheets
from overtone.facts.limits import PAGE_BYTES_MAX, PAGE_RECORDS_MAX
from overtone.facts.usage import Records
from tests.unit.usage_strategies import records

DAY = "2026-10-03"
TEXTS = st.one_of(
    st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=1000), max_size=20)),
    st.lists(st.uuids().map(lambda u: f"x-{u}")),
    st.lists(st.uuids().map(lambda u: u.hex.upper())),
    st.lists(st.binary(min_size=8, max_size=8).map(lambda b: "0x" + b.hex())),
    st.lists(st.integers(0, 10**20).map(str)),
    st.lists(st.integers(0, 999).map(lambda n: f"gen-{n:03d}")),
    st.lists(st.sampled_from(["", "a", "aa", "٣", "1", "01", "1²"])),
)


@given(TEXTS)
def test_texts_come_back_as_they_were(texts: list[str]) -> None:
    writer = columns.Writer()
    writer.texts(texts)
    writer.dictionary(texts)
    reader = columns.ColumnReader(writer.finish())
    assert (reader.texts(), reader.texts()) == (texts, texts)


@given(st.lists(st.one_of(st.integers(0, 300), st.integers(0, 2**64 - 1))))
def test_integers_come_back_as_they_were(numbers: list[int]) -> None:
    writer = columns.Writer()
    writer.integers(numbers)
    writer.integers(sorted(numbers))
    reader = columns.ColumnReader(writer.finish())
    assert (reader.integers(), reader.integers()) == (numbers, sorted(numbers))


def as_records(rows: list[dict[str, Any]]) -> Records:
    return sheets.check(sheets.read_rows(rows), "fox", DAY).records


@given(st.lists(records(), min_size=1, max_size=30))
def test_a_page_gives_back_its_records(rows: list[dict[str, Any]]) -> None:
    kept = as_records(rows)
    body = pages.encode(kept)
    read = pages.decode(body, DAY)
    assert [read.to_json(row) for row in range(len(kept.record_id))] == [kept.to_json(row) for row in range(len(kept.record_id))]
    assert body == pages.encode(read)


def realistic(count: int, *, sequential: bool) -> Records:
    rng = random.Random(7)
    rows = [
        {
            "record_id": f"r-{number:08d}" if sequential else str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "subject": f"output:gen-{min(int(rng.paretovariate(0.6)), 5000):06d}",
            "use": rng.choice(["stream"] * 9 + ["download"]),
            "used_on": DAY,
            "quantity": min(int(rng.paretovariate(1)), 1000),
            "revenue": f"{rng.randrange(1, 20_000) / 10_000:.4f}",
            "currency": "USD",
            "territory": rng.choice(["SE", "US", "DE", "GB", "FR", "NO"]),
        }
        for number in range(count)
    ]
    return as_records(rows)


def test_ten_thousand_records_with_random_ids_take_at_most_thirty_bytes_each() -> None:
    assert len(pages.encode(realistic(10_000, sequential=False))) <= 30 * 10_000


def test_ten_thousand_records_with_sequential_ids_take_at_most_twelve_bytes_each() -> None:
    assert len(pages.encode(realistic(10_000, sequential=True))) <= 12 * 10_000


def test_records_are_cut_into_pages_that_an_item_holds() -> None:
    rng = random.Random(1)
    printable = [chr(code) for code in range(33, 127)]
    count = PAGE_RECORDS_MAX + 1
    base = realistic(count, sequential=False)
    long = base._replace(record_id=["".join(rng.choices(printable, k=128)) for _ in range(count)])
    made = list(pages.cut(long))
    assert sum(size for size, _ in made) == count
    assert max(len(body) for _, body in made) <= PAGE_BYTES_MAX
    again = [text for _, body in made for text in pages.decode(body, DAY).record_id]
    assert again == long.record_id


def test_one_record_more_than_a_page_holds_makes_a_second_page() -> None:
    base = realistic(PAGE_RECORDS_MAX + 1, sequential=True)
    assert [size for size, _ in pages.cut(base.part(0, PAGE_RECORDS_MAX))] == [PAGE_RECORDS_MAX]
    assert [size for size, _ in pages.cut(base)] == [PAGE_RECORDS_MAX, 1]
