"""Once a day: a report for each party and day, and the proof that rows hold what was reported."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import orjson

from overtone.aws import buckets, keys, tables
from overtone.aws.attributes import Item
from overtone.errors import Invariant
from overtone.facts.accrual_pages import usage_columns
from overtone.facts.columns import ColumnReader
from overtone.facts.intake import USAGE, WITHDRAWAL, shown_id
from overtone.facts.limits import RECONCILED_DAYS, SILENT_DAYS_MAX
from overtone.facts.reconciliation import Batch, ReconciledSums, report
from overtone.months import month_before
from overtone.partitions import Partition
from overtone.steps import elsewhere
from overtone.steps import usage as usage_steps
from overtone.stores import accrual_pages as page_store
from overtone.stores import accruals as accrual_store
from overtone.stores import chain as chain_store
from overtone.stores import facts as fact_store


def active_before(now: str) -> dict[str, list[str]]:
    """Who sent something on the days that are reported at a moment, the newest first: those that are over, because records that waited
    then may be accrued by now.
    """
    today = date.fromisoformat(now[:10])
    days = ((today - timedelta(days=back)).isoformat() for back in range(1, RECONCILED_DAYS + 1))
    return {day: parties_of(day) for day in days}


COMMITTED_ONCE: Final = "committed_once"
CONSERVED: Final = "conserved"
SEALED_BY_DAY: Final = 12
"""The day of a month from which it is late that the month before is not sealed."""


def late_month(now: str) -> str:
    """The month before, where it has something to settle and is still not sealed although it should be; else ""."""
    month, through = month_before(now[:7]), chain_store.head()["through"]
    late = int(now[8:10]) >= SEALED_BY_DAY and any(through < known <= month for known in accrual_store.months())
    return month if late else ""


def fallen_silent(active: Sequence[Collection[str]]) -> list[str]:
    """Parties that sent nothing on the newest of some days, and something on all of the others but at most `SILENT_DAYS_MAX`.

    `active` are the parties of each day, the newest first.
    """
    newest, *before = map(set, active)
    usual = [party for party in set().union(*before) if sum(party in day for day in before) >= len(before) - SILENT_DAYS_MAX]
    return sorted(set(usual) - newest)


class CheckResult(NamedTuple):
    """What a check of a party's day, or of a month, came to: broken invariants with their details, or why it could not be made."""

    what: str
    is_report: bool
    broken: tuple[tuple[Invariant, str], ...] = ()
    failed: str = ""
    waits: bool = False
    """Whether some of the day is still to be accrued: a report is made of it, and nothing of that was looked at."""


def parties_of(day: str) -> list[str]:
    """The parties that sent something on a day."""
    return [item["sk"] for item in tables.usage().query(keys.active(day, "").pk)]


def check_report(party: str, day: str, reads: elsewhere.UsageReads) -> CheckResult:
    """Write the report of what a party sent on a day. One that cannot be made is named, and stops no other.

    `reads` is shared by the reports of one run.
    """
    try:
        content = _write_report(party, day, reads)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one party's facts, the others are checked
        return CheckResult(f"{party}/{day}", is_report=True, failed=_said(error))
    broken: tuple[tuple[Invariant, str], ...] = tuple(
        (COMMITTED_ONCE, f"{party}: the records of {batch} do not add up") for batch in content["unbalanced"]
    )
    return CheckResult(f"{party}/{day}", is_report=True, broken=broken, waits=content["totals"]["waiting_for_accrual"] > 0)


def attempted(what: str, work: Callable[[], object]) -> CheckResult:
    """Something else that is due daily; where it fails it is named, and stops nothing."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the rest of the day's work is done
        return CheckResult(what, is_report=False, failed=_said(error))
    return CheckResult(what, is_report=False)


def check_month(month: str) -> CheckResult:
    """Prove that the month's rows hold what was reported."""
    try:
        differences = not_conserved(month)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one month's pages, the others are checked
        return CheckResult(month, is_report=False, failed=_said(error))
    return CheckResult(month, is_report=False, broken=tuple((CONSERVED, f"{name}: {what}") for name, what in differences.items()))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _write_report(party: str, day: str, reads: elsewhere.UsageReads) -> dict[str, Any]:
    content = _report(party, day, reads)
    body = orjson.dumps(content, option=orjson.OPT_INDENT_2)
    buckets.drop().put(f"reconciliation/{party}/{day}.json", body, "application/json")
    return content


def _report(party: str, day: str, reads: elsewhere.UsageReads) -> dict[str, Any]:
    entries = [(entry["kind"], entry["batch"]) for entry in tables.usage().query(keys.accepted(party, day, "").pk)]
    receipts = fact_store.receipts_of(party, entries)
    found = [(kind, receipts[kind, batch]) for kind, batch in entries if (kind, batch) in receipts]
    batches = [item for kind, item in found if kind == USAGE]
    others = [_other(item) for kind, item in found if kind != USAGE]
    withdrawn = [item["batch"] for kind, item in found if kind == WITHDRAWAL]
    counted = [_batch(item, reads) for item in batches]
    return report(party, day, counted, others, elsewhere.told(party, day, batches, withdrawn, reads))


def _batch(item: Item, reads: elsewhere.UsageReads) -> Batch:
    receipt, counts = item["receipt"], usage_steps.counts(item, reads.counts, voids=True)
    return Batch(receipt["batch_id"], receipt["received"], receipt["accepted"], counts, receipt.get("replaced", 0))


def _other(item: Item) -> dict[str, Any]:
    receipt = item["receipt"]
    return {"kind": item["kind"], "id": shown_id(item["batch"]), "received": receipt["received"], "accepted": receipt["accepted"]}


def not_conserved(month: str) -> dict[str, str]:
    """The month's usage partitions whose rows differ from their summary, and in what.

    A partition that a worker is changing meanwhile is left for the next day.
    """
    before, running = _summaries(month), _running(month)
    sums = ReconciledSums()
    for partition, pages in page_store.pages_of_month(month, before):
        for place, page in pages.items():
            if not place.is_apart:
                sums.add(partition, usage_columns(ColumnReader(page)))
    after, running = _summaries(month), running | _running(month)
    still = {name: item for name, item in before.items() if after.get(name) == item and name not in running}
    found = {name: sums.difference(name, item["quantity"], item["revenue"]) for name, item in still.items()}
    return {name: difference for name, difference in found.items() if difference}


def _summaries(month: str) -> dict[str, Item]:
    return {item["sk"]: item for item in accrual_store.summaries(month) if Partition.parse(item["sk"]).kind == USAGE}


def _running(month: str) -> set[str]:
    return {item["sk"] for item in tables.ledger().query(keys.running(month, "").pk)}


def months_accrued_since(since: str) -> list[str]:
    """Months of which a partition was accrued after a moment."""
    return [month for month in accrual_store.months() if any(item["accrued_at"] > since for item in accrual_store.summaries(month))]
