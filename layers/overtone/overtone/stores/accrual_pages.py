"""Pages of accruals in LedgerTable, and the order in which a worker writes them so that it may die anywhere.

First the works that leave a page, in a set that only grows; then an index that names every page there may be; then the pages whose
bytes changed; then the end of those that are no more; then the index as it is. Whatever a worker left behind, the next one finds each
page of it named, and a settlement finds each work that once had something.
"""

import contextlib
import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from overtone.aws import keys, tables
from overtone.aws.keys import Key
from overtone.aws.tables import ABSENT, ConditionFailed, chunks
from overtone.config import settings
from overtone.errors import InvariantBroken, TooLarge
from overtone.facts import accrual_pages
from overtone.facts.accrual_pages import Pages
from overtone.facts.intake import TRAINING
from overtone.facts.limits import PARTITION_PAGES_MAX, WORKS_CHUNK_MAX
from overtone.facts.rows import AccrualRow
from overtone.partitions import Partition
from overtone.stores import facts as fact_store

_ENTRY: Final = struct.Struct(">HHI8s")
_UNKNOWN: Final = bytes(8)
WRITTEN_AT_ONCE: Final = 25
READ_AT_ONCE: Final = 100


class Place(NamedTuple):
    """Where a page stands: its bucket, and its number there."""

    bucket: int
    number: int


class Written(NamedTuple):
    """What a page was written with: when (epoch seconds), and the first bytes of its SHA-256."""

    at: int
    digest: bytes


Index = dict[Place, Written]


def ledger_buckets(*, fix: bool = False) -> int:
    """Over how many buckets works are spread; `fix` stores it where no worker did before.

    Raises `InvariantBroken` where the stack was set up with another number: works would be looked for where they do not stand.
    """
    now, ledger = settings().ledger_buckets, tables.ledger()
    found = ledger.get(keys.LEDGER_BUCKETS)
    if found is None and fix:
        with contextlib.suppress(ConditionFailed):
            ledger.put({**keys.LEDGER_BUCKETS._asdict(), "buckets": now}, ABSENT)
        found = ledger.get(keys.LEDGER_BUCKETS)
    if found is not None and found["buckets"] != now:
        message = (
            f"LedgerBuckets is {now}, but this stack's accruals stand in {found['buckets']} buckets since they were first written "
            f"and would not be found: deploy it with LedgerBuckets={found['buckets']}; another number needs another stack"
        )
        raise InvariantBroken("conserved", message)
    return now


def bucket_pk(month: str, partition: Partition, bucket: int) -> str:
    """The `pk` of a bucket's pages: of a month, or of a training run, which later months ask for too."""
    if partition.kind == TRAINING:
        return keys.run_accrual_pk(partition.reporter, partition.scope, bucket)
    return keys.accrual_pk(month, bucket)


def write(month: str, partition: Partition, pages: Pages, now: int, *, fresh: bool) -> None:
    """Let the partition's pages be these. Unless it is a fresh start, what is stored is not relied on."""
    wanted = {Place(bucket, number): body for bucket, bodies in pages.items() for number, body in enumerate(bodies)}
    if len(wanted) > PARTITION_PAGES_MAX:
        message = f"{partition} has {len(wanted)} pages of accruals, more than {PARTITION_PAGES_MAX}; give its reporter more shards"
        raise TooLarge(message)
    known = index_of(partition)
    digests = {place: hashlib.sha256(body).digest()[: len(_UNKNOWN)] for place, body in wanted.items()}
    changed = [place for place, digest in digests.items() if not fresh or place not in known or known[place].digest != digest]
    over = [place for place in known if place not in wanted]
    if not changed and not over:
        return
    _keep_gone(month, partition, known, wanted, {place.bucket for place in (*changed, *over)})
    if any(place not in known for place in changed):
        _put_index(partition, known | {place: known.get(place, Written(now, _UNKNOWN)) for place in wanted})
    ledger = tables.ledger()
    for part in chunks(changed, WRITTEN_AT_ONCE):
        ledger.put_many({**_key(month, partition, place)._asdict(), "page": wanted[place]} for place in part)
    ledger.delete_many(_key(month, partition, place) for place in over)
    old = {place: at for place, (at, _) in known.items()}
    moved = set(changed)
    _put_index(partition, {place: Written(now if place in moved else old[place], digest) for place, digest in digests.items()})


def _key(month: str, partition: Partition, place: Place) -> Key:
    return keys.accrual_page(bucket_pk(month, partition, place.bucket), str(partition), place.number)


def _put_index(partition: Partition, index: Mapping[Place, Written]) -> None:
    packed = b"".join(_ENTRY.pack(*place, *index[place]) for place in sorted(index))
    tables.ledger().put({**keys.partition_pages(str(partition))._asdict(), "pages": packed})


def index_of(partition: Partition | str) -> Index:
    """Every page that the partition may have."""
    item = tables.ledger().get(keys.partition_pages(str(partition)))
    found = _ENTRY.iter_unpack(item["pages"]) if item else ()
    return {Place(bucket, number): Written(at, digest) for bucket, number, at, digest in found}


def _keep_gone(month: str, partition: Partition, known: Index, wanted: Mapping[Place, bytes], buckets: set[int]) -> None:
    """Remember the works of these buckets that had something and now have nothing."""
    name = str(partition)
    before = _works(month, partition, (place for place in known if place.bucket in buckets))
    after = {work for place, body in wanted.items() if place.bucket in buckets for work in accrual_pages.works_of(name, body)}
    for part in chunks(sorted(before - after), WORKS_CHUNK_MAX):
        packed = fact_store.packed(part)
        digest = hashlib.sha256(packed).hexdigest()[:32]
        tables.ledger().put({**keys.partition_gone(name, digest)._asdict(), "works": packed})


def _works(month: str, partition: Partition, places: Iterable[Place]) -> set[str]:
    found: set[str] = set()
    for part in chunks([_key(month, partition, place) for place in places], READ_AT_ONCE):
        for item in tables.ledger().batch_get(part).values():
            found.update(accrual_pages.works_of(str(partition), item["page"]))
    return found


def works_changed(month: str, partition_id: str, since: int) -> set[str]:
    """The works of the pages that changed after a moment (epoch seconds), and every work that ever left a page."""
    partition = Partition.parse(partition_id)
    found = _works(month, partition, (place for place, written in index_of(partition).items() if written.at >= since))
    for item in tables.ledger().query(keys.partition_gone(partition_id, "").pk):
        found.update(fact_store.unpacked(item["works"]))
    return found


def rows_of_bucket(pk: str, only: Iterable[str] | None = None) -> Iterator[AccrualRow]:
    """The rows of a bucket, all or those of some works, in one ordered read."""
    wanted = None if only is None else frozenset(only)
    partition, bodies = "", list[bytes]()
    for item in tables.ledger().query(pk):
        if (name := keys.partition_of_page(item["sk"])) != partition:
            yield from accrual_pages.rows_of(partition, bodies, wanted) if bodies else ()
            partition, bodies = name, []
        bodies.append(item["page"])
    if bodies:
        yield from accrual_pages.rows_of(partition, bodies, wanted)
