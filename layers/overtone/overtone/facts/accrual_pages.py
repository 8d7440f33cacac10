"""Pages of accruals: what one partition says of all works of one bucket, as columns.

A row for each work cost a write for each play where most works are played once. A page holds thousands of works in the bytes of a few
items; a work with more entries than fit one page goes on in the next. The bytes depend on nothing but the rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar

import orjson

from overtone.errors import InvariantBroken
from overtone.facts.accrual import Accrued
from overtone.facts.columns import ColumnReader, Writer
from overtone.facts.intake import TRAINING, USAGE
from overtone.facts.limits import PAGE_BYTES_MAX
from overtone.facts.rows import AccrualRow, TrainingEntry, UsageEntry
from overtone.facts.splits import is_output
from overtone.partitions import Partition, bucket_of

PAGE_ENTRIES_MAX: Final = 24_000
"""Of a page, so that it is rarely packed only to be found too large: an entry takes some ten bytes."""
FORMAT: Final = 1
"""Of what a page of accruals holds. A page of another format has a reader of its own, because pages are kept for years."""

Dimensions = tuple[Any, ...]
"""What entries are told apart by (kind, model, use, …, as in `UsageEntry`); a page names each once."""
BucketPages = Mapping[int, Sequence[bytes]]
"""The pages of each bucket that has any, in the order of their works."""
NO_PAGES: Final[BucketPages] = MappingProxyType({})
_CURRENCY: Final = UsageEntry._fields.index("currency") - 1
_T = TypeVar("_T")


class PagedAccrual(NamedTuple):
    """The accounting (`accrued`, whose rows stay empty), the pages by bucket, and of how many works they are."""

    accrued: Accrued
    pages: BucketPages
    works: int


class UsageColumns(NamedTuple):
    """Entries of consecutive works. `counts` says how many each work has; `place` which of the dimensions each is of.

    `evidence` holds, for each work, an output of each (model, use) among its entries about outputs, in order.
    """

    dimensions: Sequence[Dimensions]
    works: Sequence[str]
    counts: Sequence[int]
    place: Sequence[int]
    quantity: Sequence[int]
    revenue: Sequence[int]
    evidence: Sequence[str]

    def currency(self, place: int) -> str:
        """The currency of an entry of these dimensions."""
        return str(self.dimensions[place][_CURRENCY])


def usage_pages(rows: Iterable[AccrualRow], buckets: int) -> BucketPages:
    """The pages of a usage partition's rows."""
    return {bucket: list(_cut(found, _encode_usage)) for bucket, found in _by_bucket(rows, buckets).items()}


def training_pages(rows: Iterable[AccrualRow], buckets: int) -> BucketPages:
    """The pages of a training partition's rows."""
    return {bucket: list(_cut(found, _encode_training)) for bucket, found in _by_bucket(rows, buckets).items()}


def _by_bucket(rows: Iterable[AccrualRow], buckets: int) -> dict[int, list[AccrualRow]]:
    found: dict[int, list[AccrualRow]] = {}
    for row in sorted(rows, key=lambda row: row.work_key):
        found.setdefault(bucket_of(row.work_key, buckets), []).append(row)
    return found


