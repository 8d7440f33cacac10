"""Accruals in LedgerTable: what a worker reads, and the order in which it writes so that it may die anywhere.

First counts and sketch, then the pages with the summary (see `accrual_pages`), then the pending items that it saw at the start, then the
mark that it runs.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.aws.tables import ConditionFailed, chunks, equals
from overtone.errors import InvariantBroken, Retryable
from overtone.facts import accrual, training
from overtone.facts.accrual import Counts, PageOfUsage, StoredPage
from overtone.facts.accrual_pages import NO_PAGES, BucketPages, PagedAccrual
from overtone.facts.intake import USAGE, VOIDS_MARK
from overtone.facts.limits import BATCH_COUNTS_CHUNK_MAX
from overtone.facts.training import RunIdentity
from overtone.money import format_amount
from overtone.partitions import Partition
from overtone.scales import Pico
from overtone.stores import accrual_pages as page_store
from overtone.stores import fact_pages, retention, subjects
from overtone.stores import facts as fact_store
from overtone.stores.accrual_objects import AccrualBefore

APART: Final = "apart"
"""Of a summary: the subjects of holds that the worker knew of, which it kept apart where they were."""


class CountsOfBatch(NamedTuple):
    """Of a batch's records in a partition, and of its voids; `None` of what it has not there, or was not accrued yet.

    An earlier version counted voids among the records.
    """

    records: Counts | None
    voids: Counts | None


class UsageRead(NamedTuple):
    """All that is stored of a usage partition."""

    pages: list[PageOfUsage]
    withdrawn: set[str]


def list_month(month: str) -> None:
    """Let `months` name the month from now on. Written once: every worker asks for it, and they share one key."""
    ledger, key = tables.ledger(), Key(keys.MONTHS, month)
    if ledger.get(key) is None:
        ledger.put(key._asdict())


def read_usage(partition: Partition) -> UsageRead:
    """The same with its pages read."""
    stored, withdrawn = read_stored(partition)
    return UsageRead([page.unpacked(partition.scope) for page in stored], withdrawn)


def stored_items(partition: Partition, most: int | None = None) -> list[Item]:
    """What is stored of a usage partition, or the first so many of it."""
    return list(islice(tables.usage().query(str(partition)), most))


def read_stored(partition: Partition, known: Sequence[Item] | None = None) -> tuple[list[StoredPage], set[str]]:
    """Every page of a usage partition as it is stored, and the batches that were withdrawn from it. `known`: all its items, if read."""
    items = stored_items(partition) if known is None else known
    pages = [item for item in items if item["sk"].startswith(keys.PAGE) and retention.is_kept(item)]
    withdrawn = {item["sk"].split("#")[1] for item in items if not item["sk"].startswith(keys.PAGE)}
    return [_stored_page(item) for item in fact_pages.read(pages)], withdrawn


def _stored_page(item: Item) -> StoredPage:
    _, batch, number = item["sk"].split("#")
    return StoredPage(item["accepted_at"], batch, int(number), item["page"], item["records"])


def used(partition: Partition, subject: str) -> list[tuple[str, str, int, int]]:
    """What counts of one subject in a partition: (use, currency, quantity, revenue in pico)."""
    read = read_usage(partition)
    return accrual.used(read.pages, read.withdrawn, subject)


def read_bodies(partition: Partition) -> list[Item]:
    """The pages of a partition of another kind."""
    return list(fact_pages.read(tables.usage().query(str(partition), prefix=keys.PAGE)))


def read_run(partition: Partition) -> list[bytes]:
    """The pages of a training run's partition as the run was taken: others may be left of a file that was interrupted or refused."""
    items = list(tables.usage().query(str(partition), prefix=keys.PAGE))
    if taken := fact_store.find_receipt(partition.kind, partition.reporter, partition.scope):
        run = RunIdentity(partition.scope, taken["receipt"]["model"], taken["receipt"]["trained_on"])
        dropped = training.dropped_pages(run, taken["digest"])
        by_batch = {batch: [item for item in items if item["sk"].split("#")[1] == batch] for batch in (dropped, partition.scope)}
        items = by_batch[dropped] or by_batch[partition.scope]
    return [item["page"] for item in fact_pages.read(items)]


