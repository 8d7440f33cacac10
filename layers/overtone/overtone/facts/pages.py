"""A page: one batch's usage records for one partition, as one compressed value.

A day is a partition's own, so a page does not hold it. Records come back exactly as they went in, in their order.
"""

from collections.abc import Iterator

from overtone.facts.columns import ColumnReader, Writer
from overtone.facts.halves import halved
from overtone.facts.limits import PAGE_RECORDS_MAX
from overtone.facts.usage import Records


def encode(records: Records) -> bytes:
    """The page of these records, which are all of one day."""
    page = Writer()
    page.texts(records.record_id)
    page.integers(records.revision)
    page.dictionary(records.subject)
    page.dictionary(records.use)
    page.integers(records.quantity)
    page.dictionary(records.revenue)
    page.dictionary(records.currency)
    page.dictionary(records.territory)
    return page.finish()


def decode(page: bytes, day: str) -> Records:
    """The records of a page."""
    columns = ColumnReader(page)
    record_id = columns.texts()
    return Records(
        record_id=record_id,
        revision=columns.integers(),
        subject=columns.texts(),
        use=columns.texts(),
        used_on=[day] * len(record_id),
        quantity=columns.integers(),
        revenue=columns.texts(),
        currency=columns.texts(),
        territory=columns.texts(),
    )


def cut(records: Records) -> Iterator[tuple[int, bytes]]:
    """As many pages as the records of one day need, each within `PAGE_BYTES_MAX`, with the number of its records."""
    count = len(records.record_id)
    for start in range(0, count, PAGE_RECORDS_MAX):
        end = min(count, start + PAGE_RECORDS_MAX)
        yield from halved(records if count <= PAGE_RECORDS_MAX else records.part(start, end), end - start, encode, Records.part)
