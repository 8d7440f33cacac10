"""Pages of accruals: an object for each partition, and a directory in LedgerTable that says what of it is where.

An object is never changed: its name is its digest and how many were written before it. First the works that leave a page, in a set that
only grows; then the object; then the directory that points to it, in one transaction with the partition's summary; then the end of the
object before. So whoever reads sees what a partition said last, whole, wherever a worker died. An object to which nothing points says
nothing. The next worker after one that died lists what stands there and removes what its own directory does not point to, but for what
came after it; a worker that was overtaken meanwhile cannot point to anything any more, because a directory counts how often it was written.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from heapq import merge
from typing import Final, NamedTuple

from overtone.aws import buckets, keys, object_keys, older_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT, ConditionFailed, chunks, equals
from overtone.aws.transactions import Put, transact
from overtone.errors import NotFound, Retryable, TooLarge
from overtone.facts import accrual_object, accrual_pages, apart
from overtone.facts.accrual_object import APART_FROM, NO_RANGE, PagePlace, PageRange
from overtone.facts.accrual_pages import NO_PAGES, BucketPages
from overtone.facts.intake import TRAINING, USAGE
from overtone.facts.limits import PARTITION_PAGES_MAX, WORKS_CHUNK_MAX
from overtone.facts.rows import AccrualRow
from overtone.stores import facts as fact_store
from overtone.stores import older_accruals
from overtone.stores.accrual_objects import Standing, anew, current, pages_in, standing, stands

READ_ONE_BY_ONE_MAX: Final = 16
"""So many ranges are read one after the other; more of them `READ_AT_ONCE` at once."""
READ_AT_ONCE: Final = 16
READ_AHEAD: Final = 64
_NUMBERED: Final = "-"
"""Behind an object's digest: what a partition says may come to be what it said before, and who was overtaken removes that no more."""


class BucketPlace(NamedTuple):
    """A bucket of a month's usage, or of a training run, which later months ask for too.

    `page_items`: whether there may be pages of it that are items (see `LedgerSetup`).
    """

    month: str
    bucket: int
    prefix: str = f"{USAGE}#"
    older_pk: str = ""
    page_items: bool = True

    @classmethod
    def of_run(cls, trained_on: str, licensee: str, run_id: str, bucket: int) -> "BucketPlace":
        """The bucket of a run."""
        return cls(trained_on[:7], bucket, f"{TRAINING}#{licensee}#{run_id}#", older_keys.run_accrual_pk(licensee, run_id, bucket))

    @property
    def once(self) -> str:
        """The `pk` under which pages stood when they were items."""
        return self.older_pk or older_keys.accrual_pk(self.month, self.bucket)


# --- writing


def placed(pages: BucketPages, kept_apart: BucketPages = NO_PAGES) -> dict[PagePlace, bytes]:
    """Each page in its place: those that say what works earned, and those that are kept apart of them."""
    return {
        PagePlace.of(bucket, number, body): body
        for first, of_kind in ((0, pages), (APART_FROM, kept_apart))
        for bucket, bodies in of_kind.items()
        for number, body in enumerate(bodies, start=first)
    }


def write(before: Standing, wanted: Mapping[PagePlace, bytes], now: int, summary: Item, *, fresh: bool) -> None:
    """Let a partition, of which `before` stood when its worker began to read, say what these pages and this summary (its item) say.

    `fresh` says that no worker died on the partition since one finished. Raises `Retryable` where another one has finished meanwhile.
    """
    if len(wanted) > PARTITION_PAGES_MAX:
        raise TooLarge(f"{len(wanted)} pages of accruals of {before.partition} exceed {PARTITION_PAGES_MAX}; give its reporter more shards")
    known, old = _pages_before(before)
    _keep_gone(before.partition, old, wanted)
    body, directory = accrual_object.assemble(wanted, {place: known.get(place, now) for place in wanted})
    writes = before.writes + 1
    after = before._replace(directory=directory._replace(name=f"{directory.name}{_NUMBERED}{writes}"), writes=writes)
    if after.key:
        buckets.facts().put(after.key, body)
    _point(before, after, summary)
    if before.directory is None and (known or before.left):
        older_accruals.remove(before.month, before.partition, before.left | known.keys())
    if before.key:
        buckets.facts().delete(before.key)
    if not fresh:
        _sweep(after)


def _pages_before(before: Standing) -> tuple[Mapping[PagePlace, int], Mapping[PagePlace, bytes]]:
    try:
        return before.pages()
    except NotFound as error:
        raise _overtaken(anew(before.month, before.partition, before.key, error)) from error


def _overtaken(by: Standing) -> Retryable:
    return Retryable(f"another worker has accrued {by.partition} meanwhile; try again")


def _point(before: Standing, after: Standing, summary: Item) -> None:
    """Replace directory and summary at once."""
    key, ledger = keys.partition_pages(after.month, after.partition), tables.ledger()
    item = {**key._asdict(), **(after.directory.encode() if after.directory else {}), "writes": after.writes}
    as_read = equals(writes=before.writes) if before.writes else ABSENT
    try:
        transact([Put(ledger, item, as_read), Put(ledger, summary)])
    except ConditionFailed as error:
        raise _overtaken(after) from error


def _sweep(after: Standing) -> None:
    """Remove what workers that died had written: every object of the partition but the one that counts, and those that come after it."""
    for stored in list(buckets.facts().list(object_keys.accruals(after.month, after.partition, ""))):
        if stored.key != after.key and _number_of(stored.key) <= after.writes:
            buckets.facts().delete(stored.key)