class AccrualResult(NamedTuple):
    """What a worker found: pages by bucket, the summary's own attributes, and pages of what is kept apart for holds."""

    month: str
    partition: Partition
    pages: BucketPages
    summary: Mapping[str, Any]
    batches: Mapping[str, Counts]
    subjects: Iterable[str] = ()
    undisclosed: Iterable[str] = ()
    kept_apart: BucketPages = NO_PAGES

    def digest(self) -> str:
        """SHA-256 (hex) of everything but the time."""
        whole = hashlib.sha256()
        for bucket, bodies in (*sorted(self.pages.items()), *sorted(self.kept_apart.items())):
            for body in bodies:
                whole.update(f"{bucket} {len(body)}\n".encode())
                whole.update(body)
        whole.update(fact_store.packed([dict(self.summary), {b: c.encode() for b, c in self.batches.items()}]))
        return whole.hexdigest()


def usage_result(partition: Partition, paged: PagedAccrual, usage_bytes: int) -> AccrualResult:
    """The result of a usage partition; `usage_bytes` are those of its stored pages."""
    accrued = paged.accrued
    counts = accrued.counts()
    summary = {
        "records": counts.total(),
        "accrued": counts.accrued,
        "duplicates": counts.duplicates,
        "superseded": counts.superseded,
        "conflicts": counts.conflicts,
        "withdrawn": counts.withdrawn,
        "waiting": counts.waiting,
        "voided": accrued.voided,
        "quantity": accrued.quantity,
        "revenue": {currency: format_amount(Pico(amount)) for currency, amount in sorted(accrued.revenue.items())},
        "works": paged.works,
        "bytes": _bytes(paged, usage_bytes),
    }
    return AccrualResult(partition.scope[:7], partition, paged.pages, summary, accrued.batches, accrued.subjects, accrued.undisclosed)


def _bytes(paged: PagedAccrual, usage_bytes: int) -> dict[str, int]:
    """What a partition takes in tables: from this its operator reckons what it costs."""
    pages = [len(body) for bodies in paged.pages.values() for body in bodies]
    return {"usage": usage_bytes, "accruals": sum(pages), "pages": len(pages), "subjects": len(paged.accrued.subjects)}


def write(result: AccrualResult, stood: AccrualBefore, *, fresh: bool) -> None:
    """Write what changed since `stood` was read. After a fresh start an equal digest says that everything is there already.

    Raises `Retryable` where another worker has finished meanwhile.
    """
    partition = str(result.partition)
    before = stood.summary or {"records": 0, "digest": ""}
    if result.summary["records"] < before["records"]:
        if _has_expired(result):  # it is final: its records go, what it said stays
            _finish(partition, before)
            return
        raise InvariantBroken(
            "committed_once", f"{partition} had {before['records']} records and now has {result.summary['records']}: pages are gone"
        )
    digest = result.digest()
    if fresh and before["digest"] == digest:
        return
    if stood.summary is None:
        subjects.mark(result.month)
    waits = set(result.undisclosed)
    tables.ledger().put_many([*_counts_of(partition, result.batches), *subjects.sketches(result.month, partition, result.subjects, waits)])
    if not waits and (not fresh or before.get("waiting")):
        subjects.nothing_waits(result.month, partition)
    now = clock.now()
    batches = {name.removesuffix(VOIDS_MARK) for name in result.batches}
    summary = {**result.summary, "batches": len(batches), "digest": digest, "accrued_at": clock.timestamp()}
    item = {**keys.partition_summary(result.month, partition)._asdict(), **summary}
    pages = page_store.placed(result.pages, result.kept_apart)
    page_store.write(stood.standing, pages, int(now.timestamp()), item, fresh=fresh)


def _finish(partition: str, said: Item) -> None:
    """Mark a summary as final, which nobody replaced since it was read."""
    try:
        tables.ledger().put({**said, "final": True}, equals(accrued_at=said["accrued_at"]))
    except ConditionFailed as error:
        raise Retryable(f"another worker has accrued {partition} meanwhile; try again") from error


