"""Accruals in LedgerTable: what a worker reads, and the order in which it writes so that it may die anywhere.

First the grow-only set of work keys, then a row for each of them (empty where the partition says nothing any more), then counts and
sketch, then the summary, then the pending items that it saw at the start, then the mark that it runs.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.aws.tables import ABSENT, ConditionFailed, chunks
from overtone.config import settings
from overtone.errors import InvariantBroken, Retryable
from overtone.facts import accrual, pages
from overtone.facts.accrual import Accrued, Counts, PageOfUsage
from overtone.facts.limits import BATCH_COUNTS_CHUNK_MAX, WORKS_CHUNK_MAX
from overtone.facts.rows import AccrualRow, stored
from overtone.facts.sketches import Sketch, fingerprint
from overtone.money import format_amount
from overtone.partitions import Partition, spread
from overtone.stores import facts as fact_store

_NOTHING: Final = "[]"


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
    """Every page of a usage partition, and the batches that were withdrawn from it."""
    read, withdrawn = [], set()
    for item in tables.usage().query(str(partition)):
        kind, batch, *number = item["sk"].split("#")
        if f"{kind}#" == keys.PAGE:
            read.append(PageOfUsage(item["accepted_at"], batch, int(number[0]), pages.decode(item["page"], partition.scope)))
        else:
            withdrawn.add(batch)
    return UsageRead(read, withdrawn)


def used(partition: Partition, subject: str) -> list[tuple[str, str, int, int]]:
    """What counts of one subject in a partition: (use, currency, quantity, revenue in pico)."""
    read = read_usage(partition)
    return accrual.used(read.pages, read.withdrawn, subject)


def read_bodies(partition: Partition) -> list[Item]:
    """The pages of a partition of another kind."""
    return list(tables.usage().query(str(partition), prefix=keys.PAGE))


class Result(NamedTuple):
    """What a worker found: rows, and the summary's own attributes. `pks` is where a bucket's rows stand."""

    month: str
    partition: Partition
    rows: Sequence[AccrualRow]
    summary: Mapping[str, Any]
    batches: Mapping[str, Counts]
    subjects: Iterable[str] = ()

    def row_pk(self, bucket: int) -> str:
        """The `pk` of the rows of a bucket."""
        if self.partition.kind == "training":
            return keys.run_accrual_pk(self.partition.reporter, self.partition.scope, bucket)
        return keys.accrual_pk(self.month, bucket)

    def digest(self) -> str:
        """SHA-256 (hex) of everything but the time."""
        whole = hashlib.sha256()
        for row in self.rows:
            whole.update(f"{row.work_key}\n{row.first}\n{row.encode()}\n".encode())
        whole.update(fact_store.packed([dict(self.summary), {b: c.encode() for b, c in self.batches.items()}]))
        return whole.hexdigest()


def usage_result(partition: Partition, accrued: Accrued) -> Result:
    """The result of a usage partition."""
    counts = accrued.counts()
    summary = {
        "records": counts.total(),
        "accrued": counts.accrued,
        "duplicates": counts.duplicates,
        "superseded": counts.superseded,
        "withdrawn": counts.withdrawn,
        "waiting": counts.waiting,
        "voided": accrued.voided,
        "quantity": accrued.quantity,
        "revenue": {currency: format_amount(amount) for currency, amount in sorted(accrued.revenue.items())},
        "works": len(accrued.rows),
    }
    return Result(partition.scope[:7], partition, accrued.rows, summary, accrued.batches, accrued.subjects)


def write(result: Result, *, fresh: bool) -> None:
    """Write what changed. After a fresh start an equal digest says that everything is there already."""
    ledger, partition = tables.ledger(), str(result.partition)
    before = ledger.get(keys.partition_summary(result.month, partition)) or {"records": 0, "digest": ""}
    if result.summary["records"] < before["records"]:
        message = f"{partition} had {before['records']} records and now has {result.summary['records']}: pages are gone"
        raise InvariantBroken("committed_once", message)
    digest = result.digest()
    if fresh and before["digest"] == digest:
        return
    works = _grown(partition, {row.work_key for row in result.rows})
    ledger.put_many(_row_items(result, works))
    _write_counts(partition, result.batches)
    sketch = Sketch.of(result.subjects).encode()
    ledger.put({**keys.partition_sketch(result.month, partition)._asdict(), "subjects": sketch})
    summary = {**result.summary, "batches": len(result.batches), "digest": digest, "accrued_at": clock.timestamp()}
    ledger.put({**keys.partition_summary(result.month, partition)._asdict(), **summary})


def _grown(partition: str, works: set[str]) -> set[str]:
    """The union of the work keys that the partition ever had and these, stored before any row is written."""
    ledger, known, number = tables.ledger(), set[str](), 0
    for item in ledger.query(keys.partition_works(partition, 0).pk):
        known.update(fact_store.unpacked(item["works"]))
        number = int(item["sk"]) + 1
    for part in chunks(sorted(works - known), WORKS_CHUNK_MAX):
        try:
            ledger.put({**keys.partition_works(partition, number)._asdict(), "works": fact_store.packed(part)}, ABSENT)
        except ConditionFailed as error:
            message = f"another worker adds works to {partition}; try again"
            raise Retryable(message) from error
        number += 1
    return known | works


def _row_items(result: Result, works: set[str]) -> Iterable[Item]:
    rows = {row.work_key: row for row in result.rows}
    buckets, partition = settings().ledger_buckets, str(result.partition)
    for work in sorted(works):
        row = rows.get(work)
        first, entries = (row.first, stored(row.encode())) if row else ("", _NOTHING)
        about = {"reporter": result.partition.reporter, "first": first, "entries": entries}
        yield {"pk": result.row_pk(spread(work, buckets)), "sk": keys.accrual_sk(work, partition), **about}


def _write_counts(partition: str, batches: Mapping[str, Counts]) -> None:
    items = [
        {
            **keys.partition_counts(partition, number)._asdict(),
            "counts": fact_store.packed({batch: batches[batch].encode() for batch in part}),
        }
        for number, part in enumerate(chunks(sorted(batches), BATCH_COUNTS_CHUNK_MAX))
    ]
    tables.ledger().put_many(items)


def counts_of(partition: str, batch: str) -> Counts | None:
    """What became of a batch's records in a partition, or `None` before they were accrued."""
    for item in tables.ledger().query(keys.partition_counts(partition, 0).pk):
        counts = fact_store.unpacked(item["counts"])
        if batch in counts:
            return Counts(*counts[batch])
    return None


