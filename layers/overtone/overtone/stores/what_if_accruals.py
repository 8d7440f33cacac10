"""Pages of accruals that a what-if made for itself, because it lets outputs be attributed otherwise: beside what else it works with.

An object per page, so that a part reads its bucket alone; one more per partition says that all of its pages are there. Where neither
noise nor method touches any output of a partition there are none, and the ledger's count.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from overtone.aws import buckets, object_keys
from overtone.errors import NotFound
from overtone.facts import accrual_pages, apart
from overtone.facts.accrual_pages import NO_PAGES, BucketPages
from overtone.facts.rows import AccrualRow
from overtone.partitions import Partition
from overtone.settlement.plan import Plan
from overtone.stores import settlements as settlement_store

_PAGES: Final = "accruals"
_KEPT_APART: Final = "kept-apart"
_OUTCOMES: Final = "accrued"


def keep(
    plan: Plan, month: str, partition: Partition, pages: BucketPages, outcome: dict[str, Any], kept_apart: BucketPages = NO_PAGES
) -> None:
    """Keep a partition's pages, then its `outcome`; a partition without pages of its own keeps the ledger's."""
    for kind, of_kind in ((_PAGES, pages), (_KEPT_APART, kept_apart)):
        for bucket, bodies in of_kind.items():
            for number, body in enumerate(bodies):
                settlement_store.create_once(_page_key(plan, kind, month, bucket, partition, number), body)
    settlement_store.save_json(plan, outcome, _OUTCOMES, month, f"{_named(partition)}.json")


def outcome_of(plan: Plan, month: str, partition: Partition) -> dict[str, Any] | None:
    """What `keep` was given of a partition, or `None` before all of it was kept."""
    try:
        found: dict[str, Any] = settlement_store.load_json(plan, _OUTCOMES, month, f"{_named(partition)}.json")
    except NotFound:
        return None
    return found


def instead_of(rows: Iterable[AccrualRow], plan: Plan, month: str, bucket: int) -> Iterator[AccrualRow]:
    """The rows of a bucket, those of partitions that were accrued anew in the place of the ledger's, in the ledger's order."""
    anew = _accrued_anew(plan, month)
    kept = [row for row in rows if row.partition not in anew]
    yield from sorted([*kept, *_rows(plan, month, bucket)], key=lambda row: f"{row.partition}#")


def instead_of_apart(rows: Iterable[AccrualRow], plan: Plan, month: str, bucket: int, subjects: Collection[str]) -> Iterator[AccrualRow]:
    """The rows of a bucket that are kept apart, those of partitions that were accrued anew in the place of the ledger's."""
    anew = _accrued_anew(plan, month)
    yield from (row for row in rows if row.partition not in anew)
    for partition, pages in _bodies(plan, month, bucket, _KEPT_APART):
        yield from apart.rows_apart(partition, pages, subjects)


def _accrued_anew(plan: Plan, month: str) -> frozenset[str]:
    listed: list[str] = settlement_store.load_json(plan, _OUTCOMES, f"{month}.json")
    return frozenset(listed)


def finish(plan: Plan, month: str, anew: Iterable[Partition]) -> None:
    """Say which partitions of a month were accrued anew, now that all are looked at."""
    settlement_store.save_json(plan, sorted(map(str, anew)), _OUTCOMES, f"{month}.json")


def _rows(plan: Plan, month: str, bucket: int) -> Iterator[AccrualRow]:
    for partition, pages in _bodies(plan, month, bucket, _PAGES):
        yield from accrual_pages.rows_of(partition, pages)


def _bodies(plan: Plan, month: str, bucket: int, kind: str) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The pages of a bucket, partition by partition."""
    prefix = object_keys.work_object(plan.settlement_id, plan.attempt, kind, month, f"{bucket:04d}", "")
    store = buckets.settlement()
    places = [(*stored.key.removeprefix(prefix).rsplit("/", 1), stored.key) for stored in store.list(prefix)]
    for name, found in groupby(places, key=itemgetter(0)):
        yield name.replace("/", "#"), (store.get(key) for _, _, key in found)


def _page_key(plan: Plan, kind: str, month: str, bucket: int, partition: Partition, number: int) -> str:
    names = (kind, month, f"{bucket:04d}", _named(partition), f"{number:05d}")
    return object_keys.work_object(plan.settlement_id, plan.attempt, *names)


def _named(partition: Partition) -> str:
    return str(partition).replace("#", "/")
