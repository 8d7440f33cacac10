"""The accrual rows that count, out of the pages to which partitions point."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from overtone.aws import older_keys
from overtone.facts.accrual_object import index_of
from overtone.facts.accrual_pages import rows_of
from overtone.partitions import Partition
from overtone.stores.accrual_objects import stands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local.stack import Stack
    from overtone.facts.accrual_object import PageDirectory, PageIndex, PagePlace
    from overtone.facts.rows import AccrualRow

DIRECTORY: Final = "PAGES#"
_ENTRY: Final = struct.Struct(">HHI8s")
_LEFT: Final = struct.Struct(">HH8s")
PAGES_KEPT: Final = 2_000


def encode_index(index: PageIndex, left: Iterable[PagePlace]) -> dict[str, bytes]:
    """The index of pages that are items, as earlier versions wrote it: what `older_accruals.decode_index` reads."""
    packed = b"".join(_ENTRY.pack(place.bucket, place.number, index[place], place.digest) for place in sorted(index))
    return {"pages": packed, "left": b"".join(_LEFT.pack(*place) for place in sorted(left))}


def directories(stack: Stack, items: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """The items that say where pages are, in order. `items`: the ledger's, where they were read."""
    found = stack.items("LedgerTable", DIRECTORY) if items is None else items
    return [item for item in found if item["pk"].startswith(DIRECTORY) and "object" in item]


def pages(stack: Stack, items: list[dict[str, Any]] | None = None) -> Iterator[tuple[str, PagePlace, bytes]]:
    """Each page that counts with its partition, in order; not those that are kept apart for holds."""
    bodies = stack.objects("FactsBucket")
    for item in directories(stack, items):
        one = stands(item["pk"].removeprefix(DIRECTORY), item)
        for place, page in _pages(one.directory, bodies[one.key]).items() if one.key else ():
            if not place.is_apart:
                yield item["sk"], place, page


@lru_cache(maxsize=PAGES_KEPT)
def _pages(directory: PageDirectory, body: bytes) -> dict[PagePlace, bytes]:
    """The pages of an object; one that nobody replaced since is not cut again."""
    index = index_of(body[: directory.head_bytes])
    return dict(zip(index, directory.range_at(range(len(index))).cut(body[directory.head_bytes :]), strict=True))


def rows(stack: Stack, pk: str = "", items: list[dict[str, Any]] | None = None) -> list[tuple[str, AccrualRow]]:
    """Each row with the `pk` of its bucket, of the buckets whose `pk` begins so."""
    found = []
    for partition, place, page in pages(stack, items):
        parsed = Partition.parse(partition)
        of_run = older_keys.run_accrual_pk(parsed.reporter, parsed.scope, place.bucket)
        bucket = of_run if parsed.kind == "training" else older_keys.accrual_pk(parsed.scope[:7], place.bucket)
        if bucket.startswith(pk):
            found += [(bucket, row) for row in _rows(partition, page)]
    return found


@lru_cache(maxsize=PAGES_KEPT)
def _rows(partition: str, page: bytes) -> list[AccrualRow]:
    """A page that nobody wrote since is not read again."""
    return list(rows_of(partition, [page]))


def rows_that_count(stack: Stack, partition: str) -> list[AccrualRow]:
    """The rows that a partition says."""
    return [row for name, _, page in pages(stack) if name == partition for row in _rows(partition, page)]