def _has_expired(result: AccrualResult) -> bool:
    """Whether what a partition has no more went in time: a batch whose receipt is kept has its pages, too."""
    partition = result.partition
    if partition.kind != USAGE or not retention.may_have_expired(partition.scope):
        return False
    before, here = _totals(counts_in(str(partition)).items()), _totals(result.batches.items())
    gone = [batch for batch, total in before.items() if total > here.get(batch, 0)]
    receipts = (fact_store.find_receipt(partition.kind, partition.reporter, batch) for batch in gone)
    return not any(one and not retention.has_expired(one) and not retention.workings_over(one["accepted_at"][:10]) for one in receipts)


def _totals(counted: Iterable[tuple[str, Counts]]) -> dict[str, int]:
    """The rows of each batch, its voids among them: an earlier version counted them so."""
    found: dict[str, int] = {}
    for name, counts in counted:
        batch = name.removesuffix(VOIDS_MARK)
        found[batch] = found.get(batch, 0) + counts.total()
    return found


def _counts_of(partition: str, batches: Mapping[str, Counts]) -> list[Item]:
    return [
        {
            **keys.partition_counts(partition, number)._asdict(),
            "counts": fact_store.packed({batch: batches[batch].encode() for batch in part}),
            "expires_at": retention.derived_expiry(clock.today()),
        }
        for number, part in enumerate(chunks(sorted(batches), BATCH_COUNTS_CHUNK_MAX))
    ]


def accrued_records(month: str, partition: str) -> int | None:
    """How many records a partition had when it was last accrued, if it was. By a query: who looks for what is late may read no single
    items.
    """
    key = keys.partition_summary(month, partition)
    return next((int(item["records"]) for item in tables.ledger().query(key.pk, first=key.sk, last=key.sk)), None)


def counts_of(known: Mapping[str, Counts], batch: str) -> CountsOfBatch:
    """What became of a batch's records in a partition, and of its voids."""
    return CountsOfBatch(known.get(batch), known.get(f"{batch}{VOIDS_MARK}"))


def counts_in(partition: str) -> dict[str, Counts]:
    """What became of the records of each batch in a partition, and of its voids beside them."""
    items = tables.ledger().query(keys.partition_counts(partition, 0).pk)
    return {batch: Counts(*counts) for item in items for batch, counts in fact_store.unpacked(item["counts"]).items()}


def summaries(month: str) -> Iterable[Item]:
    """The summaries of a month's partitions, in order."""
    return tables.ledger().query(keys.partition_summary(month, "").pk)


def has_lost(reporter: str, day: str) -> bool:
    """Whether records of a reporter's day that were accrued have expired since."""
    key = keys.partition_summary(day[:7], f"usage#{reporter}#{day}#")
    return any(_kept_records(item["sk"]) < item["records"] for item in tables.ledger().query(key.pk, prefix=key.sk))


def _kept_records(partition: str) -> int:
    """How many records are stored of a usage partition, those of withdrawn batches included."""
    pages = tables.usage().query(partition, prefix=keys.PAGE)
    return sum(int(item["records"]) for item in pages if retention.is_kept(item))


def months() -> list[str]:
    """Every month that has accruals."""
    return [item["sk"] for item in tables.ledger().query(keys.MONTHS)]


def accrued_since(month: str, since: str) -> Iterator[tuple[str, str]]:
    """The month's partitions that were accrued again after `since`, with the time, in order."""
    return ((item["sk"], item["accrued_at"]) for item in summaries(month) if item["accrued_at"] > since)


def works_accrued_since(month: str, since: str) -> Iterator[str]:
    """The works of which the month's partitions said something else after `since`, as found; more where in doubt."""
    return (work for partition, _ in accrued_since(month, since) for work in works_changed(month, partition, since))


def has_changed(months: Iterable[str], since: str) -> bool:
    """Whether any work of these months is among those: nobody asks for more than the first."""
    return any(True for month in months for _ in works_accrued_since(month, since))


def works_changed(month: str, partition: str, since: str) -> set[str]:
    """The same of one partition; of all it ever said where `since` is empty."""
    moment = int(datetime.fromisoformat(since).timestamp()) if since else 0
    return page_store.works_changed(month, partition, moment)
