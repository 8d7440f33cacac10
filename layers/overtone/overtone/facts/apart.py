"""Keeps apart what single outputs and recordings came to in a partition, because a hold names them.

Accruals say what each work earned of all outputs together. Beside them the worker keeps what each subject that a hold names came to,
accrued from the same records at the same time; a settlement takes that out of the whole and looks at it by itself. So the whole stays as
it is for everybody else, to the last digit, and what a hold names adds up with the rest to what it was.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import cast

from overtone.errors import InvariantBroken
from overtone.facts import accrual
from overtone.facts.accrual import Disclosure, StoredPage
from overtone.facts.accrual_pages import BucketPages, rows_of, usage_pages
from overtone.facts.rows import AccrualRow, UsageEntry
from overtone.partitions import Partition
from overtone.scales import Nano, Zepto


def pages_apart(
    partition: Partition,
    pages: Iterable[StoredPage],
    withdrawn: Collection[str],
    disclosures: Mapping[str, Disclosure],
    subjects: Collection[str],
    buckets: int,
) -> BucketPages:
    """The accruals of each of these subjects alone: pages by bucket, each page about one subject."""
    kept = [page.unpacked(partition.scope).of_subjects(subjects) for page in pages]
    found: dict[int, list[bytes]] = {}
    for subject in sorted(subjects):
        rows = accrual.accrue(partition, [page.of_subjects((subject,)) for page in kept], withdrawn, disclosures).rows
        for bucket, bodies in usage_pages(rows, buckets).items():
            found.setdefault(bucket, []).extend(bodies)
    return found


def rows_apart(
    partition: str, pages: Iterable[bytes], subjects: Collection[str], only: frozenset[str] | None = None
) -> Iterator[AccrualRow]:
    """The rows of pages that were kept apart, of some subjects; each row knows its own."""
    for page in pages:
        for row in rows_of(partition, [page], only):
            if (subject := row.evidence(cast("UsageEntry", row.entries[0]))) in subjects:
                yield row._replace(subject=subject)


def split(rows: Iterable[AccrualRow], kept: Iterable[AccrualRow]) -> Iterator[AccrualRow]:
    """The rows without what was kept apart of them, each followed by that; raises `InvariantBroken` where it is no part of them."""
    apart: dict[tuple[str, str], list[AccrualRow]] = {}
    for row in kept:
        apart.setdefault((row.partition, row.work_key), []).append(row)
    for row in rows:
        mine = _by_subject(apart.pop((row.partition, row.work_key), ()))
        rest = _without(row, mine) if mine else row
        if rest.entries:
            yield rest
        yield from mine
    if apart:
        raise _no_part(min(apart))


def _by_subject(rows: Iterable[AccrualRow]) -> list[AccrualRow]:
    """A row for each subject; a work with many entries is spread over pages."""
    found: dict[str, AccrualRow] = {}
    for row in rows:
        known = found.get(row.subject)
        found[row.subject] = row if known is None else known._replace(entries=(*_entries(known), *_entries(row)))
    return list(found.values())


def _without(row: AccrualRow, apart: Sequence[AccrualRow]) -> AccrualRow:
    left = {entry[:-2]: entry for entry in _entries(row)}
    for entry in (entry for one in apart for entry in _entries(one)):
        whole = left.get(entry[:-2])
        if whole is None or whole.quantity < entry.quantity or whole.revenue < entry.revenue:
            raise _no_part((row.partition, row.work_key))
        left[entry[:-2]] = whole._replace(quantity=Nano(whole.quantity - entry.quantity), revenue=Zepto(whole.revenue - entry.revenue))
    entries = tuple(entry for entry in left.values() if entry.quantity or entry.revenue)
    return row._replace(entries=entries, without=tuple(one.subject for one in apart))


def _entries(row: AccrualRow) -> tuple[UsageEntry, ...]:
    return cast("tuple[UsageEntry, ...]", row.entries)


def _no_part(where: tuple[str, str]) -> InvariantBroken:
    partition, work = where
    return InvariantBroken("conserved", f"{partition}: what was kept apart of {work} is no part of what it earned there")
