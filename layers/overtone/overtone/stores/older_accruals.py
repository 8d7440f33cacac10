"""Pages of accruals as they stood before they were objects: an item each, under their bucket, and an index that names those that count.

What was accrued then stays readable. A partition leaves this form when it is accrued again.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from overtone.aws import older_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.errors import InvariantBroken
from overtone.facts.accrual_object import PageIndex, PagePlace
from overtone.facts.intake import TRAINING
from overtone.partitions import Partition

FORMAT: Final = 1
"""Of a partition's index."""
_ENTRY: Final = struct.Struct(">HHI8s")
_LEFT: Final = struct.Struct(">HH8s")


def decode_index(stored: Mapping[str, Any]) -> tuple[PageIndex, set[PagePlace]]:
    """An index as it was stored: the pages that are what the partition says, and those that a worker left to be deleted.

    Raises `InvariantBroken` for a format that is not known.
    """
    if stored.get("format", 1) != FORMAT:
        raise InvariantBroken("conserved", f"an index of pages has format {stored['format']}; this version reads up to {FORMAT}")
    index = {PagePlace(bucket, number, digest): at for bucket, number, at, digest in _ENTRY.iter_unpack(stored["pages"])}
    return index, {PagePlace(*left) for left in _LEFT.iter_unpack(stored["left"])}


def index_of(partition: str) -> tuple[PageIndex, set[PagePlace]]:
    """The pages that are what the partition says, and those that a worker left to be deleted."""
    return decode_index(tables.ledger().get(older_keys.partition_pages_once(partition)) or {"pages": b"", "left": b""})


def _bucket_pk(month: str, partition: Partition, bucket: int) -> str:
    if partition.kind == TRAINING:
        return older_keys.run_accrual_pk(partition.reporter, partition.scope, bucket)
    return older_keys.accrual_pk(month, bucket)


def _key(month: str, partition: str, place: PagePlace) -> Key:
    pk = _bucket_pk(month, Partition.parse(partition), place.bucket)
    return older_keys.accrual_page(pk, partition, place.number, place.digest.hex())


def bodies(month: str, partition: str, places: Iterable[PagePlace]) -> dict[PagePlace, bytes]:
    """The pages at these places."""
    by_key = {_key(month, partition, place): place for place in places}
    return {by_key[key]: item["page"] for key, item in tables.ledger().batch_get(by_key).items()}


def remove(month: str, partition: str, places: Iterable[PagePlace]) -> None:
    """Forget the pages, then the index that named them."""
    tables.ledger().delete_many(_key(month, partition, place) for place in places)
    tables.ledger().delete(older_keys.partition_pages_once(partition))


def of_bucket(pk: str, *, apart: bool) -> Iterator[tuple[str, list[bytes]]]:
    """Each partition with its pages of a bucket, in order: those that count, whatever a worker left half done."""
    bucket = int(pk.rpartition("#")[2])
    for partition, items in groupby(tables.ledger().query(pk), key=_partition):
        counting, _ = index_of(partition)
        pages = [item["page"] for item in items if (place := _place(item, bucket)) in counting and place.is_apart == apart]
        if pages:
            yield partition, pages


def _partition(item: Item) -> str:
    return older_keys.parts_of_page(item["sk"])[0]


def _place(item: Item, bucket: int) -> PagePlace:
    _, number, digest = older_keys.parts_of_page(item["sk"])
    return PagePlace(bucket, number, bytes.fromhex(digest))
