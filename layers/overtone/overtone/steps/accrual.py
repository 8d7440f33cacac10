"""What a worker does with one message: accrue a partition, or index a report's disclosures.

Running it twice, or dying anywhere and running it again, leaves the same rows.
"""

from overtone import clock
from overtone.facts import accrual, accrual_pages, disclosure, training
from overtone.facts.accrual import output_of
from overtone.facts.intake import ATTRIBUTION, USAGE, shown_id
from overtone.facts.outputs import Claimed
from overtone.facts.usage import OUTPUT
from overtone.partitions import Partition
from overtone.stores import accrual_pages as page_store
from overtone.stores import accruals as accrual_store
from overtone.stores import outbox
from overtone.stores import outputs as output_store
from overtone.stores.accruals import Result


def work(partition_id: str) -> None:
    """Bring one partition up to date. Raises `Fenced` where a settlement reads its month."""
    seen, partition = outbox.pending_of(partition_id), Partition.parse(partition_id)
    if partition.kind == ATTRIBUTION:
        if seen:
            _index(partition)
            outbox.unmark(seen)
        return
    month = _month(partition)
    if not seen:  # a message too many, or a worker that died after all was done
        accrual_store.end(month, partition_id)
        return
    buckets = page_store.ledger_buckets(fix=True)
    fresh = accrual_store.begin(month, partition_id)
    accrual_store.write(_usage(partition, buckets) if partition.kind == USAGE else _training(partition, buckets), fresh=fresh)
    outbox.unmark(seen)
    accrual_store.end(month, partition_id)


def _month(partition: Partition) -> str:
    if partition.kind == USAGE:
        return partition.scope[:7]
    run, _ = training.decode(accrual_store.read_bodies(partition)[0]["page"])
    return run.trained_on[:7]


def _usage(partition: Partition, buckets: int) -> Result:
    read = accrual_store.read_usage(partition)
    subjects = {subject for page in read.pages for subject in page.records.subject}
    outputs = sorted(output for subject in subjects if (output := output_of(subject)) is not None)
    found = output_store.disclosures(outputs)
    return accrual_store.usage_result(partition, accrual.accrue(partition, read.pages, read.withdrawn, found), buckets)


def _training(partition: Partition, buckets: int) -> Result:
    bodies = [item["page"] for item in accrual_store.read_bodies(partition)]
    run, rows = training.accrue(partition, bodies)
    summary = {"records": len(rows), "accrued": len(rows), "works": len(rows), "model": run.model, "run_id": run.run_id}
    pages = accrual_pages.training_pages(rows, buckets)
    return Result(run.trained_on[:7], partition, pages, summary, {})


def _index(partition: Partition) -> None:
    claims, bodies = [], accrual_store.read_bodies(partition)
    for item in bodies:
        method, records = disclosure.decode(item["page"])
        report = shown_id(partition.scope)
        claims += [Claimed(partition.reporter, report, item["accepted_at"], method, record) for record in records]
    owned = output_store.index(claims)
    changed = accrual_store.partitions_holding(OUTPUT + output for output in owned)
    cause, reported_at = str(partition).replace("#", "/"), min(item["accepted_at"] for item in bodies)
    outbox.mark(changed, cause, reported_at)  # as old as the report: a settlement that waits for the report waits for these
    outbox.send(dict.fromkeys(changed, clock.timestamp()), cause)
