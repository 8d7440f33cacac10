"""What a worker does with one message: accrue a partition, or index a report's disclosures and tell whom they change.

Running it twice, or dying anywhere and running it again, leaves the same rows. What cannot be done is set aside, so that it
stops nobody else: at once where trying again cannot help, otherwise after a few deliveries.
"""

from collections.abc import Sequence
from typing import Final

from overtone import clock
from overtone.aws.attributes import Item
from overtone.config import settings
from overtone.errors import InvariantBroken, Rejected, Retryable, TooLarge
from overtone.facts import accrual_arrays, accrual_pages, apart, training
from overtone.facts.intake import ATTRIBUTION, OUTPUTS, USAGE
from overtone.facts.pace import PartitionBacklog, is_due
from overtone.partitions import Partition
from overtone.steps import outputs
from overtone.stores import accrual_objects, fences, holds, ledger_setup, outbox, quarantine
from overtone.stores import accruals as accrual_store
from overtone.stores import outputs as output_store
from overtone.stores.accruals import AccrualResult
from overtone.stores.fences import Fenced
from overtone.stores.ledger_setup import LedgerSetup
from overtone.stores.quarantine import Aside, AsideReason

OVERTAKEN: Final = "overtaken"
"""Why a partition waits of which a worker could not finish what it wrote, perhaps because another one had finished before."""
TRIES_MAX: Final = 3
"""Of one partition, before it is set aside. A worker that ran out of memory or of time could not say so."""


class WorkersDied(Exception):
    """As many workers as may try have started on a partition, and none said how it ended."""


def attempt(partition_id: str, delivery: int, *, urgent: bool = True) -> Aside | None:
    """Bring one partition up to date, or set it aside. Raises `Fenced`, and what another delivery may mend.

    `delivery` is how often the message came, this time included. What is set aside already is tried once and no more. Unless it is
    `urgent`, a large partition of which little is new is left for later.
    """
    setup = ledger_setup.required(fix=True)  # a stack that is set up wrongly is no partition's fault
    try:
        _require_tries_left(delivery)
        work(partition_id, setup, urgent=urgent)
    except (Fenced, Retryable):
        raise
    except Exception as error:
        if _may_be_mended(error) and _tries(partition_id, delivery) < TRIES_MAX and quarantine.find(partition_id) is None:
            raise
        return set_aside(partition_id, *_why(error))
    return None


def _require_tries_left(tries: int) -> None:
    if tries > TRIES_MAX:
        raise WorkersDied


def _tries(partition_id: str, delivery: int) -> int:
    """Messages pile up while a partition fails: the tries are the partition's, not the message's."""
    parsed = Partition.parse(partition_id)
    return max(delivery, fences.starts(parsed.scope[:7], partition_id) if parsed.kind == USAGE else 0)


def set_aside(partition_id: str, reason: AsideReason, detail: str, month: str = "") -> Aside | None:
    """Let nobody wait for a partition that is not up to date. `month` is the month that it can change, where the id does not say it.

    `None` where nothing waits any more: another worker was quicker, or one died after all was done.
    """
    parsed = Partition.parse(partition_id)
    if not (waiting := outbox.pending_of(partition_id)):
        return None
    month = month or (parsed.scope[:7] if parsed.kind == USAGE else "")
    return quarantine.add(partition_id, reason, detail, records=outbox.records_of(waiting), month=month)


def _may_be_mended(error: Exception) -> bool:
    """Whether the same facts could fare better another time."""
    return not isinstance(error, InvariantBroken | Rejected | MemoryError | WorkersDied)


def _why(error: Exception) -> tuple[AsideReason, str]:
    if isinstance(error, WorkersDied):
        return quarantine.WORKER_DIED, f"{TRIES_MAX} workers ended without a word: out of memory or of time"
    detail = str(error) or type(error).__name__
    if isinstance(error, InvariantBroken):
        return quarantine.INVARIANT_BROKEN, detail
    if isinstance(error, TooLarge | MemoryError):
        return quarantine.TOO_LARGE, detail
    return (quarantine.REFUSED if isinstance(error, Rejected) else quarantine.FAILED), detail