def _number_of(key: str) -> int:
    """The number of an object among those of its partition, counted from 1; 0 for those of earlier versions, which do not say."""
    number = key.rpartition("/")[2].partition(_NUMBERED)[2]
    return int(number) if number.isdecimal() else 0


def _keep_gone(partition: str, known: Mapping[PagePlace, bytes], wanted: Mapping[PagePlace, bytes]) -> None:
    """Remember the works that had something in buckets that change, and now have nothing there."""
    changed = {place.bucket for place in known.keys() ^ wanted.keys()}
    before, after = (_works(partition, (pages[place] for place in pages if place.bucket in changed)) for pages in (known, wanted))
    for part in chunks(sorted(before - after), WORKS_CHUNK_MAX):
        packed = fact_store.packed(part)
        digest = hashlib.sha256(packed).hexdigest()[:32]
        tables.ledger().put({**keys.partition_gone(partition, digest)._asdict(), "works": packed})


def _works(partition: str, pages: Iterable[bytes]) -> set[str]:
    return {work for page in pages for work in accrual_pages.works_of(partition, page)}


# --- reading


def works_changed(month: str, partition: str, since: int) -> set[str]:
    """The works of the pages that changed after a moment (epoch seconds), and every work that ever left a page."""
    found = current(standing(month, partition), lambda one: _works(partition, one.written_since(since)))
    for item in tables.ledger().query(keys.partition_gone(partition, "").pk):
        found.update(fact_store.unpacked(item["works"]))
    return found


def pages_of(month: str, partition: str) -> dict[PagePlace, bytes]:
    """All pages of a partition, those that are kept apart included, in order."""
    return current(standing(month, partition), Standing.pages)[1]


def pages_of_month(month: str, partitions: Collection[str]) -> Iterator[tuple[str, dict[PagePlace, bytes]]]:
    """All pages of each of some partitions of a month, in order; what stands of them is read by one query."""
    left = set(partitions)
    for item in tables.ledger().query(keys.partition_pages(month, "").pk):
        if item["sk"] in left:
            left.remove(item["sk"])
            yield item["sk"], current(stands(month, item), Standing.pages)[1]
    for partition in sorted(left):
        yield partition, pages_of(month, partition)


class _BucketRange(NamedTuple):
    """Pages of one bucket in a partition's object."""

    partition: str
    key: str
    range: PageRange

    @classmethod
    def of(cls, one: Standing, bucket: int, *, apart: bool) -> "_BucketRange":
        ranged = one.directory.range_of(bucket, apart=apart) if one.directory else NO_RANGE
        return cls(one.partition, one.key, ranged)


def pages_of_bucket(place: BucketPlace, *, kept_apart: bool = False) -> Iterator[tuple[str, Sequence[bytes]]]:
    """The pages of a bucket by partition, in order: those that say what works earned, or those that are kept apart of them.

    What stands as items is read first: a partition that leaves that form meanwhile is found in the other.
    """
    older = dict(older_accruals.of_bucket(place.once, apart=kept_apart)) if place.page_items else {}
    wanted = list[_BucketRange]()
    for item in tables.ledger().query(keys.partition_pages(place.month, "").pk, prefix=place.prefix):
        older.pop(item["sk"], None)
        found = _BucketRange.of(stands(place.month, item), place.bucket, apart=kept_apart)
        if found.range.lengths:
            wanted.append(found)
    pages = _in_order(wanted, partial(_pages_found, place, kept_apart))
    named = zip((found.partition for found in wanted), pages, strict=True)
    yield from merge(older.items(), named, key=lambda pair: f"{pair[0]}#")


def _in_order(wanted: Sequence[_BucketRange], read: Callable[[_BucketRange], list[bytes]]) -> Iterator[list[bytes]]:
    """The pages of each, in order, many at once where there are many."""
    if len(wanted) <= READ_ONE_BY_ONE_MAX:
        yield from map(read, wanted)
        return
    with ThreadPoolExecutor(READ_AT_ONCE) as pool:
        for part in chunks(wanted, READ_AHEAD):
            yield from pool.map(read, part)


def _pages_found(place: BucketPlace, kept_apart: bool, found: _BucketRange) -> list[bytes]:  # noqa: FBT001 - of `partial`
    try:
        return pages_in(found.key, found.range)
    except NotFound as error:
        one = anew(place.month, found.partition, found.key, error)
        return current(one, lambda now: pages_in(now.key, _BucketRange.of(now, place.bucket, apart=kept_apart).range))


def rows_of_bucket(place: BucketPlace, only: Iterable[str] | None) -> Iterator[AccrualRow]:
    """The rows of a bucket, all or those of some works."""
    wanted = None if only is None else frozenset(only)
    for partition, pages in pages_of_bucket(place):
        yield from accrual_pages.rows_of(partition, pages, wanted)


def rows_apart(place: BucketPlace, only: Iterable[str] | None, subjects: Collection[str]) -> Iterator[AccrualRow]:
    """The rows of a bucket that are kept apart, of some subjects: all works, or some."""
    wanted = None if only is None else frozenset(only)
    for partition, pages in pages_of_bucket(place, kept_apart=True):
        yield from apart.rows_apart(partition, pages, subjects, wanted)