def summaries(month: str) -> Iterable[Item]:
    """The summaries of a month's partitions, in order."""
    return tables.ledger().query(keys.partition_summary(month, "").pk)


def was_accrued(reporter: str, day: str) -> bool:
    """Whether usage of a reporter's day was ever accrued."""
    key = keys.partition_summary(day[:7], f"usage#{reporter}#{day}#")
    return any(True for _ in tables.ledger().query(key.pk, prefix=key.sk))


def months() -> list[str]:
    """Every month that has accruals."""
    return [item["sk"] for item in tables.ledger().query(keys.MONTHS)]


def partitions_holding(subjects: Iterable[str]) -> set[str]:
    """Partitions that hold, or may be about to hold, one of the subjects.

    A worker that runs has perhaps read before a disclosure was there: it counts as holding. Marks are read before sketches, because a
    worker writes its sketch before it takes its mark away.
    """
    ledger, found, prints = tables.ledger(), set[str](), frozenset(map(fingerprint, subjects))
    known = months()
    for month in known:
        found.update(item["sk"] for item in ledger.query(keys.running(month, "").pk))
    for month in known:
        for item in ledger.query(keys.partition_sketch(month, "").pk):
            if Sketch.decode(item["subjects"]).may_hold(prints):
                found.add(item["sk"])
    return {partition for partition in found if Partition.parse(partition).kind == "usage"}


def works_accrued_since(month: str, since: str) -> set[str]:
    """The work keys of the month's partitions that were accrued after `since`."""
    works: set[str] = set()
    for item in summaries(month):
        if item["accrued_at"] > since:
            works |= works_of(item["sk"])
    return works


def works_of(partition: str) -> set[str]:
    """Every work key that a partition ever wrote a row for."""
    chunks_of = tables.ledger().query(keys.partition_works(partition, 0).pk)
    return {work for item in chunks_of for work in fact_store.unpacked(item["works"])}