def work(partition_id: str, setup: LedgerSetup, *, urgent: bool = True) -> None:
    """Bring one partition up to date. Raises `Fenced` where a settlement reads its month."""
    seen, partition = outbox.pending_of(partition_id), Partition.parse(partition_id)
    if partition.kind in {ATTRIBUTION, OUTPUTS}:
        if seen:
            outputs.index(partition, setup) if partition.kind == ATTRIBUTION else outputs.tell(partition, seen, setup)
            _all_is_done(partition_id, seen)
        return
    month = _month(partition)
    if not seen:  # a message too many, or a worker that died after all was done
        fences.end(month, partition_id)
        return
    accrued = None if urgent or partition.kind != USAGE else accrual_store.accrued_records(month, partition_id)
    if not urgent and not _is_due(month, partition, seen, accrued or 0):
        return
    start = fences.begin(month, partition_id, listed=accrued is not None)
    _require_tries_left(start)
    stood = accrual_objects.read_before(month, partition_id, setup)  # before usage is, so that no worker undoes what a later one did
    fresh = start == 1 and not stood.is_aside and not outbox.waits_because(seen, OVERTAKEN)
    result = _usage(partition, setup) if partition.kind == USAGE else _training(partition, setup.buckets)
    try:
        accrual_store.write(result, stood, fresh=fresh)
    except Retryable:  # what it has noted of batches and outputs may lie over what a later worker did: that is to be noted once more
        outbox.mark([partition_id], OVERTAKEN, clock.timestamp())
        raise
    if start > 1:  # who started before may live, and die once it has noted what it read: when it is gone, that is noted anew
        outbox.mark([partition_id], OVERTAKEN, clock.timestamp())
        seen = [item for item in seen if not outbox.waits_because([item], OVERTAKEN)]
    _all_is_done(partition_id, seen)
    fences.end(month, partition_id)


def _all_is_done(partition_id: str, seen: Sequence[Item]) -> None:
    """In this order: once nothing is seen to wait nobody comes again, and what is aside then stays so."""
    quarantine.remove(partition_id)
    outbox.unmark(seen)


def _is_due(month: str, partition: Partition, seen: Sequence[Item], accrued: int) -> bool:
    """Whether enough is new. What a worker left unfinished, or was set aside, is always due."""
    waiting = PartitionBacklog.of((int(item.get("records", 0)), item["at"]) for item in seen)
    if partition.kind != USAGE or is_due(waiting, accrued, clock.timestamp(), settings().accrue_at_least_every_hours):
        return True
    return fences.starts(month, str(partition)) > 0 or quarantine.find(str(partition)) is not None


def _month(partition: Partition) -> str:
    if partition.kind == USAGE:
        return partition.scope[:7]
    run, _ = training.decode(accrual_store.read_run(partition)[0])
    return run.trained_on[:7]


def _usage(partition: Partition, setup: LedgerSetup) -> AccrualResult:
    stored, withdrawn = accrual_store.read_stored(partition)
    found = output_store.disclosures(accrual_arrays.outputs_of(stored), setup)
    paged = accrual_arrays.accrue_any(partition, stored, withdrawn, found, setup.buckets)
    result = accrual_store.usage_result(partition, paged, sum(len(page.body) for page in stored))
    if not (named := holds.subjects(result.month)):
        return result
    here = named & set(result.subjects)
    pages = apart.pages_apart(partition, stored, withdrawn, found, here, setup.buckets) if here else accrual_pages.NO_PAGES
    return result._replace(kept_apart=pages, summary={**result.summary, accrual_store.APART: sorted(named)})


def _training(partition: Partition, buckets: int) -> AccrualResult:
    run, rows = training.accrue(partition, accrual_store.read_run(partition))
    summary = {"records": len(rows), "accrued": len(rows), "works": len(rows), "model": run.model, "run_id": run.run_id}
    pages = accrual_pages.training_pages(rows, buckets)
    return AccrualResult(run.trained_on[:7], partition, pages, summary, {})
