"""The accrual rows that stand in the ledger, out of their pages."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from overtone.aws import keys
from overtone.facts.accrual_pages import rows_of
from overtone.stores.accrual_pages import APART_FROM, index_of

if TYPE_CHECKING:
    from local.stack import Stack
    from overtone.facts.rows import AccrualRow


def pages(stack: Stack) -> list[dict[str, Any]]:
    """The items that hold them, in order; not those that are kept apart of them for holds."""
    found = (item for item in stack.items("LedgerTable") if "page" in item)
    return [item for item in found if keys.parts_of_page(item["sk"])[1] < APART_FROM]


def rows(stack: Stack, pk: str = "") -> list[tuple[str, AccrualRow]]:
    """Each row with the `pk` that it stands under, of the buckets whose `pk` begins so."""
    found = groupby((i for i in pages(stack) if i["pk"].startswith(pk)), key=lambda i: (i["pk"], keys.parts_of_page(i["sk"])[0]))
    return [(place, row) for (place, partition), items in found for row in rows_of(partition, (bytes(item["page"]) for item in items))]


def rows_that_count(stack: Stack, partition: str) -> list[AccrualRow]:
    """The rows that a partition says: of the pages that its index names."""
    named = {(place.number, place.digest.hex()) for place in index_of(partition)}
    items = [item for item in pages(stack) if keys.parts_of_page(item["sk"])[0] == partition]
    counting = [item for item in items if keys.parts_of_page(item["sk"])[1:] in named]
    return [row for item in counting for row in rows_of(partition, [bytes(item["page"])])]
