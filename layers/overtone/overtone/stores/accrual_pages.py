"""Pages of accruals in LedgerTable, and the order in which a worker writes them so that it may die anywhere.

A page is never changed: its key bears its digest. An index says which pages are what the partition says, and it is replaced, with the
partition's summary, in one transaction. So whoever reads sees what a partition said last, whole, whatever a worker left half done.

First the works that leave a page, in a set that only grows; then an index that also names the pages to come; then those pages; then
index and summary; then the end of the pages that are no more. Whatever a worker left behind, the next one finds each page of it named.
"""

import contextlib
import hashlib
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.aws.tables import ABSENT, ConditionFailed, chunks
from overtone.aws.transactions import Put, transact
from overtone.config import settings
from overtone.errors import InvariantBroken, TooLarge
from overtone.facts import accrual_pages, apart
from overtone.facts.accrual_pages import NO_PAGES, BucketPages
from overtone.facts.intake import TRAINING
from overtone.facts.limits import PARTITION_PAGES_MAX, WORKS_CHUNK_MAX
from overtone.facts.rows import AccrualRow
from overtone.partitions import Partition
from overtone.stores import facts as fact_store
from overtone.stores import output_items, quarantine

_ENTRY: Final = struct.Struct(">HHI8s")
_LEFT: Final = struct.Struct(">HH8s")
DIGEST_BYTES: Final = 8
FORMAT: Final = 1
"""Of a partition's index. An index of another format would state it as `format`."""
WRITTEN_AT_ONCE: Final = 25
READ_AT_ONCE: Final = 100
APART_FROM: Final = 20_000
"""Numbers from here on, above those of any partition's other pages, are of pages kept apart for holds (see `facts.apart`)."""


class PagePlace(NamedTuple):
    """Where a page stands: its bucket, its number there, and the first bytes of its SHA-256."""

    bucket: int
    number: int
    digest: bytes


PageIndex = dict[PagePlace, int]
"""The pages of a partition, each with the epoch second at which it was written."""


def ledger_buckets(*, fix: bool = False) -> int:
    """Over how many buckets works are spread; `fix` stores it where no worker did before.

    Raises `InvariantBroken` where the stack was set up with another number: works would be looked for where they do not stand.
    """
    now, ledger = settings().ledger_buckets, tables.ledger()
    found = ledger.get(keys.LEDGER_BUCKETS)
    if found is None and fix:
        with contextlib.suppress(ConditionFailed):
            ledger.put({**keys.LEDGER_BUCKETS._asdict(), "buckets": now, **output_items.PACKED}, ABSENT)
        found = ledger.get(keys.LEDGER_BUCKETS)
    if found is not None and found["buckets"] != now:
        raise InvariantBroken(
            "conserved",
            f"LedgerBuckets is {now}, but this stack's accruals stand in {found['buckets']} buckets since they were first written "
            f"and would not be found: deploy it with LedgerBuckets={found['buckets']}; another number needs another stack",
        )
    return now


def bucket_pk(month: str, partition: Partition, bucket: int) -> str:
    """The `pk` of a bucket's pages: of a month, or of a training run, which later months ask for too."""
    if partition.kind == TRAINING:
        return keys.run_accrual_pk(partition.reporter, partition.scope, bucket)
    return keys.accrual_pk(month, bucket)


def write(month: str, partition: Partition, pages: BucketPages, now: int, summary: Item, kept_apart: BucketPages = NO_PAGES) -> None:
    """Let the partition say what these pages and this summary (its item) say, and what is kept apart of them."""
    wanted = {
        PagePlace(bucket, number, hashlib.sha256(body).digest()[:DIGEST_BYTES]): body
        for first, of_kind in ((0, pages), (APART_FROM, kept_apart))
        for bucket, bodies in of_kind.items()
        for number, body in enumerate(bodies, start=first)
    }
    if len(wanted) > PARTITION_PAGES_MAX:
        raise TooLarge(f"{partition} has {len(wanted)} pages of accruals, more than {PARTITION_PAGES_MAX}; give its reporter more shards")
    known, left = _stored(partition)
    new, over = [place for place in wanted if place not in known], {place for place in known if place not in wanted}
    ledger = tables.ledger()
    if new or over:
        _keep_gone(month, partition, known, wanted, {place.bucket for place in (*new, *over)})
    if new:
        ledger.put(_index_item(partition, known, {*left, *new} - known.keys()))
    for part in chunks(new, WRITTEN_AT_ONCE):
        ledger.put_many({**_key(month, partition, place)._asdict(), "page": wanted[place]} for place in part)
    index, gone = {place: known.get(place, now) for place in wanted}, (left | over) - wanted.keys()
    transact([Put(ledger, _index_item(partition, index, gone)), Put(ledger, summary)])
    if gone:
        ledger.delete_many(_key(month, partition, place) for place in gone)
        ledger.put(_index_item(partition, index, ()))


def _key(month: str, partition: Partition, place: PagePlace) -> Key:
    return keys.accrual_page(bucket_pk(month, partition, place.bucket), str(partition), place.number, place.digest.hex())