def cut(whole: _T, entries: int, encode: Callable[[_T], bytes], part: Callable[[_T, int, int], _T]) -> Iterator[bytes]:
    """Pages of about as many entries each, none with more than `PAGE_ENTRIES_MAX`, nor over `PAGE_BYTES_MAX` unless it is of one."""
    pieces = -(-entries // PAGE_ENTRIES_MAX)
    if pieces == 1:
        page = encode(whole)
        if len(page) <= PAGE_BYTES_MAX or entries == 1:
            yield page
            return
        pieces = min(entries, -(-len(page) // PAGE_BYTES_MAX) + 1)
    bounds = [entries * piece // pieces for piece in range(pieces + 1)]
    for first, last in pairwise(bounds):
        yield from cut(part(whole, first, last), last - first, encode, part)


def _cut(rows: list[AccrualRow], encode: Callable[[list[AccrualRow]], bytes]) -> Iterator[bytes]:
    return cut(rows, sum(len(row.entries) for row in rows), encode, _part)


def _part(rows: list[AccrualRow], first: int, last: int) -> list[AccrualRow]:
    """Entries of rows, counted through all of them; a row that is cut keeps the evidence of what is left of it."""
    found, at = [], 0
    for row in rows:
        entries = row.entries[max(0, first - at) : max(0, last - at)]
        if entries:
            found.append(row._replace(entries=entries, first=_evidence_of(row, entries)))
        at += len(row.entries)
    return found


def _evidence_of(row: AccrualRow, entries: Sequence[Any]) -> tuple[tuple[str, str, str], ...] | str:
    if isinstance(row.first, str):
        return row.first
    shown = {(entry.model, entry.use) for entry in entries if is_output(entry.kind)}
    return tuple(one for one in row.first if one[:2] in shown)


# --- usage


def _encode_usage(rows: list[AccrualRow]) -> bytes:
    entries: list[UsageEntry] = [entry for row in rows for entry in row.entries if isinstance(entry, UsageEntry)]
    dimensions = sorted({entry.dimensions() for entry in entries})
    place = {dimension: number for number, dimension in enumerate(dimensions)}
    columns = UsageColumns(
        dimensions,
        [row.work_key for row in rows],
        [len(row.entries) for row in rows],
        [place[entry.dimensions()] for entry in entries],
        [entry.quantity for entry in entries],
        [entry.revenue for entry in entries],
        [one[2] for row in rows for one in row.first if not isinstance(row.first, str)],
    )
    return encode_usage(columns, Writer())


def usage_head(dimensions: Sequence[Dimensions]) -> str:
    """What a page of usage begins with."""
    return orjson.dumps([FORMAT, USAGE, dimensions]).decode()


def encode_usage(columns: UsageColumns, page: Writer) -> bytes:
    """One page; `page` is an empty writer."""
    page.texts([usage_head(columns.dimensions)])
    page.texts(columns.works)
    page.integers(columns.counts)
    page.integers(columns.place)
    page.numbers(columns.quantity)
    page.numbers(columns.revenue)
    page.dictionary(columns.evidence)
    return page.finish()


def usage_columns(page: ColumnReader) -> UsageColumns:
    """The inverse of `encode_usage`."""
    (dimensions,) = _head(page, USAGE)
    return UsageColumns(
        [tuple(dimension) for dimension in dimensions],
        page.texts(),
        page.integers(),
        page.integers(),
        page.numbers(),
        page.numbers(),
        page.texts(),
    )


def _head(page: ColumnReader, kind: str) -> list[Any]:
    version, stated, *rest = orjson.loads(page.texts()[0])
    if (version, stated) != (FORMAT, kind):
        raise InvariantBroken(
            "conserved", f"a page of accruals is of form {version} and kind {stated!r}, where {FORMAT} and {kind!r} was looked for"
        )
    return list(rest)


def _usage_rows(partition: Partition, body: bytes, only: frozenset[str] | None) -> Iterator[AccrualRow]:
    columns = usage_columns(ColumnReader(body))
    shown = [(is_output(kind), model, use) for kind, model, use, *_ in columns.dimensions]
    figures = zip(columns.place, columns.quantity, columns.revenue, strict=True)
    evidence, name = iter(columns.evidence), str(partition)
    for work, count in zip(columns.works, columns.counts, strict=True):
        held = [next(figures) for _ in range(count)]
        outputs = sorted({shown[place][1:] for place, _, _ in held if shown[place][0]})
        first = tuple((model, use, next(evidence)) for model, use in outputs)
        if only is None or work in only:
            entries = tuple(UsageEntry._make((partition.scope, *columns.dimensions[place], *sums)) for place, *sums in held)
            yield AccrualRow(work, name, partition.reporter, first, entries)


# --- training


def _encode_training(rows: list[AccrualRow]) -> bytes:
    entries: list[TrainingEntry] = [entry for row in rows for entry in row.entries if isinstance(entry, TrainingEntry)]
    page = Writer()
    page.texts([orjson.dumps([FORMAT, TRAINING, *entries[0][:3]]).decode()])
    page.texts([row.work_key for row in rows])
    page.integers([entry.weight for entry in entries])
    return page.finish()


def _training_rows(partition: Partition, body: bytes, only: frozenset[str] | None) -> Iterator[AccrualRow]:
    page = ColumnReader(body)
    day, model, run_id = _head(page, TRAINING)
    for work, weight in zip(page.texts(), page.integers(), strict=True):
        if only is None or work in only:
            yield AccrualRow(work, str(partition), partition.reporter, run_id, (TrainingEntry(day, model, run_id, weight),))


# --- reading


def rows_of(partition: str, pages: Iterable[bytes], only: frozenset[str] | None = None) -> Iterator[AccrualRow]:
    """The rows of consecutive pages of one partition and bucket, all or those of some works, each work once."""
    parsed = Partition.parse(partition)
    read = _training_rows if parsed.kind == TRAINING else _usage_rows
    found = (row for body in pages for row in read(parsed, body, only))
    for _, parts in groupby(found, key=lambda row: row.work_key):
        row, *more = parts
        yield _joined([row, *more]) if more else row


def _joined(parts: Sequence[AccrualRow]) -> AccrualRow:
    """A work's row from the pages over which it is spread."""
    first = tuple(sorted({one for row in parts for one in row.first if not isinstance(one, str)}))
    entries: tuple[Any, ...] = tuple(entry for row in parts for entry in row.entries)
    return parts[0]._replace(first=first, entries=entries)


def works_of(partition: str, body: bytes) -> list[str]:
    """The works of a page."""
    page = ColumnReader(body)
    _head(page, Partition.parse(partition).kind)
    return page.texts()
