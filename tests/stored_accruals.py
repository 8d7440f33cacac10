"""The accrual rows that stand in the ledger, out of their pages."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from overtone.aws import keys
from overtone.facts.accrual_pages import rows_of
from overtone.stores.accrual_pages import APART_FROM, index_of

if TYPE_CHECKING:
    from local.stack import Stack
    from overtone.facts.rows import AccrualRow

PAGES_KEPT: Final = 2_000


def pages(stack: Stack, items: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """The items that hold them, in order; not those that are kept apart of them for holds. `items`: the ledger's, where they were read."""
    found = (item for item in (stack.items("LedgerTable") if items is None else items) if "page" in item)
    return [item for item in found if keys.parts_of_page(item["sk"])[1] < APART_FROM]


def rows(stack: Stack, pk: str = "", items: list[dict[str, Any]] | None = None) -> list[tuple[str, AccrualRow]]:
    """Each row with the `pk` that it stands under, of the buckets whose `pk` begins so."""
    wanted = (item for item in pages(stack, items) if item["pk"].startswith(pk))
    found = groupby(wanted, key=lambda i: (i["pk"], keys.parts_of_page(i["sk"])[0]))
    return [(place, row) for (place, partition), group in found for row in _rows(partition, tuple(bytes(item["page"]) for item in group))]


@lru_cache(maxsize=PAGES_KEPT)
def _rows(partition: str, held: tuple[bytes, ...]) -> list[AccrualRow]:
    """A page that nobody wrote since is not read again."""
    return list(rows_of(partition, held))


def rows_that_count(stack: Stack, partition: str) -> list[AccrualRow]:
    """The rows that a partition says: of the pages that its index names."""
    named = {(place.number, place.digest.hex()) for place in index_of(partition)}
    items = [item for item in pages(stack) if keys.parts_of_page(item["sk"])[0] == partition]
    counting = [item for item in items if keys.parts_of_page(item["sk"])[1:] in named]
    return [row for item in counting for row in rows_of(partition, [bytes(item["page"])])]