def _index_item(partition: Partition, index: PageIndex, left: Iterable[PagePlace]) -> Item:
    return {**keys.partition_pages(str(partition))._asdict(), **encode_index(index, left)}


def encode_index(index: PageIndex, left: Iterable[PagePlace]) -> dict[str, bytes]:
    """An index as it is stored: the pages that are what the partition says, and those that a worker left to be deleted."""
    packed = b"".join(_ENTRY.pack(place.bucket, place.number, index[place], place.digest) for place in sorted(index))
    return {"pages": packed, "left": b"".join(_LEFT.pack(*place) for place in sorted(left))}


def decode_index(stored: Mapping[str, Any]) -> tuple[PageIndex, set[PagePlace]]:
    """The inverse of `encode_index`; raises `InvariantBroken` for a format that is not known."""
    if stored.get("format", 1) != FORMAT:
        raise InvariantBroken("conserved", f"an index of pages has format {stored['format']}; this version reads up to {FORMAT}")
    index = {PagePlace(bucket, number, digest): at for bucket, number, at, digest in _ENTRY.iter_unpack(stored["pages"])}
    return index, {PagePlace(*left) for left in _LEFT.iter_unpack(stored["left"])}


def _stored(partition: Partition | str) -> tuple[PageIndex, set[PagePlace]]:
    return decode_index(tables.ledger().get(keys.partition_pages(str(partition))) or {"pages": b"", "left": b""})


def index_of(partition: Partition | str) -> PageIndex:
    """The pages that are what the partition says."""
    return _stored(partition)[0]


def _keep_gone(month: str, partition: Partition, known: PageIndex, wanted: Mapping[PagePlace, bytes], buckets: set[int]) -> None:
    """Remember the works of these buckets that had something and now have nothing."""
    name = str(partition)
    before = _works(month, partition, (place for place in known if place.bucket in buckets))
    after = {work for place, body in wanted.items() if place.bucket in buckets for work in accrual_pages.works_of(name, body)}
    for part in chunks(sorted(before - after), WORKS_CHUNK_MAX):
        packed = fact_store.packed(part)
        digest = hashlib.sha256(packed).hexdigest()[:32]
        tables.ledger().put({**keys.partition_gone(name, digest)._asdict(), "works": packed})


def _works(month: str, partition: Partition, places: Iterable[PagePlace]) -> set[str]:
    found: set[str] = set()
    for part in chunks([_key(month, partition, place) for place in places], READ_AT_ONCE):
        for item in tables.ledger().batch_get(part).values():
            found.update(accrual_pages.works_of(str(partition), item["page"]))
    return found


def works_changed(month: str, partition_id: str, since: int) -> set[str]:
    """The works of the pages that changed after a moment (epoch seconds), and every work that ever left a page."""
    partition = Partition.parse(partition_id)
    found = _works(month, partition, (place for place, at in index_of(partition).items() if at >= since))
    for item in tables.ledger().query(keys.partition_gone(partition_id, "").pk):
        found.update(fact_store.unpacked(item["works"]))
    return found


def unfinished(month: str) -> dict[str, PageIndex]:
    """The partitions of which pages may stand that say nothing: those at which a worker is, and those that one left half done."""
    names = {item["sk"] for item in tables.ledger().query(keys.running(month, "").pk)} | quarantine.everything().keys()
    return {name: index_of(name) for name in names}


def pages_of_bucket(pk: str, unfinished: Mapping[str, PageIndex], *, kept_apart: bool = False) -> Iterator[tuple[str, bytes]]:
    """Each page of a bucket with its partition, in one ordered read: of partitions that are `unfinished` those that count.

    They are either those that say what works earned, or those that are kept apart of them.
    """
    bucket = int(pk.rpartition("#")[2])
    for item in tables.ledger().query(pk):
        partition, number, digest = keys.parts_of_page(item["sk"])
        index = unfinished.get(partition)
        counts = index is None or PagePlace(bucket, number, bytes.fromhex(digest)) in index
        if counts and (number >= APART_FROM) == kept_apart:
            yield partition, item["page"]


def rows_of_bucket(pk: str, only: Iterable[str] | None, unfinished: Mapping[str, PageIndex]) -> Iterator[AccrualRow]:
    """The rows of a bucket, all or those of some works."""
    wanted = None if only is None else frozenset(only)
    for partition, found in groupby(pages_of_bucket(pk, unfinished), key=itemgetter(0)):
        yield from accrual_pages.rows_of(partition, [page for _, page in found], wanted)


def rows_apart(pk: str, only: Iterable[str] | None, unfinished: Mapping[str, PageIndex], subjects: Collection[str]) -> Iterator[AccrualRow]:
    """The rows of a bucket that are kept apart, of some subjects: all works, or some."""
    wanted = None if only is None else frozenset(only)
    for partition, found in groupby(pages_of_bucket(pk, unfinished, kept_apart=True), key=itemgetter(0)):
        yield from apart.rows_apart(partition, [page for _, page in found], subjects, wanted)
